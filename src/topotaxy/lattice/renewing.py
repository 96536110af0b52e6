"""Everything made anew: when a run begins, and when the voltage of exchange or the registry has changed."""

from __future__ import annotations

import numpy as np

from topotaxy.lattice.compiled import entry, inner
from topotaxy.lattice.contacts import find_owner, put_into_bin, sees_metal
from topotaxy.lattice.objects import renew_object, renew_rate
from topotaxy.lattice.places import ACTIVE, LARGEST, MEAN, VOLTAGE
from topotaxy.lattice.reach import hold_voltage
from topotaxy.lattice.regions import mark_region, renew_region_factor, renew_sums
from topotaxy.lattice.weights import renew_cation, renew_tetrahedra, renew_tetrahedron, weigh


@inner
def hold_frame(tables, state):  # type: ignore[no-untyped-def]
    """Hold the frame at the mean content of its registered regions from now on.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    """
    sites = electrons = 0
    for region in range(len(state.registered)):
        if state.registered[region]:
            sites += tables.region_start[region + 1] - tables.region_start[region]
            electrons += state.content[region]
    state.held[MEAN] = electrons / sites if sites > 0 else 0.0
    for region in range(len(state.registered)):
        renew_region_factor(tables, state, region)


@inner
def renew_all_sums(tables, state):  # type: ignore[no-untyped-def]
    """Renew the sums of every region, whose factors have changed.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    """
    for region in range(len(state.registered)):
        mark_region(tables, state, np.int64(tables.region_start[region]))
    renew_sums(tables, state)


@inner
def renew_exchange(tables, state, voltage):  # type: ignore[no-untyped-def]
    """Hold the voltage of exchange at ``voltage`` and renew all that metal enters, and all sums.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    voltage : float
        Against the alkali metal, V.
    """
    hold_voltage(tables, state, voltage)
    state.clock[LARGEST] = 1
    for place in range(state.counts[ACTIVE]):
        k = np.int64(state.active_list[place])
        state.clock[LARGEST] = max(state.clock[LARGEST], state.size[k])
        renew_object(tables, state, k)
    for site in range(len(state.species)):
        if state.near[0, site] >= 0:
            renew_cation(tables, state, site)
            weigh(tables, state, site)
    renew_all_sums(tables, state)


@inner
def renew_rates(tables, state):  # type: ignore[no-untyped-def]
    """Rates of the atoms of all objects, after a change of registry.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    """
    for place in range(state.counts[ACTIVE]):
        renew_rate(tables, state, np.int64(state.active_list[place]))


@entry
def prepare(tables, state):  # type: ignore[no-untyped-def]
    """Make everything from the configuration.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    """
    charge = np.zeros(len(state.registered), dtype=np.int64)
    for site in range(len(state.species)):
        charge[tables.region_of[site]] += state.valence[site]
    for region in range(len(state.registered)):
        state.content[region] = tables.region_charge[region] - charge[region]
    hold_frame(tables, state)
    for k in range(len(state.size)):
        if state.size[k] > 0:
            put_into_bin(tables, state, k)
    for t in range(len(state.alkali)):
        renew_tetrahedron(tables, state, t)
    for site in range(len(state.species)):
        renew_tetrahedra(tables, state, site)
        if sees_metal(tables, state, site):
            find_owner(tables, state, site)
        if state.near[0, site] < 0:
            renew_cation(tables, state, site)
            weigh(tables, state, site)
    renew_exchange(tables, state, state.held[VOLTAGE])
    renew_rates(tables, state)
