"""Metal that left the cation sites: one cluster in each incoherent block.

Φ = Σ_s n_s ε_s · min(6, σ n^(-1/3)) above the bulk metals, with n atoms in all: broken bonds of
a sphere, and never more than six lost bonds an atom. Its elements mix ideally, which the
choice among its atoms brings about.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from topotaxy.lattice.compiled import entry, inner
from topotaxy.portable import cbrt, exp

SURFACE = cbrt(2.25 * math.pi) * 1.5 / (math.sqrt(3.0) / 4.0)
"""σ: bonds lost by a sphere of n fcc atoms over n^(2/3), 6.65.

Area of the sphere over that of an atom of a (111) face, √3/4 a², of which each lacks 3/2 bonds.
"""

TABULATED = 512
"""Most clusters are smaller: what an atom lacks in these is looked up."""

_LOST_BONDS = np.array([0.0, *(min(6.0, SURFACE / cbrt(atoms)) for atoms in range(1, TABULATED))])


@entry
def lost_bonds(atoms):  # type: ignore[no-untyped-def]
    """Bonds that an atom of a cluster of ``atoms`` lacks, on average."""
    if atoms <= 0:
        return 0.0
    if atoms < TABULATED:
        return _LOST_BONDS[atoms]
    return min(6.0, SURFACE / cbrt(atoms))


@entry
def cluster_energy(counts, bonds):  # type: ignore[no-untyped-def]
    """Φ (eV) of a cluster with ``counts`` atoms of each species; ``bonds`` (species, species)."""
    atoms = 0
    total = 0.0
    for s in range(len(counts)):
        atoms += counts[s]
        total += counts[s] * bonds[s, s]
    return total * lost_bonds(atoms)


@inner
def cluster_change(counts, bonds, species, step):  # type: ignore[no-untyped-def]
    """Change of Φ (eV) when an atom of ``species`` joins (``step`` = 1) or leaves (-1)."""
    before = cluster_energy(counts, bonds)
    counts[species] += step
    after = cluster_energy(counts, bonds)
    counts[species] -= step
    return after - before


@inner
def renew_pool(tables, state, block):  # type: ignore[no-untyped-def]
    """Recompute the factors by which the cluster of a block enters redox weights.

    ``pool_gain[block, s]``: exp of half of what an atom that joins gains over a lone one, in kT;
    ``pool_loss[block, s]``: the same with the opposite sign for an atom that leaves, times the
    share of s among the atoms. Nothing joins a cluster that fills its block.
    """
    counts, bonds = state.pool_count[block], tables.metal_bond
    gain, loss = state.pool_gain, state.pool_loss
    half = 0.5 / tables.thermal_energy
    atoms = state.pool_size[block]
    for s in range(len(counts)):
        alone = 6.0 * bonds[s, s]
        gain[block, s] = 0.0
        if atoms < tables.pool_capacity:
            gain[block, s] = exp((alone - cluster_change(counts, bonds, s, 1)) * half)
        loss[block, s] = 0.0
        if counts[s] > 0:
            kept = alone + cluster_change(counts, bonds, s, -1)
            loss[block, s] = exp(-kept * half) * counts[s] / atoms


@inner
def join_pool(tables, state, block, identity, species):  # type: ignore[no-untyped-def]
    """Add an atom to the cluster of a block."""
    size = state.pool_size[block]
    state.pool[block, size] = identity
    state.pool_size[block] = size + 1
    state.pool_count[block, species] += 1
    renew_pool(tables, state, block)


@inner
def leave_pool(tables, state, block, member):  # type: ignore[no-untyped-def]
    """Take the atom at place ``member`` out of the cluster of a block; returns its identity."""
    identity = np.int64(state.pool[block, member])
    size = state.pool_size[block] - 1
    state.pool[block, member] = state.pool[block, size]
    state.pool[block, size] = -1
    state.pool_size[block] = size
    state.pool_count[block, state.element[identity]] -= 1
    renew_pool(tables, state, block)
    return identity


@inner
def member_of(state, block, species, ordinal):  # type: ignore[no-untyped-def]
    """Place in the cluster of its atom number ``ordinal`` of ``species``."""
    for member in range(state.pool_size[block]):
        if state.element[state.pool[block, member]] == species:
            if ordinal == 0:
                return member
            ordinal -= 1
    return -1


@cache
def coordination(atoms: int) -> float:
    """Mean number of neighbours of an atom in a cluster: twelve, less two for each lost bond."""
    return 12.0 - 2.0 * float(lost_bonds(atoms))
