"""HDF5 files that are looked at before anything in them is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topotaxy.results.hdf5 import FAULTS, looked_at, opened_hdf5

if TYPE_CHECKING:
    import h5py

SIGNATURE = b"\x89HDF\r\n\x1a\n"


@contextmanager
def opened(path: Path, kind: str) -> Iterator[h5py.File]:
    """Open a file that was checked: no links, no data elsewhere, no more than it can hold.

    Parameters
    ----------
    path : Path
        Of the file.
    kind : str
        What it should be, for the message.

    Raises
    ------
    InputError
        One line, also for whatever goes wrong while it is read.
    """
    with opened_hdf5(path, kind=kind) as file:
        yield file


def looks(head: bytes, path: Path, question: Callable[[Any], bool]) -> bool:
    """Return whether a file is HDF5 and the answer to a question about its groups; never raises."""
    if not head.startswith(SIGNATURE) or not looked_at(path).whole:
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
