"""What was seen of one edge, and in one record."""

from __future__ import annotations

from dataclasses import dataclass

from topotaxy.measurement.energy_loss.combination import LossCombination
from topotaxy.measurement.energy_loss.edges import Edge
from topotaxy.measurement.energy_loss.maps import EdgeMap
from topotaxy.measurement.energy_loss.record import LossRecord
from topotaxy.measurement.energy_loss.white_lines import WhiteLines
from topotaxy.measurement.energy_loss.zero_loss import ZeroLoss
from topotaxy.measurement.files.spectra.stored import Floats


@dataclass(frozen=True, kw_only=True)
class SeenEdge:
    """What was seen of one edge."""

    edge: Edge
    onset: float | None
    lines: WhiteLines | None
    combination: LossCombination | None
    map: EdgeMap | None


@dataclass(frozen=True, kw_only=True)
class SeenLoss:
    """What was seen in one record."""

    record: LossRecord
    energy: Floats
    total: Floats
    peak: ZeroLoss | None
    aligned: bool
    edges: tuple[SeenEdge, ...]
