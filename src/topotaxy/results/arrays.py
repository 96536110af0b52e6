"""Named arrays in one file that says what it belongs to, and is read back whole or not at all.

The file is an archive as numpy writes it, so that numpy reads it too. Nothing in it is trusted: its digest is
checked first, then every name, type and size against the bytes that are really there.
"""

from __future__ import annotations

import hashlib
import io
import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.files import regular_file, write_atomically

IDENTITY = "identity"
DIGEST = "digest"
SEAL = hashlib.sha256().digest_size
MOST_ARRAYS = 100
PLAIN_TYPES = frozenset(np.dtype(name) for name in ("b1", "i1", "u1", "i2", "i4", "i8", "f8"))


class Damaged(ValueError):
    """Arrays that are not those that were written."""


class Foreign(Damaged):
    """Arrays as they were written, for something else."""


def write_arrays(path: Path, arrays: Mapping[str, NDArray[np.generic]], *, identity: str) -> None:
    """Write arrays atomically, bound by a digest to each other and to what they belong to.

    Parameters
    ----------
    path : Path
        The file; the old one stands until the new one is complete.
    arrays : mapping of str to array
        Arrays of numbers or truth values by name, any shape.
    identity : str
        Hexadecimal digest of all that the arrays follow from.
    """
    whole = {name: np.ascontiguousarray(values) for name, values in arrays.items()}
    seals = {
        IDENTITY: np.frombuffer(bytes.fromhex(identity), dtype=np.uint8),
        DIGEST: np.frombuffer(_digest(whole, identity), dtype=np.uint8),
    }
    archive = io.BytesIO()
    np.savez(archive, **whole, **seals)  # type: ignore[arg-type]
    write_atomically(path, archive.getvalue())


def read_arrays(path: Path, *, identity: str) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file, once all of it is found to be what was written for this identity.

    Parameters
    ----------
    path : Path
        The file.
    identity : str
        As in :func:`write_arrays`.

    Raises
    ------
    InputError
        Where there is no such file, or it is a link, a pipe or too large.
    Foreign
        Where it belongs to something else.
    Damaged
        Where a byte of it is not as it was written.
    """
    size = regular_file(path)
    try:
        found = _members(path, size)
    except (OSError, ValueError, KeyError, TypeError, SyntaxError, EOFError, MemoryError, RecursionError):
        raise Damaged("not whole") from None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError):
        raise Damaged("not whole") from None
    seals: dict[str, Any] = {name: found.pop(name, None) for name in (IDENTITY, DIGEST)}
    if not all(s is not None and s.dtype == np.uint8 and s.shape == (SEAL,) for s in seals.values()):
        raise Damaged("not as it was written")
    theirs, digest = (seals[name].tobytes() for name in (IDENTITY, DIGEST))
    if digest != _digest(found, theirs.hex()):
        raise Damaged("not as it was written")
    if theirs.hex() != identity:
        raise Foreign("another specification, seed, replica or version of the model")
    return found


def _digest(arrays: Mapping[str, NDArray[Any]], identity: str) -> bytes:
    digest = hashlib.sha256(identity.encode())
    for name in sorted(arrays):
        values = arrays[name]
        digest.update(f"\n{name} {values.dtype.str} {values.shape}\n".encode())
        digest.update(values.tobytes())
    return digest.digest()


def _members(path: Path, size: int) -> dict[str, NDArray[Any]]:
    """Every member as its header says, where the header fits the bytes behind it."""
    found: dict[str, NDArray[Any]] = {}
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > MOST_ARRAYS:
            raise ValueError("too many arrays")
        for member in members:
            name = member.filename.removesuffix(".npy")
            plain = member.compress_type == zipfile.ZIP_STORED and not member.flag_bits & 1
            if not plain or name in found or not 0 < member.file_size <= size:
                raise ValueError("a member that was not written here")
            found[name] = _array(archive.read(member))
    return found


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
