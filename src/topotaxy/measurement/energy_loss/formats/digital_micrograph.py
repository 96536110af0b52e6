"""Spectra of Digital Micrograph that say EELS, or whose axis is in eV."""

from __future__ import annotations

from pathlib import Path

from topotaxy.measurement.energy_loss.options import EnergyLossOptions
from topotaxy.measurement.energy_loss.record import LossRecord, record_of
from topotaxy.measurement.files.spectra import digital_micrograph
from topotaxy.measurement.technique import Format

NAME = "EELS Digital Micrograph"


def recognises(head: bytes, path: Path) -> bool:
    """Whether it holds such spectra."""
    return "loss" in digital_micrograph.signals(head, path)


def read(path: Path, options: EnergyLossOptions | None) -> tuple[LossRecord, ...]:
    """Read every spectrum."""
    return tuple(record_of(one, NAME) for one in digital_micrograph.read(path, "loss"))


FORMAT = Format(
    NAME,
    (
        ".dm3",
        ".dm4",
    ),
    recognises,
    read,
)
