"""The running state of a box: its configuration and all that is kept up to date with it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics import LatticeEnergies
from topotaxy.lattice.geometry import Geometry
from topotaxy.lattice.hamiltonian import block_electrons, valence_excess
from topotaxy.lattice.state import VACANT, Configuration
from topotaxy.lattice.straining import prepare
from topotaxy.lattice.tables import Tables

MOST_BLOCKS = 256
"""Bound of the blocks that one event touches: five by five by five, or those around a cluster."""


class State(NamedTuple):
    """What changes during a run.

    ``counts`` holds [M0 on sites, A+, vacant sites of incoherent blocks]; ``electrons`` those
    held by each species; ``site_excess`` and ``tetrahedral_excess`` the sums of q around a
    site; ``metal_neighbours`` the M0 around a site by species; lists and their inverse serve
    uniform choice. ``weight`` is the part of the redox weights that belongs to a tetrahedral
    site, negative where it is filled; ``can_reduce`` and ``can_oxidise`` those of the cation;
    ``reductions`` and ``oxidations`` the summed weights of each site; ``sums`` (nodes, 4) those of
    coherent and incoherent blocks, a binary tree with the blocks from the middle on.

    By block: ``block_electrons`` those its reducible cations have taken, ``block_factor`` what
    they make of its reductions and oxidations; ``pool`` (blocks, most) the identities in its
    cluster, ``pool_size`` and ``pool_count`` their number and that by species, ``pool_gain`` and
    ``pool_loss`` the cluster's part of redox weights. ``bonds`` are the metal bonds in the frame
    as it is strained, and ``bond_factors`` (species, species, number) the factors of so many of
    them; ``coherent`` see :mod:`topotaxy.lattice.weights`, ``frame``
    :mod:`topotaxy.lattice.straining`. The last four are room to work in.
    """

    species: NDArray[np.int8]
    valence: NDArray[np.int8]
    identity: NDArray[np.int32]
    alkali: NDArray[np.int8]
    anion: NDArray[np.int8]
    incoherent: NDArray[np.int8]
    element: NDArray[np.int8]
    site_excess: NDArray[np.int16]
    tetrahedral_excess: NDArray[np.int16]
    metal_neighbours: NDArray[np.int8]
    metal_list: NDArray[np.int32]
    metal_place: NDArray[np.int32]
    alkali_list: NDArray[np.int32]
    alkali_place: NDArray[np.int32]
    vacant_list: NDArray[np.int32]
    vacant_place: NDArray[np.int32]
    weight: NDArray[np.float64]
    can_reduce: NDArray[np.float64]
    can_oxidise: NDArray[np.float64]
    reductions: NDArray[np.float64]
    oxidations: NDArray[np.float64]
    sums: NDArray[np.float64]
    block_electrons: NDArray[np.int64]
    block_factor: NDArray[np.float64]
    pool: NDArray[np.int32]
    pool_size: NDArray[np.int32]
    pool_count: NDArray[np.int32]
    pool_gain: NDArray[np.float64]
    pool_loss: NDArray[np.float64]
    bonds: NDArray[np.float64]
    bond_factors: NDArray[np.float64]
    coherent: NDArray[np.int64]
    frame: NDArray[np.float64]
    counts: NDArray[np.int64]
    electrons: NDArray[np.int64]
    nodes: NDArray[np.int64]
    room: NDArray[np.int64]
    metal_count: NDArray[np.int32]
    by_species: NDArray[np.float64]


def _list_and_place(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    members = np.flatnonzero(mask).astype(np.int32)
    listed = np.full(len(mask), -1, dtype=np.int32)
    place = np.full(len(mask), -1, dtype=np.int32)
    listed[: len(members)] = members
    place[members] = np.arange(len(members))
    return listed, place


def state_from(
    geometry: Geometry, energies: LatticeEnergies, tables: Tables, configuration: Configuration
) -> State:
    """Derive the running state of a configuration, from scratch."""
    species, valence = configuration.species.copy(), configuration.valence.copy()
    excess = valence_excess(geometry, energies, configuration)
    metal = (species != VACANT) & (valence == 0)
    around = geometry.octahedral_octahedra
    kinds = np.arange(len(energies.species))
    # One count over all pairs of a site and what lies beside it; what is no metal has the last column.
    beside = np.where(metal, species, len(kinds)).astype(np.int64)[around]
    place = np.arange(geometry.sites)[:, None] * (len(kinds) + 1) + beside
    found = np.bincount(place.ravel(), minlength=geometry.sites * (len(kinds) + 1))
    metal_neighbours = found.reshape(geometry.sites, -1)[:, :-1]
    metal_list, metal_place = _list_and_place(metal)
    alkali_list, alkali_place = _list_and_place(configuration.alkali == 1)
    out = np.repeat(configuration.incoherent == 1, geometry.sites_per_block)
    vacant_list, vacant_place = _list_and_place(out & (species == VACANT))
    pool, pool_size, pool_count = _pools(geometry, len(kinds), tables.pool_capacity, configuration)
    held = [int((2 - valence[species == s]).sum() + 2 * pool_count[:, s].sum()) for s in kinds]
    content = block_electrons(geometry, tables.highest_valence > 0, configuration)
    inside = configuration.incoherent == 0
    state = State(
        species=species,
        valence=valence,
        identity=configuration.identity.copy(),
        alkali=configuration.alkali.copy(),
        anion=configuration.anion.copy(),
        incoherent=configuration.incoherent.copy(),
        element=configuration.element.copy(),
        site_excess=excess[geometry.octahedral_anions].sum(axis=1).astype(np.int16),
        tetrahedral_excess=excess[geometry.tetrahedral_anions].sum(axis=1).astype(np.int16),
        metal_neighbours=metal_neighbours.astype(np.int8),
        metal_list=metal_list,
        metal_place=metal_place,
        alkali_list=alkali_list,
        alkali_place=alkali_place,
        vacant_list=vacant_list,
        vacant_place=vacant_place,
        weight=np.zeros(2 * geometry.sites),
        can_reduce=np.zeros(geometry.sites),
        can_oxidise=np.zeros(geometry.sites),
        reductions=np.zeros(geometry.sites),
        oxidations=np.zeros(geometry.sites),
        sums=np.zeros((2 << (geometry.blocks - 1).bit_length(), 4)),
        block_electrons=content,
        block_factor=np.ones((geometry.blocks, 2)),
        pool=pool,
        pool_size=pool_size,
        pool_count=pool_count,
        pool_gain=np.ones((geometry.blocks, len(kinds))),
        pool_loss=np.zeros((geometry.blocks, len(kinds))),
        bonds=tables.metal_bond.copy(),
        bond_factors=np.ones((len(kinds), len(kinds), 13)),
        coherent=np.array([inside.sum(), content[inside].sum(), 0, 0], dtype=np.int64),
        frame=np.zeros(2),
        counts=np.array([metal.sum(), configuration.alkali.sum(), (vacant_list >= 0).sum()], dtype=np.int64),
        electrons=np.array(held, dtype=np.int64),
        nodes=np.zeros(MOST_BLOCKS, dtype=np.int64),
        room=np.zeros((3, geometry.sites_per_block), dtype=np.int64),
        metal_count=np.zeros(len(kinds), dtype=np.int32),
        by_species=np.zeros((2, len(kinds))),
    )
    prepare(tables, state)
    return state


def _pools(
    geometry: Geometry, species: int, capacity: int, configuration: Configuration
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    pool = np.full((geometry.blocks, capacity), -1, dtype=np.int32)
    size = np.zeros(geometry.blocks, dtype=np.int32)
    count = np.zeros((geometry.blocks, species), dtype=np.int32)
    inside = np.flatnonzero(configuration.pooled >= 0)
    blocks = configuration.pooled[inside]
    # Within a block in the order of their identities, so that a resumed run takes the same path.
    order = np.argsort(blocks, kind="stable")
    inside, blocks = inside[order], blocks[order]
    size[:] = np.bincount(blocks, minlength=geometry.blocks)
    first = np.cumsum(size) - size
    pool[blocks, np.arange(len(blocks)) - first[blocks]] = inside
    np.add.at(count, (blocks, configuration.element[inside]), 1)
    return pool, size, count


def configuration_of(state: State) -> Configuration:
    """Return a copy of the configuration within a running state."""
    pooled = np.full_like(state.identity, -1)
    for block in np.flatnonzero(state.pool_size):
        pooled[state.pool[block, : state.pool_size[block]]] = block
    return Configuration(
        state.species.copy(),
        state.valence.copy(),
        state.identity.copy(),
        state.alkali.copy(),
        state.anion.copy(),
        state.incoherent.copy(),
        pooled,
        state.element.copy(),
    )
