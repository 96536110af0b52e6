"""The cycler's capacities against its own current: what may have passed, and what contradicts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from topotaxy.constants import SECONDS_PER_HOUR
from topotaxy.errors import InputError
from topotaxy.measurement.cycling.counters import Flags, Floats, Integers, charge_between_rows

NOTED_DIFFERENCE = 1e-3
"""The cycler's capacity and the integral of its current are called different beyond this share."""

GROSS = 1.5
"""Factor between the cycler's capacity and what its current can have passed from which one of them is wrong:
a unit, a counter of something else, a lost part. Coarse ranges and rows stay well below it."""

SMALL = 0.05
"""Share of the largest cycle's charge below which what is missing or too much is not judged."""

COUNTS = 50.0
"""Steps of a counter within which it says nothing: a cell at rest for days counts the offset of its
channel."""

GAP_RATIO = 5.0
"""A time between rows is a gap where it is this many times both the file's own habit under current (its 90th
percentile) and the times around it. Sparse rows, as on a plateau logged by voltage, stand among their
like."""

GAP_SHARE = 0.01
"""Share of a half-cycle's charge that has to be in question before a gap under current counts."""

WAYS = (("charge", "charging_capacity_ah"), ("discharge", "discharging_capacity_ah"))

Doubts = dict[tuple[int, str], str]
"""Cycle and direction to the reason why its charge is not known."""


def unrecorded(time: Floats, current: Floats) -> Flags:
    """Return the rows with current before which nothing was recorded for long.

    Parameters
    ----------
    time, current : array (rows,)
        s and A.
    """
    interval = np.diff(time, prepend=time[0])
    flowing = (current != 0.0) & (np.concatenate(([0.0], current[:-1])) != 0.0)
    under_current = interval[flowing & (interval > 0.0)]
    if under_current.size < 5:
        return np.zeros(len(time), dtype=bool)
    habit = float(np.quantile(under_current, 0.9, method="lower"))
    long = np.flatnonzero((current != 0.0) & (interval > GAP_RATIO * habit))
    found = np.zeros(len(time), dtype=bool)
    for row in long.tolist():
        around = np.concatenate((interval[max(row - 2, 1) : row], interval[row + 1 : row + 3]))
        # The second longest, so that two gaps in a row do not hide each other.
        usual = float(np.sort(around)[-2]) if around.size > 1 else habit
        found[row] = interval[row] > GAP_RATIO * usual
    return found


def between(
    time: Floats, current: Floats, cycle: Integers, step: Integers, gaps: Flags
) -> dict[str, tuple[Floats, Floats]]:
    """Return the least and the most that can have passed before each row, Ah, by direction.

    Within a step the current lies between those of its two rows; over a change of step, or a gap, it may have
    been zero for all of the time. A gap after a row of rest was rest: under current a row would have come.

    Parameters
    ----------
    time, current : array (rows,)
        s and A, positive on charge.
    cycle, step : array (rows,)
        Numbers of the cycle and counts of the step.
    gaps : array of bool (rows,)
        As :func:`unrecorded` returns it.
    """
    hours = np.diff(time, prepend=time[0]) / SECONDS_PER_HOUR
    before = np.concatenate(([current[0]], current[:-1]))
    held = np.concatenate(([True], (np.diff(step) == 0) & (np.diff(cycle) == 0))) & ~gaps
    rested = gaps & (before == 0.0)
    found = {}
    for way, sign in (("charge", 1.0), ("discharge", -1.0)):
        one, other = np.maximum(sign * before, 0.0), np.maximum(sign * current, 0.0)
        found[way] = (
            np.where(held, np.minimum(one, other), 0.0) * hours,
            np.where(rested, 0.0, np.maximum(one, other)) * hours,
        )
    return found


def totals_by_cycle(arrays: Any) -> tuple[Integers, dict[str, Floats]]:
    """Return the cycles, and by name their charges (Ah): as counted, and the integral of the current.

    Parameters
    ----------
    arrays : mapping of str to array (rows,)
        Columns of a record.
    """
    cycle = np.asarray(arrays["cycle_count"])
    starts = np.concatenate(([0], 1 + np.flatnonzero(np.diff(cycle) != 0)))
    ends = np.append(starts[1:], len(cycle)) - 1
    passed = charge_between_rows(
        np.asarray(arrays["test_time_second"]),
        np.asarray(arrays["current_ampere"]),
        cycle,
        np.asarray(arrays["step_count"]),
    )
    return cycle[starts], {
        "charge_ah": np.asarray(arrays["charging_capacity_ah"])[ends],
        "discharge_ah": np.asarray(arrays["discharging_capacity_ah"])[ends],
        "integral_charge_ah": np.add.reduceat(passed[0], starts),
        "integral_discharge_ah": np.add.reduceat(passed[1], starts),
    }


def judged(
    arrays: Mapping[str, Any], derived: Sequence[str], gaps: Flags, *, where: str
) -> tuple[list[str], Doubts]:
    """Return what contradicts itself in a record: notes, and the half-cycles whose charge is not known.

    Parameters
    ----------
    arrays : mapping of str to array (rows,)
        Columns of a record, the capacities as running totals of the cycle.
    derived : sequence of str
        Columns that the file did not give.
    gaps : array of bool (rows,)
        As :func:`unrecorded` returns it.
    where : str
        Name of the file.

    Raises
    ------
    InputError
        Where the cycler's capacities and its current disagree by more than :data:`GROSS` in the whole file.
    """
    cycles, totals = totals_by_cycle(arrays)
    cycle = np.asarray(arrays["cycle_count"])
    starts = np.concatenate(([0], 1 + np.flatnonzero(np.diff(cycle) != 0)))
    limits = between(
        arrays["test_time_second"], arrays["current_ampere"], cycle, np.asarray(arrays["step_count"]), gaps
    )
    notes: list[str] = []
    doubts: Doubts = {}
    largest = max(float(values.max()) for values in totals.values())
    for way, column in WAYS:
        low, high = (np.add.reduceat(limit, starts) for limit in limits[way])
        if column in derived:
            _note_gaps(way, cycles, low, high, arrays, gaps, limits[way][1], notes, doubts)
        else:
            counted, integral = totals[f"{way}_ah"], totals[f"integral_{way}_ah"]
            # What the counter shows in the first row passed before the file begins.
            high[0] += float(np.asarray(arrays[column])[0])
            least = SMALL * largest + COUNTS * _quantum(np.asarray(arrays[column]))
            gross = _gross(way, counted, low, high, least, where)
            for k in np.flatnonzero(gross).tolist():
                doubts[int(cycles[k]), way] = (
                    f"the cycler counted {1e3 * counted[k]:.4g} mAh and its current passed "
                    f"{_span(low[k], high[k])} mAh"
                )
            notes += _noted(way, cycles, counted, integral, gross)
    return notes, doubts


def _note_gaps(
    way: str,
    cycles: Integers,
    low: Floats,
    high: Floats,
    arrays: Mapping[str, Any],
    gaps: Flags,
    most: Floats,
    notes: list[str],
    doubts: Doubts,
) -> None:
    """Doubt the half-cycles in which much may have passed unrecorded, with no counter to tell."""
    time, cycle = arrays["test_time_second"], np.asarray(arrays["cycle_count"])
    for row in np.flatnonzero(gaps & (most > 0.0)).tolist():
        number = int(cycle[row])
        place = int(np.searchsorted(cycles, number))
        if most[row] < GAP_SHARE * high[place] or (number, way) in doubts:
            continue
        hours = (time[row] - time[row - 1]) / SECONDS_PER_HOUR
        why = (
            f"nothing is recorded for {hours:.3g} h before data row {row + 1}, and no counter tells what "
            f"passed: {_span(low[place], high[place])} mAh"
        )
        doubts[number, way] = why
        notes.append(f"{way} of cycle {number}: {why}; its capacity is left out")


def _gross(way: str, counted: Floats, low: Floats, high: Floats, least: float, where: str) -> Flags:
    """Return the cycles in which counter and current disagree by more than :data:`GROSS`.

    Raises
    ------
    InputError
        Where the whole file does.
    """
    gross = (counted > GROSS * high + least) | (counted < low / GROSS - least)
    total, bounds = float(counted.sum()), (float(low.sum()), float(high.sum()))
    if total > GROSS * bounds[1] + least or total < bounds[0] / GROSS - least:
        nearest = bounds[1] if total > bounds[1] else bounds[0]
        factor = total / nearest if nearest > 0.0 else float("inf")
        factor = 1.0 / factor if 0.0 < factor < 1.0 else factor
        times = f"a factor of {factor:.3g}" if 0.0 < factor < float("inf") else "nothing in common"
        raise InputError(
            f"its counter of {way} shows {1e3 * total:.4g} mAh in all, while its current passed "
            f"{_span(*bounds)} mAh: {times}; a heading names the wrong unit, or a column is not what it says",
            where=where,
        )
    return np.asarray(gross)


def _quantum(counter: Floats) -> float:
    """Return the step in which a coarse counter rises, which stands still in most rows; zero for a fine
    one."""
    steps = np.diff(counter)
    rows = np.flatnonzero(steps > 0.0)
    if rows.size < 2 or float(np.median(np.diff(rows))) <= 2.0:
        return 0.0
    return float(steps[rows].min())


def _noted(way: str, cycles: Integers, counted: Floats, integral: Floats, gross: Flags) -> list[str]:
    difference = integral - counted
    largest = max(float(counted.max()), float(integral.max()))
    # Against the largest cycle, so that an empty cycle's rounding is no disagreement.
    apart = np.abs(difference) > NOTED_DIFFERENCE * largest
    if not apart.any():
        return []
    worst = int(np.argmax(np.abs(difference)))
    left_out = (
        f"; the capacity of cycle {', '.join(str(n) for n in cycles[gross][:8])} is left out, as they differ "
        f"by more than a factor of {GROSS:g}"
        if gross.any()
        else ""
    )
    return [
        f"{way}: the cycler's capacity and the integral of its current differ by more than "
        f"{NOTED_DIFFERENCE:.1%} in {int(apart.sum())} of {len(cycles)} cycles, most in cycle "
        f"{cycles[worst]} ({1e3 * counted[worst]:.4g} and {1e3 * integral[worst]:.4g} mAh); "
        f"the cycler's capacities are used{left_out}"
    ]


def _span(low: float, high: float) -> str:
    """Return a range of charge in mAh, as one number where both ends print alike."""
    one, other = f"{1e3 * low:.4g}", f"{1e3 * high:.4g}"
    return one if one == other else f"{one} to {other}"
