"""Powder diffraction: X-rays and neutrons, patterns and pair distributions, from files and from specimens."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from topotaxy.measurement.diffraction.instrument_options import Instrument
from topotaxy.measurement.diffraction.options import Options
from topotaxy.measurement.technique import Format, Observed, Technique, formats_in

if TYPE_CHECKING:
    import numpy as np

    from topotaxy.content.section import Section
    from topotaxy.measurement.diffraction.record import Pattern
    from topotaxy.specimen import Specimen

__all__ = ["TECHNIQUE", "Instrument", "Options"]


def _formats() -> tuple[Format[Pattern], ...]:
    from topotaxy.measurement.diffraction import formats

    return formats_in(formats.__name__)


def _observed(records: Sequence[Pattern], options: Options) -> Observed:
    from topotaxy.measurement.diffraction.observed import observed

    return observed(records, options)


def _shown(records: Sequence[Pattern], observed: Observed) -> Sequence[Section]:
    from topotaxy.measurement.diffraction.shown import shown

    return shown(records, observed)


def _probe(
    specimens: Sequence[Specimen], instrument: Instrument, rng: np.random.Generator
) -> Sequence[Pattern]:
    from topotaxy.measurement.diffraction.probe import probe

    return probe(specimens, instrument, rng)


def _expected(
    specimens: Sequence[Specimen], instrument: Instrument, given: Collection[str]
) -> tuple[dict[str, Any], str]:
    from topotaxy.measurement.diffraction.expected import expected

    return expected(specimens, instrument, given)


TECHNIQUE = Technique(
    name="diffraction",
    title="Diffraction",
    formats=_formats,
    options=Options,
    observed=_observed,
    shown=_shown,
    instrument=Instrument,
    probe=_probe,
    expected=_expected,
)
