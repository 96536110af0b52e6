"""Distances to the nearest neighbours, by element: what an absorption spectrum would see on average.

A lattice knows spacings, not displacements within a cell: every M-X bond of the registered frame
has the length of the frame, and by element the means differ by where its atoms are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics import LatticeEnergies
from topotaxy.lattice.geometry import Geometry
from topotaxy.lattice.metal import coordination
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

    Parameters
    ----------
    composition : Composition
        Cations and anions of the pristine electrode, with their amounts and valences.
    energies : LatticeEnergies
        Bonds and voltages of the material, eV; its arrays go by species and anion.

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

    In the registered frame, that of the strained frame; outside it, that of the rock salts MX with
    the anions that the cation has around it.

    Parameters
    ----------
    geometry : Geometry
        Sites of the box and their neighbours; n octahedral and 2n tetrahedral sites.
    energies : LatticeEnergies
        Bonds and voltages of the material, eV; its arrays go by species and anion.
    spacings : Spacings
        Tabulated lengths of the material, Å.
    strain : float
        Linear strain of the frame against pristine, dimensionless.
    state : Configuration
        Who sits where, by site: arrays (n,), alkali (2n,).
    """
    oxidised = (state.species != VACANT) & (state.valence > 0)
    outside = (state.registered == 0)[geometry.region_of]
    around = state.anion[geometry.octahedral_anions]
    found = np.full(len(energies.species), np.nan)
    for s in range(len(found)):
        mine = oxidised & (state.species == s)
        if mine.any():
            lengths = np.where(
                outside[mine],
                spacings.pairs[s][around[mine]].mean(axis=1),
                spacings.frame / 2.0 * (1.0 + strain),
            )
            found[s] = lengths.mean()
    return found


def metal_distances(
    energies: LatticeEnergies,
    volumes: NDArray[np.float64],
    sizes: NDArray[np.int64],
    state: Configuration,
) -> NDArray[np.float64]:
    """Mean M-M distance of the metal of each species over its bonds, Å; NaN where it has none.

    That of an fcc metal with the volume by atom of the domain. ``volumes`` (Å³) and ``sizes`` are
    those of the metal objects; a single atom has no bonds.

    Parameters
    ----------
    energies : LatticeEnergies
        Bonds and voltages of the material, eV; its arrays go by species and anion.
    volumes : array, shape (n,)
        Volume of each metal object by its number, Å³.
    sizes : array of int, shape (n,)
        Atoms of each metal object by its number; a single one has no bonds.
    state : Configuration
        Who sits where, by site: arrays (n,), alkali (2n,).
    """
    bonds = np.array([coordination(int(n)) if n > 1 else 0.0 for n in sizes])
    length = over(cbrt, np.sqrt(2.0) * volumes / np.maximum(sizes, 1))
    found = np.full(len(energies.species), np.nan)
    for s in range(len(found)):
        objects = state.metal_of[(state.element == s) & (state.metal_of >= 0)]
        total = float(bonds[objects].sum())
        if total > 0.0:
            found[s] = float((bonds * length)[objects].sum()) / total
    return found
