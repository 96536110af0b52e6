"""Spectra of Digital Micrograph that say X-ray, or whose axis is in keV."""

from __future__ import annotations

from topotaxy.measurement.energy_dispersive.record import XRayRecord
from topotaxy.measurement.files.spectra import digital_micrograph
from topotaxy.measurement.spectrum_format import spectrum_format

FORMAT = spectrum_format(
    XRayRecord,
    "EDS Digital Micrograph",
    (".dm4",),
    holds=lambda head, path: "x-ray" in digital_micrograph.signals(head, path),
    spectra=lambda path: digital_micrograph.read(path, "x-ray"),
)
