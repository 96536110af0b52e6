"""Which cycle each row belongs to, where the file's own number does not say it."""

from __future__ import annotations

from typing import Any

import numpy as np

Floats = np.ndarray[Any, np.dtype[np.float64]]
Integers = np.ndarray[Any, np.dtype[np.int64]]

TURN = 0.05
"""Share of the largest stretch of one direction that has to pass before the current counts as turned: a pulse
against the direction is no half of a cycle."""

TURN_OF_LEG = 0.2
"""The same, of the leg that would be ended: a cell that takes less and less still turns each time."""

STRAY = 1e-3
"""Share of the largest stretch below which nothing is a leg."""

LEG = 0.25
"""Share of the largest stretch within one cycle of the file that makes a leg of it."""


def turns(gained: Floats, share: float, of_leg: float = 1.0) -> list[int]:
    """Return the rows in which the charge turns: where each leg of the zigzag of the net charge begins.

    Parameters
    ----------
    gained : array (rows,)
        Charge that passed with each row, positive on charge.
    share : float
        Of the largest stretch in one direction: as much against a leg ends it.
    of_leg : float
        Of the leg itself: as much against it ends it too.

    Returns
    -------
    list of int
        First row of every leg, the first moving row first; empty where nothing flows.
    """
    moving = np.flatnonzero(gained)
    if not moving.size:
        return []
    sign = np.sign(gained[moving])
    begins = np.concatenate(([0], 1 + np.flatnonzero(np.diff(sign) != 0)))
    stretches = np.add.reduceat(gained[moving], begins)
    largest = float(np.abs(stretches).max())
    floor = (STRAY if of_leg < 1.0 else share) * largest
    found: list[int] = []
    way, net, start, extreme, place = 0.0, 0.0, 0.0, 0.0, 0
    for k, passed in enumerate(stretches.tolist()):
        if way == 0.0:
            if abs(passed) < floor:
                continue
            way = 1.0 if passed > 0 else -1.0
            found.append(int(moving[begins[k]]))
            extreme = net = passed
            place = k + 1
            continue
        net += passed
        least = max(min(share * largest, of_leg * abs(extreme - start)), floor)
        if way * (net - extreme) >= 0.0:
            extreme, place = net, k + 1
        elif way * (extreme - net) >= least:
            way = -way
            found.append(int(moving[begins[place]]))
            start, extreme, place = extreme, net, k + 1
    return found


def net_of_steps(gained: Floats, step: Integers) -> Floats:
    """Return the net charge of each step in its first row, and zero elsewhere.

    Parameters
    ----------
    gained : array (rows,)
        Charge that passed with each row, positive on charge.
    step : array (rows,)
        Executed steps, counted.
    """
    starts = np.concatenate(([0], 1 + np.flatnonzero(np.diff(step) != 0)))
    found = np.zeros(len(gained))
    found[starts] = np.add.reduceat(gained, starts)
    return found


def cycles_by_direction(gained: Floats, current: Floats) -> Integers:
    """Return cycle numbers from 1, a new one wherever the charge returns to its first direction.

    Parameters
    ----------
    gained : array (rows,)
        Charge that passed with each row, positive on charge.
    current : array (rows,)
        A, positive on charge: a cycle begins where the current turned, which a coarse counter shows later.
    """
    begins = np.zeros(len(gained), dtype=np.int64)
    places = {way: np.flatnonzero(np.sign(current) == way) for way in (-1.0, 1.0)}
    for row in turns(gained, TURN, TURN_OF_LEG)[2::2]:
        way = float(np.sign(gained[row]))
        against, along = places[-way], places[way]
        before = int(np.searchsorted(against, row))
        first = int(np.searchsorted(along, against[before - 1] if before else 0))
        turned = int(along[first]) if first < len(along) else row
        begins[min(turned, row)] += 1
    return np.asarray(1 + np.cumsum(begins), dtype=np.int64)


def legs_of_cycles(gained: Floats, cycle: Integers) -> dict[int, tuple[int, int]]:
    """Return how often each cycle of the file goes up and down: (legs of charge, legs of discharge).

    Parameters
    ----------
    gained : array (rows,)
        Charge that passed with each row, positive on charge.
    cycle : array (rows,)
        The file's numbers, which never fall.
    """
    starts = np.concatenate(([0], 1 + np.flatnonzero(np.diff(cycle) != 0), [len(cycle)]))
    found = {}
    for begin, end in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        mine = gained[begin:end]
        rows = turns(mine, LEG)
        up = sum(bool(mine[row] > 0) for row in rows)
        found[int(cycle[begin])] = (up, len(rows) - up)
    return found


MOST = 20_000
"""Cycles that a record may have: several times the longest tests of a cell. What turns more often is no
cycling, and every cycle has its numbers."""


def counts_no_cycles(legs: dict[int, tuple[int, int]]) -> bool:
    """Whether most of the legs lie in cycles that hold more than one of a direction: loops of a schedule.

    Parameters
    ----------
    legs : dict
        As :func:`legs_of_cycles` returns it.
    """
    every = sum(up + down for up, down in legs.values())
    crowded = sum(up + down for up, down in legs.values() if max(up, down) > 1)
    return 2 * crowded > every
