"""HyperSpy's own files whose signal is EDS."""

from __future__ import annotations

from topotaxy.measurement.energy_dispersive.record import XRayRecord
from topotaxy.measurement.files.spectra import hyperspy
from topotaxy.measurement.spectrum_format import spectrum_format

FORMAT = spectrum_format(
    XRayRecord,
    "EDS HyperSpy",
    (".hspy",),
    holds=lambda head, path: "x-ray" in hyperspy.signals(head, path),
    spectra=lambda path: hyperspy.read(path, "x-ray"),
    store=lambda one, path: hyperspy.write(one, "x-ray", path),
)
