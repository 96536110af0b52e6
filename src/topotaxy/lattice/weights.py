"""Weights of redox events: exp of half the energy, in kT, of all they change.

The weight of an event falls apart into a part of the tetrahedron, summed over the eight around a site,
a part of the ion, with what metal gives or takes, and a part of the region that is common to its sites.
What a change touches is made anew from its parts; sums of regions are nodes of a binary tree.
"""

from __future__ import annotations

import numpy as np

from topotaxy.lattice.compiled import inner
from topotaxy.lattice.metal_parts import given_by_metal, may_leave, taken_by_metal
from topotaxy.lattice.places import OXIDISE, OXIDISE_TWO, REDUCE, REDUCE_TWO, has_two_electron_steps
from topotaxy.lattice.regions import mark_region
from topotaxy.lattice.tables import Q_SITE, Q_TETRAHEDRON
from topotaxy.lattice.two_electrons import renew_direct, weigh_direct


@inner
def renew_cation(tables, state, site):  # type: ignore[no-untyped-def]
    """The ion's part of the weights of a site, and the metal's.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    site : int
        Number of an octahedral site, 0 to n - 1.
    """
    s, kind = np.int64(state.species[site]), np.int64(tables.site_class[site])
    reduction = oxidation = 0.0
    k = np.int64(state.near[0, site])
    if s >= 0:
        if tables.reducible[s] == 1:
            if state.valence[site] == 2:
                reduction = tables.half_reduce[kind, s, 1]
            else:
                taken = 1.0 if state.object_at[site] < 0 else 0.0
                taken += taken_by_metal(tables, state, site, s, 1)
                reduction = tables.half_reduce[kind, s, 0] * taken
                oxidation = tables.half_oxidise[kind, s, 1]
    elif k >= 0 and may_leave(tables, state, site, k):
        for other in range(len(tables.reducible)):
            if state.composition[k, other] > 0:
                oxidation += given_by_metal(tables, state, site, other, 1)
    state.cation[site, REDUCE] = reduction
    state.cation[site, OXIDISE] = oxidation
    if has_two_electron_steps(state):
        renew_direct(tables, state, site)


@inner
def weigh(tables, state, site):  # type: ignore[no-untyped-def]
    """Weights of a site from their parts.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    site : int
        Number of an octahedral site, 0 to n - 1.
    """
    for step in range(2):
        state.redox[site, step] = state.cation[site, step] * state.tetrahedra[site, step]
    if has_two_electron_steps(state):
        weigh_direct(tables, state, site)


@inner
def _two_electron_part(state, column, site):  # type: ignore[no-untyped-def]
    """Both entries of a site for steps of two electrons; 0 where there are none."""
    if has_two_electron_steps(state):
        return column[site, REDUCE_TWO], column[site, OXIDISE_TWO]
    return 0.0, 0.0


@inner
def touch(tables, state, site):  # type: ignore[no-untyped-def]
    """Renew a site whose ion or nearest metal has changed.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    site : int
        Number of an octahedral site, 0 to n - 1.
    """
    cation = state.cation
    reduction, oxidation = cation[site, REDUCE], cation[site, OXIDISE]
    direct, back = _two_electron_part(state, cation, site)
    renew_cation(tables, state, site)
    # Many are out of reach of metal before and after.
    changed = cation[site, REDUCE] != reduction or cation[site, OXIDISE] != oxidation
    if changed or _two_electron_part(state, cation, site) != (direct, back):
        weigh(tables, state, site)
        mark_region(tables, state, site)


@inner
def renew_tetrahedron(tables, state, t):  # type: ignore[no-untyped-def]
    """The part of a tetrahedron, negative where it holds A+.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    t : int
        Number of a tetrahedral site, 0 to 2n - 1.
    """
    kind, q = tables.alkali_class[t], state.tetrahedral_excess[t] + Q_TETRAHEDRON
    if state.alkali[t] == 0:
        state.weight[t] = tables.empty[kind, q]
    else:
        state.weight[t] = -tables.filled[kind, q]


@inner
def renew_tetrahedra(tables, state, site):  # type: ignore[no-untyped-def]
    """The part of the eight tetrahedra around a site, and of its sum of q.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    site : int
        Number of an octahedral site, 0 to n - 1.
    """
    empty = filled = 0.0
    place = np.int64(tables.site_place[site])
    for direction in range(8):
        w = state.weight[tables.padded_tetrahedron[place + tables.tetrahedron_beside[direction]]]
        empty += max(w, 0.0)
        filled += max(-w, 0.0)
    q = state.site_excess[site] + Q_SITE
    state.tetrahedra[site, REDUCE] = empty * tables.site_reduce[q]
    state.tetrahedra[site, OXIDISE] = filled * tables.site_oxidise[q]


@inner
def renew_around(tables, state, place, change, step):  # type: ignore[no-untyped-def]
    """Change the sums of q around a place, and renew all weights that go by them.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the A+ of a tetrahedron has moved already.
    place : int
        Of a site or a tetrahedron, in the padded box.
    change : int
        Kind of the change, see :mod:`topotaxy.lattice.surroundings`.
    step : int
        How often it happens, negative where the other way round.
    """
    for j in range(tables.felt_counts[change, 0]):
        t = np.int64(tables.padded_tetrahedron[place + tables.felt_tetrahedra[change, j]])
        state.tetrahedral_excess[t] += step * tables.felt_tetrahedra_by[change, j]
        renew_tetrahedron(tables, state, t)
    for j in range(tables.felt_counts[change, 1]):
        site = np.int64(tables.padded_site[place + tables.felt_sites[change, j]])
        state.site_excess[site] += step * tables.felt_sites_by[change, j]
        renew_tetrahedra(tables, state, site)
        redox = state.redox
        reduction, oxidation = redox[site, REDUCE], redox[site, OXIDISE]
        direct, back = _two_electron_part(state, redox, site)
        weigh(tables, state, site)
        moved = redox[site, REDUCE] != reduction or redox[site, OXIDISE] != oxidation
        if moved or _two_electron_part(state, redox, site) != (direct, back):
            mark_region(tables, state, site)
