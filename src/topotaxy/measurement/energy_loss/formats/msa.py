"""EMSA/MAS spectra whose signal is ELS."""

from __future__ import annotations

from topotaxy.measurement.energy_loss.record import LossRecord
from topotaxy.measurement.files.spectra import msa
from topotaxy.measurement.spectrum_format import spectrum_format

FORMAT = spectrum_format(
    LossRecord,
    "EELS MSA",
    (".msa", ".emsa"),
    holds=lambda head, path: msa.signal(head) == "loss",
    spectra=msa.read,
)
