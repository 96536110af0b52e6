"""Questions to HDF5 files that were looked at before; :mod:`topotaxy.results.hdf5` opens them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from topotaxy.results.hdf5 import FAULTS, looked_at

SIGNATURE = b"\x89HDF\r\n\x1a\n"


def looks(head: bytes, path: Path, question: Callable[[Any], bool]) -> bool:
    """Return whether a file is HDF5 and the answer to a question about its groups; never raises.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Of the file.
    question : callable
        Gets the open file.
    """
    if not head.startswith(SIGNATURE) or not looked_at(path).whole:
        return False
    import h5py

    try:
        with h5py.File(path, "r") as file:
            return bool(question(file))
    except FAULTS:
        return False


def own(holder: Any, name: str) -> Any:
    """Return a member that lies in the file itself, None where there is none.

    Parameters
    ----------
    holder : h5py Group
        Anything else has no members.
    name : str
        Of the member; one behind a soft or external link is none.
    """
    import h5py

    if not isinstance(holder, h5py.Group) or name not in holder:
        return None
    return holder[name] if isinstance(holder.get(name, getlink=True), h5py.HardLink) else None


def names_in(holder: Any) -> list[str]:
    """Return the names of a group's members; a dataset has none, however many numbers it declares.

    Parameters
    ----------
    holder : h5py Group
        Anything else has no members.
    """
    import h5py

    return [str(name) for name in holder] if isinstance(holder, h5py.Group) else []


def said(holder: Any, name: str) -> str:
    """Return an attribute as text, empty where there is none.

    Parameters
    ----------
    holder : h5py Group or Dataset
        With the attribute.
    name : str
        Of the attribute; of an array its first element counts.
    """
    value = holder.attrs.get(name, "")
    if hasattr(value, "ravel"):
        value = value.ravel()[0] if value.size else ""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
