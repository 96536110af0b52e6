"""Curves of a cell that are drawn or fitted: which cycles, their differential capacity, their sweeps."""

from __future__ import annotations

from collections import Counter

from topotaxy.measurement.cycling.metrics.cell import Cell
from topotaxy.measurement.cycling.metrics.dq_dv import DifferentialCapacity, differential_capacity
from topotaxy.measurement.cycling.metrics.sweeps import Exponent, Split, dunn_split, exponent
from topotaxy.observables import Direction


def shown_cycles(cell: Cell, *, most: int = 3) -> list[int]:
    """Cycles whose curves are drawn: the first, the second and the last of those with both halves.

    Parameters
    ----------
    cell : Cell
        A record and its metrics.
    most : int
        How many at most.
    """
    halves = [h for h in cell.half_cycles if cell.counts(h) and len(h.rows) >= 5]
    counts = Counter(h.cycle for h in halves)
    drawable = sorted(cycle for cycle, count in counts.items() if count == 2) or sorted(counts)
    if len(drawable) <= most:
        return drawable
    return [drawable[0], drawable[1], drawable[-1]] if most == 3 else [drawable[0], drawable[-1]]


def differential_of(cell: Cell, cycle: int, direction: Direction) -> DifferentialCapacity | None:
    """Differential capacity of a half-cycle, in mAh/g/V or mAh/V; None where there is none.

    Parameters
    ----------
    cell : Cell
        A record and its metrics.
    cycle : int
        Number of the cycle.
    direction : {"discharge", "charge"}
        Of the cell.
    """
    half = cell.half(cycle, direction)
    if half is None or not cell.counts(half):
        return None
    scale = 1000.0 if cell.record.mass is None else 1000.0 / cell.record.mass
    return differential_capacity(cell.rows.voltage[half.rows], scale * cell.rows.charge[direction][half.rows])


def exponents_of(cell: Cell) -> list[Exponent | str]:
    """The b-values of both directions, or why there are none.

    Parameters
    ----------
    cell : Cell
        A record and its metrics.
    """
    return [exponent(cell.sweeps, rising=rising) for rising in (False, True)]


def splits_of(cell: Cell) -> list[Split | str]:
    """The splits of both directions, or why there are none.

    Parameters
    ----------
    cell : Cell
        A record and its metrics.
    """
    return [dunn_split(cell.sweeps, rising=rising) for rising in (False, True)]
