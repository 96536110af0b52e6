"""Running totals of charge and energy, and counts of cycles and steps, where a file's differ or lack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from topotaxy.constants import SECONDS_PER_HOUR
from topotaxy.errors import InputError

Floats = np.ndarray[Any, np.dtype[np.float64]]
Integers = np.ndarray[Any, np.dtype[np.int64]]

# The cycler's capacity and the integral of its current are called different beyond this share.
NOTED_DIFFERENCE = 1e-3


def cycles_by_direction(current: Floats) -> Integers:
    """Return cycle numbers from 1, a new one wherever the current returns to its first direction."""
    sign = np.sign(current)
    moving = np.flatnonzero(sign)
    cycle = np.ones(len(current), dtype=np.int64)
    if not moving.size:
        return cycle
    first = sign[moving[0]]
    returns = moving[1:][(sign[moving[1:]] == first) & (sign[moving[:-1]] != first)]
    cycle[returns] += 1
    return np.asarray(1 + np.cumsum(cycle - 1), dtype=np.int64)


def steps_by_change(cycle: Integers, index: Integers | None, current: Floats) -> Integers:
    """Return the count of executed steps from 1.

    A step ends where the schedule's step or the cycle changes; without a schedule's step, where the
    current changes direction.
    """
    mark = np.sign(current) if index is None else index
    change = (np.diff(mark) != 0) | (np.diff(cycle) != 0)
    return np.concatenate(([1], 1 + np.cumsum(change))).astype(np.int64)


def increments(counter: Floats, begins: np.ndarray[Any, np.dtype[np.bool_]]) -> Floats:
    """Return what a counter gained from row to row.

    A counter that falls where a step or cycle ``begins``, or to less than half, began anew at zero; one
    that falls a little within a step only trembles, and the gain is negative. The first row gains nothing.
    """
    gained = np.diff(counter, prepend=counter[0])
    before = np.concatenate(([counter[0]], counter[:-1]))
    anew = (gained < 0) & (begins | (counter < 0.5 * before))
    return np.where(anew, counter, gained)


def by_direction(gained: Floats, current: Floats) -> tuple[Floats, Floats]:
    """Return gains of a counter of either direction as gains in charge and in discharge.

    A gain goes the way of the row's current, and where that is zero, the way of the row before it.
    """
    sign = np.sign(current)
    last = np.maximum.accumulate(np.where(sign != 0, np.arange(len(sign)), 0))
    way = sign[last]
    return np.where(way > 0, gained, 0.0), np.where(way < 0, gained, 0.0)


def step_gains(counter: Floats, begins: np.ndarray[Any, np.dtype[np.bool_]]) -> Floats:
    """Return what a counter gained that starts from zero with every step; its sign is not used."""
    size = np.abs(counter)
    return np.where(begins, size, np.diff(size, prepend=0.0))


def since_cycle_start(gained: Floats, cycle: Integers) -> Floats:
    """Return the running total of gains since the start of each row's cycle."""
    total = np.cumsum(gained)
    starts = np.concatenate(([0], 1 + np.flatnonzero(np.diff(cycle) != 0)))
    before = total[starts] - gained[starts]
    lengths = np.diff(np.append(starts, len(cycle)))
    # Differences of large sums may fall short of zero, or fall, by rounding only.
    return np.maximum(total - np.repeat(before, lengths), 0.0)


def charge_between_rows(
    time: Floats, current: Floats, cycle: Integers, step: Integers
) -> tuple[Floats, Floats]:
    """Return the charge and discharge, in Ah, that passed before each row since the one before.

    Within a step by the trapezium rule; over a change of step the current jumped at an unknown moment,
    and the later row's current is taken, as it belongs to the step that the time was spent in.
    """
    hours = np.diff(time, prepend=time[0]) / SECONDS_PER_HOUR
    before = np.concatenate(([current[0]], current[:-1]))
    same = np.concatenate(([True], (np.diff(step) == 0) & (np.diff(cycle) == 0)))
    mean_in = np.where(same, 0.5 * (np.maximum(before, 0) + np.maximum(current, 0)), np.maximum(current, 0))
    mean_out = np.where(
        same, 0.5 * (np.maximum(-before, 0) + np.maximum(-current, 0)), np.maximum(-current, 0)
    )
    return mean_in * hours, mean_out * hours


def complete_totals(arrays: dict[str, Any], *, where: str) -> list[str]:
    """Turn capacities and energies into running totals since each cycle's start; add capacities that lack.

    Returns the names of the columns that the file did not give.

    Raises
    ------
    InputError
        Where a counter is negative.
    """
    cycle, step = arrays["cycle_count"], arrays["step_count"]
    begins = np.concatenate(([True], (np.diff(cycle) != 0) | (np.diff(step) != 0)))
    for kind, unit in (("capacity", "ah"), ("energy", "wh")):
        ways = (f"charging_{kind}_{unit}", f"discharging_{kind}_{unit}")
        by_step = arrays.pop(f"step_{kind}_{unit}", None)
        passed = arrays.pop(f"passed_{kind}_{unit}", None)
        if not all(name in arrays for name in ways) and (by_step is not None or passed is not None):
            total = step_gains(by_step, begins) if by_step is not None else increments(passed, begins)
            if by_step is None:
                total[0] = _before_first_row(passed, arrays)
            gains = by_direction(total, arrays["current_ampere"])
            for name, gained in zip(ways, gains, strict=True):
                arrays[name] = since_cycle_start(gained, cycle)
            continue
        for name in ways:
            if name in arrays:
                _not_negative(arrays[name], name, where=where)
                gained = increments(arrays[name], begins)
                gained[0] = _before_first_row(arrays[name], arrays)
                arrays[name] = since_cycle_start(gained, cycle)
    lacking = [n for n in ("charging_capacity_ah", "discharging_capacity_ah") if n not in arrays]
    if lacking:
        integral = charge_between_rows(arrays["test_time_second"], arrays["current_ampere"], cycle, step)
        for name, gained in zip(("charging_capacity_ah", "discharging_capacity_ah"), integral, strict=True):
            if name in lacking:
                arrays[name] = since_cycle_start(gained, cycle)
    return lacking


def _before_first_row(counter: Floats, arrays: dict[str, Any]) -> float:
    """Return what passed between the start of the clock and the first row.

    That is what the counter shows there, unless the current could not have passed it since: then it was
    passed before the file begins.
    """
    hours = max(float(arrays["test_time_second"][0]), 0.0) / SECONDS_PER_HOUR
    # Twice the first row's current, and for an energy volts on top: an order of size is enough.
    possible = 2.0 * abs(float(arrays["current_ampere"][0])) * max(abs(float(arrays["voltage_volt"][0])), 1.0)
    return float(counter[0]) if counter[0] <= possible * hours else 0.0


def _not_negative(counter: Floats, name: str, *, where: str) -> None:
    negative = counter < -1e-9 * max(1.0, float(np.abs(counter).max()))
    if negative.any():
        row = int(np.argmax(negative))
        raise InputError(
            f"{name} is {counter[row]:.6g} in data row {row + 1}; it counts up from zero", where=where
        )


def totals_by_cycle(arrays: Any) -> tuple[Integers, dict[str, Floats]]:
    """Return the cycles, and by name their charges (Ah): as counted, and the integral of the current."""
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


def disagreement_notes(arrays: dict[str, Any], derived: Sequence[str]) -> list[str]:
    """Return a note where the cycler's capacities and the integral of its current disagree."""
    cycles, totals = totals_by_cycle(arrays)
    notes = []
    for way, column in (("charge", "charging_capacity_ah"), ("discharge", "discharging_capacity_ah")):
        if column in derived:
            continue
        counted, integral = totals[f"{way}_ah"], totals[f"integral_{way}_ah"]
        difference = integral - counted
        largest = max(float(counted.max()), float(integral.max()))
        # Against the largest cycle, so that an empty cycle's rounding is no disagreement.
        apart = np.abs(difference) > NOTED_DIFFERENCE * largest
        if apart.any():
            worst = int(np.argmax(np.abs(difference)))
            notes.append(
                f"{way}: the cycler's capacity and the integral of its current differ by more than "
                f"{NOTED_DIFFERENCE:.1%} in {int(apart.sum())} of {len(cycles)} cycles, most in cycle "
                f"{cycles[worst]} ({1e3 * counted[worst]:.4g} and {1e3 * integral[worst]:.4g} mAh); "
                "the cycler's capacities are used"
            )
    return notes
