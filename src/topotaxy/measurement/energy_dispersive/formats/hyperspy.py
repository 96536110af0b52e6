"""HyperSpy's own files whose signal is EDS."""

from __future__ import annotations

from pathlib import Path

from topotaxy.measurement.energy_dispersive.options import EnergyDispersiveOptions
from topotaxy.measurement.energy_dispersive.record import XRayRecord, record_of, stored_of
from topotaxy.measurement.files.spectra import hyperspy
from topotaxy.measurement.technique import Format

NAME = "EDS HyperSpy"


def recognises(head: bytes, path: Path) -> bool:
    """Whether it holds such spectra."""
    return "x-ray" in hyperspy.signals(head, path)


def read(path: Path, options: EnergyDispersiveOptions | None) -> tuple[XRayRecord, ...]:
    """Read every spectrum."""
    return tuple(record_of(one, NAME) for one in hyperspy.read(path, "x-ray"))


def write(record: XRayRecord, path: Path) -> None:
    """Write one record; numbers read back as they are."""
    hyperspy.write(stored_of(record), "x-ray", path)


FORMAT = Format(NAME, (".hspy",), recognises, read, write)
