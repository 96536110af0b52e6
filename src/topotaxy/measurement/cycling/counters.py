"""Running totals of charge and energy, and counts of steps, where a file's differ or lack."""

from __future__ import annotations

from typing import Any

import numpy as np

from topotaxy.constants import SECONDS_PER_HOUR
from topotaxy.errors import InputError

Floats = np.ndarray[Any, np.dtype[np.float64]]
Integers = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

TREMBLE = 1e-3
"""Share of a counter by which it may fall without having begun anew: its last digits."""

SIGNED = 0.01
"""Share of a counter's gains within steps that has to be negative before its sign means the direction."""


def steps_by_change(cycle: Integers, index: Integers | None, current: Floats) -> Integers:
    """Return the count of executed steps from 1.

    A step ends where the schedule's step or the cycle changes; without a schedule's step, where the
    current changes direction.

    Parameters
    ----------
    cycle : array (rows,)
        Cycle numbers.
    index : array (rows,), optional
        The schedule's steps.
    current : array (rows,)
        A, positive on charge.
    """
    mark = np.sign(current) if index is None else index
    change = (np.diff(mark) != 0) | (np.diff(cycle) != 0)
    return np.concatenate(([1], 1 + np.cumsum(change))).astype(np.int64)


def increments(counter: Floats, begins: Flags, expected: Floats | None = None) -> Floats:
    """Return what a counter gained from row to row; the first row gains nothing.

    A counter that falls has begun anew at zero, or only trembles. The one of the two is taken whose gain is
    nearer to what the current can have passed; a fall in the last digits is a tremble. Without ``expected``
    a counter that falls where a step or cycle begins, or to less than half, began anew.

    Parameters
    ----------
    counter : array (rows,)
        As the cycler wrote it, not negative.
    begins : array of bool (rows,)
        Where a step or a cycle begins.
    expected : array (rows,), optional
        What the current passed since the row before, in the counter's direction and unit.
    """
    gained = np.diff(counter, prepend=counter[0])
    before = np.concatenate(([counter[0]], counter[:-1]))
    fallen = gained < -TREMBLE * before
    if expected is None:
        anew = fallen & (begins | (counter < 0.5 * before))
    else:
        anew = fallen & (np.abs(counter - expected) < np.abs(gained - expected))
    return np.where(anew, counter, gained)


def signed_increments(counter: Floats, begins: Flags, expected: Floats) -> Floats:
    """Return what a counter with a sign gained from row to row, positive on charge.

    It counts on, or where a step or cycle begins, or it comes back to less than half, it may have begun anew;
    the gain nearer to what the current can have passed is taken.

    Parameters
    ----------
    counter, begins
        As for :func:`increments`; the counter falls on discharge.
    expected : array (rows,)
        What the current passed since the row before, positive on charge, in the counter's unit.
    """
    gained = np.diff(counter, prepend=counter[0])
    before = np.concatenate(([counter[0]], counter[:-1]))
    may = begins | (np.abs(counter) < 0.5 * np.abs(before))
    anew = may & (np.abs(counter - expected) < np.abs(gained - expected))
    anew[0] = False
    return np.where(anew, counter, gained)


def sign_of(counter: Floats, begins: Flags, net: Floats) -> float:
    """Return what the sign of a counter's gains means: 1 up on charge, -1 up on discharge, 0 nothing.

    That under which the gains within steps are nearest to what the current passed. A counter of magnitudes
    only rises.

    Parameters
    ----------
    counter, begins
        As for :func:`increments`.
    net : array (rows,)
        What the current passed since the row before, positive on charge, in the counter's unit.
    """
    gained = np.diff(counter, prepend=counter[0])[~begins]
    passed = net[~begins]
    apart = {
        0.0: float(np.abs(gained - np.abs(passed)).sum()),
        1.0: float(np.abs(gained - passed).sum()),
        -1.0: float(np.abs(gained + passed).sum()),
    }
    falls, total = float(np.maximum(-gained, 0.0).sum()), float(np.abs(gained).sum())
    return min(apart, key=lambda sign: apart[sign]) if falls > SIGNED * total else 0.0


def by_direction(gained: Floats, current: Floats) -> tuple[Floats, Floats]:
    """Return gains of a counter of either direction as gains in charge and in discharge.

    A gain goes the way of the row's current, and where that is zero, the way of the row before it.

    Parameters
    ----------
    gained : array (rows,)
        Gains without a sign.
    current : array (rows,)
        A, positive on charge.
    """
    sign = np.sign(current)
    last = np.maximum.accumulate(np.where(sign != 0, np.arange(len(sign)), 0))
    way = sign[last]
    return np.where(way > 0, gained, 0.0), np.where(way < 0, gained, 0.0)


def step_gains(counter: Floats, begins: Flags) -> Floats:
    """Return what a counter of magnitudes gained that starts from zero with every step.

    Parameters
    ----------
    counter, begins
        As for :func:`increments`; a sign that is the same throughout a step is not used.
    """
    size = np.abs(counter)
    return np.where(begins, size, np.diff(size, prepend=0.0))


def since_cycle_start(gained: Floats, cycle: Integers) -> Floats:
    """Return the running total of gains since the start of each row's cycle.

    Parameters
    ----------
    gained : array (rows,)
        Gains from row to row.
    cycle : array (rows,)
        Cycle numbers.
    """
    total = np.cumsum(gained)
    starts = np.concatenate(([0], 1 + np.flatnonzero(np.diff(cycle) != 0)))
    before = total[starts] - gained[starts]
    lengths = np.diff(np.append(starts, len(cycle)))
    # Differences of large sums may fall short of zero, or fall, by rounding only.
    return np.maximum(total - np.repeat(before, lengths), 0.0)


def gains_of_totals(total: Floats, cycle: Integers) -> Floats:
    """Return what each row adds to a running total that starts anew with every cycle.

    Parameters
    ----------
    total : array (rows,)
        As :func:`since_cycle_start` returns it.
    cycle : array (rows,)
        Cycle numbers.
    """
    gained = np.diff(total, prepend=0.0)
    begins = np.flatnonzero(np.diff(cycle)) + 1
    gained[begins] = total[begins]
    return gained


def charge_between_rows(
    time: Floats, current: Floats, cycle: Integers, step: Integers
) -> tuple[Floats, Floats]:
    """Return the charge and discharge, in Ah, that passed before each row since the one before.

    Within a step by the trapezium rule; over a change of step the current jumped at an unknown moment,
    and the later row's current is taken, as it belongs to the step that the time was spent in.

    Parameters
    ----------
    time, current : array (rows,)
        s and A, positive on charge.
    cycle, step : array (rows,)
        Numbers of the cycle and counts of the step.
    """
    hours = np.diff(time, prepend=time[0]) / SECONDS_PER_HOUR
    before = np.concatenate(([current[0]], current[:-1]))
    same = np.concatenate(([True], (np.diff(step) == 0) & (np.diff(cycle) == 0)))
    mean_in = np.where(same, 0.5 * (np.maximum(before, 0) + np.maximum(current, 0)), np.maximum(current, 0))
    mean_out = np.where(
        same, 0.5 * (np.maximum(-before, 0) + np.maximum(-current, 0)), np.maximum(-current, 0)
    )
    return mean_in * hours, mean_out * hours


def complete_totals(arrays: dict[str, Any], unrecorded: Flags, *, where: str) -> list[str]:
    """Turn capacities and energies into running totals since each cycle's start; add capacities that lack.

    Parameters
    ----------
    arrays : dict of str to array (rows,)
        Columns of a record, which are changed in place.
    unrecorded : array of bool (rows,)
        Rows before which nothing was recorded for long: no charge is integrated over that time.
    where : str
        Name of the file.

    Returns
    -------
    list of str
        The columns that the file did not give.

    Raises
    ------
    InputError
        Where a counter is negative.
    """
    cycle, step = arrays["cycle_count"], arrays["step_count"]
    begins = np.concatenate(([True], (np.diff(cycle) != 0) | (np.diff(step) != 0)))
    passed = charge_between_rows(arrays["test_time_second"], arrays["current_ampere"], cycle, step)
    for kind, unit in (("capacity", "ah"), ("energy", "wh")):
        per = 1.0 if kind == "capacity" else np.abs(arrays["voltage_volt"])
        expected = (passed[0] * per, passed[1] * per)
        ways = (f"charging_{kind}_{unit}", f"discharging_{kind}_{unit}")
        one_way = [(name, arrays.pop(f"{name}_{kind}_{unit}", None)) for name in ("step", "passed")]
        counter = next(((name, values) for name, values in one_way if values is not None), None)
        if counter is not None and not all(name in arrays for name in ways):
            for name, gained in zip(ways, _either_way(*counter, begins, expected, arrays), strict=True):
                arrays[name] = since_cycle_start(gained, cycle)
            continue
        for name, mine in zip(ways, expected, strict=True):
            if name in arrays:
                total = _not_negative(arrays[name], name, where=where)
                gained = increments(total, begins, mine)
                gained[0] = _before_first_row(total, arrays)
                arrays[name] = since_cycle_start(gained, cycle)
    lacking = [n for n in ("charging_capacity_ah", "discharging_capacity_ah") if n not in arrays]
    for name, gained in zip(("charging_capacity_ah", "discharging_capacity_ah"), passed, strict=True):
        if name in lacking:
            arrays[name] = since_cycle_start(np.where(unrecorded, 0.0, gained), cycle)
    return lacking


def _either_way(
    name: str, counter: Floats, begins: Flags, expected: tuple[Floats, Floats], arrays: dict[str, Any]
) -> tuple[Floats, Floats]:
    """Return the gains, in charge and discharge, of a counter that goes the way of the current."""
    current = arrays["current_ampere"]
    net = expected[0] - expected[1]
    # By the row's own current, where the trapezium rule has both ways at a reversal.
    sign = sign_of(counter, begins, np.sign(current) * (expected[0] + expected[1]))
    if sign != 0.0:
        turned = sign * counter
        if name == "step":
            gained = np.where(begins, turned, np.diff(turned, prepend=0.0))
        else:
            gained = signed_increments(turned, begins, net)
        return np.maximum(gained, 0.0), np.maximum(-gained, 0.0)
    if name == "step":
        return by_direction(step_gains(counter, begins), current)
    size = np.abs(counter)
    gained = increments(size, begins, expected[0] + expected[1])
    gained[0] = _before_first_row(size, arrays)
    return by_direction(gained, current)


def _before_first_row(counter: Floats, arrays: dict[str, Any]) -> float:
    """Return what passed between the start of the clock and the first row.

    That is what the counter shows there, unless the current could not have passed it since: then it was
    passed before the file begins.
    """
    hours = max(float(arrays["test_time_second"][0]), 0.0) / SECONDS_PER_HOUR
    # Twice the first row's current, and for an energy volts on top: an order of size is enough.
    possible = 2.0 * abs(float(arrays["current_ampere"][0])) * max(abs(float(arrays["voltage_volt"][0])), 1.0)
    return float(counter[0]) if counter[0] <= possible * hours else 0.0


def _not_negative(counter: Floats, name: str, *, where: str) -> Floats:
    """Return a counter that counts up; one that counts down from zero throughout is turned."""
    least = 1e-9 * max(1.0, float(np.abs(counter).max()))
    if counter.min() < -least and counter.max() <= least:
        return -counter
    negative = counter < -least
    if negative.any():
        row = int(np.argmax(negative))
        raise InputError(
            f"{name} is {counter[row]:.6g} in data row {row + 1}; it counts up from zero", where=where
        )
    return counter
