"""A journal of evaluations, so that a stopped inference goes on where it was.

A sampler with a fixed seed asks for the same points again; what was computed before is read back. Each
entry is bound to the points that it answers, so that a journal of other points is not mistaken for it, and
sealed with a checksum, so that a damaged entry is not read as numbers: from the first entry that differs or
is damaged on, everything is computed anew.
"""

from __future__ import annotations

import hashlib
import os
import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError

Values = NDArray[np.float64]
_MAGIC = b"topotaxy-journal-2\n"
_HEAD = struct.Struct("<32sII")
_SEAL = 32
"""Bytes of the checksum (SHA-256) behind an entry, over all of it."""

LARGEST = 50_000_000
"""Numbers of one entry, at most."""


class Journal:
    """Answers to batches of points, appended to a file as they come.

    Parameters
    ----------
    path : Path or None
        File of the journal; without one nothing is kept.
    binding : str
        SHA-256 of what the answers depend on besides the points.

    Raises
    ------
    InputError
        Where the file is no journal, or that of something else.
    """

    def __init__(self, path: Path | None, binding: str) -> None:
        self._path, self._next = path, 0
        self._known: list[tuple[bytes, Values]] = []
        self._head = _MAGIC + binding.encode() + b"\n"
        if path is None:
            return
        if path.is_file():
            self._read(path)
        else:
            path.write_bytes(self._head)

    @property
    def kept(self) -> int:
        """Entries that were there."""
        return len(self._known)

    def _read(self, path: Path) -> None:
        data = path.read_bytes()
        if self._head.startswith(data):
            # A run that was killed before it had written the head.
            path.write_bytes(self._head)
            return
        if not data.startswith(_MAGIC):
            raise InputError("not a journal of evaluations; use another folder", where=str(path))
        if not data.startswith(self._head):
            raise InputError("a journal of another inference; use another folder", where=str(path))
        at = len(self._head)
        while at + _HEAD.size <= len(data):
            digest, rows, columns = _HEAD.unpack_from(data, at)
            end = at + _HEAD.size + 8 * rows * columns
            if rows * columns > LARGEST or end + _SEAL > len(data):
                break
            if hashlib.sha256(data[at:end]).digest() != data[end : end + _SEAL]:
                break
            values = np.frombuffer(data, dtype="<f8", count=rows * columns, offset=at + _HEAD.size)
            self._known.append((digest, values.reshape(rows, columns).astype(float)))
            at = end + _SEAL
        if at < len(data):
            # What a killed run left of its last entry, or from a damaged entry on.
            os.truncate(path, at)

    def answer(self, points: Values) -> Values | None:
        """Return what was computed for these points, where they are the next that were asked for before.

        Parameters
        ----------
        points : Values
            Rows of unit coordinates; shape (points, inputs).
        """
        if self._next >= len(self._known):
            return None
        digest, values = self._known[self._next]
        if digest != _digest(points):
            self._forget()
            return None
        self._next += 1
        return np.array(values)

    def _forget(self) -> None:
        """Drop the entries from here on: the sampler went another way."""
        self._known = self._known[: self._next]
        if self._path is not None:
            size = len(self._head) + sum(_HEAD.size + values.nbytes + _SEAL for _, values in self._known)
            os.truncate(self._path, size)

    def keep(self, points: Values, values: Values) -> None:
        """Append what was computed for points; a kill in between loses this entry alone.

        Parameters
        ----------
        points : Values
            Rows of unit coordinates; shape (points, inputs).
        values : Values
            What was computed at each row.
        """
        self._known.append((_digest(points), values))
        self._next = len(self._known)
        if self._path is None:
            return
        rows, columns = values.shape
        entry = _HEAD.pack(_digest(points), rows, columns) + values.astype("<f8").tobytes()
        with self._path.open("ab") as file:
            file.write(entry + hashlib.sha256(entry).digest())
            file.flush()
            os.fsync(file.fileno())


def _digest(points: Values) -> bytes:
    return hashlib.sha256(np.ascontiguousarray(points, dtype="<f8").tobytes()).digest()
