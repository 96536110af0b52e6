"""Named arrays in one file that says what it belongs to, and is read back whole or not at all.

The file is an archive as numpy writes it, so that numpy reads it too. Nothing in it is trusted: its digest is
checked first, then every name, type and size against the bytes that are really there.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.files import regular_file, write_atomically
from topotaxy.results.members import FAULTS, members

IDENTITY = "identity"
DIGEST = "digest"
SEAL = hashlib.sha256().digest_size


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
        File of the arrays.
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
        found = members(path, most=size)
    except FAULTS:
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
