"""Whether the half-cycle that a record ends in is whole."""

from __future__ import annotations

import numpy as np

from topotaxy.measurement.cycling.metrics.half_cycles import HalfCycle, Rows

NEAR_CUTOFF = 0.03
"""Share of the window of voltage within which a half-cycle counts as having reached its cut-off."""

SAME_CHARGE = 0.005
"""Relative difference up to which two half-cycles passed the same charge: a limit of charge is kept to a
row."""


def unfinished_of(rows: Rows) -> HalfCycle | None:
    """The half-cycle that the record ends in, if it stops short of where earlier ones of its kind ended.

    They may have ended at a voltage, or where a set charge had passed.

    Parameters
    ----------
    rows : Rows
        Of a measured record.
    """
    halves = rows.half_cycles
    if not halves:
        return None
    last = max(halves, key=lambda half: int(half.rows[-1]))
    if last.rows[-1] < len(rows.sense) - 1:
        return None
    earlier = [h for h in halves if h.direction == last.direction and h is not last]
    if not earlier or _ended_by_charge(last, earlier):
        return None
    ends = np.array([h.ends for h in earlier])
    window = float(np.ptp(rows.voltage[rows.sense != 0]))
    usual = float(np.median(ends))
    # Where capacity ends the half-cycles, their last voltages scatter, and so may this one's.
    allowed = max(NEAR_CUTOFF * window, 3.0 * float(np.median(np.abs(ends - usual))))
    return last if abs(last.ends - usual) > allowed else None


def _ended_by_charge(last: HalfCycle, earlier: list[HalfCycle]) -> bool:
    """Whether the last half-cycle passed the charge that the one before it passed, as under a limit of
    charge."""
    before = earlier[-1].capacity
    return before > 0.0 and abs(last.capacity - before) <= SAME_CHARGE * before
