"""Velox EMD files with energy-loss images, one for each range."""

from __future__ import annotations

from pathlib import Path

from topotaxy.measurement.energy_loss.options import EnergyLossOptions
from topotaxy.measurement.energy_loss.record import LossRecord, record_of
from topotaxy.measurement.files.spectra import velox
from topotaxy.measurement.technique import Format

NAME = "EELS Velox EMD"


def recognises(head: bytes, path: Path) -> bool:
    """Whether it holds such spectra."""
    return "loss" in velox.signals(head, path)


def read(path: Path, options: EnergyLossOptions | None) -> tuple[LossRecord, ...]:
    """Read every range."""
    return tuple(record_of(one, NAME) for one in velox.losses(path))


FORMAT = Format(NAME, (".emd",), recognises, read)
