"""Bruker composite files; reading them takes the extra em."""

from __future__ import annotations

from pathlib import Path

from topotaxy.measurement.energy_dispersive.options import EnergyDispersiveOptions
from topotaxy.measurement.energy_dispersive.record import XRayRecord
from topotaxy.measurement.files.spectra import bruker
from topotaxy.measurement.files.spectra.stored import record_of
from topotaxy.measurement.technique import Format

NAME = "Bruker bcf"


def recognises(head: bytes, path: Path) -> bool:
    """Whether it holds such spectra.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Not used: the content decides.
    """
    return bruker.is_composite(head)


def read(path: Path, options: EnergyDispersiveOptions | None) -> tuple[XRayRecord, ...]:
    """Read every spectrum.

    Parameters
    ----------
    path : Path
        Of the file.
    options : EnergyDispersiveOptions, optional
        Not used: the file states its axis.

    Raises
    ------
    InputError
        Where the extra ``em`` is not installed, or the file is damaged.
    """
    return tuple(record_of(XRayRecord, one, NAME) for one in bruker.read(path))


FORMAT = Format(NAME, (".bcf",), recognises, read)
