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
        Stoichiometry of each shell, the outermost last.
    mesh : array (3, shells)
        As :func:`~topotaxy.cell.particle.shells_of` makes it.
    current : float
        A/g, positive where it alkaliates the electrode.
    steps : int
        Number of steps that a full discharge is cut into.
    """
    below = state[XMAX] - mean_of(c, mesh)
    return current > 0.0 and 3.0 * FIRST_WIDTH < below < 8.0 * FIRST_WIDTH + 1.0 / steps


@njit(cache=True, nogil=True)
def cutoff_of(circuit, current):  # type: ignore[no-untyped-def]
    """Cut-off that a current leads to, V, and whether the voltage falls towards it.

    Cell voltage falls with reduction in a half cell and rises with it in a full cell.

    Parameters
    ----------
    circuit : Circuit
        Counter electrode, resistance and cut-offs: :class:`~topotaxy.cell.structures.Circuit`.
    current : float
        A/g, positive where it alkaliates the electrode.
    """
    falling = (current > 0.0) == (circuit.full == 0)
    return circuit.low if falling else circuit.high, falling


@njit(cache=True, nogil=True)
def stepped(e, circuit, branches, state, c, mesh, current, size, before, begun, room):  # type: ignore[no-untyped-def]
    """Solve a step of charge, or the share of it with which the cell meets its cut-off.

    The share is found by the secant within its bracket, to 0.5 mV. The state is left as it was; ``room``
    holds the solution for :func:`~topotaxy.cell.kernel.accept`.

    Parameters
    ----------
    e, circuit, branches, state, c, mesh, current
        As in :func:`half_cycle`.
    size : float
        Charge of the whole step, mAh/g.
    before : float
        Voltage of the cell after the last step, V.
    begun : bool
        Whether there was one; if not, a step past the cut-off is not shortened.
    room : tuple of arrays
        ``base``, ``unit``, ``work`` and ``found`` of :func:`~topotaxy.cell.kernel.step`.

    Returns
    -------
    used, dt, v : float
        Share of the step, its time (s), and the cell's voltage after it (V).
    done : bool
        Whether the cut-off is met.
    """
    base, unit, work, found = room
    cut, falling = cutoff_of(circuit, current)
    sign = 1.0 if current > 0.0 else -1.0
    share, low, high = 1.0, 0.0, 1.0
    v_low, v_high = before - cut if falling else cut - before, 0.0
    done = False
    for attempt in range(12):
        used = share
        dt = used * size * MAH / abs(current)
        step(e, branches, state, c, current, dt, mesh, base, unit, work, found)
        v = voltage(e, circuit, state, current, found[1], found[3], sign * used * size)
        past = v - cut if falling else cut - v
        if past >= 0.0 and attempt == 0:
            break
        done = True
        if abs(past) < 5e-4 or high - low < 1e-4 or not begun:
            break
        if past < 0.0:
            high, v_high = share, past
        else:
            low, v_low = share, past
        part = v_low / (v_low - v_high) if v_low > 0.0 > v_high else 0.5
        share = low + (high - low) * min(max(part, 0.1), 0.9)
    return used, dt, v, done


@njit(cache=True, nogil=True)
def half_cycle(e, circuit, branches, state, c, mesh, current, steps, curve):  # type: ignore[no-untyped-def]
    """Run to the cut-off; return charge (mAh/g), energy (mWh/g) and the points written to ``curve``.

    Parameters
    ----------
    e : Electrode
        Constants of the electrode, per gram of pristine host: :class:`~topotaxy.cell.structures.Electrode`.
    circuit : Circuit
        Counter electrode, resistance and cut-offs: :class:`~topotaxy.cell.structures.Circuit`.
    branches : array (3, points)
        First discharge, later discharge and charge, V.
    state : array (SIZE,)
        Of the cell, by the places of :mod:`topotaxy.cell.structures`.
    c : array (shells,)
        Stoichiometry of each shell, the outermost last.
    mesh : array (3, shells)
        As :func:`~topotaxy.cell.particle.shells_of` makes it.
    current : float
        A/g, positive where it alkaliates the electrode.
    steps : int
        Number of steps that a full discharge at a low current is cut into.
    curve : array (rows, 2)
        Gets charge (mAh/g) and voltage (V), as far as it has room; may have no row.
    """
    base, unit, found = np.empty(c.size), np.empty(c.size), np.empty(4)
    room = base, unit, np.empty((3, c.size)), found
    found[0] = current
    # What is stored runs ahead of what reacts: the faster, the more of a half-cycle is that transient.
    fine = int(steps * (1.0 + abs(current)))
    whole = e.capacity / fine
    charge, energy, count, before, begun = 0.0, 0.0, 0, 0.0, False
    for taken in range(60 * fine):
        size = whole * (SHORT if taken < SHORT_STEPS or turning(state, c, mesh, current, fine) else 1.0)
        used, dt, v, done = stepped(e, circuit, branches, state, c, mesh, current, size, before, begun, room)
        if done and not begun:
            break
        accept(e, state, c, current, dt, mesh, base, unit, found)
        charge += used * size
        energy += (0.5 * (v + before) if begun else v) * used * size
        before, begun = v, True
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
        Constants of the electrode, per gram of pristine host: :class:`~topotaxy.cell.structures.Electrode`.
    circuit : Circuit
        Counter electrode, resistance and cut-offs: :class:`~topotaxy.cell.structures.Circuit`.
    branches : array (3, points)
        First discharge, later discharge and charge, V.
    c : array (shells,)
        Stoichiometry of each shell; filled.
    """
    state = np.zeros(SIZE)
    c[:] = FRESH
    state[L], state[H], state[ACTIVE], state[XMAX] = e.film_start, -1.0, 1.0, FRESH
    state[PHI] = branch(branches[0], FRESH)
    state[Q] = stored(e, state[PHI], FRESH, 1.0)
    state[CATHODE] = 0.998 * circuit.cathode_capacity
    return state
