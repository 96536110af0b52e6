"""What a configuration means: home, framework, coordination, reduction, expansion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics import LatticeEnergies
from topotaxy.lattice.geometry import Geometry
from topotaxy.lattice.state import VACANT, Configuration


@dataclass(frozen=True, kw_only=True)
class Measures:
    """Measures of one configuration; arrays run over the species.

    Attributes
    ----------
    home_fraction:
        Cations that sit where they started.
    framework_fraction:
        Cations that sit where they started and are not metal: those that hold the frame.
    anion_coordination:
        Mean number of M-X bonds: six for an oxidised cation, none for M0.
    metal_coordination:
        Mean number of M0 around an M0 of the element; NaN where it has no M0.
    metal_coordination_random:
        What that would be with the M0 of this configuration spread at random.
    reduced_fraction:
        Electrons taken up since pristine over electrons to the metal.
    """

    home_fraction: float
    framework_fraction: float
    anion_coordination: NDArray[np.float64]
    metal_coordination: NDArray[np.float64]
    metal_coordination_random: float
    reduced_fraction: NDArray[np.float64]


def measures_of(
    geometry: Geometry, energies: LatticeEnergies, configuration: Configuration, pristine: Configuration
) -> Measures:
    """Measure a configuration against the pristine one that it came from."""
    species, valence = configuration.species, configuration.valence
    occupied = species != VACANT
    metal = occupied & (valence == 0)
    home = occupied & (configuration.identity == np.arange(geometry.sites))
    contacts = metal[geometry.octahedral_octahedra].sum(axis=1)
    kinds = range(len(energies.species))
    anion, metallic, reduced = (np.full(len(energies.species), np.nan) for _ in range(3))
    for s in kinds:
        mine = species == s
        anion[s] = 6.0 * float((valence[mine] > 0).mean())
        if (mine & metal).any():
            metallic[s] = float(contacts[mine & metal].mean())
        available = float(pristine.valence[pristine.species == s].sum())
        reduced[s] = 1.0 - float(valence[mine].sum()) / available
    cations = int(occupied.sum())
    metals = int(metal.sum())
    return Measures(
        home_fraction=float(home.sum() / cations),
        framework_fraction=float((home & ~metal).sum() / cations),
        anion_coordination=anion,
        metal_coordination=metallic,
        metal_coordination_random=12.0 * max(metals - 1, 0) / (geometry.sites - 1),
        reduced_fraction=reduced,
    )
