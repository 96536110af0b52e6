"""EMSA/MAS spectra whose signal is ELS."""

from __future__ import annotations

from pathlib import Path

from topotaxy.measurement.energy_loss.options import EnergyLossOptions
from topotaxy.measurement.energy_loss.record import LossRecord
from topotaxy.measurement.files.spectra import msa
from topotaxy.measurement.files.spectra.stored import record_of
from topotaxy.measurement.technique import Format

NAME = "EELS MSA"


def recognises(head: bytes, path: Path) -> bool:
    """Whether it is such a file and says ELS.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Not used: the content decides.
    """
    return msa.signal(head) == "loss"


def read(path: Path, options: EnergyLossOptions | None) -> tuple[LossRecord, ...]:
    """Read the spectrum.

    Parameters
    ----------
    path : Path
        Of the file.
    options : EnergyLossOptions, optional
        Not used: the file states its axis.

    Raises
    ------
    InputError
        Where it is cut short or damaged.
    """
    return tuple(record_of(LossRecord, one, NAME) for one in msa.read(path))


FORMAT = Format(NAME, (".msa", ".emsa"), recognises, read)
