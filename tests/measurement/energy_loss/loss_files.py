"""One made spectrum, of nickel that is partly metal, in each format."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import spectrum_image_files as made

from topotaxy.measurement.energy_loss import LossRecord, LossSpectrometer
from topotaxy.measurement.energy_loss.formats.hyperspy import FORMAT
from topotaxy.measurement.energy_loss.probe import references

SPECTROMETER = LossSpectrometer(range_start=780.0, range_end=940.0)
ELEMENT = "Ni"


def record(share: float = 0.4, seed: int = 1, *, level: float = 2e5, element: str = ELEMENT) -> LossRecord:
    """A mixture by atoms of the imposed metal and oxide, with counting noise."""
    metal, oxide = references(element, SPECTROMETER)
    mean = share * metal.counts + (1.0 - share) * oxide.counts
    counts = np.random.default_rng(seed).poisson(level * mean / mean[0]).astype(float)
    return replace(oxide, counts=counts, source="made", format="made", instrument=None, origin="measured")


def _axis(one: LossRecord) -> tuple[float, float]:
    return float(one.energy[0]), float(one.energy[1] - one.energy[0])


def hyperspy(folder: Path, one: LossRecord) -> Path:
    path = folder / "made.hspy"
    assert FORMAT.write is not None
    FORMAT.write(one, path)
    return path


def _as(name: str, maker: Any, **more: Any) -> Any:
    return lambda folder, one: maker(folder / name, one.counts, *_axis(one), **more)


EVERY = {
    "EELS HyperSpy": hyperspy,
    "EELS MSA": _as("made.msa", made.msa),
    "EELS Digital Micrograph": _as("made.dm3", made.digital_micrograph),
    "EELS Berkeley EMD": _as("made-berkeley.emd", made.berkeley),
    "EELS Velox EMD": _as("made-velox.emd", made.velox_losses),
}
"""Format to what writes a file of it."""
