"""Weights of steps of two electrons: M2+ becomes metal, or an atom M2+, and two A+ enter or leave at once.

They have a factor of their own and the same energy as the two steps by way of M+ together, so that they
change how fast metal comes and goes and no equilibrium.
"""

from __future__ import annotations

import numpy as np

from topotaxy.lattice.compiled import inner
from topotaxy.lattice.metal_parts import given_by_metal, may_leave, taken_by_metal
from topotaxy.lattice.places import OXIDISE_TWO, REDUCE_TWO
from topotaxy.lattice.tables import Q_SITE


@inner
def renew_direct(tables, state, site):  # type: ignore[no-untyped-def]
    """The ion's part, and the metal's, of the steps of two electrons at a site.

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
        if tables.reducible[s] == 1 and state.valence[site] == 2:
            taken = 1.0 if state.object_at[site] < 0 else 0.0
            taken += taken_by_metal(tables, state, site, s, 2)
            reduction = tables.direct_reduce[kind, s] * taken
    elif k >= 0 and may_leave(tables, state, site, k):
        for other in range(len(tables.reducible)):
            if state.composition[k, other] > 0:
                oxidation += given_by_metal(tables, state, site, other, 2)
    state.cation[site, REDUCE_TWO] = reduction
    state.cation[site, OXIDISE_TWO] = oxidation


@inner
def tetrahedron_weight(tables, state, site, direction, sign):  # type: ignore[no-untyped-def]
    """Part of a tetrahedron around a site in a step that fills it (``sign`` = 1) or empties it (-1).

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    site, direction : int
        Octahedral site, and direction to a tetrahedron around it.
    sign : float
        1 for empty ones, which A+ enters; -1 for filled ones.
    """
    place = np.int64(tables.site_place[site]) + tables.tetrahedron_beside[direction]
    return max(sign * state.weight[tables.padded_tetrahedron[place]], 0.0)


@inner
def pair_sum(tables, state, site, sign):  # type: ignore[no-untyped-def]
    """What all pairs of empty or filled tetrahedra around a site make of a step of two electrons.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    site : int
        Number of an octahedral site.
    sign : float
        1 for a reduction, which fills them; -1 for an oxidation.
    """
    total = 0.0
    for first in range(1, 8):
        own = tetrahedron_weight(tables, state, site, first, sign)
        if own > 0.0:
            others = 0.0
            for second in range(first):
                other = tetrahedron_weight(tables, state, site, second, sign)
                others += other * tables.pair[first, second]
            total += own * others
    return total


@inner
def weigh_direct(tables, state, site):  # type: ignore[no-untyped-def]
    """Weights of the steps of two electrons at a site, from their parts.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    site : int
        Number of an octahedral site, 0 to n - 1.
    """
    q, reduction, oxidation = state.site_excess[site] + Q_SITE, 0.0, 0.0
    # Most sites have neither M2+ that can be reduced nor metal within reach.
    if state.cation[site, REDUCE_TWO] > 0.0:
        around = tables.site_reduce[q] * tables.site_reduce[q]
        reduction = state.cation[site, REDUCE_TWO] * (pair_sum(tables, state, site, 1.0) * around)
    if state.cation[site, OXIDISE_TWO] > 0.0:
        around = tables.site_oxidise[q] * tables.site_oxidise[q]
        oxidation = state.cation[site, OXIDISE_TWO] * (pair_sum(tables, state, site, -1.0) * around)
    state.redox[site, REDUCE_TWO] = reduction
    state.redox[site, OXIDISE_TWO] = oxidation
