"""Rows of numbers in text files, whatever separates them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from topotaxy.errors import InputError

MOST_VALUES = 20_000_000
_SEPARATOR = re.compile(r"[,;\s]+")


def fields_of(line: str) -> list[str]:
    """Return what stands between blanks, commas and semicolons.

    Parameters
    ----------
    line : str
        One line of a file.
    """
    return [part for part in _SEPARATOR.split(line.strip()) if part]


def numbers_of(line: str) -> list[float] | None:
    """Return the numbers of a line, None where any of its fields is none, or there is no field.

    Parameters
    ----------
    line : str
        One line of a file.
    """
    parts = fields_of(line)
    if not parts:
        return None
    try:
        if any("_" in part for part in parts):
            return None
        return [float(part) for part in parts]
    except ValueError:
        return None


def number_rows(
    lines: Sequence[str], *, source: str, first: int
) -> tuple[np.ndarray[Any, Any], tuple[str, ...]]:
    """Return rows of numbers, all of one length, and notes.

    Lines that are empty or begin with ``#``, ``;`` or ``%`` are passed over.

    Parameters
    ----------
    lines : sequence of str
        Lines of a file.
    source : str
        Name of the file, for messages.
    first : int
        Number of the first line in the file, from 1.

    Returns
    -------
    rows : (n, columns)
    notes : tuple of str

    Raises
    ------
    InputError
        Where a line holds anything else than numbers, or not as many as the lines above. A last line that
        is short is left out, and a note says so.
    """
    rows: list[list[float]] = []
    notes: list[str] = []
    kept = [
        (n, line)
        for n, line in enumerate(lines, start=first)
        if line.strip() and line.strip()[0] not in "#;%"
    ]
    for place, (number, line) in enumerate(kept):
        row = numbers_of(line)
        short = rows and (row is None or len(row) < len(rows[0]))
        if short and place == len(kept) - 1:
            notes.append(f"the last line, {number}, is incomplete and left out")
            break
        if row is None:
            raise InputError(f"expected numbers, got {line.strip()!r:.60}", where=f"{source}, line {number}")
        if rows and len(row) != len(rows[0]):
            raise InputError(
                f"has {len(row)} numbers where the lines above have {len(rows[0])}",
                where=f"{source}, line {number}",
            )
        rows.append(row)
        if len(rows) * len(rows[0]) > MOST_VALUES:
            raise InputError(f"holds more than {MOST_VALUES} numbers", where=source)
    if not rows:
        raise InputError("holds no rows of numbers", where=source)
    return np.array(rows, dtype=np.float64), tuple(notes)
