"""HyperSpy's own files whose signal is EELS."""

from __future__ import annotations

from pathlib import Path

from topotaxy.measurement.energy_loss.options import EnergyLossOptions
from topotaxy.measurement.energy_loss.record import LossRecord, record_of, stored_of
from topotaxy.measurement.files.spectra import hyperspy
from topotaxy.measurement.technique import Format

NAME = "EELS HyperSpy"


def recognises(head: bytes, path: Path) -> bool:
    """Whether it holds such spectra."""
    return "loss" in hyperspy.signals(head, path)


def read(path: Path, options: EnergyLossOptions | None) -> tuple[LossRecord, ...]:
    """Read every spectrum."""
    return tuple(record_of(one, NAME) for one in hyperspy.read(path, "loss"))


def write(record: LossRecord, path: Path) -> None:
    """Write one record; numbers read back as they are."""
    hyperspy.write(stored_of(record), "loss", path)


FORMAT = Format(NAME, (".hspy",), recognises, read, write)
