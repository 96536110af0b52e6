"""HyperSpy's own files whose signal is EELS."""

from __future__ import annotations

from pathlib import Path

from topotaxy.measurement.energy_loss.options import EnergyLossOptions
from topotaxy.measurement.energy_loss.record import LossRecord
from topotaxy.measurement.files.spectra import hyperspy
from topotaxy.measurement.files.spectra.stored import record_of, stored_of
from topotaxy.measurement.technique import Format

NAME = "EELS HyperSpy"


def recognises(head: bytes, path: Path) -> bool:
    """Whether it holds such spectra.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Of the file, whose groups are looked at.
    """
    return "loss" in hyperspy.signals(head, path)


def read(path: Path, options: EnergyLossOptions | None) -> tuple[LossRecord, ...]:
    """Read every spectrum.

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
    return tuple(record_of(LossRecord, one, NAME) for one in hyperspy.read(path, "loss"))


def write(record: LossRecord, path: Path) -> None:
    """Write one record; numbers read back as they are.

    Parameters
    ----------
    record : LossRecord
        Spectrum or spectrum image.
    path : Path
        Of the file; written whole or not at all.
    """
    hyperspy.write(stored_of(record), "loss", path)


FORMAT = Format(NAME, (".hspy",), recognises, read, write)
