"""What a configuration means: home, framework, coherency, coordination, domains, strain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics import LatticeEnergies
from topotaxy.lattice.clusters import coordination, diameter, lost_bonds
from topotaxy.lattice.frame import Frame
from topotaxy.lattice.geometry import Geometry
from topotaxy.lattice.hamiltonian import block_electrons
from topotaxy.lattice.state import VACANT, Configuration
from topotaxy.material import product_volume


@dataclass(frozen=True, kw_only=True)
class Measures:
    """Measures of one configuration; arrays run over the species.

    Attributes
    ----------
    home_fraction:
        Cations that sit where they started.
    framework_fraction:
        Cations that sit where they started and are not metal: those that hold the frame.
    coherent_fraction:
        Blocks that are coherent with the frame.
    domain_size:
        Diameter (nm) of the metal clusters of incoherent blocks as spheres, mean by volume; NaN
        where there are none. Below the size of a block it cannot resolve two clusters.
    interface_area:
        Metal/salt interface per cation, nm²: a third of a (111) atom's area for each bond lost.
    frame_strain:
        Linear strain of the coherent part against the pristine frame; NaN where nothing is left.
    frame_stress:
        Root-mean-square stress of the coherent blocks from the differences of their content, GPa.
    anion_coordination:
        Mean number of M-X bonds: six for an oxidised cation, none for M0.
    metal_coordination:
        Mean number of M0 around an M0 of the element; NaN where it has no M0.
    metal_coordination_random:
        What that would be with the M0 of this configuration spread at random over cation sites.
    reduced_fraction:
        Electrons taken up since pristine over electrons to the metal.
    pooled_fraction:
        Cations of the element in metal clusters of incoherent blocks.
    """

    home_fraction: float
    framework_fraction: float
    coherent_fraction: float
    domain_size: float
    interface_area: float
    frame_strain: float
    frame_stress: float
    metal_coordination_random: float
    anion_coordination: NDArray[np.float64]
    metal_coordination: NDArray[np.float64]
    reduced_fraction: NDArray[np.float64]
    pooled_fraction: NDArray[np.float64]


def measures_of(
    geometry: Geometry,
    energies: LatticeEnergies,
    frame: Frame,
    configuration: Configuration,
    pristine: Configuration,
) -> Measures:
    """Measure a configuration against the pristine one that it came from."""
    species, valence, element = configuration.species, configuration.valence, configuration.element
    occupied = species != VACANT
    metal = occupied & (valence == 0)
    home = occupied & (configuration.identity == np.arange(geometry.sites))
    contacts = metal[geometry.octahedral_octahedra].sum(axis=1)
    sizes = np.bincount(configuration.pooled[configuration.pooled >= 0], minlength=geometry.blocks)
    in_cluster = np.array([coordination(int(n)) for n in sizes])
    kinds = len(energies.species)
    anion, metallic, reduced, pooled = (np.full(kinds, np.nan) for _ in range(4))
    for s in range(kinds):
        mine = species == s
        clustered = configuration.pooled[(element == s) & (configuration.pooled >= 0)]
        number = int((element == s).sum())
        anion[s] = 6.0 * float((valence[mine] > 0).sum()) / number
        neighbours = np.concatenate([contacts[mine & metal].astype(float), in_cluster[clustered]])
        if len(neighbours):
            metallic[s] = float(neighbours.mean())
        available = float(pristine.valence[pristine.species == s].sum())
        reduced[s] = 1.0 - float(valence[mine].sum()) / available
        pooled[s] = len(clustered) / number
    cations = int((element != VACANT).sum())
    metals = int(metal.sum()) + int(sizes.sum())
    strain, stress = _strain_and_stress(geometry, energies, frame, configuration)
    return Measures(
        home_fraction=float(home.sum() / cations),
        framework_fraction=float((home & ~metal).sum() / cations),
        coherent_fraction=float((configuration.incoherent == 0).mean()),
        domain_size=_domain_size(geometry, energies, configuration),
        interface_area=_interface_area(energies, configuration, metal, contacts, sizes) / cations,
        frame_strain=strain,
        frame_stress=stress,
        metal_coordination_random=12.0 * max(metals - 1, 0) / (geometry.sites - 1),
        anion_coordination=anion,
        metal_coordination=metallic,
        reduced_fraction=reduced,
        pooled_fraction=pooled,
    )


def _atomic_volumes(energies: LatticeEnergies) -> NDArray[np.float64]:
    return np.array([product_volume(element) for element in energies.species])


def _domain_size(geometry: Geometry, energies: LatticeEnergies, configuration: Configuration) -> float:
    inside = configuration.pooled >= 0
    if not inside.any():
        return float("nan")
    volumes = np.bincount(
        configuration.pooled[inside],
        weights=_atomic_volumes(energies)[configuration.element[inside]],
        minlength=geometry.blocks,
    )
    return float(sum(v * diameter(v) for v in volumes) / volumes.sum())


def _interface_area(
    energies: LatticeEnergies,
    configuration: Configuration,
    metal: NDArray[np.bool_],
    contacts: NDArray[np.int64],
    sizes: NDArray[np.int64],
) -> float:
    """nm² in all. An atom of a (111) face, area √3/4 a² with a³ four atomic volumes, lacks 3/2 bonds."""
    faces = np.sqrt(3.0) / 4.0 * (4.0 * _atomic_volumes(energies)) ** (2.0 / 3.0) / 150.0
    lost = faces[configuration.species[metal]] @ (6.0 - 0.5 * contacts[metal])
    for block in np.flatnonzero(sizes):
        atoms = configuration.element[configuration.pooled == block]
        lost += faces[atoms].sum() * lost_bonds(len(atoms))
    return float(lost)


def _strain_and_stress(
    geometry: Geometry, energies: LatticeEnergies, frame: Frame, configuration: Configuration
) -> tuple[float, float]:
    inside = configuration.incoherent == 0
    if not inside.any():
        return float("nan"), float("nan")
    content = block_electrons(geometry, energies.reducible, configuration)[inside].astype(float)
    strain = float((1.0 + frame.growth * content.mean()) ** (1.0 / 3.0) - 1.0)
    # c E² is an energy of one block of strain e: stress Y e = sqrt(Y c / V) E.
    stress = np.sqrt(frame.modulus * frame.elastic / frame.block_volume) * content.std()
    return strain, float(stress * 160.2176634)
