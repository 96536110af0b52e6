"""Energy-dispersive X-ray spectroscopy: which elements stand where, and whether any has gathered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from topotaxy.measurement.energy_dispersive.instrument import XRayDetector
from topotaxy.measurement.energy_dispersive.options import EnergyDispersiveOptions
from topotaxy.measurement.energy_dispersive.record import XRayRecord
from topotaxy.measurement.technique import Format, Observed, Technique, formats_in

if TYPE_CHECKING:
    import numpy as np

    from topotaxy.content.section import Section
    from topotaxy.specimen import Specimen

__all__ = ["TECHNIQUE", "EnergyDispersiveOptions", "XRayDetector", "XRayRecord"]


def _formats() -> tuple[Format[XRayRecord], ...]:
    return formats_in(f"{__name__}.formats")


def _observed(records: Sequence[XRayRecord], options: EnergyDispersiveOptions) -> Observed:
    from topotaxy.measurement.energy_dispersive.observed import observed

    return observed(records, options)


def _shown(records: Sequence[XRayRecord], observed: Observed) -> Sequence[Section]:
    from topotaxy.measurement.energy_dispersive.shown import shown

    return shown(records, observed)


def _probe(
    specimens: Sequence[Specimen], detector: XRayDetector, rng: np.random.Generator
) -> Sequence[XRayRecord]:
    from topotaxy.measurement.energy_dispersive.probe import probe

    return probe(specimens, detector, rng)


TECHNIQUE = Technique(
    name="energy_dispersive",
    title="X-ray microanalysis (EDS)",
    formats=_formats,
    options=EnergyDispersiveOptions,
    observed=_observed,
    shown=_shown,
    instrument=XRayDetector,
    probe=_probe,
    limits=(
        "That no element is segregated: only that it is less so than the map would have shown.",
        "What lies above what: a map is a projection, and mixes what a column holds.",
        "Valence: the lines of metal and oxide are the same.",
    ),
)
