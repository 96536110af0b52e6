"""Spectra of Digital Micrograph that say X-ray, or whose axis is in keV."""

from __future__ import annotations

from pathlib import Path

from topotaxy.measurement.energy_dispersive.options import EnergyDispersiveOptions
from topotaxy.measurement.energy_dispersive.record import XRayRecord
from topotaxy.measurement.files.spectra import digital_micrograph
from topotaxy.measurement.files.spectra.stored import record_of
from topotaxy.measurement.technique import Format

NAME = "EDS Digital Micrograph"


def recognises(head: bytes, path: Path) -> bool:
    """Whether it holds such spectra.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Of the file, whose tags are looked at.
    """
    return "x-ray" in digital_micrograph.signals(head, path)


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
    return tuple(record_of(XRayRecord, one, NAME) for one in digital_micrograph.read(path, "x-ray"))


FORMAT = Format(NAME, (".dm4",), recognises, read)
