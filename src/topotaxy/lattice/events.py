"""Carrying out the elementary events, and keeping every sum up to date.

Arrays are taken out of their tuples once for each step of an event: numba counts references
at every access through a tuple, which costs more than the arithmetic.
"""

from __future__ import annotations

from numba import njit

from topotaxy.lattice.costs import renew_sites, renew_tetrahedron


@njit(cache=True, nogil=True)
def _shift_excess(tables, state, anions, change, count):  # type: ignore[no-untyped-def]
    """Change q of these anions and the sums that contain it; mark the sites that feel it."""
    excess, at_site, at_tetrahedron = state.excess, state.site_excess, state.tetrahedral_excess
    octahedra, tetrahedra, reach = tables.anion_octahedra, tables.anion_tetrahedra, tables.anion_reach
    alkali, empty, filled = state.alkali, state.empty_weight, state.filled_weight
    one_body, by_excess = tables.half_alkali, tables.half_tetrahedral_excess
    stamp, touched = state.stamp, state.touched
    event = stamp[-1]
    for anion in anions:
        excess[anion] += change
        for k in range(6):
            at_site[octahedra[anion, k]] += change
        for k in range(8):
            t = tetrahedra[anion, k]
            at_tetrahedron[t] += change
            renew_tetrahedron(alkali, at_tetrahedron, one_body, by_excess, empty, filled, t)
        for k in range(14):
            site = reach[anion, k]
            if stamp[site] != event:
                stamp[site] = event
                touched[count] = site
                count += 1
    return count


@njit(cache=True, nogil=True)
def _set_metal(tables, state, site, species, change, count):  # type: ignore[no-untyped-def]
    """Add (+1) or take away (-1) M0 of ``species`` at ``site``, and mark it and its neighbours."""
    neighbours, metal_neighbours = tables.octahedral_octahedra, state.metal_neighbours
    stamp, touched = state.stamp, state.touched
    event = stamp[-1]
    for k in range(13):
        other = neighbours[site, k] if k < 12 else site
        if k < 12:
            metal_neighbours[other, species] += change
        if stamp[other] != event:
            stamp[other] = event
            touched[count] = other
            count += 1
    return count


@njit(cache=True, nogil=True)
def _enlist(members, place, counts, which, item):  # type: ignore[no-untyped-def]
    members[counts[which]] = item
    place[item] = counts[which]
    counts[which] += 1


@njit(cache=True, nogil=True)
def _delist(members, place, counts, which, item):  # type: ignore[no-untyped-def]
    counts[which] -= 1
    last = members[counts[which]]
    members[place[item]] = last
    place[last] = place[item]
    members[counts[which]] = -1
    place[item] = -1


@njit(cache=True, nogil=True)
def apply_redox(tables, state, site, direction, step):  # type: ignore[no-untyped-def]
    """Reduce (``step`` = -1) or oxidise (+1) a cation together with its A+."""
    state.stamp[-1] += 1
    species = state.species[site]
    tetrahedron = tables.octahedral_tetrahedra[site, direction]
    was_metal = state.valence[site] == 0
    state.valence[site] += step
    state.electrons[species] -= step
    # Before the sums change: shifting them renews the weights of every tetrahedron around.
    if step < 0:
        state.alkali[tetrahedron] = 1
        _enlist(state.alkali_list, state.alkali_place, state.counts, 1, tetrahedron)
    else:
        state.alkali[tetrahedron] = 0
        _delist(state.alkali_list, state.alkali_place, state.counts, 1, tetrahedron)
    count = _shift_excess(tables, state, tables.octahedral_anions[site], 2 * step, 0)
    count = _shift_excess(tables, state, tables.tetrahedral_anions[tetrahedron], -3 * step, count)
    if was_metal:
        _delist(state.metal_list, state.metal_place, state.counts, 0, site)
        count = _set_metal(tables, state, site, species, -1, count)
    elif state.valence[site] == 0:
        _enlist(state.metal_list, state.metal_place, state.counts, 0, site)
        count = _set_metal(tables, state, site, species, 1, count)
    renew_sites(tables, state, state.touched[:count])


@njit(cache=True, nogil=True)
def apply_hop(tables, state, start, end):  # type: ignore[no-untyped-def]
    """Move A+ between neighbouring tetrahedra."""
    state.stamp[-1] += 1
    state.alkali[start] = 0
    state.alkali[end] = 1
    _delist(state.alkali_list, state.alkali_place, state.counts, 1, start)
    _enlist(state.alkali_list, state.alkali_place, state.counts, 1, end)
    count = _shift_excess(tables, state, tables.tetrahedral_anions[start], -3, 0)
    count = _shift_excess(tables, state, tables.tetrahedral_anions[end], 3, count)
    renew_sites(tables, state, state.touched[:count])


@njit(cache=True, nogil=True)
def apply_exchange(tables, state, metal, other):  # type: ignore[no-untyped-def]
    """Let M0 at ``metal`` trade places with the cation or vacancy at ``other``."""
    state.stamp[-1] += 1
    mover, partner = state.species[metal], state.species[other]
    valence = state.valence[other]
    both_metal = partner >= 0 and valence == 0
    state.identity[metal], state.identity[other] = state.identity[other], state.identity[metal]
    if both_metal and mover == partner:
        return
    count = _set_metal(tables, state, metal, mover, -1, 0)
    if both_metal:
        count = _set_metal(tables, state, other, partner, -1, count)
        count = _set_metal(tables, state, metal, partner, 1, count)
    else:
        _delist(state.metal_list, state.metal_place, state.counts, 0, metal)
        _enlist(state.metal_list, state.metal_place, state.counts, 0, other)
    count = _set_metal(tables, state, other, mover, 1, count)
    state.species[metal], state.species[other] = partner, mover
    state.valence[metal], state.valence[other] = valence, 0
    if valence != 0:
        count = _shift_excess(tables, state, tables.octahedral_anions[metal], 2 * valence, count)
        count = _shift_excess(tables, state, tables.octahedral_anions[other], -2 * valence, count)
    renew_sites(tables, state, state.touched[:count])
