"""One made spectrum, of an oxide of five cations, in each format."""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import spectrum_image_files as made

from topotaxy.measurement.energy_dispersive import XRayDetector, XRayRecord
from topotaxy.measurement.energy_dispersive.formats.hyperspy import FORMAT
from topotaxy.measurement.energy_dispersive.probe import probe
from topotaxy.specimen.builders import rock_salt

CATIONS = ("Mg", "Co", "Ni", "Cu", "Zn")
FORMULA = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O"


@cache
def record(formula: str = FORMULA, x_rays: float = 3e5, seed: int = 1) -> XRayRecord:
    """One spectrum of a whole box."""
    detector = XRayDetector(scan_pixels=1, x_rays=x_rays)
    (one,) = probe([rock_salt(formula, 5, seed=1)], detector, np.random.default_rng(seed))
    return replace(one, source="made", format="made", instrument=None, origin="measured")


def hyperspy(folder: Path, one: XRayRecord) -> Path:
    path = folder / "made.hspy"
    assert FORMAT.write is not None
    FORMAT.write(one, path)
    return path


def _as(name: str, maker: Any, **more: Any) -> Any:
    return lambda folder, one: maker(
        folder / name, one.counts, float(one.energy[0]), float(one.energy[1] - one.energy[0]), **more
    )


EVERY = {
    "EDS HyperSpy": hyperspy,
    "EDS MSA": _as("made.msa", made.msa, signal="EDS", beam=200.0),
    "EDS Digital Micrograph": _as("made.dm4", made.digital_micrograph, version=4, signal="X-ray"),
    "EDS Velox EMD": _as("made-velox.emd", made.velox_x_rays),
}
"""Format to what writes a file of it."""
