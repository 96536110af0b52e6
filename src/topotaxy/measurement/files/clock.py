"""Times as text: durations such as ``144:01:18.5`` or ``2-03:15:00``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from topotaxy.errors import InputError

Floats = np.ndarray[Any, np.dtype[np.float64]]

_DURATION = re.compile(r"^(?:(\d{1,6})(?:d|[- ]))?\s*(\d{1,7}):([0-5]?\d):([0-5]?\d(?:[.,]\d{1,17})?)$")


def seconds(texts: Sequence[str], numbers: Sequence[int], *, source: str, heading: str) -> Floats:
    """Return durations in s, from text ``[days-]hours:minutes:seconds``.

    Parameters
    ----------
    texts : sequence of str
        Durations.
    numbers : sequence of int
        Number of each row in the file.
    source, heading : str
        Names of file and column, for messages.

    Raises
    ------
    InputError
        Where a text is no duration; the message names its line.
    """
    values = np.empty(len(texts))
    for row, text in enumerate(texts):
        match = _DURATION.match(text)
        if match is None:
            raise InputError(
                f"{heading!r:.60} is {text!r:.40}, not a time such as 26:15:00",
                where=f"{source}, line {numbers[row]}",
            )
        days, hours, minutes, rest = match.groups()
        values[row] = (
            86400.0 * int(days or 0)
            + 3600.0 * int(hours)
            + 60.0 * int(minutes)
            + float(rest.replace(",", "."))
        )
    return values
