"""How far ions are exchanged with metal, and how fast over a distance.

The overpotential of species s is η = |V - V_s|. Ions are exchanged with the nearest metal surface up to
ρ η nearest-neighbour distances away, and in contact always. Over d of them the rate is that in contact
times exp[-(e η/2kT)(1 - 1/d)]: Cabrera and Mott's exp[(e η/2kT)/d] over its value at contact. The same
holds for both directions, so that it is a prefactor and touches no equilibrium. V is held while events
happen and follows the voltage of the cell often.
"""

from __future__ import annotations

import math

from topotaxy.lattice.compiled import inner
from topotaxy.lattice.places import ACTIVE, EPOCH, REACH, VOLTAGE
from topotaxy.lattice.tables import CONTACT
from topotaxy.portable import exp


@inner
def species_reach(tables, voltage, species):  # type: ignore[no-untyped-def]
    """Reach of a species, Å.

    Parameters
    ----------
    tables : Tables
        Constants of the box.
    voltage : float
        Against the alkali metal, V.
    species : int
        Index among the cations.
    """
    drive = abs(voltage - tables.equilibrium_voltage[species])
    return max(CONTACT, tables.reach_per_volt * drive) * tables.nearest


@inner
def hold_voltage(tables, state, voltage):  # type: ignore[no-untyped-def]
    """Evaluate exchange at ``voltage`` from now on; rows of the table are made when they are needed.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    voltage : float
        Against the alkali metal, V.
    """
    state.held[VOLTAGE] = voltage
    reach = 0.0
    for s in range(len(tables.reducible)):
        if tables.reducible[s]:
            reach = max(reach, species_reach(tables, voltage, s))
    state.held[REACH] = reach
    state.clock[EPOCH] += 1


@inner
def ensure_row(tables, state, atoms):  # type: ignore[no-untyped-def]
    """Make the row of the table for objects of so many atoms, unless it is there.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    atoms : int
        Number of atoms of an object.
    """
    row = tables.size_class[atoms]
    if state.row_epoch[row] == state.clock[EPOCH]:
        return
    state.row_epoch[row] = state.clock[EPOCH]
    reach, voltage = state.held[REACH], state.held[VOLTAGE]
    shells = tables.distance.shape[1]
    beyond = shells
    for shell in range(shells):
        distance = tables.distance[row, shell]
        if distance > reach:
            beyond = shell
            break
        steps = max(distance / tables.nearest, 1.0)
        for s in range(len(tables.reducible)):
            weight = 0.0
            if tables.reducible[s] and distance <= species_reach(tables, voltage, s):
                drive = abs(voltage - tables.equilibrium_voltage[s])
                weight = exp(-drive / (2.0 * tables.thermal_energy) * (1.0 - 1.0 / steps))
            state.exchange[row, shell, s] = weight
    for shell in range(beyond, shells):
        for s in range(len(tables.reducible)):
            state.exchange[row, shell, s] = 0.0


@inner
def is_clipped(tables, state):  # type: ignore[no-untyped-def]
    """Whether the box or the longest separation cuts the reach from the largest object.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    """
    largest = 0
    for place in range(state.counts[ACTIVE]):
        largest = max(largest, state.size[state.active_list[place]])
    return math.isfinite(state.held[REACH]) and (
        tables.distance[tables.size_class[largest], tables.distance.shape[1] - 1] < state.held[REACH]
    )
