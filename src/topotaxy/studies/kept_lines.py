"""Lines of a study that stand in a file one after another, each with a digest of what it says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

CHECK = "check"
"""Key of the digest; a line of an earlier version has none."""


def line_of(row: Mapping[str, Any]) -> str:
    """Return a row as a line of JSON with the digest of its content, the end of the line with it.

    Parameters
    ----------
    row : mapping
        Plain data, as JSON has them.
    """
    return json.dumps({**row, CHECK: _digest(row)}, ensure_ascii=False) + "\n"


def row_of(line: str) -> dict[str, Any]:
    """Return the row that a line holds, without its digest.

    Parameters
    ----------
    line : str
        As :func:`line_of` or an earlier version wrote it.

    Raises
    ------
    ValueError
        Where it is no object, or not what was written.
    """
    row = json.loads(line)
    if not isinstance(row, dict):
        raise ValueError("expected an object")
    check = row.pop(CHECK, None)
    if check is not None and check != _digest(row):
        raise ValueError("not what was written")
    return row


def _digest(row: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()[:16]
