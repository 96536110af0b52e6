"""Where a run's numbers come from: versions, seed, machine, parameters, limits."""

from __future__ import annotations

import platform
from importlib.metadata import version
from typing import Any

import topotaxy
from topotaxy.energetics import LatticeEnergies
from topotaxy.spec import Spec
from topotaxy.tables import read_table

_PACKAGES = ("numpy", "scipy", "numba", "xarray", "chemicals", "periodictable", "pydantic")


def provenance_of(
    spec: Spec, energies: LatticeEnergies, *, started: str, wall_time: float, events: int
) -> dict[str, Any]:
    """Return plain data for ``provenance.json``; ``wall_time`` in seconds."""
    return {
        "topotaxy": topotaxy.__version__,
        "versions": {name: version(name) for name in _PACKAGES},
        "python": platform.python_version(),
        "platform": platform.platform(),
        "seed": spec.lattice.seed,
        "started": started,
        "wall_time_s": round(wall_time, 3),
        "events": events,
        "parameters": [a.document() for a in energies.assumptions.values()],
        "calibration": [dict(row) for row in read_table("topotaxy.energetics", "calibration")],
        "limits": [row["limit"] for row in read_table("topotaxy.energetics", "limits")],
        "spec": spec.model_dump(mode="json"),
    }
