"""Blocks that lose coherency with the frame, and regain it; atoms between incoherent blocks.

Leaving the frame, a block trades the metal bonds of its sites for those of one cluster, is rid
of its elastic energy, and pays for its faces towards coherent blocks. Coming back, its cluster
is spread over its vacant sites in an arrangement drawn at random.
"""

from __future__ import annotations

import math

import numpy as np

from topotaxy.lattice.clusters import cluster_change, cluster_energy
from topotaxy.lattice.compiled import inlined, inner
from topotaxy.lattice.events import VACANT_SITES, apply_coherence, apply_decoherence
from topotaxy.lattice.straining import STRAIN
from topotaxy.lattice.weights import BLOCKS, ELECTRONS
from topotaxy.portable import cbrt, exp, log_factorial


@inner
def read_layout(tables, state, block, layout):  # type: ignore[no-untyped-def]
    """Species of the metal at each site of a block, -1 where there is none."""
    first = block * tables.sites_per_block
    for local in range(tables.sites_per_block):
        metal = state.species[first + local] >= 0 and state.valence[first + local] == 0
        layout[local] = state.species[first + local] if metal else -1


@inner
def draw_members(tables, state, block, rng, members, vacant):  # type: ignore[no-untyped-def]
    """Spread the cluster of a block over its vacant sites: place in the cluster, or -1, by site.

    ``vacant`` is room for as many numbers as the block has sites.
    """
    first = block * tables.sites_per_block
    count = 0
    for local in range(tables.sites_per_block):
        members[local] = -1
        if state.species[first + local] < 0:
            vacant[count] = local
            count += 1
    for member in range(state.pool_size[block]):
        pick = member + int(rng.random() * (count - member))
        vacant[member], vacant[pick] = vacant[pick], vacant[member]
        members[vacant[member]] = member


@inner
def metal_energy(tables, state, block, layout):  # type: ignore[no-untyped-def]
    """Energy (eV) of the metal of a coherent block, its bonds across faces included."""
    per_block = tables.sites_per_block
    first = block * per_block
    bonds, neighbours = state.bonds, tables.octahedral_octahedra
    total = 0.0
    for local in range(per_block):
        species = layout[local]
        if species < 0:
            continue
        total += 6.0 * tables.metal_bond[species, species]
        for k in range(12):
            other = neighbours[first + local, k]
            if other // per_block == block:
                partner = layout[other - first]
                if partner >= 0:
                    total -= 0.5 * bonds[species, partner]
            elif state.species[other] >= 0 and state.valence[other] == 0:
                total -= bonds[species, state.species[other]]
    return total


@inner
def flip_cost(tables, state, block, layout):  # type: ignore[no-untyped-def]
    """(ΔE, saddle above the coherent state) of a block that leaves the frame, eV.

    ΔE counts the arrangements that one cluster stands for. The saddle is the higher of both
    states or, where no neighbour has gone before (or none is left) and the block is larger than
    the critical nucleus 2γ/g, the barrier 16π γ³/3g² with g the gain per volume.
    """
    counts = state.metal_count
    counts[:] = 0
    atoms = 0
    for local in range(tables.sites_per_block):
        if layout[local] >= 0:
            counts[layout[local]] += 1
            atoms += 1
    vacant = atoms
    first = block * tables.sites_per_block
    for local in range(tables.sites_per_block):
        if state.species[first + local] < 0 and layout[local] < 0:
            vacant += 1
    gone, faces = 0, 0
    for k in range(6):
        other = tables.block_neighbours[block, k]
        if other != block:
            faces += 1
            gone += state.incoherent[other]
    bulk = cluster_energy(counts, tables.metal_bond) - metal_energy(tables, state, block, layout)
    bulk += elastic_change(tables, state, block)
    stretch = 1.0 + state.frame[STRAIN]
    cost = bulk + tables.interface * stretch**2 * (faces - 2 * gone)
    entropy = log_factorial(vacant) - log_factorial(vacant - atoms) - log_factorial(atoms)
    cost += tables.thermal_energy * entropy
    saddle = max(0.0, cost)
    if (gone == 0 and bulk < 0.0) or (gone == faces and bulk > 0.0):
        volume = tables.block_volume * stretch**3
        gain = abs(bulk) / volume
        if 2.0 * tables.surface / gain < cbrt(0.75 * volume / math.pi):
            barrier = 16.0 * math.pi / 3.0 * tables.surface**3 / gain**2
            saddle = max(saddle, barrier if bulk < 0.0 else cost + barrier)
    return cost, saddle


@inner
def elastic_change(tables, state, block):  # type: ignore[no-untyped-def]
    """Elastic energy (eV) set free when a block leaves the frame (negative)."""
    blocks, electrons = state.coherent[BLOCKS], state.coherent[ELECTRONS]
    if state.incoherent[block]:
        blocks += 1
        electrons += state.block_electrons[block]
    if blocks < 2:
        return 0.0
    over = state.block_electrons[block] - electrons / blocks
    return -tables.elastic * over * over * blocks / (blocks - 1)


@inner
def try_flip(tables, state, rng, ceiling):  # type: ignore[no-untyped-def]
    """Try to flip a block; returns whether it did. ``ceiling`` (eV) caps the rate."""
    block = int(rng.random() * len(state.incoherent))
    per_block = tables.sites_per_block
    layout = state.room[0]
    if not state.incoherent[block]:
        read_layout(tables, state, block, layout)
        cost, saddle = flip_cost(tables, state, block, layout)
        top = max(saddle, max(0.0, cost) + ceiling)
        if rng.random() >= exp(-(top - ceiling) / tables.thermal_energy):
            return False
        apply_decoherence(tables, state, block)
        return True
    vacant = 0
    for site in range(block * per_block, (block + 1) * per_block):
        vacant += state.species[site] < 0
    if state.pool_size[block] > vacant:
        return False
    members = state.room[1]
    draw_members(tables, state, block, rng, members, state.room[2])
    for local in range(per_block):
        layout[local] = -1
        if members[local] >= 0:
            layout[local] = state.element[state.pool[block, members[local]]]
    cost, saddle = flip_cost(tables, state, block, layout)
    top = max(saddle, max(0.0, cost) + ceiling)
    if rng.random() >= exp(-(top - cost - ceiling) / tables.thermal_energy):
        return False
    apply_coherence(tables, state, block, members)
    return True


@inlined
def transfer_cost(tables, state, start, end, species):  # type: ignore[no-untyped-def]
    """ΔE (eV) of an atom that goes from the cluster of one block to that of another."""
    bonds = tables.metal_bond
    left = cluster_change(state.pool_count[start], bonds, species, -1)
    return left + cluster_change(state.pool_count[end], bonds, species, 1)


@inlined
def drawn_transfer(tables, state, rng):  # type: ignore[no-untyped-def]
    """Draw an atom and a pair of vacant sites of two incoherent blocks; whether it may cross.

    Returns (block, place in its cluster, block it goes to, whether).
    """
    site = np.int64(state.vacant_list[int(rng.random() * state.counts[VACANT_SITES])])
    other = np.int64(tables.octahedral_octahedra[site, int(rng.random() * 12)])
    start, end = site // tables.sites_per_block, other // tables.sites_per_block
    if start == end or not state.incoherent[end] or state.species[other] >= 0:
        return start, -1, end, False
    size = state.pool_size[start]
    if size == 0 or state.pool_size[end] >= tables.pool_capacity:
        return start, -1, end, False
    member = int(rng.random() * size)
    species = np.int64(state.element[state.pool[start, member]])
    cost = transfer_cost(tables, state, start, end, species)
    accepted = cost <= 0.0 or rng.random() < exp(-cost / tables.thermal_energy)
    return start, member, end, accepted
