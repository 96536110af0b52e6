"""Reading what a study stored: its document, the lists in it, the numbers of a row."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from topotaxy.errors import InputError
from topotaxy.report.cell.inference import listed
from topotaxy.results.reading import stored_object

__all__ = ["listed", "number", "stored_study"]


def stored_study(path: Path, needed: Sequence[str]) -> dict[str, Any]:
    """Return the document of a study.

    Parameters
    ----------
    path : Path
        Of the document, a JSON object.
    needed : sequence of str
        Keys that it has to have.

    Raises
    ------
    InputError
        Where the file cannot be read, or a key is missing.
    """
    document = stored_object(path)
    if any(key not in document for key in needed):
        raise InputError(f"expected an object with {', '.join(needed)}", where=str(path))
    return document


def number(row: Mapping[str, Any], key: str) -> float:
    """Return a number of a row; not a number where there is none.

    Parameters
    ----------
    row : mapping
        As it was stored.
    key : str
        Of the number.
    """
    value = row.get(key)
    return float(value) if isinstance(value, (int, float)) else math.nan
