"""EMD as Berkeley defined it: groups of ``emd_group_type`` 1 with ``data`` and ``dim1``, ``dim2``, ..."""

from __future__ import annotations

from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.files.hdf5 import names_in, own, said

DEEPEST = 6
ENERGIES = {"ev": 1.0, "kev": 1000.0, "e_v": 1.0, "e_kv": 1000.0}
"""Unit as files write it, in lower case without brackets, to its size in eV."""


def data_groups(group: Any, depth: int = 0) -> list[Any]:
    """Return the groups of a file that hold data with its axes.

    Parameters
    ----------
    group : h5py Group
        Where to look, six levels down at most.
    depth : int
        Levels that were gone down already.
    """
    if said(group, "emd_group_type") == "1" and own(group, "data") is not None:
        return [group]
    if depth > DEEPEST:
        return []
    members = (own(group, name) for name in names_in(group))
    return [one for member in members if hasattr(member, "keys") for one in data_groups(member, depth + 1)]


def energy_axis(group: Any) -> int | None:
    """Return the number (from 1) of the axis that is an energy; None where there is none.

    Parameters
    ----------
    group : h5py Group
        With data and its axes.
    """
    data = own(group, "data")
    for number in range(1, getattr(data, "ndim", 0) + 1):
        stored = own(group, f"dim{number}")
        if stored is not None and said(stored, "units").strip(" []").lower() in ENERGIES:
            return number
    return None


def axis(group: Any, number: int, length: int, source: str) -> tuple[float, float, str]:
    """Return step, start and unit of an axis.

    Parameters
    ----------
    group : h5py Group
        With data and its axes.
    number : int
        Of the axis, from 1.
    length : int
        Of the data along it.
    source : str
        Name of the file, for messages.

    Raises
    ------
    InputError
        Where it is absent, too short, or uneven.
    """
    stored = own(group, f"dim{number}")
    if stored is None or stored.shape not in ((length,), (2,)) or length < 2:
        raise InputError(f"axis dim{number} of its data is absent or of another length", where=source)
    values = np.asarray(stored[()], dtype=np.float64)
    unit = said(stored, "units")
    if len(values) == 2:
        return float(values[1] - values[0]), float(values[0]), unit
    step = float(values[-1] - values[0]) / (length - 1)
    if not np.isfinite(values).all() or np.abs(np.diff(values) - step).max() > 1e-2 * abs(step):
        raise InputError(f"axis dim{number} of its data is uneven: damaged", where=source)
    return step, float(values[0]), unit
