"""Velox EMD files with energy-loss images, one for each range."""

from __future__ import annotations

from topotaxy.measurement.energy_loss.record import LossRecord
from topotaxy.measurement.files.spectra import velox
from topotaxy.measurement.spectrum_format import spectrum_format

FORMAT = spectrum_format(
    LossRecord,
    "EELS Velox EMD",
    (".emd",),
    holds=lambda head, path: "loss" in velox.signals(head, path),
    spectra=velox.losses,
)
