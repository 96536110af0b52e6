"""Bruker composite files; reading them takes the extra em."""

from __future__ import annotations

from topotaxy.measurement.energy_dispersive.record import XRayRecord
from topotaxy.measurement.files.spectra import bruker
from topotaxy.measurement.spectrum_format import spectrum_format

FORMAT = spectrum_format(
    XRayRecord,
    "Bruker bcf",
    (".bcf",),
    holds=lambda head, path: bruker.is_composite(head),
    spectra=bruker.read,
)
