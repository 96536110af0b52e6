"""Drawing the next redox event in proportion to its weight."""

from __future__ import annotations

import numpy as np

from topotaxy.lattice.compiled import inner
from topotaxy.lattice.metal_parts import given_by_metal, taken_by_metal
from topotaxy.lattice.places import REDUCE
from topotaxy.lattice.two_electrons import pair_sum, tetrahedron_weight


@inner
def drawn_site(tables, state, rng, which):  # type: ignore[no-untyped-def]
    """Draw the site of a reduction or oxidation; -1 where rounding left none.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    rng : Generator
        Source of the random numbers; advanced.
    which : int
        Column of the weights: :data:`~topotaxy.lattice.places.REDUCE`, ``OXIDISE``, ``REDUCE_TWO`` or
        ``OXIDISE_TWO``.
    """
    sums = state.sums
    half = len(sums) // 2
    target = rng.random() * sums[1, which]
    node = 1
    while node < half:
        left = 2 * node
        if target < sums[left, which] or sums[left + 1, which] == 0.0:
            node = left
        else:
            target -= sums[left, which]
            node = left + 1
    region = node - half
    first, last = np.int64(tables.region_start[region]), np.int64(tables.region_start[region + 1])
    total = 0.0
    for site in range(first, last):
        total += state.redox[site, which]
    target = rng.random() * total
    chosen = -1
    for site in range(first, last):
        weight = state.redox[site, which]
        if weight > 0.0:
            chosen = site
            if target < weight:
                break
            target -= weight
    return chosen


@inner
def drawn_direction(tables, state, rng, site, which):  # type: ignore[no-untyped-def]
    """Draw the tetrahedron; the ion's own factor is common to all eight.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    rng : Generator
        Source of the random numbers; advanced.
    site, which : int
        Octahedral site; REDUCE or OXIDISE.
    """
    sign = 1.0 if which == REDUCE else -1.0
    total = 0.0
    for direction in range(8):
        total += max(sign * state.weight[tables.octahedral_tetrahedra[site, direction]], 0.0)
    target = rng.random() * total
    chosen = -1
    for direction in range(8):
        weight = sign * state.weight[tables.octahedral_tetrahedra[site, direction]]
        if weight > 0.0:
            chosen = direction
            if target < weight:
                break
            target -= weight
    return chosen


@inner
def drawn_pair(tables, state, rng, site, sign):  # type: ignore[no-untyped-def]
    """Draw the two tetrahedra of a step of two electrons; both -1 where rounding left none.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    rng : Generator
        Source of the random numbers; advanced.
    site : int
        Number of an octahedral site.
    sign : float
        1 for a reduction, which fills them; -1 for an oxidation.
    """
    target = rng.random() * pair_sum(tables, state, site, sign)
    one, other = -1, -1
    for first in range(1, 8):
        own = tetrahedron_weight(tables, state, site, first, sign)
        for second in range(first):
            weight = own * tetrahedron_weight(tables, state, site, second, sign) * tables.pair[first, second]
            if weight > 0.0:
                one, other = first, second
                if target < weight:
                    return one, other
                target -= weight
    return one, other


@inner
def drawn_taker(tables, state, rng, site, electrons):  # type: ignore[no-untyped-def]
    """Object that takes the metal of the ion at a site; -1 where it stays a single atom.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    rng : Generator
        Source of the random numbers; advanced.
    site, electrons : int
        Number of an octahedral site that holds M+, or M2+ that takes two electrons at once.
    """
    s, k = np.int64(state.species[site]), np.int64(state.near[0, site])
    alone = 1.0 if state.object_at[site] < 0 else 0.0
    taken = taken_by_metal(tables, state, site, s, electrons)
    return k if rng.random() * (alone + taken) >= alone else -1


@inner
def drawn_giver(tables, state, rng, site, electrons):  # type: ignore[no-untyped-def]
    """Species and number of the atom that the nearest object gives to a vacancy, by its energy as an ion.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    rng : Generator
        Source of the random numbers; advanced.
    site, electrons : int
        Number of a vacant octahedral site, and 1 or 2, that the atom gives at once.
    """
    k = np.int64(state.near[0, site])
    total = 0.0
    for s in range(len(tables.reducible)):
        if state.composition[k, s] > 0:
            total += given_by_metal(tables, state, site, s, electrons)
    target = rng.random() * total
    chosen = -1
    for s in range(len(tables.reducible)):
        if state.composition[k, s] > 0:
            weight = given_by_metal(tables, state, site, s, electrons)
            if weight > 0.0:
                chosen = s
                if target < weight:
                    break
                target -= weight
    return chosen, int(rng.random() * state.composition[k, chosen])
