"""Bruker composite files; reading them takes the extra em."""

from __future__ import annotations

from pathlib import Path

from topotaxy.measurement.energy_dispersive.options import EnergyDispersiveOptions
from topotaxy.measurement.energy_dispersive.record import XRayRecord, record_of
from topotaxy.measurement.files.spectra import bruker
from topotaxy.measurement.technique import Format

NAME = "Bruker bcf"


def recognises(head: bytes, path: Path) -> bool:
    """Whether it holds such spectra."""
    return bruker.is_composite(head)


def read(path: Path, options: EnergyDispersiveOptions | None) -> tuple[XRayRecord, ...]:
    """Read every spectrum."""
    return tuple(record_of(one, NAME) for one in bruker.read(path))


FORMAT = Format(NAME, (".bcf",), recognises, read)
