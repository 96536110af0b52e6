"""The arrays of an archive as numpy writes it, each taken only where its header fits the bytes behind it."""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_ARRAYS = 100
PLAIN_TYPES = frozenset(np.dtype(name) for name in ("b1", "i1", "u1", "i2", "i4", "i8", "f4", "f8"))
FAULTS = (
    OSError,
    ValueError,
    KeyError,
    TypeError,
    SyntaxError,
    EOFError,
    MemoryError,
    RecursionError,
    NotImplementedError,
    RuntimeError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading of bytes that are no such archive may raise."""


def members(source: Path | bytes, *, most: int, packed: bool = False) -> dict[str, NDArray[Any]]:
    """Return every array of an archive by name.

    Parameters
    ----------
    source : Path or bytes
        The file, or what it holds.
    most : int
        Bytes that all arrays together may have.
    packed : bool
        Whether they are deflated, as :func:`numpy.savez_compressed` writes them, or as they are.

    Raises
    ------
    ValueError
        Where a member is no plain array of numbers, is not all there, or the arrays are too many or too
        large; damaged archives raise any of :data:`FAULTS`.
    """
    found: dict[str, NDArray[Any]] = {}
    with zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source) as archive:
        listed = archive.infolist()
        if len(listed) > MOST_ARRAYS:
            raise ValueError("too many arrays")
        if sum(member.file_size for member in listed) > most:
            raise ValueError("larger than it may be")
        kind = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        for member in listed:
            name = member.filename.removesuffix(".npy")
            plain = member.compress_type == kind and not member.flag_bits & 1
            if not plain or name in found or member.file_size <= 0:
                raise ValueError("a member that was not written here")
            found[name] = _array(_content(archive, member))
    return found


def _content(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """Unpack as much of a member as it declares, which the caller has bounded, and no more."""
    with archive.open(member) as stream:
        try:
            return stream.read(member.file_size)
        except FAULTS:
            raise
        except Exception as error:
            # Libraries put other decompressors in zlib's place, each with an error of its own.
            raise ValueError(f"{error!s:.80}") from None


def _array(content: bytes) -> NDArray[Any]:
    stream = io.BytesIO(content)
    if np.lib.format.read_magic(stream) != (1, 0):
        raise ValueError("another format of arrays")
    shape, by_columns, kind = np.lib.format.read_array_header_1_0(stream)
    rest = len(content) - stream.tell()
    if by_columns or kind not in PLAIN_TYPES or min(shape, default=0) < 0:
        raise ValueError("an array that was not written here")
    if math.prod(shape) * kind.itemsize != rest:
        raise ValueError("an array that is not all there")
    return np.frombuffer(content, dtype=kind, offset=stream.tell()).reshape(shape)
