"""What was seen in a record, for its dataset and its page."""

from __future__ import annotations

from dataclasses import dataclass

from topotaxy.measurement.energy_dispersive.composition import Composition, Measured
from topotaxy.measurement.energy_dispersive.fit import SpectrumFit
from topotaxy.measurement.energy_dispersive.line_scan import LineScan
from topotaxy.measurement.energy_dispersive.maps import ElementMap
from topotaxy.measurement.energy_dispersive.record import XRayRecord


@dataclass(frozen=True, kw_only=True)
class SeenXRays:
    """What was seen in one record."""

    record: XRayRecord
    fit: SpectrumFit
    lines: tuple[Measured, ...]
    whole: Composition | None
    sites: Composition | None
    maps: tuple[ElementMap, ...]
    scan: LineScan | None
