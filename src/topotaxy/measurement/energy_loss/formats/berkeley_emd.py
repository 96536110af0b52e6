"""EMD files of Berkeley's layout with an axis of energy loss."""

from __future__ import annotations

from topotaxy.measurement.energy_loss.record import LossRecord
from topotaxy.measurement.files.spectra import berkeley
from topotaxy.measurement.spectrum_format import spectrum_format

FORMAT = spectrum_format(
    LossRecord,
    "EELS Berkeley EMD",
    (".emd",),
    holds=lambda head, path: "loss" in berkeley.signals(head, path),
    spectra=lambda path: berkeley.read(path, "loss"),
)
