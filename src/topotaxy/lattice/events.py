"""Carrying out the elementary events, and keeping every sum up to date.

Arrays are taken out of their tuples once for each step of an event: numba counts references
at every access through a tuple, which costs more than the arithmetic.
"""

from __future__ import annotations

from numba import njit

from topotaxy.lattice.clusters import join_pool, leave_pool, renew_pool
from topotaxy.lattice.costs import BLOCKS, ELECTRONS, content_shift, renew_sites, renew_tetrahedron


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
def mark(state, site, count):  # type: ignore[no-untyped-def]
    """Mark a site to be renewed."""
    if state.stamp[site] != state.stamp[-1]:
        state.stamp[site] = state.stamp[-1]
        state.touched[count] = site
        count += 1
    return count


@njit(cache=True, nogil=True)
def mark_reach(tables, state, block, count):  # type: ignore[no-untyped-def]
    """Mark the sites whose weights hang on the cluster of a block: M+ and vacancies around it."""
    for site in tables.pool_sites[block]:
        if site >= 0 and (state.species[site] < 0 or state.valence[site] == 1):
            count = mark(state, site, count)
    return count


@njit(cache=True, nogil=True)
def add_electrons(state, block, change):  # type: ignore[no-untyped-def]
    """Note electrons that the cations of a block took."""
    state.block_electrons[block] += change
    if not state.incoherent[block]:
        state.coherent[ELECTRONS] += change


@njit(cache=True, nogil=True)
def _to_cluster(tables, state, site, block, count):  # type: ignore[no-untyped-def]
    """M0 leaves its site for the cluster of an incoherent block."""
    identity, species = state.identity[site], state.species[site]
    state.species[site] = -1
    state.identity[site] = -1
    _enlist(state.vacant_list, state.vacant_place, state.counts, 2, site)
    join_pool(tables, state, block, identity, species)
    return mark_reach(tables, state, block, count)


@njit(cache=True, nogil=True)
def _from_cluster(tables, state, site, block, member, count):  # type: ignore[no-untyped-def]
    """An atom of the cluster comes back to a vacant site, still as M0."""
    identity = leave_pool(tables, state, block, member)
    state.species[site] = state.element[identity]
    state.identity[site] = identity
    _delist(state.vacant_list, state.vacant_place, state.counts, 2, site)
    return mark_reach(tables, state, block, count)


@njit(cache=True, nogil=True)
def apply_redox(tables, state, site, direction, step, pool=-1, member=-1):  # type: ignore[no-untyped-def]
    """Reduce (``step`` = -1) or oxidise (+1) a cation together with its A+.

    In an incoherent block, ``pool`` is the block whose cluster takes or gives the atom, and
    ``member`` the place there of the one that is oxidised at a vacant site.
    """
    state.stamp[-1] += 1
    block = site // tables.sites_per_block
    incoherent = state.incoherent[block]
    tetrahedron = tables.octahedral_tetrahedra[site, direction]
    count = 0
    if state.species[site] < 0:
        count = _from_cluster(tables, state, site, pool, member, count)
        state.block_electrons[pool] -= 2
        state.block_electrons[block] += 2
    species = state.species[site]
    was_metal = state.valence[site] == 0
    state.valence[site] += step
    state.electrons[species] -= step
    add_electrons(state, block, -step)
    # Before the sums change: shifting them renews the weights of every tetrahedron around.
    if step < 0:
        state.alkali[tetrahedron] = 1
        _enlist(state.alkali_list, state.alkali_place, state.counts, 1, tetrahedron)
    else:
        state.alkali[tetrahedron] = 0
        _delist(state.alkali_list, state.alkali_place, state.counts, 1, tetrahedron)
    count = _shift_excess(tables, state, tables.octahedral_anions[site], 2 * step, count)
    count = _shift_excess(tables, state, tables.tetrahedral_anions[tetrahedron], -3 * step, count)
    if incoherent:
        count = mark(state, site, count)
        if state.valence[site] == 0:
            count = _to_cluster(tables, state, site, pool, count)
            state.block_electrons[block] -= 2
            state.block_electrons[pool] += 2
    elif was_metal:
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
    shift = content_shift(tables.highest_valence, state.species, state.valence, other)
    start, end = metal // tables.sites_per_block, other // tables.sites_per_block
    state.block_electrons[start] -= shift
    state.block_electrons[end] += shift
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


@njit(cache=True, nogil=True)
def apply_transfer(tables, state, start, member, end):  # type: ignore[no-untyped-def]
    """Let an atom go from the cluster of one incoherent block to that of another."""
    state.stamp[-1] += 1
    identity = leave_pool(tables, state, start, member)
    join_pool(tables, state, end, identity, state.element[identity])
    state.block_electrons[start] -= 2
    state.block_electrons[end] += 2
    count = mark_reach(tables, state, start, 0)
    count = mark_reach(tables, state, end, count)
    renew_sites(tables, state, state.touched[:count])


@njit(cache=True, nogil=True)
def apply_decoherence(tables, state, block):  # type: ignore[no-untyped-def]
    """Let a block leave the frame: its metal gathers in a cluster. The frame is to be refreshed."""
    state.stamp[-1] += 1
    state.coherent[BLOCKS] -= 1
    state.coherent[ELECTRONS] -= state.block_electrons[block]
    state.incoherent[block] = 1
    first = block * tables.sites_per_block
    for site in range(first, first + tables.sites_per_block):
        if state.species[site] < 0:
            _enlist(state.vacant_list, state.vacant_place, state.counts, 2, site)
        elif state.valence[site] == 0:
            _delist(state.metal_list, state.metal_place, state.counts, 0, site)
            _set_metal(tables, state, site, state.species[site], -1, 0)
            state.stamp[-1] += 1
            _to_cluster(tables, state, site, block, 0)


@njit(cache=True, nogil=True)
def apply_coherence(tables, state, block, layout):  # type: ignore[no-untyped-def]
    """Let a block rejoin the frame, its cluster spread over vacant sites.

    ``layout`` holds for each site of the block the place in the cluster of the atom that goes
    there, or -1. The frame is to be refreshed.
    """
    identities = state.pool[block].copy()
    state.coherent[BLOCKS] += 1
    state.coherent[ELECTRONS] += state.block_electrons[block]
    state.incoherent[block] = 0
    first = block * tables.sites_per_block
    for local in range(tables.sites_per_block):
        site = first + local
        if state.species[site] >= 0:
            continue
        _delist(state.vacant_list, state.vacant_place, state.counts, 2, site)
        if layout[local] >= 0:
            identity = identities[layout[local]]
            species = state.element[identity]
            state.species[site], state.identity[site] = species, identity
            state.valence[site] = 0
            state.stamp[-1] += 1
            _enlist(state.metal_list, state.metal_place, state.counts, 0, site)
            _set_metal(tables, state, site, species, 1, 0)
    state.pool[block] = -1
    state.pool_size[block] = 0
    state.pool_count[block] = 0
    renew_pool(tables, state, block)
