"""Plain data and arrays in one file: what draws of the lattice and posteriors of the cell ship as."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.results.members import FAULTS, members

DOCUMENT = "document"
"""Array that holds the plain data, as bytes of JSON."""
LARGEST = 100_000_000
"""Bytes of all arrays of a file; a table of a thousand draws has five million."""


def write_archive(
    path: Path, schema: str, facts: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]
) -> None:
    """Write plain data and arrays as a compressed archive of numpy (no pickled object).

    Parameters
    ----------
    path : Path
        File to write; ends in ``.npz``.
    schema : str
        What the file is, with its version.
    facts : mapping
        What JSON can hold; no number that is not finite.
    arrays : mapping of str to array
        Arrays of numbers by name, of any shape.
    """
    text = json.dumps({"schema": schema, **facts}, allow_nan=False)
    stream = io.BytesIO()
    document = np.frombuffer(text.encode(), dtype=np.uint8)
    np.savez_compressed(stream, **{DOCUMENT: document}, **arrays)  # type: ignore[arg-type]
    write_atomically(path, stream.getvalue())


def read_archive(
    data: bytes, schema: str, names: Iterable[str], *, what: str, where: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read what :func:`write_archive` wrote.

    Parameters
    ----------
    data : bytes
        Content of the file.
    schema : str
        Name and version that the file must state.
    names : iterable of str
        Arrays that must be there; others are left out.
    what : str
        What the file should be, for the error.
    where : str
        Name of the file in messages.

    Returns
    -------
    tuple of dict and dict
        The plain data without its schema, and the arrays as floating-point numbers.

    Raises
    ------
    InputError
        Where it is no such file.
    """
    try:
        found = members(data, most=LARGEST, packed=True)
        facts = json.loads(found[DOCUMENT].astype(np.uint8).tobytes().decode("utf-8"))
        if facts.pop("schema") != schema:
            raise InputError(f'expected "schema": "{schema}"', where=where)
        return facts, {name: found[name].astype(np.float64) for name in names}
    except InputError:
        raise
    except (*FAULTS, AttributeError) as error:
        raise InputError(f"not {what} ({error!s:.100})", where=where) from None
