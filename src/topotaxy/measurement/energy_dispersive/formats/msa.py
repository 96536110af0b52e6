"""EMSA/MAS spectra whose signal is EDS."""

from __future__ import annotations

from pathlib import Path

from topotaxy.measurement.energy_dispersive.options import EnergyDispersiveOptions
from topotaxy.measurement.energy_dispersive.record import XRayRecord, record_of
from topotaxy.measurement.files.spectra import msa
from topotaxy.measurement.technique import Format

NAME = "EDS MSA"


def recognises(head: bytes, path: Path) -> bool:
    """Whether it holds such spectra."""
    return msa.signal(head) == "x-ray"


def read(path: Path, options: EnergyDispersiveOptions | None) -> tuple[XRayRecord, ...]:
    """Read every spectrum."""
    return tuple(record_of(one, NAME) for one in msa.read(path))


FORMAT = Format(NAME, (".msa",), recognises, read)
