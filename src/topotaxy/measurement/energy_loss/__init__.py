"""Electron energy-loss spectroscopy: valence of cations through the thickness of a thin specimen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from topotaxy.measurement.energy_loss.instrument import LossSpectrometer
from topotaxy.measurement.energy_loss.options import EnergyLossOptions
from topotaxy.measurement.energy_loss.record import LossRecord
from topotaxy.measurement.technique import Format, Observed, Technique, formats_in

if TYPE_CHECKING:
    import numpy as np

    from topotaxy.content.section import Section
    from topotaxy.specimen import Specimen

__all__ = ["TECHNIQUE", "EnergyLossOptions", "LossRecord", "LossSpectrometer"]


def _formats() -> tuple[Format[LossRecord], ...]:
    return formats_in(f"{__name__}.formats")


def _observed(records: Sequence[LossRecord], options: EnergyLossOptions) -> Observed:
    from topotaxy.measurement.energy_loss.observed import observed

    return observed(records, options)


def _shown(records: Sequence[LossRecord], observed: Observed) -> Sequence[Section]:
    from topotaxy.measurement.energy_loss.shown import shown

    return shown(records, observed)


def _probe(
    specimens: Sequence[Specimen], spectrometer: LossSpectrometer, rng: np.random.Generator
) -> Sequence[LossRecord]:
    from topotaxy.measurement.energy_loss.probe import probe

    return probe(specimens, spectrometer, rng)


TECHNIQUE = Technique(
    name="energy_loss",
    title="Electron energy loss (EELS)",
    formats=_formats,
    options=EnergyLossOptions,
    observed=_observed,
    shown=_shown,
    instrument=LossSpectrometer,
    probe=_probe,
    limits=(
        "Where in the thickness an atom is: a spectrum is a projection along the beam.",
        "A valence from the ratio of white lines: it moves more with the background than with the valence.",
        "An absolute edge energy without a zero-loss peak or a known edge in the same spectrum.",
    ),
)
