"""Velox EMD files with energy-loss images, one for each range."""

from __future__ import annotations

from pathlib import Path

from topotaxy.measurement.energy_loss.options import EnergyLossOptions
from topotaxy.measurement.energy_loss.record import LossRecord
from topotaxy.measurement.files.spectra import velox
from topotaxy.measurement.files.spectra.stored import record_of
from topotaxy.measurement.technique import Format

NAME = "EELS Velox EMD"


def recognises(head: bytes, path: Path) -> bool:
    """Whether it holds such spectra.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Of the file, whose groups are looked at.
    """
    return "loss" in velox.signals(head, path)


def read(path: Path, options: EnergyLossOptions | None) -> tuple[LossRecord, ...]:
    """Read every range.

    Parameters
    ----------
    path : Path
        Of the file.
    options : EnergyLossOptions, optional
        Not used: the file states its axis.

    Raises
    ------
    InputError
        Where it holds no such spectrum, or is damaged.
    """
    return tuple(record_of(LossRecord, one, NAME) for one in velox.losses(path))


FORMAT = Format(NAME, (".emd",), recognises, read)
