"""EMSA/MAS spectra whose signal is EDS."""

from __future__ import annotations

from topotaxy.measurement.energy_dispersive.record import XRayRecord
from topotaxy.measurement.files.spectra import msa
from topotaxy.measurement.spectrum_format import spectrum_format

FORMAT = spectrum_format(
    XRayRecord,
    "EDS MSA",
    (".msa",),
    holds=lambda head, path: msa.signal(head) == "x-ray",
    spectra=msa.read,
)
