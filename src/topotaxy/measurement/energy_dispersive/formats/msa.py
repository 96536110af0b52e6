"""EMSA/MAS spectra whose signal is EDS."""

from __future__ import annotations

from pathlib import Path

from topotaxy.measurement.energy_dispersive.options import EnergyDispersiveOptions
from topotaxy.measurement.energy_dispersive.record import XRayRecord
from topotaxy.measurement.files.spectra import msa
from topotaxy.measurement.files.spectra.stored import record_of
from topotaxy.measurement.technique import Format

NAME = "EDS MSA"


def recognises(head: bytes, path: Path) -> bool:
    """Whether it holds such spectra.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Not used: the content decides.
    """
    return msa.signal(head) == "x-ray"


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
        Where it is cut short or damaged.
    """
    return tuple(record_of(XRayRecord, one, NAME) for one in msa.read(path))


FORMAT = Format(NAME, (".msa",), recognises, read)
