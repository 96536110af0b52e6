"""Maccor's text export: tab-separated (or comma-separated), with decimal points or commas.

The current has no sign; the column of the mode (C, D, R, ...) says which way it flows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import headings
from topotaxy.measurement.cycling.contents import Contents, Vocabulary
from topotaxy.measurement.cycling.reading import cycler_format
from topotaxy.measurement.files import delimited

_WORDS = Vocabulary(
    names={
        "test_time_second": ("testtime", "test time", "test"),
        "voltage_volt": ("voltage", "volts"),
        "current_ampere": ("current", "amps"),
        "cycle_count": ("cycle c", "cyc", "cycle", "cycle p"),
        "step_index": ("step",),
        "passed_capacity_ah": ("cap", "capacity", "amp hr"),
        "passed_energy_wh": ("ener", "energy", "watt hr"),
        "temperature_t1_celsius": ("temp 1",),
    },
    needs=(("rec",), ("testtime", "test time", "test"), ("voltage", "volts"), ("md", "state"), ("es",)),
    units={
        "voltage_volt": "v",
        "current_ampere": "a",
        "test_time_second": "s",
        "passed_capacity_ah": "ah",
        "passed_energy_wh": "wh",
        "temperature_t1_celsius": "c",
    },
)
_MODES = ("md", "state")

# A csv of newer software without the mode: the current's direction is found out as elsewhere.
_WITHOUT_MODE = replace(
    _WORDS,
    needs=(
        ("rec",),
        ("cycle c", "cyc", "cycle", "cycle p"),
        ("testtime", "test time", "test"),
        ("voltage", "volts"),
        ("current", "amps"),
        ("dpt time",),
    ),
    excludes=_MODES,
)


def _is_header(header: Sequence[str]) -> bool:
    return _WORDS.knows(header) or _WITHOUT_MODE.knows(header)


# What the letter of the mode says of the current: charge, discharge, or none (rest, pause, suspend, end).
_WAY = {"C": 1.0, "D": -1.0, "R": 0.0, "P": 0.0, "S": 0.0, "O": 0.0, "A": 0.0, "I": 0.0}


def recognises(head: bytes, path: Path) -> bool:
    """Whether a header line has Maccor's columns.

    Parameters
    ----------
    head : bytes
        The file's first 64 kB.
    path : path
        The file.
    """
    return delimited.find_header(delimited.head_lines(head), _is_header) is not None


def read(path: Path) -> Contents:
    """Read the table; a last line cut short, as in a copy of a running test, is left out and noted.

    Parameters
    ----------
    path : path
        The file.
    """
    text = delimited.read_text(path)
    lines = text.splitlines()
    at = delimited.find_header(lines, _is_header)
    if at is None:
        raise InputError("has no header line of Maccor's", where=path.name)
    table = delimited.table(
        text, header_line=at[0], delimiter=at[1], source=path.name, incomplete_last_line="leave out"
    )
    contents = _WORDS.contents(table, instrument="Maccor", first_row=1)
    columns = dict(contents.columns)
    columns["test_time_second"] = columns["test_time_second"] * _time_unit(table, columns["test_time_second"])
    mode = next((name for name in table.header if headings.heading(name).name in _MODES), None)
    if mode is not None:
        columns["current_ampere"] = _signed(columns["current_ampere"], table, table.column(mode))
    tester = next(
        (line.split("\t", 1)[1].strip() for line in lines[: at[0]] if line.startswith("Tester\t")), None
    )
    return replace(contents, columns=columns, instrument=tester or "Maccor")


def _signed(current: delimited.Floats, table: delimited.Delimited, modes: list[str]) -> delimited.Floats:
    """Return the current with the direction of its mode.

    Raises
    ------
    InputError
        Where a row with a current has a mode that is not known.
    """
    unknown = set(modes) - set(_WAY)
    for row in np.flatnonzero(current) if unknown else ():
        if modes[row] not in _WAY:
            raise InputError(
                f"mode {modes[row]!r:.20} with a current: not known as charge (C) or discharge (D)",
                where=f"{table.source}, line {table.numbers[row]}",
            )
    # A resting channel shows an offset of its current, which has no direction.
    return np.asarray(np.abs(current) * np.array([_WAY.get(mode, 0.0) for mode in modes]))


def _time_unit(table: delimited.Delimited, time: delimited.Floats) -> float:
    """Return the size in s of the unit of a time whose heading names none, from the clock beside it."""
    name = next(
        text for text in table.header if headings.heading(text).name in ("testtime", "test time", "test")
    )
    if headings.heading(name).unit is not None or ":" in table.first(name):
        return 1.0
    clock = next((text for text in table.header if headings.plain(text) == "dpt time"), None)
    later = np.flatnonzero(time > time[0])
    if clock is not None and later.size:
        stamps = table.column(clock)
        # Far enough in to tell the units apart, yet within the first day, so that the date is not needed.
        rows = later[(time[later] - time[0]) * 3600.0 < 86400.0]
        row = int(rows[-1] if rows.size else later[0])
        first, last = _time_of_day(stamps[0]), _time_of_day(stamps[row])
        if first is not None and last is not None:
            passed = (last - first) % 86400.0
            for size in (1.0, 60.0, 3600.0):
                # The stamps are in whole seconds.
                if abs((time[row] - time[0]) * size % 86400.0 - passed) <= 1.0 + 0.01 * passed and passed > 0:
                    return size
    raise InputError(
        f"the column {name!r:.40} names no unit and no clock beside it tells which it is; "
        "head it 'Test (Sec)', 'Test (Min)' or 'Test (Hr)'",
        where=table.source,
    )


def _time_of_day(stamp: str) -> float | None:
    match = re.search(r"(\d{1,2}):(\d{2}):(\d{2})(?:\s*([AaPp])[Mm])?\s*$", stamp)
    if match is None:
        return None
    hour = (
        int(match.group(1)) % 12 + 12 * (match.group(4).lower() == "p")
        if match.group(4)
        else int(match.group(1))
    )
    return 3600.0 * hour + 60.0 * int(match.group(2)) + int(match.group(3))


FORMAT = cycler_format("Maccor text", (".txt", ".csv"), recognises, read, lacks=_WORDS.lacks)
