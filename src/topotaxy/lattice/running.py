"""The running state of a box: its configuration and all that is kept up to date with it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics import LatticeEnergies
from topotaxy.lattice.costs import renew_all
from topotaxy.lattice.geometry import Geometry
from topotaxy.lattice.hamiltonian import valence_excess
from topotaxy.lattice.selection import empty_tree
from topotaxy.lattice.state import VACANT, Configuration
from topotaxy.lattice.tables import Tables


class State(NamedTuple):
    """What changes during a run.

    ``counts`` holds [M0, A+]; ``electrons`` those held by each species; ``site_excess`` and
    ``tetrahedral_excess`` the sums of q around a site; ``metal_neighbours`` the M0 around a
    site by species; ``empty_weight`` and ``filled_weight`` the part of the redox weights that
    belongs to a tetrahedral site; ``reductions`` and ``oxidations`` trees of summed weights;
    lists and their inverse serve uniform choice; ``stamp`` marks sites to be renewed.
    """

    species: NDArray[np.int8]
    valence: NDArray[np.int8]
    identity: NDArray[np.int32]
    alkali: NDArray[np.int8]
    anion: NDArray[np.int8]
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
    counts: NDArray[np.int64]
    electrons: NDArray[np.int64]
    stamp: NDArray[np.int64]
    touched: NDArray[np.int32]


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
    held = [int((2 - valence[species == s]).sum()) for s in kinds]
    state = State(
        species=species,
        valence=valence,
        identity=configuration.identity.copy(),
        alkali=configuration.alkali.copy(),
        anion=configuration.anion.copy(),
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
        reductions=empty_tree(geometry.sites),
        oxidations=empty_tree(geometry.sites),
        counts=np.array([metal.sum(), configuration.alkali.sum()], dtype=np.int64),
        electrons=np.array(held, dtype=np.int64),
        stamp=np.zeros(geometry.sites + 1, dtype=np.int64),
        touched=np.zeros(geometry.sites, dtype=np.int32),
    )
    renew_all(tables, state)
    return state


def configuration_of(state: State) -> Configuration:
    """Return a copy of the configuration within a running state."""
    return Configuration(
        state.species.copy(),
        state.valence.copy(),
        state.identity.copy(),
        state.alkali.copy(),
        state.anion.copy(),
    )
