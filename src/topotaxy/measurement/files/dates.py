"""Moments as text, such as ``03/01/2024 12:00:00.000``; the order of the rows tells day and month apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date as date_of
from typing import Any

import numpy as np

from topotaxy.errors import InputError

Floats = np.ndarray[Any, np.dtype[np.float64]]

_MOMENT = re.compile(
    r"^(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})[ T]+"
    r"(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(?:\s*([AaPp])[Mm])?$"
)
_ORDERS = {"month first": (2, 0, 1), "day first": (2, 1, 0), "year first": (0, 1, 2)}
"""Order of the date to the places of year, month and day."""


def is_moment(text: str) -> bool:
    """Whether a text is a date and a time of day.

    Parameters
    ----------
    text : str
        As a file has it.
    """
    return _MOMENT.match(text) is not None


def seconds_since_first(texts: Sequence[str], numbers: Sequence[int], *, source: str, heading: str) -> Floats:
    """Return moments in s since the first.

    ``03/01/2024`` may be in March or in January: the reading that all rows allow is taken, and of two the one
    under which the whole takes less time.

    Parameters
    ----------
    texts : sequence of str
        The moments.
    numbers : sequence of int
        Number of each row in the file.
    source, heading : str
        Names of file and column, for messages.

    Raises
    ------
    InputError
        Where a text is no moment, or no order of day and month suits all rows.
    """
    parts = []
    for text, number in zip(texts, numbers, strict=True):
        match = _MOMENT.match(text)
        if match is None:
            raise InputError(
                f"{heading!r:.60} is {text!r:.40}, not a date and time such as the others",
                where=f"{source}, line {number}",
            )
        parts.append(match.groups())
    readings = [found for order in _ORDERS.values() if (found := _read(parts, order)) is not None]
    if not readings:
        raise InputError(f"{heading!r:.60} holds dates whose day and month cannot be told", where=source)
    return min(readings, key=lambda found: (bool((np.diff(found) < 0).any()), float(np.ptp(found))))


def _read(parts: Sequence[tuple[str | None, ...]], order: tuple[int, int, int]) -> Floats | None:
    """Return the moments under one order of year, month and day; None where a date is none."""
    days: dict[tuple[str | None, ...], float] = {}
    values = np.empty(len(parts))
    for row, groups in enumerate(parts):
        date = groups[:3]
        if date not in days:
            year, month, day = (int(date[place] or 0) for place in order)
            try:
                days[date] = 86400.0 * date_of(year if year > 99 else 2000 + year, month, day).toordinal()
            except ValueError:
                return None
        hour = int(groups[3] or 0)
        if groups[7]:
            hour = hour % 12 + 12 * (groups[7].lower() == "p")
        values[row] = (
            days[date]
            + 3600.0 * hour
            + 60.0 * int(groups[4] or 0)
            + int(groups[5] or 0)
            + float(f"0.{groups[6]}" if groups[6] else 0.0)
        )
    return np.asarray(values - values[0])
