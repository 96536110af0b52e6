"""Walks over an HDF5 file in a process of its own, run by its path: ``python -I hdf5_trial.py FILE``.

Damaged metadata can end the HDF5 library, and the whole process, by a segmentation fault. So a file is
gone through here first; what this process survives, the next one does. It imports nothing of the project.
"""

from __future__ import annotations

import sys
from typing import Any

MOST_BYTES = 64_000_000
"""Size of a dataset up to which its content is read as well."""
MOST_OBJECTS = 20_000
DEEPEST = 12


def visited(group: Any, budget: list[int], depth: int = 0) -> None:
    """Read every attribute, and every dataset of numbers, of hard-linked objects."""
    import h5py

    for name in list(group.attrs):
        try:
            group.attrs[name]
        except (OSError, ValueError, TypeError, KeyError, RuntimeError):
            continue
    if depth > DEEPEST:
        return
    for name in list(group):
        budget[0] -= 1
        if budget[0] < 0 or not isinstance(group.get(name, getlink=True), h5py.HardLink):
            continue
        try:
            member = group[name]
        except (OSError, ValueError, KeyError, RuntimeError):
            continue
        if isinstance(member, h5py.Group):
            visited(member, budget, depth + 1)
        elif isinstance(member, h5py.Dataset):
            read(member)


def read(dataset: Any) -> None:
    """Read attributes and content of a dataset that lies in the file and is not too large."""
    try:
        for name in list(dataset.attrs):
            dataset.attrs[name]
        plain = dataset.dtype.kind in "biuf" and not dataset.external and not dataset.is_virtual
        if plain and dataset.size is not None and dataset.size * dataset.dtype.itemsize <= MOST_BYTES:
            dataset[()]
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, MemoryError):
        return


def main(path: str) -> int:
    """Return 0 where the whole file could be gone through, 3 where it is no readable HDF5 file."""
    import h5py

    try:
        with h5py.File(path, "r") as file:
            visited(file, [MOST_OBJECTS])
    except (OSError, ValueError, TypeError, KeyError, RuntimeError, RecursionError):
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
