"""How the frame and the voltage of exchange follow the cell while it reacts.

Both are held while events happen, so that every event obeys one energy. They follow after some electrons; and
at once, in steps, where the voltage has left that of exchange behind, as near a cut-off.
"""

from __future__ import annotations

import math

from topotaxy.lattice.compiled import inner
from topotaxy.lattice.places import PASSED, VOLTAGE
from topotaxy.lattice.renewing import hold_frame, renew_all_sums, renew_exchange

STEP = 0.25
"""Volts by which the voltage of exchange follows at most at a time."""

CLOSE = 0.02
"""Volts by which the voltage of exchange may lag behind that of the cell."""


@inner
def _follow(tables, state, target):  # type: ignore[no-untyped-def]
    """Let the voltage of exchange follow ``target`` by :data:`STEP` at most; returns whether it moved."""
    held = state.held[VOLTAGE]
    if abs(target - held) <= CLOSE:
        return False
    renew_exchange(tables, state, held + min(max(target - held, -STEP), STEP))
    return True


@inner
def _target(drive, potential):  # type: ignore[no-untyped-def]
    """Voltage that exchange has to follow: that of the cell, but not beyond the cut-off."""
    if math.isfinite(drive.held) or drive.current == 0.0:
        return potential
    return max(potential, drive.cutoff) if drive.current > 0.0 else min(potential, drive.cutoff)


@inner
def followed(tables, state, drive, potential):  # type: ignore[no-untyped-def]
    """Let the frame and the voltage of exchange follow the potential (V) of the cell.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it: that is changed.
    drive : Drive
        How the box is driven: current, cut-off, voltage that is held, electrons after which things follow.
    potential : float
        Of the cell, V.

    Returns
    -------
    tuple of bool
        Whether one of them did, whether the voltage of exchange did, and whether the cut-off is passed.
    """
    target = _target(drive, potential)
    held = math.isfinite(drive.held)
    if state.clock[PASSED] >= drive.refresh:
        state.clock[PASSED] = 0
        hold_frame(tables, state)
        if math.isfinite(target) and abs(target - state.held[VOLTAGE]) > CLOSE:
            # Half-way: the voltage fluctuates from event to event.
            renew_exchange(tables, state, 0.5 * (target + state.held[VOLTAGE]))
            return True, True, False
        renew_all_sums(tables, state)
        return True, False, False
    over = not held and (
        (drive.current > 0.0 and potential < drive.cutoff)
        or (drive.current < 0.0 and potential > drive.cutoff)
    )
    # Away from equilibrium at once; back only after some electrons, or one would chase the other.
    sense = 1 if drive.current >= 0.0 else -1
    ahead = sense * (state.held[VOLTAGE] - target)
    behind = (over or held or ahead > STEP) and math.isfinite(target)
    moved = behind and _follow(tables, state, target)
    return moved, moved, over
