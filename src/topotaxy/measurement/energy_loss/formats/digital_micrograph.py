"""Spectra of Digital Micrograph that say EELS, or whose axis is in eV."""

from __future__ import annotations

from topotaxy.measurement.energy_loss.record import LossRecord
from topotaxy.measurement.files.spectra import digital_micrograph
from topotaxy.measurement.spectrum_format import spectrum_format

FORMAT = spectrum_format(
    LossRecord,
    "EELS Digital Micrograph",
    (".dm3", ".dm4"),
    holds=lambda head, path: "loss" in digital_micrograph.signals(head, path),
    spectra=lambda path: digital_micrograph.read(path, "loss"),
)
