"""What a table of cycling data must hold before anything is computed from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from topotaxy.errors import InputError

Floats = np.ndarray[Any, np.dtype[np.float64]]
Integers = np.ndarray[Any, np.dtype[np.int64]]

REQUIRED = ("test_time_second", "voltage_volt", "current_ampere")

# No physics: numbers beyond which a file is damaged or in other units, a thousand times or more beyond
# what cyclers deliver. They also keep sums and products of columns finite.
LARGEST = {
    "test_time_second": 1e10,
    "unix_time_second": 1e11,
    "voltage_volt": 1e4,
    "current_ampere": 1e6,
    "charging_capacity_ah": 1e9,
    "discharging_capacity_ah": 1e9,
    "step_capacity_ah": 1e9,
    "charging_energy_wh": 1e12,
    "discharging_energy_wh": 1e12,
    "cycle_count": 1e9,
    "step_count": 1e9,
    "step_index": 1e9,
}

# A gap is noted where it is both long and far beyond the file's own habit.
GAP_SECONDS = 3600.0
GAP_RATIO = 100.0


def numeric_columns(columns: Mapping[str, Any], *, where: str, first_row: int) -> dict[str, Any]:
    """Return the columns as arrays of finite floats of one length.

    Parameters
    ----------
    columns : mapping of str to array (rows,)
        Columns by their names.
    where : str
        Name of the file, for messages.
    first_row : int
        Number of the first data row, as the file counts.

    Raises
    ------
    InputError
        Where a required column is missing, lengths differ, there is no row, or a value is not finite or
        beyond :data:`LARGEST`; the message names column and row.
    """
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise InputError(
            f"lacks {_listed(missing)}; cycling data need time, voltage and current", where=where
        )
    arrays: dict[str, Floats] = {}
    for name, values in columns.items():
        try:
            with np.errstate(invalid="ignore"):
                arrays[name] = np.array(values, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise InputError(
                f"the column {name} holds something that is not a number", where=where
            ) from error
    rows = {name: len(array) for name, array in arrays.items() if array.ndim == 1}
    if len(rows) < len(arrays) or len(set(rows.values())) != 1:
        raise InputError(f"its columns differ in length: {rows}", where=where)
    if rows[REQUIRED[0]] == 0:
        raise InputError("holds no data rows", where=where)
    for name, array in arrays.items():
        finite(name, array, where=where, first_row=first_row)
    return arrays


def unusable(columns: Mapping[str, Any], *, first_row: int) -> dict[str, str]:
    """Return the columns with something that is not a finite number of a sane size, and why, in a note.

    Parameters
    ----------
    columns : mapping of str to array (rows,)
        Columns by their names.
    first_row : int
        Number of the first data row, as the file counts.
    """
    found = {}
    for name, values in columns.items():
        try:
            with np.errstate(invalid="ignore"):
                array = np.array(values, dtype=np.float64)
            finite(name, array, where="column", first_row=first_row)
        except InputError as error:
            found[name] = f"left out, as no metric needs it: {error!s:.200}"
        except (TypeError, ValueError, OverflowError):
            found[name] = f"left out, as no metric needs it: column: {name} is not all numbers"
    return found


def finite(name: str, array: Floats, *, where: str, first_row: int = 1) -> None:
    """Refuse a column with a value that is not finite or is beyond :data:`LARGEST`.

    Parameters
    ----------
    name : str
        Name of the column.
    array : array (rows,)
        Its values.
    where : str
        Name of the file, for messages.
    first_row : int
        Number of the first data row, as the file counts.

    Raises
    ------
    InputError
        With the first such row.
    """
    bad = ~np.isfinite(array)
    if bad.any():
        row = int(np.argmax(bad))
        value = "missing or not a number" if np.isnan(array[row]) else "infinite"
        more = int(bad.sum()) - 1
        also = f" (and in {more} more)" if more else ""
        raise InputError(f"{name} is {value} in data row {first_row + row}{also}", where=where)
    largest = LARGEST.get(name, 1e12)
    beyond = np.abs(array) > largest
    if beyond.any():
        row = int(np.argmax(beyond))
        raise InputError(
            f"{name} is {array[row]:.4g} in data row {first_row + row}, beyond {largest:.0e}: "
            "the file is damaged or in other units",
            where=where,
        )


def running_clock(time: Floats, *, resolution: float, where: str, first_row: int) -> tuple[Floats, list[str]]:
    """Return times that never fall, and notes on gaps.

    Steps back up to ``resolution`` seconds are rounding and are levelled.

    Parameters
    ----------
    time : array (rows,)
        s.
    resolution : float
        s; steps back up to this are rounding.
    where : str
        Name of the file, for messages.
    first_row : int
        Number of the first data row, as the file counts.

    Raises
    ------
    InputError
        Where the clock runs back further.
    """
    interval = np.diff(time)
    back = interval < -resolution
    if back.any():
        row = int(np.argmax(back))
        raise InputError(
            f"the clock runs back from {time[row]:.6g} s to {time[row + 1]:.6g} s at data row "
            f"{first_row + row + 1}: rows are out of order, or two tests are in one file",
            where=where,
        )
    level = np.maximum.accumulate(time)
    # Rounding may not add up to more than itself.
    if (level - time > 2 * resolution).any():
        row = int(np.argmax(level - time > 2 * resolution))
        raise InputError(f"the clock runs back again and again up to data row {first_row + row}", where=where)
    notes = []
    positive = interval[interval > 0]
    if positive.size:
        limit = max(GAP_SECONDS, GAP_RATIO * float(np.median(positive)))
        gaps = np.flatnonzero(interval > limit)
        if gaps.size:
            longest = int(gaps[np.argmax(interval[gaps])])
            notes.append(
                f"{gaps.size} gap{'s' if gaps.size > 1 else ''} in time of more than {limit:.4g} s; "
                f"the longest, {interval[longest]:.6g} s, after data row {first_row + longest}"
            )
    return level, notes


def whole_numbers(values: Floats, name: str, *, where: str, first_row: int) -> Integers:
    """Return a column of counts as integers.

    Parameters
    ----------
    values : array (rows,)
        Bounded before, so that the cast is exact.
    name : str
        Name of the column.
    where : str
        Name of the file, for messages.
    first_row : int
        Number of the first data row, as the file counts.

    Raises
    ------
    InputError
        Where one is negative or not whole.
    """
    # Columns of counts are bounded before, so that the cast is exact.
    whole = values.astype(np.int64)
    bad = (whole != values) | (whole < 0)
    if bad.any():
        row = int(np.argmax(bad))
        raise InputError(
            f"{name} has to be a whole number, got {values[row]:.6g} in data row {first_row + row}",
            where=where,
        )
    return whole


def ordered_cycles(cycle: Integers, *, missing: str, where: str, first_row: int) -> list[str]:
    """Return notes on the order of cycle numbers, which rise by one.

    Parameters
    ----------
    cycle : array (rows,)
        Cycle numbers.
    missing : {"refuse", "note"}
        What to do where numbers are skipped.
    where : str
        Name of the file, for messages.
    first_row : int
        Number of the first data row, as the file counts.

    Raises
    ------
    InputError
        Where a number falls (a cycle returns: duplicated, or two tests in one file), or numbers are
        skipped and ``missing`` is "refuse".
    """
    step = np.diff(cycle)
    if (step < 0).any():
        row = int(np.argmax(step < 0))
        again = bool((cycle[: row + 1] == cycle[row + 1]).any())
        what = "begins a second time" if again else f"follows cycle {cycle[row]}"
        raise InputError(
            f"cycle {cycle[row + 1]} {what} at data row {first_row + row + 1}: cycles are duplicated "
            "or out of order, or two tests are in one file",
            where=where,
        )
    skips = np.flatnonzero(step > 1)
    if not skips.size:
        return []
    row = int(skips[0])
    said = f"cycle numbers go from {cycle[row]} to {cycle[row + 1]} at data row {first_row + row + 1}"
    if missing == "refuse":
        raise InputError(
            f"{said}: cycles are missing; export the whole test, or allow missing cycles", where=where
        )
    return [f"{said} ({skips.size} such place{'s' if skips.size > 1 else ''}): cycles are missing"]


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
