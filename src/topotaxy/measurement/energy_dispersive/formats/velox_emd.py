"""Velox EMD files with X-ray spectra or streams of events."""

from __future__ import annotations

from pathlib import Path

from topotaxy.measurement.energy_dispersive.options import EnergyDispersiveOptions
from topotaxy.measurement.energy_dispersive.record import XRayRecord
from topotaxy.measurement.files.spectra import velox
from topotaxy.measurement.files.spectra.stored import record_of
from topotaxy.measurement.technique import Format

NAME = "EDS Velox EMD"


def recognises(head: bytes, path: Path) -> bool:
    """Whether it holds such spectra.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Of the file, whose groups are looked at.
    """
    return "x-ray" in velox.signals(head, path)


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
    return tuple(record_of(XRayRecord, one, NAME) for one in velox.x_rays(path))


FORMAT = Format(NAME, (".emd",), recognises, read)
