"""What binary readers share: bytes that are bounded by the file, pixels that are really there."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.files import regular_file


class Bytes:
    """The content of a file; every access is checked against its length.

    Parameters
    ----------
    data : bytes
        The whole file.
    source : str
        Its name, for messages.
    order : str
        ``<`` or ``>``.
    """

    def __init__(self, data: bytes, source: str, order: str = "<") -> None:
        self.data = data
        self.source = source
        self.order = order

    def missing(self, end: float) -> InputError:
        """Return the refusal of a file that should reach ``end``.

        Parameters
        ----------
        end : float
            Byte after the last one that is wanted.
        """
        lacking = int(min(max(end - len(self.data), 1), 2**62))
        return InputError(f"is cut short: {lacking} bytes are missing", where=self.source)

    def unpack(self, kinds: str, at: int, order: str | None = None) -> tuple[Any, ...]:
        """Return numbers of struct kinds that stand at a byte.

        Parameters
        ----------
        kinds : str
            Of :mod:`struct`, without the order.
        at : int
            Byte where they begin.
        order : {"<", ">"}, optional
            That of the file where not given.

        Raises
        ------
        InputError
            Where the file ends before.
        """
        form = (self.order if order is None else order) + kinds
        if at < 0 or at + struct.calcsize(form) > len(self.data):
            raise self.missing(at + struct.calcsize(form))
        return struct.unpack_from(form, self.data, at)

    def piece(self, at: int, length: int) -> bytes:
        """Return bytes; InputError where the file ends before.

        Parameters
        ----------
        at, length : int
            First byte, and how many.
        """
        if at < 0 or length < 0:
            raise InputError("points to a place before its beginning: damaged", where=self.source)
        if at + length > len(self.data):
            raise self.missing(at + length)
        return self.data[at : at + length]

    def pixels(self, at: int, shape: Sequence[int], dtype: str) -> NDArray[Any]:
        """Return an array of ``shape`` that starts at a byte.

        Parameters
        ----------
        at : int
            Byte where the array begins.
        shape : sequence of int
            Each at least one.
        dtype : str
            Of an element, without the order.

        Raises
        ------
        InputError
            Where the shape is impossible or the file ends before.
        """
        if any(length < 1 for length in shape):
            raise InputError(f"its data have the shape {tuple(shape)}: damaged", where=self.source)
        kind = np.dtype(dtype).newbyteorder("<" if self.order == "<" else ">")
        count = math.prod(int(length) for length in shape)
        if at < 0 or at + count * kind.itemsize > len(self.data):
            raise self.missing(at + float(count) * kind.itemsize)
        return np.frombuffer(self.data, kind, count, at).reshape(shape)


def content(path: Path, order: str = "<") -> Bytes:
    """Return the bytes of a file that is one.

    Parameters
    ----------
    path : Path
        Of the file.
    order : {"<", ">"}
        Of its numbers.

    Raises
    ------
    InputError
        Where it is a link, a folder, or too large.
    """
    regular_file(path)
    try:
        return Bytes(path.read_bytes(), path.name, order)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=path.name) from None


def frame_names(name: str, count: int) -> list[str]:
    """Return the sources of the frames of a file: its name, with their number where there are many.

    Parameters
    ----------
    name : str
        Of the file.
    count : int
        Of its frames.
    """
    return [name] if count == 1 else [f"{name}, frame {number}" for number in range(1, count + 1)]
