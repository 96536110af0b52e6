"""The running state of a box: its configuration and all that is kept up to date with it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics import LatticeEnergies
from topotaxy.lattice.clusters import renew_pool
from topotaxy.lattice.costs import refresh_frame
from topotaxy.lattice.geometry import Geometry
from topotaxy.lattice.hamiltonian import block_electrons, valence_excess
from topotaxy.lattice.selection import empty_tree
from topotaxy.lattice.state import VACANT, Configuration
from topotaxy.lattice.tables import Tables


class State(NamedTuple):
    """What changes during a run.

    ``counts`` holds [M0 on sites, A+, vacant sites of incoherent blocks]; ``electrons`` those
    held by each species; ``site_excess`` and ``tetrahedral_excess`` the sums of q around a
    site; ``metal_neighbours`` the M0 around a site by species; ``empty_weight`` and
    ``filled_weight`` the part of the redox weights that belongs to a tetrahedral site;
    ``reductions`` and ``oxidations`` the summed weights of each site, whose sums over coherent
    and incoherent blocks stand in trees; lists and their inverse serve uniform choice;
    ``stamp`` marks sites to be renewed, ``block_stamp`` blocks.

    By block: ``block_electrons`` those its reducible cations have taken; ``pool`` (blocks, most)
    the identities in its cluster, ``pool_size`` and ``pool_count`` their number and that by
    species, ``pool_gain`` and ``pool_loss`` the cluster's part of redox weights. ``bonds`` are
    the metal bonds in the frame as it is strained; ``coherent`` and ``frame`` see
    :mod:`topotaxy.lattice.costs`.
    """

    species: NDArray[np.int8]
    valence: NDArray[np.int8]
    identity: NDArray[np.int32]
    alkali: NDArray[np.int8]
    anion: NDArray[np.int8]
    incoherent: NDArray[np.int8]
    element: NDArray[np.int8]
    excess: NDArray[np.int32]
    site_excess: NDArray[np.int32]
    tetrahedral_excess: NDArray[np.int32]
    metal_neighbours: NDArray[np.int16]
    metal_list: NDArray[np.int32]
    metal_place: NDArray[np.int32]
    alkali_list: NDArray[np.int32]
    alkali_place: NDArray[np.int32]
    empty_weight: NDArray[np.float64]
    filled_weight: NDArray[np.float64]
    reductions: NDArray[np.float64]
    oxidations: NDArray[np.float64]
    coherent_reductions: NDArray[np.float64]
    coherent_oxidations: NDArray[np.float64]
    incoherent_reductions: NDArray[np.float64]
    incoherent_oxidations: NDArray[np.float64]
    vacant_list: NDArray[np.int32]
    vacant_place: NDArray[np.int32]
    block_electrons: NDArray[np.int64]
    pool: NDArray[np.int32]
    pool_size: NDArray[np.int32]
    pool_count: NDArray[np.int32]
    pool_gain: NDArray[np.float64]
    pool_loss: NDArray[np.float64]
    bonds: NDArray[np.float64]
    coherent: NDArray[np.int64]
    frame: NDArray[np.float64]
    counts: NDArray[np.int64]
    electrons: NDArray[np.int64]
    stamp: NDArray[np.int64]
    touched: NDArray[np.int32]
    block_stamp: NDArray[np.int64]
    dirty: NDArray[np.int32]


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
    metal_neighbours = (metal[around][:, :, None] & (species[around][:, :, None] == kinds)).sum(axis=1)
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
        excess=excess,
        site_excess=excess[geometry.octahedral_anions].sum(axis=1, dtype=np.int32),
        tetrahedral_excess=excess[geometry.tetrahedral_anions].sum(axis=1, dtype=np.int32),
        metal_neighbours=metal_neighbours.astype(np.int16),
        metal_list=metal_list,
        metal_place=metal_place,
        alkali_list=alkali_list,
        alkali_place=alkali_place,
        empty_weight=np.zeros(2 * geometry.sites),
        filled_weight=np.zeros(2 * geometry.sites),
        reductions=np.zeros(geometry.sites),
        oxidations=np.zeros(geometry.sites),
        coherent_reductions=empty_tree(geometry.blocks),
        coherent_oxidations=empty_tree(geometry.blocks),
        incoherent_reductions=empty_tree(geometry.blocks),
        incoherent_oxidations=empty_tree(geometry.blocks),
        vacant_list=vacant_list,
        vacant_place=vacant_place,
        block_electrons=content,
        pool=pool,
        pool_size=pool_size,
        pool_count=pool_count,
        pool_gain=np.ones((geometry.blocks, len(kinds))),
        pool_loss=np.zeros((geometry.blocks, len(kinds))),
        bonds=tables.metal_bond.copy(),
        coherent=np.array([inside.sum(), content[inside].sum(), 0, 0], dtype=np.int64),
        frame=np.zeros(2),
        counts=np.array([metal.sum(), configuration.alkali.sum(), (vacant_list >= 0).sum()], dtype=np.int64),
        electrons=np.array(held, dtype=np.int64),
        stamp=np.zeros(geometry.sites + 1, dtype=np.int64),
        touched=np.zeros(geometry.sites, dtype=np.int32),
        block_stamp=np.zeros(geometry.blocks + 1, dtype=np.int64),
        dirty=np.zeros(geometry.blocks, dtype=np.int32),
    )
    for block in np.flatnonzero(configuration.incoherent):
        renew_pool(tables, state, block)
    refresh_frame(tables, state)
    return state


def _pools(
    geometry: Geometry, species: int, capacity: int, configuration: Configuration
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    # Transfers stop at the capacity; the cations on the sites of a block may still join.
    room = capacity + geometry.reach.shape[1] * geometry.sites_per_block
    pool = np.full((geometry.blocks, room), -1, dtype=np.int32)
    size = np.zeros(geometry.blocks, dtype=np.int32)
    count = np.zeros((geometry.blocks, species), dtype=np.int32)
    for identity in np.flatnonzero(configuration.pooled >= 0):
        block = configuration.pooled[identity]
        pool[block, size[block]] = identity
        size[block] += 1
        count[block, configuration.element[identity]] += 1
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
