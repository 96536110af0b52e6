"""What the analysis of one record found."""

from __future__ import annotations

from dataclasses import dataclass

from topotaxy.measurement.diffraction.nanodomains import NanoFit
from topotaxy.measurement.diffraction.pair_distribution import PairFit
from topotaxy.measurement.diffraction.peaks import Peak
from topotaxy.measurement.diffraction.preparing import Prepared
from topotaxy.measurement.diffraction.record import Pattern
from topotaxy.measurement.diffraction.refinement import Refinement


@dataclass(frozen=True, kw_only=True)
class Analysed:
    """What the analysis of one record found, for figures."""

    record: Pattern
    prepared: Prepared | None = None
    refinement: Refinement | None = None
    peaks: tuple[Peak, ...] = ()
    failed: str = ""
    nano: NanoFit | None = None
    pairs: PairFit | None = None
