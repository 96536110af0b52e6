"""Velox EMD files with X-ray spectra or streams of events."""

from __future__ import annotations

from topotaxy.measurement.energy_dispersive.record import XRayRecord
from topotaxy.measurement.files.spectra import velox
from topotaxy.measurement.spectrum_format import spectrum_format

FORMAT = spectrum_format(
    XRayRecord,
    "EDS Velox EMD",
    (".emd",),
    holds=lambda head, path: "x-ray" in velox.signals(head, path),
    spectra=velox.x_rays,
)
