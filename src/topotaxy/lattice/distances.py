"""Distances to the nearest neighbours, by element: what an absorption spectrum would see on average.

A lattice knows spacings, not displacements within a cell: every M-X bond of the coherent frame
has the length of the frame, and by element the means differ by where its atoms are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics import LatticeEnergies
from topotaxy.lattice.clusters import coordination
from topotaxy.lattice.geometry import Geometry
from topotaxy.lattice.state import VACANT, Configuration
from topotaxy.material import Composition, lattice_parameter, pair_parameter
from topotaxy.portable import cbrt, over


@dataclass(frozen=True, kw_only=True)
class Spacings:
    """Tabulated lengths of one material, Å.

    Attributes
    ----------
    frame:
        Lattice parameter of the pristine frame.
    pairs (species, anions):
        M-X bond of the rock salt MX, half its lattice parameter.
    """

    frame: float
    pairs: NDArray[np.float64]


def spacings_of(composition: Composition, energies: LatticeEnergies) -> Spacings:
    """Look up the spacings of a material.

    Raises
    ------
    InputError
        Where the formula is no rock salt, or a pair of cation and anion is not tabulated.
    """
    return Spacings(
        frame=lattice_parameter(composition),
        pairs=np.array([[pair_parameter(m, x) / 2.0 for x in energies.anions] for m in energies.species]),
    )


def anion_distances(
    geometry: Geometry, energies: LatticeEnergies, spacings: Spacings, strain: float, state: Configuration
) -> NDArray[np.float64]:
    """Mean M-X distance of the oxidised cations of each species, Å; NaN where there are none.

    In the coherent frame, that of the strained frame; outside it, that of the rock salts MX with
    the anions that the cation has around it.
    """
    oxidised = (state.species != VACANT) & (state.valence > 0)
    outside = np.repeat(state.incoherent == 1, geometry.sites_per_block)
    around = state.anion[geometry.octahedral_anions]
    found = np.full(len(energies.species), np.nan)
    for s in range(len(found)):
        mine = oxidised & (state.species == s)
        if mine.any():
            lengths = np.where(
                outside[mine],
                spacings.pairs[s][around[mine]].cumsum(axis=1)[:, -1] / around.shape[1],
                spacings.frame / 2.0 * (1.0 + strain),
            )
            found[s] = math.fsum(lengths.tolist()) / len(lengths)
    return found


def metal_distances(
    energies: LatticeEnergies,
    spacings: Spacings,
    strain: float,
    contacts: NDArray[np.int64],
    volumes: NDArray[np.float64],
    sizes: NDArray[np.int64],
    state: Configuration,
) -> NDArray[np.float64]:
    """Mean M-M distance of the metal of each species over its bonds, Å; NaN where it has none.

    On the cation sites of the frame, a/√2 of the strained frame; in a cluster, that of an fcc
    metal with the cluster's volume by atom. ``contacts`` are the M0 beside each site; ``volumes``
    (Å³) and ``sizes`` those of the clusters by block.
    """
    metal = (state.species != VACANT) & (state.valence == 0)
    bonds = np.array([coordination(int(n)) for n in sizes])
    cluster = over(cbrt, np.sqrt(2.0) * volumes / np.maximum(sizes, 1))
    found = np.full(len(energies.species), np.nan)
    for s in range(len(found)):
        on_sites = float(contacts[metal & (state.species == s)].sum())
        blocks = state.pooled[(state.element == s) & (state.pooled >= 0)]
        total = on_sites + math.fsum(bonds[blocks].tolist())
        if total > 0.0:
            length = math.fsum((bonds * cluster)[blocks].tolist())
            if on_sites > 0.0:
                length += on_sites * spacings.frame / np.sqrt(2.0) * (1.0 + strain)
            found[s] = length / total
    return found
