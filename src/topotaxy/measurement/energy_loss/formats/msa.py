"""EMSA/MAS spectra whose signal is ELS."""

from __future__ import annotations

from pathlib import Path

from topotaxy.measurement.energy_loss.options import EnergyLossOptions
from topotaxy.measurement.energy_loss.record import LossRecord, record_of
from topotaxy.measurement.files.spectra import msa
from topotaxy.measurement.technique import Format

NAME = "EELS MSA"


def recognises(head: bytes, path: Path) -> bool:
    """Whether it is such a file and says ELS."""
    return msa.signal(head) == "loss"


def read(path: Path, options: EnergyLossOptions | None) -> tuple[LossRecord, ...]:
    """Read the spectrum."""
    return tuple(record_of(one, NAME) for one in msa.read(path))


FORMAT = Format(NAME, (".msa", ".emsa"), recognises, read)
