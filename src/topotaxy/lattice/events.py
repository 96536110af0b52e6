"""Carrying out the elementary events, and keeping every sum up to date.

Numbers read from tables are widened where they go on to other functions, and constants made
numbers of that type, so that each function is compiled for one type only.
"""

from __future__ import annotations

import numpy as np

from topotaxy.lattice.clusters import join_pool, leave_pool, renew_pool
from topotaxy.lattice.compiled import inlined, inner
from topotaxy.lattice.costs import content_shift
from topotaxy.lattice.footprint import CONTACT, EXCHANGE, HOP, REDOX
from topotaxy.lattice.weights import (
    BLOCKS,
    ELECTRONS,
    renew_block_factor,
    renew_cation,
    renew_reach,
    spread,
)

METAL, ALKALI, VACANT_SITES = range(3)
"""Places in ``state.counts``: M0 on sites, A+, vacant sites of incoherent blocks."""


@inlined
def _enlist(members, place, counts, which, item):  # type: ignore[no-untyped-def]
    members[counts[which]] = item
    place[item] = counts[which]
    counts[which] += 1


@inlined
def _delist(members, place, counts, which, item):  # type: ignore[no-untyped-def]
    counts[which] -= 1
    last = members[counts[which]]
    members[place[item]] = last
    place[last] = place[item]
    members[counts[which]] = -1
    place[item] = -1


@inlined
def _set_alkali(state, tetrahedron, filled):  # type: ignore[no-untyped-def]
    state.alkali[tetrahedron] = filled
    if filled:
        _enlist(state.alkali_list, state.alkali_place, state.counts, ALKALI, tetrahedron)
    else:
        _delist(state.alkali_list, state.alkali_place, state.counts, ALKALI, tetrahedron)


@inlined
def _set_metal(tables, state, site, species, change):  # type: ignore[no-untyped-def]
    """Add (+1) or take away (-1) M0 of ``species`` at ``site`` in the counts of its neighbours."""
    for k in range(12):
        state.metal_neighbours[tables.octahedral_octahedra[site, k], species] += change


@inner
def _renew_neighbours(tables, state, site):  # type: ignore[no-untyped-def]
    """Renew the cations around a site whose factors hang on the metal around them."""
    for k in range(12):
        other = np.int64(tables.octahedral_octahedra[site, k])
        if state.valence[other] < 2 and state.species[other] >= 0:
            renew_cation(tables, state, other)


@inner
def _to_cluster(tables, state, site, block):  # type: ignore[no-untyped-def]
    """M0 leaves its site for the cluster of an incoherent block."""
    identity, species = np.int64(state.identity[site]), np.int64(state.species[site])
    state.species[site] = -1
    state.identity[site] = -1
    _enlist(state.vacant_list, state.vacant_place, state.counts, VACANT_SITES, site)
    join_pool(tables, state, block, identity, species)


@inner
def _from_cluster(tables, state, site, block, member):  # type: ignore[no-untyped-def]
    """An atom of the cluster comes back to a vacant site, still as M0."""
    identity = leave_pool(tables, state, block, member)
    state.species[site] = state.element[identity]
    state.identity[site] = identity
    _delist(state.vacant_list, state.vacant_place, state.counts, VACANT_SITES, site)


@inlined
def apply_redox(tables, state, site, direction, step, pool, member):  # type: ignore[no-untyped-def]
    """Reduce (``step`` = -1) or oxidise (+1) a cation together with its A+.

    In an incoherent block, ``pool`` is the block whose cluster takes or gives the atom, and
    ``member`` the place there of the one that is oxidised at a vacant site; else both are -1.
    """
    block = site // tables.sites_per_block
    incoherent = state.incoherent[block]
    if state.species[site] < 0:
        _from_cluster(tables, state, site, pool, member)
        state.block_electrons[pool] -= 2
        state.block_electrons[block] += 2
    species, before = np.int64(state.species[site]), np.int64(state.valence[site])
    state.valence[site] = before + step
    state.electrons[species] -= step
    state.block_electrons[block] -= step
    _set_alkali(state, np.int64(tables.octahedral_tetrahedra[site, direction]), 1 if step < 0 else 0)
    if incoherent:
        if before + step == 0:
            _to_cluster(tables, state, site, pool)
            state.block_electrons[block] -= 2
            state.block_electrons[pool] += 2
    else:
        state.coherent[ELECTRONS] -= step
        renew_block_factor(tables, state, block)
        if before == 0:
            _delist(state.metal_list, state.metal_place, state.counts, METAL, site)
            _set_metal(tables, state, site, species, -1)
            _renew_neighbours(tables, state, site)
        elif before + step == 0:
            _enlist(state.metal_list, state.metal_place, state.counts, METAL, site)
            _set_metal(tables, state, site, species, 1)
            _renew_neighbours(tables, state, site)
    renew_cation(tables, state, site)
    spread(tables, state, site, REDOX + direction, step)
    if pool >= 0:
        renew_reach(tables, state, pool)


@inlined
def apply_hop(tables, state, start, direction):  # type: ignore[no-untyped-def]
    """Move A+ from a tetrahedron to its neighbour in a direction."""
    _set_alkali(state, start, 0)
    _set_alkali(state, np.int64(tables.tetrahedral_tetrahedra[start, direction]), 1)
    site = np.int64(tables.tetrahedral_octahedra[start, 0])
    corner = 0 if tables.octahedral_tetrahedra[site, 0] == start else 1
    spread(tables, state, site, HOP + 6 * corner + direction, np.int64(1))


@inlined
def apply_exchange(tables, state, metal, direction):  # type: ignore[no-untyped-def]
    """Let M0 at ``metal`` trade places with the cation or vacancy in a direction."""
    other = np.int64(tables.octahedral_octahedra[metal, direction])
    mover, partner = np.int64(state.species[metal]), np.int64(state.species[other])
    valence = np.int64(state.valence[other])
    both_metal = partner >= 0 and valence == 0
    state.identity[metal], state.identity[other] = state.identity[other], state.identity[metal]
    if both_metal and mover == partner:
        return
    start, end = metal // tables.sites_per_block, other // tables.sites_per_block
    if start != end:
        shift = content_shift(tables, state, other)
        state.block_electrons[start] -= shift
        state.block_electrons[end] += shift
        renew_block_factor(tables, state, start)
        renew_block_factor(tables, state, end)
    _set_metal(tables, state, metal, mover, -1)
    _set_metal(tables, state, other, mover, 1)
    if both_metal:
        _set_metal(tables, state, other, partner, -1)
        _set_metal(tables, state, metal, partner, 1)
    else:
        _delist(state.metal_list, state.metal_place, state.counts, METAL, metal)
        _enlist(state.metal_list, state.metal_place, state.counts, METAL, other)
    state.species[metal], state.species[other] = partner, mover
    state.valence[metal], state.valence[other] = valence, 0
    _renew_neighbours(tables, state, metal)
    _renew_neighbours(tables, state, other)
    # Each is a neighbour of the other, but a cation that keeps no count of metal is passed over.
    renew_cation(tables, state, metal)
    spread(tables, state, metal, direction + (EXCHANGE if valence else CONTACT), valence)


@inner
def apply_transfer(tables, state, start, member, end):  # type: ignore[no-untyped-def]
    """Let an atom go from the cluster of one incoherent block to that of another."""
    identity = leave_pool(tables, state, start, member)
    join_pool(tables, state, end, identity, np.int64(state.element[identity]))
    state.block_electrons[start] -= 2
    state.block_electrons[end] += 2
    renew_reach(tables, state, start)
    renew_reach(tables, state, end)


@inner
def apply_decoherence(tables, state, block):  # type: ignore[no-untyped-def]
    """Let a block leave the frame: its metal gathers in a cluster. The frame is to be refreshed."""
    state.coherent[BLOCKS] -= 1
    state.coherent[ELECTRONS] -= state.block_electrons[block]
    state.incoherent[block] = 1
    first = block * tables.sites_per_block
    for site in range(first, first + tables.sites_per_block):
        if state.species[site] < 0:
            _enlist(state.vacant_list, state.vacant_place, state.counts, VACANT_SITES, site)
        elif state.valence[site] == 0:
            _delist(state.metal_list, state.metal_place, state.counts, METAL, site)
            _set_metal(tables, state, site, np.int64(state.species[site]), -1)
            _to_cluster(tables, state, site, block)


@inner
def apply_coherence(tables, state, block, layout):  # type: ignore[no-untyped-def]
    """Let a block rejoin the frame, its cluster spread over vacant sites.

    ``layout`` holds for each site of the block the place in the cluster of the atom that goes
    there, or -1. The frame is to be refreshed.
    """
    state.coherent[BLOCKS] += 1
    state.coherent[ELECTRONS] += state.block_electrons[block]
    state.incoherent[block] = 0
    first = block * tables.sites_per_block
    for local in range(tables.sites_per_block):
        site = first + local
        if state.species[site] >= 0:
            continue
        _delist(state.vacant_list, state.vacant_place, state.counts, VACANT_SITES, site)
        if layout[local] >= 0:
            identity = state.pool[block, layout[local]]
            species = np.int64(state.element[identity])
            state.species[site], state.identity[site] = species, identity
            state.valence[site] = 0
            _enlist(state.metal_list, state.metal_place, state.counts, METAL, site)
            _set_metal(tables, state, site, species, 1)
    state.pool[block] = -1
    state.pool_size[block] = 0
    state.pool_count[block] = 0
    renew_pool(tables, state, block)
