"""Redox weights and their sums, recomputed from their parts wherever these change.

The weight exp(-ΔE/2kT) of a redox event is a product: a factor of the cation with the metal
around it (``can_reduce``, ``can_oxidise``), one of the sum of q at its site, one of the tetrahedron
(``weight``), one of the block (``block_factor``) and one that all coherent blocks share. Each is
kept, and renewed only where it changes; what is left for the sites around an event is a product
of kept numbers. Indices that are known not to be negative are unsigned there, which spares the
test for counting from the end. Sums run over the sites of a block, then up a binary tree over blocks, always
from the parts: sums kept by adding differences drift.
"""

from __future__ import annotations

import numpy as np

from topotaxy.lattice.compiled import inlined, inner
from topotaxy.lattice.footprint import BLOCK_BITS
from topotaxy.lattice.tables import MOST_AT_SITE, MOST_AT_TETRAHEDRON
from topotaxy.portable import exp

BLOCKS, ELECTRONS, REFERENCE, REFRESHED = range(4)
"""Places in ``state.coherent``: coherent blocks, the electrons in them, the electrons of a block
that its elastic factor is reckoned from, and the electrons at the last refresh."""

INSIDE_REDUCTIONS, INSIDE_OXIDATIONS, OUTSIDE_REDUCTIONS, OUTSIDE_OXIDATIONS = range(4)
"""Columns of ``state.sums``: coherent blocks, then incoherent ones."""

_IN_BEFORE = (1 << BLOCK_BITS) - 1


@inlined
def renew_tetrahedron(tables, state, t):  # type: ignore[no-untyped-def]
    """Recompute the factor of tetrahedral site ``t``: negative where it holds A+."""
    alkali = np.int64(state.alkali[t])
    power = state.tetrahedral_excess[t] * (1 - 2 * alkali)
    factor = tables.half_alkali[alkali, tables.alkali_class[t]]
    state.weight[t] = factor * tables.half_tetrahedral_excess[np.uint64(MOST_AT_TETRAHEDRON + power)]


@inner
def _from_clusters(reach, incoherent, sizes, loss, from_metal, site):  # type: ignore[no-untyped-def]
    """Factor of oxidising, at a vacant site, an atom of a cluster within reach."""
    total = 0.0
    for k in range(reach.shape[1]):
        block = reach[site, k]
        if block >= 0 and incoherent[block] and sizes[block] > 0:
            for s in range(loss.shape[1]):
                total += loss[block, s] * from_metal[s, 0]
    return total


@inner
def _into_clusters(reach, incoherent, gain, site, species):  # type: ignore[no-untyped-def]
    """What M0 gains by joining any of the clusters within reach."""
    total = 0.0
    for k in range(reach.shape[1]):
        block = reach[site, k]
        if block >= 0 and incoherent[block]:
            total += gain[block, species]
    return total


@inlined
def renew_cation(tables, state, site):  # type: ignore[no-untyped-def]
    """Recompute the factors of the cation at a site; 0 where it cannot do that.

    At a vacant site of an incoherent block, oxidation takes an atom out of a cluster.
    """
    species, valence = np.int64(state.species[site]), state.valence[site]
    incoherent = state.incoherent[site // tables.sites_per_block]
    reduction, oxidation = 0.0, 0.0
    one_body = tables.half_site
    kind = tables.site_class[site]
    if species < 0:
        if incoherent:
            sizes, loss = state.pool_size, state.pool_loss
            oxidation = _from_clusters(tables.reach, state.incoherent, sizes, loss, one_body[1, kind], site)
    elif tables.highest_valence[species] > 0:
        gain = 1.0
        if valence < 2:
            if incoherent:
                gain = _into_clusters(tables.reach, state.incoherent, state.pool_gain, site, species)
            else:
                for other in range(state.bond_factors.shape[1]):
                    gain *= state.bond_factors[species, other, state.metal_neighbours[site, other]]
        if valence > 0:
            reduction = one_body[0, kind, species, valence]
            if valence == 1:
                reduction *= gain
        if valence < tables.highest_valence[species]:
            oxidation = one_body[1, kind, species, valence]
            if valence == 0:
                oxidation /= gain
    state.can_reduce[site] = reduction
    state.can_oxidise[site] = oxidation


@inlined
def renew_site(tables, state, site):  # type: ignore[no-untyped-def]
    """Recompute the summed redox weights of an octahedral site."""
    empty, filled = 0.0, 0.0
    for direction in range(8):
        weight = state.weight[tables.octahedral_tetrahedra[site, direction]]
        # Without branches: which of them holds A+ cannot be foreseen.
        empty += max(weight, 0.0)
        filled -= min(weight, 0.0)
    excess = np.int64(state.site_excess[site])
    by_excess = tables.half_site_excess
    state.reductions[site] = state.can_reduce[site] * by_excess[np.uint64(MOST_AT_SITE + excess)] * empty
    state.oxidations[site] = state.can_oxidise[site] * by_excess[np.uint64(MOST_AT_SITE - excess)] * filled


@inlined
def renew_block_factor(tables, state, block):  # type: ignore[no-untyped-def]
    """Recompute the elastic part of the redox weights of a block, reduction and oxidation.

    With E electrons in the block, one more changes c [ΣE² - (ΣE)²/N] by c (2E + 1) and a part
    that all coherent blocks share (:func:`common_factors`).
    """
    lower, higher = 1.0, 1.0
    if not state.incoherent[block] and tables.elastic > 0.0:
        over = 2 * (state.block_electrons[block] - state.coherent[REFERENCE])
        half = 0.5 * tables.elastic / tables.thermal_energy
        lower, higher = exp(-half * (over + 1)), exp(half * (over - 1))
    state.block_factor[block, 0] = lower
    state.block_factor[block, 1] = higher


@inlined
def common_factors(tables, state, fading):  # type: ignore[no-untyped-def]
    """Part of the redox weights that all coherent blocks share, reduction and oxidation.

    The mean content of the frame moves with each electron, and metal bonds fade with it: by
    ``fading`` (eV) for each electron.
    """
    blocks = state.coherent[BLOCKS]
    if blocks == 0:
        return 1.0, 1.0
    over = 2 * (state.coherent[ELECTRONS] - blocks * state.coherent[REFERENCE])
    half = 0.5 / tables.thermal_energy
    lower = tables.elastic * (over + 1) / blocks - fading
    raise_ = -tables.elastic * (over - 1) / blocks + fading
    return exp(half * lower), exp(half * raise_)


@inlined
def renew_block(tables, state, block):  # type: ignore[no-untyped-def]
    """Recompute the sums of a block from its sites, in four lanes; the tree above is not renewed."""
    reductions, oxidations = state.reductions, state.oxidations
    r0, r1, r2, r3 = 0.0, 0.0, 0.0, 0.0
    o0, o1, o2, o3 = 0.0, 0.0, 0.0, 0.0
    first = block * tables.sites_per_block
    # Blocks have a multiple of four sites.
    for site in range(first, first + tables.sites_per_block, 4):
        r0 += reductions[site]
        r1 += reductions[site + 1]
        r2 += reductions[site + 2]
        r3 += reductions[site + 3]
        o0 += oxidations[site]
        o1 += oxidations[site + 1]
        o2 += oxidations[site + 2]
        o3 += oxidations[site + 3]
    leaf = len(state.sums) // 2 + block
    outside = 2 if state.incoherent[block] else 0
    state.sums[leaf, outside] = ((r0 + r1) + (r2 + r3)) * state.block_factor[block, 0]
    state.sums[leaf, outside + 1] = ((o0 + o1) + (o2 + o3)) * state.block_factor[block, 1]
    state.sums[leaf, 2 - outside] = 0.0
    state.sums[leaf, 3 - outside] = 0.0


@inner
def renew_ancestors(sums, nodes, count):  # type: ignore[no-untyped-def]
    """Recompute all ancestors of these nodes, which are of one level, level by level."""
    while nodes[0] > 1:
        parents = 0
        last = -1
        for k in range(count):
            node = nodes[k] >> 1
            if node != last:
                for column in range(4):
                    sums[node, column] = sums[2 * node, column] + sums[2 * node + 1, column]
                nodes[parents] = node
                parents += 1
                last = node
        count = parents


@inlined
def renew_touched_blocks(tables, state, site, pattern):  # type: ignore[no-untyped-def]
    """Recompute the sums of all blocks that a pattern at this site touches, and those above."""
    block = site // tables.sites_per_block
    local = site - block * tables.sites_per_block
    leaves = len(state.sums) // 2
    count = np.int64(0)
    while tables.touched_blocks[local, pattern, count] >= 0:
        touched = np.int64(tables.beside[block, tables.touched_blocks[local, pattern, count]])
        renew_block(tables, state, touched)
        state.nodes[count] = leaves + touched
        count += 1
    renew_ancestors(state.sums, state.nodes, count)


@inner
def spread(tables, state, site, pattern, change):  # type: ignore[no-untyped-def]
    """Shift the sums of q by ``change`` times a pattern, and renew all that hangs on them."""
    per_block = tables.sites_per_block
    block = site // per_block
    local = site - block * per_block
    for k in range(tables.touched_counts[pattern, 0]):
        place = tables.near_tetrahedra[local, tables.touched_tetrahedra[pattern, k, 0]]
        t = np.uint64(tables.beside[block, place & _IN_BEFORE] * (2 * per_block) + (place >> BLOCK_BITS))
        state.tetrahedral_excess[t] += change * tables.touched_tetrahedra[pattern, k, 1]
        renew_tetrahedron(tables, state, t)
    for k in range(tables.touched_counts[pattern, 1]):
        place = tables.near_sites[local, tables.touched_sites[pattern, k, 0]]
        other = np.uint64(tables.beside[block, place & _IN_BEFORE] * per_block + (place >> BLOCK_BITS))
        state.site_excess[other] += change * tables.touched_sites[pattern, k, 1]
        renew_site(tables, state, other)
    renew_touched_blocks(tables, state, site, pattern)


@inner
def renew_reach(tables, state, pool):  # type: ignore[no-untyped-def]
    """Renew the sites whose weights hang on the cluster of a block: M+ and vacancies around it."""
    for k in range(tables.pool_sites.shape[1]):
        site = np.int64(tables.pool_sites[pool, k])
        if site >= 0 and (state.species[site] < 0 or state.valence[site] == 1):
            renew_cation(tables, state, site)
            renew_site(tables, state, np.uint64(site))
    leaves = len(state.sums) // 2
    count = np.int64(0)
    for k in range(tables.pool_blocks.shape[1]):
        block = np.int64(tables.pool_blocks[pool, k])
        if block >= 0:
            renew_block(tables, state, block)
            state.nodes[count] = leaves + block
            count += 1
    renew_ancestors(state.sums, state.nodes, count)
