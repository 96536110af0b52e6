"""HDF5 files that are looked at before anything in them is read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topotaxy.errors import InputError
from topotaxy.results.reading import check_dataset_file

if TYPE_CHECKING:
    import h5py

SIGNATURE = b"\x89HDF\r\n\x1a\n"
FAULTS = (OSError, ValueError, KeyError, AttributeError, TypeError, RuntimeError, IndexError, MemoryError)
LONGEST_TRIAL = 120.0
"""Seconds after which going through a file is given up."""


def survived(path: Path) -> bool:
    """Return whether another process could go through a file: damaged ones can kill the HDF5 library.

    The answer is kept for as long as size and time of the file stay.
    """
    try:
        found = path.stat()
    except (OSError, ValueError):
        return False
    return _tried(path.absolute(), found.st_size, found.st_mtime_ns, found.st_ino)


@lru_cache(maxsize=64)
def _tried(path: Path, size: int, changed: int, node: int) -> bool:
    trial = Path(__file__).with_name("hdf5_trial.py")
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(trial), str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=LONGEST_TRIAL,
            check=False,
        )
    except (OSError, subprocess.SubprocessError, ValueError):
        return False
    return done.returncode == 0


@contextmanager
def opened(path: Path, kind: str) -> Iterator[h5py.File]:
    """Open a file that was checked: no links, no data elsewhere, no more than it can hold.

    Raises
    ------
    InputError
        One line, also for whatever goes wrong while it is read.
    """
    import h5py

    if not survived(path):
        raise InputError(f"not a readable {kind} file: damaged", where=path.name)
    check_dataset_file(path, kind=kind)
    try:
        with h5py.File(path, "r") as file:
            yield file
    except InputError:
        raise
    except FAULTS as error:
        said = " ".join(str(error).split())
        raise InputError(f"not a readable {kind} file ({said:.120})", where=path.name) from None


def looks(head: bytes, path: Path, question: Callable[[Any], bool]) -> bool:
    """Return whether a file is HDF5 and the answer to a question about its groups; never raises."""
    if not head.startswith(SIGNATURE) or not survived(path):
        return False
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return bool(question(file))
    except FAULTS:
        return False


def own(holder: Any, name: str) -> Any:
    """Return a member that lies in the file itself, None where there is none."""
    import h5py

    if not isinstance(holder, h5py.Group) or name not in holder:
        return None
    return holder[name] if isinstance(holder.get(name, getlink=True), h5py.HardLink) else None


def said(holder: Any, name: str) -> str:
    """Return an attribute as text, empty where there is none."""
    value = holder.attrs.get(name, "")
    if hasattr(value, "ravel"):
        value = value.ravel()[0] if value.size else ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
