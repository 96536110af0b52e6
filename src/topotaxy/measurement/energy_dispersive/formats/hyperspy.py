"""HyperSpy's own files whose signal is EDS."""

from __future__ import annotations

from pathlib import Path

from topotaxy.measurement.energy_dispersive.options import EnergyDispersiveOptions
from topotaxy.measurement.energy_dispersive.record import XRayRecord
from topotaxy.measurement.files.spectra import hyperspy
from topotaxy.measurement.files.spectra.stored import record_of, stored_of
from topotaxy.measurement.technique import Format

NAME = "EDS HyperSpy"


def recognises(head: bytes, path: Path) -> bool:
    """Whether it holds such spectra.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Of the file, whose groups are looked at.
    """
    return "x-ray" in hyperspy.signals(head, path)


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
        Where it holds no such spectrum, or is damaged.
    """
    return tuple(record_of(XRayRecord, one, NAME) for one in hyperspy.read(path, "x-ray"))


def write(record: XRayRecord, path: Path) -> None:
    """Write one record; numbers read back as they are.

    Parameters
    ----------
    record : XRayRecord
        Spectrum or spectrum image.
    path : Path
        Of the file; written whole or not at all.
    """
    hyperspy.write(stored_of(record), "x-ray", path)


FORMAT = Format(NAME, (".hspy",), recognises, read, write)
