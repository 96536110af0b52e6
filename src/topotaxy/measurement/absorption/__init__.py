"""X-ray absorption, XANES and EXAFS: spectra of any beamline, real and virtual, by one analysis."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from topotaxy.measurement.absorption.instrument import Beamline
from topotaxy.measurement.absorption.options import AbsorptionOptions
from topotaxy.measurement.technique import Format, Observed, Technique, formats_in

if TYPE_CHECKING:
    import numpy as np

    from topotaxy.content.section import Section
    from topotaxy.measurement.absorption.record import AbsorptionRecord
    from topotaxy.specimen import Specimen


@lru_cache(maxsize=1)
def _formats() -> tuple[Format[AbsorptionRecord], ...]:
    return formats_in(f"{__name__}.formats")


def _observed(records: Sequence[AbsorptionRecord], options: AbsorptionOptions) -> Observed:
    from topotaxy.measurement.absorption.observed import observed

    return observed(records, options)


def _shown(records: Sequence[AbsorptionRecord], seen: Observed) -> Sequence[Section]:
    from topotaxy.measurement.absorption.shown import shown

    return shown(records, seen)


def _probe(
    specimens: Sequence[Specimen], beamline: Beamline, rng: np.random.Generator
) -> Sequence[AbsorptionRecord]:
    from topotaxy.measurement.absorption.probe import probe

    return probe(specimens, beamline, rng)


TECHNIQUE: Technique[AbsorptionRecord] = Technique(
    name="absorption",
    title="X-ray absorption",
    formats=_formats,
    options=AbsorptionOptions,
    observed=_observed,
    shown=_shown,
    instrument=Beamline,
    probe=_probe,
)
