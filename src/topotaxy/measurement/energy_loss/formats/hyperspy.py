"""HyperSpy's own files whose signal is EELS."""

from __future__ import annotations

from topotaxy.measurement.energy_loss.record import LossRecord
from topotaxy.measurement.files.spectra import hyperspy
from topotaxy.measurement.spectrum_format import spectrum_format

FORMAT = spectrum_format(
    LossRecord,
    "EELS HyperSpy",
    (".hspy",),
    holds=lambda head, path: "loss" in hyperspy.signals(head, path),
    spectra=lambda path: hyperspy.read(path, "loss"),
    store=lambda one, path: hyperspy.write(one, "loss", path),
)
