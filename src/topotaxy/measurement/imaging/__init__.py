"""Imaging: micrographs and diffraction patterns of an electron microscope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from topotaxy.measurement.imaging.options import ImagingOptions
from topotaxy.measurement.imaging.probe import probe
from topotaxy.measurement.imaging.record import Micrograph
from topotaxy.measurement.imaging.virtual.microscope import Microscope
from topotaxy.measurement.technique import Format, Observed, Technique, formats_in

if TYPE_CHECKING:
    from topotaxy.content.section import Section

__all__ = ["TECHNIQUE", "ImagingOptions", "Micrograph", "Microscope"]


def _formats() -> tuple[Format[Micrograph], ...]:
    return formats_in(f"{__name__}.formats")


def _observed(records: Sequence[Micrograph], options: ImagingOptions) -> Observed:
    from topotaxy.measurement.imaging.observed import observed

    return observed(records, options)


def _shown(records: Sequence[Micrograph], observed: Observed) -> Sequence[Section]:
    from topotaxy.measurement.imaging.shown import shown

    return shown(records, observed)


TECHNIQUE = Technique(
    name="imaging",
    title="Imaging",
    formats=_formats,
    options=ImagingOptions,
    observed=_observed,
    shown=_shown,
    instrument=Microscope,
    probe=probe,
    limits=(
        "Absolute spacings better than the calibration of the microscope, without an internal standard.",
        "Stress: geometric phase analysis gives strain against a reference, never stress.",
        "What lies above what: an image is a projection through the whole thickness.",
    ),
)
