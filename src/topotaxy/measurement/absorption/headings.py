"""The names of the columns of a beamline's file, wherever its header gives them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from topotaxy.measurement.absorption.column_roles import has_spectrum
from topotaxy.measurement.absorption.numbers import numbers_of

MOST_HEADER_LINES = 400
_COMMENT = re.compile(r"^[#;%\s]+")
# ``; P1 = {Energy} --> 13BMA:E:Energy.VAL`` of EPICS scans.
_EPICS = re.compile(r"^;\s*([PD]\d+)\s*=\s*\{([^}]*)\}")
# ``# column 4: I0 BL1606-ID1:mcs04:fbk`` of the Canadian Light Source.
_NUMBERED = re.compile(r"^#\s*column\s+(\d+):\s*(\S+(?: Sample| Setting)?)", re.IGNORECASE)

_CLOCK = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(\.\d{1,9})?")


@dataclass(frozen=True)
class Heading:
    """Names of the columns, and the line (from 0) of the first row of numbers."""

    names: tuple[str, ...]
    first_row: int
    labelled: bool
    """Whether the file names its columns; else they are ``column 1`` and so on."""


def first_numbers(lines: Sequence[str]) -> tuple[int, int] | None:
    """Return the first line of three in a row with equally many numbers, two or more, and how many.

    Parameters
    ----------
    lines : sequence of str
        Of the file from its start; 400 are looked at.

    Returns
    -------
    (int, int) or None
        Line from 0, and numbers in it.
    """
    run, count = 0, 0
    for place, line in enumerate(lines[:MOST_HEADER_LINES]):
        numbers = None if line.lstrip()[:1] in ("#", ";", "%") else numbers_of(line)
        if numbers is None or len(numbers) < 2:
            run, count = 0, 0
            continue
        run, count = (run + 1, count) if len(numbers) == count else (1, len(numbers))
        if run == 3:
            return place - 2, count
    return None


def heading(lines: Sequence[str]) -> Heading | None:
    """Return the names of the columns above the first numbers, None where there are no rows of numbers.

    Of all lines that could name the columns, the last that names a spectrum is taken.

    Parameters
    ----------
    lines : sequence of str
        Of the file from its start.
    """
    found = first_numbers(lines)
    if found is None:
        return None
    row, count = found
    above = [line.rstrip("\r\n") for line in lines[:row]]
    candidates = [*_split_headers(above, count), _epics(above, count), _numbered(above, count)]
    for names in candidates:
        if names is not None and has_spectrum(names):
            return Heading(names, row, labelled=True)
    return Heading(tuple(f"column {n}" for n in range(1, count + 1)), row, labelled=False)


def _split_headers(above: Sequence[str], count: int) -> list[tuple[str, ...]]:
    """Return lines that split into as many names as there are columns, nearest to the numbers first."""
    found = []
    for line in reversed(above):
        # LabVIEW marks positioners with a star after their name.
        plain = re.sub(r"\*\s", "*  ", _COMMENT.sub("", line).strip())
        for separator in (r"\t+", r"\s{2,}", r"\s*,\s*", r"\s+"):
            parts = [part.strip().strip('"') for part in re.split(separator, plain) if part.strip()]
            if len(parts) == count:
                found.append(tuple(parts))
    return found


def _epics(above: Sequence[str], count: int) -> tuple[str, ...] | None:
    names = {match[1]: match[2] for line in above if (match := _EPICS.match(line))}
    if not names:
        return None
    for line in reversed(above):
        keys = _COMMENT.sub("", line).split()
        if len(keys) == count and all(key in names for key in keys):
            return tuple(names[key] for key in keys)
    return tuple(names.values()) if len(names) == count else None


def _numbered(above: Sequence[str], count: int) -> tuple[str, ...] | None:
    """Return names that are listed one a line; a list that begins anew belongs to another event."""
    names: dict[int, str] = {}
    for line in above:
        match = _NUMBERED.match(line)
        if match is None:
            continue
        number = int(match[1])
        if number in names:
            break
        names[number] = match[2]
    if sorted(names) != list(range(1, count + 1)):
        return None
    return tuple(names[n] for n in range(1, count + 1))


def clock(text: str) -> float | None:
    """Return the time that a text states, seconds of the epoch as if it were UTC; None where it states none.

    Parameters
    ----------
    text : str
        Holds a date and a time as ISO 8601 has them, with a blank or a T between.
    """
    match = _CLOCK.search(text)
    if match is None:
        return None
    try:
        year, month, day, hour, minute, second = (int(match[n]) for n in range(1, 7))
        whole = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return whole.timestamp() + float(f"0{match[7] or '.0'}")
