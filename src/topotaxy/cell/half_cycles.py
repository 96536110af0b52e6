"""The compiled cell from cut-off to cut-off, and what it is before its first cycle."""

from __future__ import annotations

import numpy as np
from numba import njit

from topotaxy.cell.kernel import accept, step, voltage
from topotaxy.cell.laws import FIRST_WIDTH, MAH, branch, stored
from topotaxy.cell.particle import mean_of
from topotaxy.cell.structures import ACTIVE, CATHODE, PHI, SIZE, XMAX, H, L, Q

SHORT_STEPS, SHORT = 8, 0.2
"""First steps of a half-cycle, and their length over that of the others: the voltage turns there."""
FRESH = 1e-3
"""Stoichiometry of a fresh electrode; not zero, where no exchange current is left."""


@njit(cache=True, nogil=True)
def turning(state, c, mesh, current, steps):  # type: ignore[no-untyped-def]
    """Whether a step meets the hand-over from the later to the first branch, which wants short ones.

    Parameters
    ----------
    state : array (SIZE,)
        Of the cell, by the places of :mod:`topotaxy.cell.structures`.
    c : array (shells,)
        Stoichiometry of each shell.
    mesh : array (3, shells)
        As :func:`~topotaxy.cell.particle.shells_of` makes it.
    current : float
        A/g, positive where it alkaliates the electrode.
    steps : int
        Of a full discharge.
    """
    below = state[XMAX] - mean_of(c, mesh)
    return current > 0.0 and 3.0 * FIRST_WIDTH < below < 8.0 * FIRST_WIDTH + 1.0 / steps


@njit(cache=True, nogil=True)
def half_cycle(e, circuit, branches, state, c, mesh, current, steps, curve):  # type: ignore[no-untyped-def]
    """Run to the cut-off; return charge (mAh/g), energy (mWh/g) and the points written to ``curve``.

    ``curve`` (rows, 2) gets charge and voltage, as far as it has room.

    Parameters
    ----------
    e : Electrode
        Of :mod:`topotaxy.cell.structures`.
    circuit : Circuit
        The rest of the cell.
    branches : array (3, points)
        First discharge, later discharge and charge, V.
    state : array (SIZE,)
        Of the cell, by the places of :mod:`topotaxy.cell.structures`.
    c : array (shells,)
        Stoichiometry of each shell.
    mesh : array (3, shells)
        As :func:`~topotaxy.cell.particle.shells_of` makes it.
    current : float
        A/g, positive where it alkaliates the electrode.
    steps : int
        Of a full discharge at a low current.
    curve : array (rows, 2)
        Room for charge (mAh/g) and voltage (V); may have no row.
    """
    n = c.size
    base, unit, work, found = np.empty(n), np.empty(n), np.empty((3, n)), np.empty(4)
    found[0] = current
    # Cell voltage falls with reduction in a half cell and rises with it in a full cell.
    falling = (current > 0.0) == (circuit.full == 0)
    cut = circuit.low if falling else circuit.high
    # What is stored runs ahead of what reacts: the faster, the more of a half-cycle is that transient.
    fine = int(steps * (1.0 + abs(current)))
    whole = e.capacity / fine
    charge, energy, count, before = 0.0, 0.0, 0, 0.0
    have_before = False
    for taken in range(60 * fine):
        size = whole * (SHORT if taken < SHORT_STEPS or turning(state, c, mesh, current, fine) else 1.0)
        share, used, low, high = 1.0, 1.0, 0.0, 1.0
        v_low, v_high = before, 0.0
        done = False
        for attempt in range(12):
            used = share
            dt = used * size * MAH / abs(current)
            step(e, branches, state, c, current, dt, mesh, base, unit, work, found)
            sign = 1.0 if current > 0.0 else -1.0
            v = voltage(e, circuit, state, current, found[1], found[3], sign * used * size)
            past = v - cut if falling else cut - v
            if past >= 0.0 and attempt == 0:
                break
            done = True
            if abs(past) < 5e-4 or high - low < 1e-4 or not have_before:
                break
            if past < 0.0:
                high, v_high = share, past
            else:
                low, v_low = share, past
            if attempt == 0:
                v_low = before - cut if falling else cut - before
            part = v_low / (v_low - v_high) if v_low > 0.0 > v_high else 0.5
            share = low + (high - low) * min(max(part, 0.1), 0.9)
        if done and not have_before:
            break
        accept(e, state, c, current, dt, mesh, base, unit, found)
        charge += used * size
        energy += (0.5 * (v + before) if have_before else v) * used * size
        before, have_before = v, True
        if count < curve.shape[0]:
            curve[count, 0], curve[count, 1] = charge, v
            count += 1
        if done:
            break
    return charge, energy, count


@njit(cache=True, nogil=True)
def fresh_state(e, circuit, branches, c):  # type: ignore[no-untyped-def]
    """State of a pristine electrode; in a full cell all alkali is in the cathode.

    Parameters
    ----------
    e : Electrode
        Of :mod:`topotaxy.cell.structures`.
    circuit : Circuit
        The rest of the cell.
    branches : array (3, points)
        First discharge, later discharge and charge, V.
    c : array (shells,)
        Stoichiometry of each shell. Filled.
    """
    state = np.zeros(SIZE)
    c[:] = FRESH
    state[L], state[H], state[ACTIVE], state[XMAX] = e.film_start, -1.0, 1.0, FRESH
    state[PHI] = branch(branches[0], FRESH)
    state[Q] = stored(e, state[PHI], FRESH, 1.0)
    state[CATHODE] = 0.998 * circuit.cathode_capacity
    return state
