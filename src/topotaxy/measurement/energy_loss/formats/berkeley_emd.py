"""EMD files of Berkeley's layout with an axis of energy loss."""

from __future__ import annotations

from pathlib import Path

from topotaxy.measurement.energy_loss.options import EnergyLossOptions
from topotaxy.measurement.energy_loss.record import LossRecord, record_of
from topotaxy.measurement.files.spectra import berkeley
from topotaxy.measurement.technique import Format

NAME = "EELS Berkeley EMD"


def recognises(head: bytes, path: Path) -> bool:
    """Whether it holds such spectra."""
    return "loss" in berkeley.signals(head, path)


def read(path: Path, options: EnergyLossOptions | None) -> tuple[LossRecord, ...]:
    """Read every spectrum."""
    return tuple(record_of(one, NAME) for one in berkeley.read(path, "loss"))


FORMAT = Format(NAME, (".emd",), recognises, read)
