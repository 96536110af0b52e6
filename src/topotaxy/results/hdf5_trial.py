"""Walks over an HDF5 file in a process of its own, which damage may end: only then is the file opened.

Damaged metadata can end the HDF5 library, and the whole process, by a segmentation fault. A file can name
other files as the place of its data, contain itself, declare what it does not hold, or hold references that
readers follow. So a file is gone through here first, piece by piece, with little memory. What this process
survives the next one does, and what it complains of is refused. Run as a script, it imports nothing of
the project.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
from typing import Any

MOST_BYTES = 2_000_000_000
"""Unpacked data of a whole file up to which it is read."""
MOST_RATIO = 100
"""Unpacked bytes per byte of the file, up to which data are not taken for a trap."""
SPARE_BYTES = 10_000_000
"""Unpacked bytes that any file may hold: fill values take no room in it."""
MOST_OBJECTS = 20_000
DEEPEST = 12
PIECE = 32_000_000
"""Bytes of a dataset that are read at a time."""
MEMORY = 4_000_000_000
"""Address space of this process, bytes."""
SECONDS = 60
"""Processor time of this process."""
PLAIN_KINDS = frozenset("biufSO")
"""Kinds of dtype that datasets have: numbers and text (``O`` is text of variable length)."""
SCALES = frozenset({"DIMENSION_LIST", "REFERENCE_LIST"})
"""Attributes in which netCDF refers to the scales of its dimensions."""
FAULTS = (OSError, ValueError, TypeError, KeyError, RuntimeError, IndexError, AttributeError, MemoryError)


class Trial:
    """One walk over a file; ``complaint`` is the first thing that no file of ours would hold.

    ``whole`` says whether all that can be reached within the file was gone through.
    """

    def __init__(self, size: int) -> None:
        self.complaint: str | None = None
        self.whole = True
        self._room = min(MOST_BYTES, SPARE_BYTES + MOST_RATIO * size)
        self._taken = 0
        self._objects = 0
        self._addresses: set[int] = set()
        self._referred: list[Any] = []

    def file(self, file: Any) -> None:
        """Go through a file that is open.

        Parameters
        ----------
        file : h5py.File
            Open for reading.
        """
        self._group(file, 0)
        for reference in self._referred:
            try:
                # What has no name is reached by no link, so nobody looked at it.
                named = not reference or file[reference].name is not None
            except FAULTS:
                named = False
            if not named:
                self._complain("refers to what is not in it")

    def _complain(self, what: str, *, whole: bool = True) -> None:
        self.complaint = self.complaint or what
        self.whole = self.whole and whole

    def _group(self, group: Any, depth: int) -> None:
        import h5py

        address = h5py.h5o.get_info(group.id).addr
        if address in self._addresses:
            self._complain(f"its group {group.name!s:.80} contains itself", whole=False)
            return
        self._addresses.add(address)
        if depth > DEEPEST:
            self._complain(f"its groups are more than {DEEPEST} deep", whole=False)
            return
        self._attributes(group)
        for name in group:
            self._objects += 1
            if self._objects > MOST_OBJECTS:
                self._complain(f"holds more than {MOST_OBJECTS} objects", whole=False)
                return
            try:
                self._member(group, name, depth)
            except FAULTS:
                self._complain(f"{name!s:.80} cannot be opened")

    def _member(self, group: Any, name: Any, depth: int) -> None:
        import h5py

        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            self._complain(f"{name!s:.80} is a link; a file holds its own data")
            return
        found = group[name]
        if isinstance(found, h5py.Group):
            self._group(found, depth + 1)
        elif isinstance(found, h5py.Dataset):
            self._dataset(found)

    def _dataset(self, dataset: Any) -> None:
        import h5py

        name = str(dataset.name)[:80]
        self._attributes(dataset)
        if not self.whole:
            return
        # Whoever reads netCDF counts the scales.
        for dimension in dataset.dims if "DIMENSION_LIST" in dataset.attrs else ():
            len(dimension)
        kind = dataset.dtype.kind
        if dataset.external or dataset.id.get_create_plist().get_external_count():
            self._complain(f"{name} keeps its data in another file")
        elif dataset.is_virtual:
            self._complain(f"{name} is put together from other files")
        elif kind not in PLAIN_KINDS or (kind == "O" and h5py.check_string_dtype(dataset.dtype) is None):
            self._complain(f"{name} holds neither numbers nor text")
        elif dataset.shape is not None:
            # Shape and chunks are declared, not there: what they take is counted before anything is read.
            item = max(dataset.dtype.itemsize, 1)
            one = math.prod(dataset.chunks or (0,)) * item
            self._taken += math.prod(dataset.shape) * item
            if self._taken > self._room or one > self._room:
                self._complain(f"{name} declares more data than the file can hold")
                return
            self._content(dataset, name)

    def _content(self, dataset: Any, name: str) -> None:
        """Read a dataset piece by piece along its first axis."""
        if 0 in dataset.shape:
            return
        if not dataset.shape:
            self._text(dataset[()], dataset.dtype.kind, name)
            return
        row = max(math.prod(dataset.shape[1:]) * dataset.dtype.itemsize, 1)
        rows = max(PIECE // row, 1)
        if dataset.chunks:
            rows = max(rows // dataset.chunks[0], 1) * dataset.chunks[0]
        for start in range(0, dataset.shape[0], rows):
            self._text(dataset[start : start + rows], dataset.dtype.kind, name)

    def _text(self, values: Any, kind: str, name: str) -> None:
        """Count text of variable length: many places can share one long piece."""
        if kind != "O":
            return
        pieces = values.ravel() if hasattr(values, "ravel") else [values]
        self._taken += sum(len(piece) for piece in pieces if isinstance(piece, (bytes, str)))
        if self._taken > self._room:
            self._complain(f"{name} holds more text than the file can", whole=False)

    def _attributes(self, holder: Any) -> None:
        import h5py

        for name in list(holder.attrs):
            self._objects += 1
            try:
                attribute = holder.attrs.get_id(name)
                self._taken += math.prod(attribute.shape) * max(attribute.dtype.itemsize, 1)
                if self._taken > self._room:
                    self._complain(
                        f"attribute {name!s:.80} declares more than the file can hold", whole=False
                    )
                    return
                if name in SCALES and not _lists_scales(name, attribute, holder):
                    self._complain(
                        f"attribute {name} of {holder.name!s:.80} is no list of scales", whole=False
                    )
                    return
                value = holder.attrs[name]
                refers = self._holds_references(value)
                if name not in SCALES and (refers or h5py.check_ref_dtype(attribute.dtype) is not None):
                    self._complain(f"attribute {name!s:.80} is a reference")
            except FAULTS:
                self._complain(f"attribute {name!s:.80} of {holder.name!s:.80} cannot be read")

    def _holds_references(self, value: Any, depth: int = 0) -> bool:
        """Whether a value holds references; they are kept to be followed."""
        import h5py

        if isinstance(value, h5py.Reference):
            self._referred.append(value)
            return True
        if depth > 3 or not hasattr(value, "dtype") or value.dtype.kind not in "OV":
            return False
        items = value.ravel().tolist() if hasattr(value, "ravel") else list(value)
        found = [self._holds_references(item, depth + 1) for item in _flat(items)]
        return any(found)


def _lists_scales(name: str, attribute: Any, holder: Any) -> bool:
    """Whether an attribute has the type and the shape that it should.

    The HDF5 library takes both for granted and writes beyond its memory where they are others.
    """
    from h5py import h5t

    found = attribute.get_type()
    if name == "DIMENSION_LIST":
        listed = isinstance(found, h5t.TypeVlenID) and found.get_super().equal(h5t.STD_REF_OBJ)
        return listed and attribute.shape == (len(getattr(holder, "shape", None) or ()),)
    return (
        isinstance(found, h5t.TypeCompoundID)
        and found.get_nmembers() == 2
        and found.get_member_type(0).equal(h5t.STD_REF_OBJ)
        and isinstance(found.get_member_type(1), h5t.TypeIntegerID)
        and len(attribute.shape) == 1
    )


def _flat(items: Any) -> Any:
    for item in items:
        if isinstance(item, (tuple, list)):
            yield from _flat(item)
        else:
            yield item


def tried(path: str) -> dict[str, Any]:
    """Return what a walk over a file finds.

    Parameters
    ----------
    path : str
        Of a regular file.

    Returns
    -------
    dict
        ``whole``: whether all of it could be gone through; ``complaint``: why it is refused, or None.
    """
    import h5py

    trial = Trial(os.stat(path).st_size)  # noqa: PTH116
    try:
        with h5py.File(path, "r") as file:
            trial.file(file)
    except FAULTS as error:
        return {"whole": False, "complaint": f"not readable ({error!s:.120})"}
    return {"whole": trial.whole, "complaint": trial.complaint}


def limited() -> None:
    """Give this process little memory and time, where the system can."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.path[:] = json.loads(sys.argv[2])
    limited()
    sys.stdout.write(json.dumps(tried(sys.argv[1])) + "\n")
