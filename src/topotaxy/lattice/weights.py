"""Weights of redox events: exp of half the energy, in kT, of all they change.

The weight of an event falls apart into a part of the tetrahedron, summed over the eight around a site,
a part of the ion, with what metal gives or takes, and a part of the region that is common to its sites.
What a change touches is made anew from its parts; sums of regions are nodes of a binary tree.
"""

from __future__ import annotations

import numpy as np

from topotaxy.lattice.compiled import inner
from topotaxy.lattice.places import OXIDISE, OXIDISE_TWO, REDUCE, REDUCE_TWO, has_two_electron_steps
from topotaxy.lattice.regions import mark_region
from topotaxy.lattice.tables import Q_SITE, Q_TETRAHEDRON


@inner
def may_leave(tables, state, site, k):  # type: ignore[no-untyped-def]
    """Whether an atom of object k, the nearest, may leave for a vacancy: it came as from there.

    Without that atom the object must still be the nearest; a single one leaves for its own site only.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    site, k : int
        Vacancy, and the object nearest to it.
    """
    at, size = np.int64(state.centre[k]), np.int64(state.size[k])
    if size == 1:
        return at == site
    second = np.int64(state.near[1, site])
    if second < 0:
        # None, or one that went away and is known to be farther.
        return True
    d = tables.distance[tables.size_class[size - 1], state.near_shell[0, site]]
    if d < state.floor[site]:
        return True
    gap = tables.distance[tables.size_class[state.size[second]], state.near_shell[1, site]]
    return d < gap or (d == gap and at < state.centre[second])


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
        _renew_direct(tables, state, site)


@inner
def taken_by_metal(tables, state, site, species, electrons):  # type: ignore[no-untyped-def]
    """The nearest object's part of the weight of a reduction to metal; 0 where none is in reach.

    An ion of twice the charge feels twice the drive across what parts it from metal (Cabrera and Mott), in
    both directions.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    site, species : int
        Octahedral site, and index of its ion among the cations.
    electrons : int
        1 or 2, that the ion takes at once.
    """
    k, shell = np.int64(state.near[0, site]), np.int64(state.near_shell[0, site])
    if k < 0:
        return 0.0
    over = state.exchange[tables.size_class[state.size[k]], shell, species]
    return state.gain[k, species] * (over if electrons == 1 else over * over)


@inner
def given_by_metal(tables, state, site, species, electrons):  # type: ignore[no-untyped-def]
    """Weight by which the nearest object gives an atom of a species to a vacancy, the ion's part and its own.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    site, species : int
        Vacancy that sees metal, and index of the metal among the cations.
    electrons : int
        1 or 2, that the atom gives at once.
    """
    k, shell = np.int64(state.near[0, site]), np.int64(state.near_shell[0, site])
    kind = np.int64(tables.site_class[site])
    over = state.exchange[tables.size_class[state.size[k] - 1], shell, species]
    if electrons == 1:
        return tables.half_oxidise[kind, species, 0] * (state.loss[k, species] * over)
    return tables.direct_oxidise[kind, species] * (state.loss[k, species] * (over * over))


@inner
def _renew_direct(tables, state, site):  # type: ignore[no-untyped-def]
    """The ion's part, and the metal's, of the steps of two electrons at a site."""
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
