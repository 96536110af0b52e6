"""Reading a dataset that may not be what it claims: looked at before xarray opens it.

An HDF5 file can name other files as the place of its data, contain itself, declare shapes beyond any memory,
and hold references that readers follow. Nothing of that is in a results folder, so all of it is refused.
"""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topotaxy.errors import InputError

if TYPE_CHECKING:
    import h5py
    import xarray as xr

MOST_BYTES = 2_000_000_000
"""Size of a file, and of all its data unpacked, up to which it is read."""
MOST_TEXT = 500_000_000
"""Size of a text file of a results folder up to which it is read."""
MOST_RATIO = 1100.0
"""Unpacked bytes per byte of the file; deflate reaches about 1,030 at most."""
SPARE_BYTES = 10_000_000
"""Unpacked bytes that any file may hold: fill values take no room in it."""
MOST_OBJECTS = 20_000
DEEPEST = 12
PLAIN_KINDS = frozenset("biufSUO")
"""Kinds of dtype that datasets have: numbers and text (``O`` is text of variable length)."""


def regular_file(path: Path, *, most: int = MOST_BYTES) -> int:
    """Return the size of a file that is one.

    Raises
    ------
    InputError
        Where there is no such file, it is a link, a folder, a pipe or a device, or too large.
    """
    try:
        found = path.lstat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot be read: {reason}", where=str(path)[:200]) from None
    if stat.S_ISLNK(found.st_mode):
        raise InputError("is a link; a results folder holds its own files", where=str(path))
    if not stat.S_ISREG(found.st_mode):
        raise InputError("is no regular file", where=str(path))
    if found.st_size > most:
        raise InputError(f"holds {found.st_size} bytes; at most {most} are read", where=str(path))
    return found.st_size


def stored_text(path: Path) -> str:
    """Return a text file of a results folder, after it was looked at.

    Raises
    ------
    InputError
        Where :func:`regular_file` refuses it, it cannot be read, or is not UTF-8.
    """
    regular_file(path, most=MOST_TEXT)
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError("not UTF-8 text", where=str(path)) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None


def stored_object(path: Path) -> dict[str, Any]:
    """Return a JSON object of a results folder; errors as of :func:`stored_text`, and where it is none."""
    try:
        document = json.loads(stored_text(path))
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"not JSON ({error!s:.120})", where=str(path)) from None
    if not isinstance(document, dict):
        raise InputError("expected a JSON object", where=str(path))
    return document


def read_dataset(path: Path) -> xr.DataTree:
    """Return the dataset of a results folder, loaded, after the file was looked at.

    Raises
    ------
    InputError
        Where it is no netCDF file, or holds what no dataset of a results folder does; one line.
    """
    check_dataset_file(path)
    import xarray as xr

    try:
        with xr.open_datatree(path, engine="h5netcdf") as tree:
            return tree.load()
    except MemoryError:
        raise InputError("does not fit into memory", where=str(path)) from None
    except (OSError, ValueError, KeyError, AttributeError, TypeError, RuntimeError, IndexError) as error:
        raise InputError(f"not a readable netCDF file ({error!s:.120})", where=str(path)) from None


def check_dataset_file(path: Path, *, kind: str = "netCDF") -> None:
    """Refuse an HDF5 file that leads out of itself, contains itself, or declares more than it can hold.

    ``kind`` is what it should be, for the message.

    Raises
    ------
    InputError
        One line that says what and where in the file.
    """
    size = regular_file(path)
    import h5py

    try:
        with h5py.File(path, "r") as file:
            _Checker(path, size).group(file, depth=0)
    except InputError:
        raise
    except (OSError, ValueError, KeyError, AttributeError, TypeError, RuntimeError, MemoryError) as error:
        raise InputError(f"not a readable {kind} file ({error!s:.120})", where=str(path)) from None


class _Checker:
    """One walk over the objects of a file."""

    def __init__(self, path: Path, size: int) -> None:
        self._path = path
        self._room = min(MOST_BYTES, SPARE_BYTES + MOST_RATIO * size)
        self._taken = 0.0
        self._groups: set[Any] = set()
        self._objects = 0

    def _refuse(self, what: str) -> InputError:
        return InputError(what, where=str(self._path))

    def group(self, group: h5py.Group, *, depth: int) -> None:
        import h5py

        address = h5py.h5o.get_info(group.id).addr
        if address in self._groups:
            raise self._refuse(f"its group {group.name!s:.80} contains itself")
        self._groups.add(address)
        if depth > DEEPEST:
            raise self._refuse(f"its groups are more than {DEEPEST} deep")
        self._attributes(group)
        for name in group:
            self._objects += 1
            if self._objects > MOST_OBJECTS:
                raise self._refuse(f"holds more than {MOST_OBJECTS} objects")
            link = group.get(name, getlink=True)
            if not isinstance(link, h5py.HardLink):
                raise self._refuse(f"{name!s:.80} is a link; a dataset holds its own data")
            found = group.get(name)
            if isinstance(found, h5py.Group):
                self.group(found, depth=depth + 1)
            elif isinstance(found, h5py.Dataset):
                self._dataset(found)
            elif found is None:
                raise self._refuse(f"{name!s:.80} cannot be opened")

    def _dataset(self, dataset: h5py.Dataset) -> None:
        name = str(dataset.name)[:80]
        if dataset.external or dataset.id.get_create_plist().get_external_count():
            raise self._refuse(f"{name} keeps its data in another file")
        if dataset.is_virtual:
            raise self._refuse(f"{name} is put together from other files")
        if dataset.dtype.kind not in PLAIN_KINDS or self._refers(dataset):
            raise self._refuse(f"{name} holds neither numbers nor text")
        # Shape is declared, not there: what it takes is counted before anything is read.
        count = 1.0
        for length in dataset.shape or ():
            count *= float(length)
        self._taken += count * max(dataset.dtype.itemsize, 1)
        if self._taken > self._room:
            raise self._refuse(f"{name} declares more data than the file can hold")
        self._attributes(dataset)

    def _refers(self, dataset: h5py.Dataset) -> bool:
        """Whether a dataset holds references, other than the lists of dimensions that netCDF keeps."""
        import h5py

        if dataset.dtype.kind != "O":
            return False
        return h5py.check_string_dtype(dataset.dtype) is None

    def _attributes(self, holder: h5py.Group | h5py.Dataset) -> None:
        total = 0.0
        for name in holder.attrs:
            self._objects += 1
            attribute = holder.attrs.get_id(name)
            count = 1.0
            for length in attribute.shape:
                count *= float(length)
            total += count * max(attribute.dtype.itemsize, 1)
        self._taken += total
        if self._taken > self._room:
            raise self._refuse(f"attributes of {holder.name!s:.80} declare more than the file can hold")
