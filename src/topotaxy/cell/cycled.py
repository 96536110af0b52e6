"""The compiled cell cycled: leg after leg, every cycle or some of them with the slow states carried over."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from topotaxy.cell.half_cycles import fresh_state, half_cycle
from topotaxy.cell.laws import living
from topotaxy.cell.particle import mean_of, shells_of
from topotaxy.cell.structures import ACTIVE, AGE, CATHODE, FILM, LOST, THROUGH, XMAX, L, Q, Y

SETTLED = 2
"""Cycles of the first leg that are always simulated before any are skipped; of later legs one."""
COLUMNS = (
    "cycle",
    "current",
    "discharge",
    "charge",
    "discharge_energy",
    "charge_energy",
    "film",
    "trapped",
    "active",
    "lost",
    "hours",
    "residual",
    "held",
)
"""Of a row of the record: capacities in mAh/g and energies in mWh/g, of the cell's own discharge and charge;
film, trapped, lost and all held alkali in mAh/g at the end of the cycle; residual of its balance, mAh/g."""

SLOW = (L, AGE, THROUGH, LOST)
"""States that change little in a cycle and are carried over skipped ones."""


@njit(cache=True, nogil=True)
def alkali(e, state, c, mesh):  # type: ignore[no-untyped-def]
    """All alkali of the electrode, mAh/g: in the host, the stores, the film, and lost with dead material.

    Parameters
    ----------
    e : Electrode
        Constants of the electrode, per gram of pristine host: :class:`~topotaxy.cell.structures.Electrode`.
    state : array (SIZE,)
        Of the cell, by the places of :mod:`topotaxy.cell.structures`.
    c : array (shells,)
        Stoichiometry of each shell, the outermost last.
    mesh : array (3, shells)
        As :func:`~topotaxy.cell.particle.shells_of` makes it.
    """
    return state[ACTIVE] * e.capacity * mean_of(c, mesh) + state[Q] + state[FILM] + state[LOST]


@njit(cache=True, nogil=True)
def carried(now, then, at, before, jump):  # type: ignore[no-untyped-def]
    """What a slow state gains over ``jump`` cycles: its change per cycle goes on as a power of their
    number.

    Parameters
    ----------
    now, then : float
        Change in the last simulated cycle and in the one before it.
    at, before : float
        Numbers of these two cycles, from 1.
    jump : int
        Cycles that are skipped.
    """
    if now <= 0.0 or then <= 0.0 or at <= before:
        return max(now, 0.0) * jump
    power = math.log(now / then) / math.log((at - 0.5) / (before - 0.5))
    power = min(0.3, max(-0.9, power))
    scale = now * (at - 0.5) ** (-power)
    return scale * ((at + jump) ** (power + 1.0) - at ** (power + 1.0)) / (power + 1.0)


@njit(cache=True, nogil=True)
def skip(e, circuit, state, c, mesh, total, now, then, at, before, jump, charged):  # type: ignore[no-untyped-def]
    """Carry film, age, throughput and trapped share over ``jump`` cycles, alkali kept.

    Parameters
    ----------
    e : Electrode
        Constants of the electrode, per gram of pristine host: :class:`~topotaxy.cell.structures.Electrode`.
    circuit : Circuit
        Counter electrode, resistance and cut-offs: :class:`~topotaxy.cell.structures.Circuit`.
    state : array (SIZE,)
        Of the cell, by the places of :mod:`topotaxy.cell.structures`.
    c : array (shells,)
        Stoichiometry of each shell, the outermost last.
    mesh : array (3, shells)
        As :func:`~topotaxy.cell.particle.shells_of` makes it.
    total : float
        Alkali of electrode and cathode together, mAh/g.
    now, then : array (4,)
        Changes of the states :data:`SLOW` in the last simulated cycle and in the one before it.
    at, before : int
        Numbers of these two cycles, from 1.
    jump : int
        Cycles that are skipped.
    charged : float
        Charge given back in the last cycle, mAh/g.

    Returns
    -------
    float
        Alkali of the electrode afterwards, mAh/g.
    """
    old = state.copy()
    state[L] += carried(now[0], then[0], at, before, jump)
    state[AGE] += carried(now[1], then[1], at, before, jump)
    state[THROUGH] += carried(now[2], then[2], at, before, jump)
    grown = e.film_area * e.film_electrons * 96485.33212 / e.film_volume * (state[L] - old[L]) / 3.6
    state[FILM] += grown
    ultimate = e.ultimate_loss * state[XMAX]
    passed = jump * charged / (e.capacity * old[ACTIVE] * (1.0 - old[Y]))
    state[Y] = max(old[Y], ultimate - (ultimate - old[Y]) * math.exp(-e.early_rate * passed))
    for i in range(c.size):
        c[i] += state[Y] - old[Y]
    state[ACTIVE] = living(e, state)
    state[LOST] += carried(now[3], then[3], at, before, jump)
    if circuit.full:
        state[CATHODE] = total - alkali(e, state, c, mesh)
    return alkali(e, state, c, mesh)


@njit(cache=True, nogil=True)
def one_cycle(e, circuit, branches, leg, mesh, steps, state, c, balance, row):  # type: ignore[no-untyped-def]
    """Reduce the electrode and oxidise it again; return the balance of its alkali, mAh/g.

    Parameters
    ----------
    e : Electrode
        Constants of the electrode, per gram of pristine host: :class:`~topotaxy.cell.structures.Electrode`.
    circuit : Circuit
        Counter electrode, resistance and cut-offs: :class:`~topotaxy.cell.structures.Circuit`.
    branches : array (3, points)
        First discharge, later discharge and charge, V.
    leg : array (3,)
        Cycles, discharge and charge current (A/g).
    mesh : array (3, shells)
        As :func:`~topotaxy.cell.particle.shells_of` makes it.
    steps : int
        Number of steps that a full discharge at a low current is cut into.
    state : array (SIZE,)
        Of the cell, by the places of :mod:`topotaxy.cell.structures`.
    c : array (shells,)
        Stoichiometry of each shell, the outermost last.
    balance : float
        Alkali of the electrode before, by the charge that has passed, mAh/g.
    row : array (columns,)
        Gets :data:`COLUMNS` but the first, the number of the cycle.
    """
    nothing = np.empty((0, 2))
    row[1] = leg[1]
    for half in range(2):
        reducing = half == 0
        discharging = reducing == (circuit.full == 0)
        current = leg[1] if discharging else leg[2]
        signed = current if reducing else -current
        q, energy, _ = half_cycle(e, circuit, branches, state, c, mesh, signed, steps, nothing)
        row[2 if discharging else 3] = q
        row[4 if discharging else 5] = energy
        balance += q if reducing else -q
    held = alkali(e, state, c, mesh)
    row[6], row[7] = state[FILM], state[Y] * e.capacity * state[ACTIVE]
    row[8], row[9], row[10] = state[ACTIVE], state[LOST], state[AGE]
    row[11], row[12] = held - balance, held
    return balance


@njit(cache=True, nogil=True)
def cycle_through(e, circuit, branches, legs, shells, steps, growth, record, state, c):  # type: ignore[no-untyped-def]
    """Cycle a fresh cell through ``legs`` (cycles, discharge and charge current in A/g) into ``record``.

    After the first cycles of a leg, ``growth`` times the number of its cycles is skipped each time (0: none).
    Returns the number of rows written.

    Parameters
    ----------
    e : Electrode
        Constants of the electrode, per gram of pristine host: :class:`~topotaxy.cell.structures.Electrode`.
    circuit : Circuit
        Counter electrode, resistance and cut-offs: :class:`~topotaxy.cell.structures.Circuit`.
    branches : array (3, points)
        First discharge, later discharge and charge, V.
    legs : array (legs, 3)
        Cycles, discharge and charge current (A/g) of each.
    shells, steps : int
        Shells of a particle, and steps that a full discharge at a low current is cut into.
    growth : float
        Share of a leg's cycles so far that is skipped each time.
    record : array (rows, columns)
        Gets one row of :data:`COLUMNS` a simulated cycle.
    state : array (SIZE,)
        Of the cell, by the places of :mod:`topotaxy.cell.structures`.
    c : array (shells,)
        Stoichiometry of each shell, the outermost last.
    """
    mesh = shells_of(shells)
    state[:] = fresh_state(e, circuit, branches, c)
    start = alkali(e, state, c, mesh)
    total = state[CATHODE] + start
    balance = start
    rows, number = 0, 0
    now, then, levels = np.zeros(4), np.zeros(4), np.zeros(4)
    for leg in range(legs.shape[0]):
        done, before = 0, 0
        while done < int(legs[leg, 0]) and rows < record.shape[0]:
            for k in range(4):
                levels[k] = state[SLOW[k]]
            number += 1
            done += 1
            row = record[rows]
            row[0] = number
            balance = one_cycle(e, circuit, branches, legs[leg], mesh, steps, state, c, balance, row)
            rows += 1
            for k in range(4):
                then[k] = now[k]
                now[k] = state[SLOW[k]] - levels[k]
            settled = SETTLED if leg == 0 else 1
            jump = int(growth * done) if done >= settled else 0
            jump = min(jump, int(legs[leg, 0]) - done - 1)
            if jump > 0:
                charged = row[3] if circuit.full == 0 else row[2]
                balance = skip(e, circuit, state, c, mesh, total, now, then, number, before, jump, charged)
            before = number
            if jump > 0:
                done += jump
                number += jump
    return rows
