"""X-ray photoelectron spectroscopy: which valence the outer nanometres hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from topotaxy.measurement.photoemission.options import PhotoemissionOptions
from topotaxy.measurement.photoemission.probe import Spectrometer, probe
from topotaxy.measurement.photoemission.record import PhotoemissionRecord
from topotaxy.measurement.technique import Format, Observed, Technique, formats_in

if TYPE_CHECKING:
    from topotaxy.content.section import Section

__all__ = ["TECHNIQUE", "PhotoemissionOptions", "PhotoemissionRecord", "Spectrometer"]


def _formats() -> tuple[Format[PhotoemissionRecord], ...]:
    return formats_in(f"{__name__}.formats")


def _observed(records: Sequence[PhotoemissionRecord], options: PhotoemissionOptions) -> Observed:
    from topotaxy.measurement.photoemission.observed import observed

    return observed(records, options)


def _shown(records: Sequence[PhotoemissionRecord], observed: Observed) -> Sequence[Section]:
    from topotaxy.measurement.photoemission.shown import shown

    return shown(records, observed)


TECHNIQUE = Technique(
    name="photoemission",
    title="Photoemission (XPS)",
    formats=_formats,
    options=PhotoemissionOptions,
    observed=_observed,
    shown=_shown,
    instrument=Spectrometer,
    probe=probe,
    limits=(
        "What lies below the outer nanometres: the sampling depth stands with each number.",
        "A share from a shift: the maximum of a 2p envelope jumps as the mix changes.",
        "Auger lines of elements that nobody names: they are fitted where the sample is known to have them.",
        "Cu and Cu2O, Zn and ZnO by their 2p lines: that takes the Auger lines.",
    ),
    of_one_state=True,
)
