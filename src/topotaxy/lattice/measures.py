"""What a configuration means: home, framework, coherency, coordination, domains, strain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics import LatticeEnergies
from topotaxy.lattice.clusters import coordination
from topotaxy.lattice.distances import Spacings, anion_distances, metal_distances
from topotaxy.lattice.domains import distribution, domain_volumes, interface_area, mean_size
from topotaxy.lattice.frame import Frame
from topotaxy.lattice.geometry import Geometry
from topotaxy.lattice.hamiltonian import block_electrons
from topotaxy.lattice.state import VACANT, Configuration
from topotaxy.portable import cbrt


@dataclass(frozen=True, kw_only=True)
class Measures:
    """Measures of one configuration; arrays run over the species where nothing else is said.

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
    domain_distribution (bins,):
        Share of the metal of these clusters by their diameter; NaN where there are none.
    interface_area:
        Metal/salt interface per cation, nm²; lone atoms have none.
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
    anion_distance:
        Mean M-X distance of its oxidised cations, Å; NaN where there are none.
    metal_distance:
        Mean M-M distance over the bonds of its metal, Å; NaN where it has none.
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
    domain_distribution: NDArray[np.float64]
    anion_coordination: NDArray[np.float64]
    metal_coordination: NDArray[np.float64]
    anion_distance: NDArray[np.float64]
    metal_distance: NDArray[np.float64]
    reduced_fraction: NDArray[np.float64]
    pooled_fraction: NDArray[np.float64]


def measures_of(
    geometry: Geometry,
    energies: LatticeEnergies,
    frame: Frame,
    spacings: Spacings,
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
    volumes = domain_volumes(geometry, energies, configuration)
    return Measures(
        home_fraction=float(home.sum() / cations),
        framework_fraction=float((home & ~metal).sum() / cations),
        coherent_fraction=float((configuration.incoherent == 0).mean()),
        domain_size=mean_size(volumes),
        domain_distribution=distribution(volumes),
        interface_area=interface_area(energies, configuration, metal, contacts, sizes) / cations,
        frame_strain=strain,
        frame_stress=stress,
        metal_coordination_random=12.0 * max(metals - 1, 0) / (geometry.sites - 1),
        anion_coordination=anion,
        metal_coordination=metallic,
        anion_distance=anion_distances(geometry, energies, spacings, strain, configuration),
        metal_distance=metal_distances(energies, spacings, strain, contacts, volumes, sizes, configuration),
        reduced_fraction=reduced,
        pooled_fraction=pooled,
    )


def _strain_and_stress(
    geometry: Geometry, energies: LatticeEnergies, frame: Frame, configuration: Configuration
) -> tuple[float, float]:
    inside = configuration.incoherent == 0
    if not inside.any():
        return float("nan"), float("nan")
    content = block_electrons(geometry, energies.reducible, configuration)[inside].astype(float)
    strain = cbrt(1.0 + frame.growth * float(content.mean())) - 1.0
    # c E² is an energy of one block of strain e: stress Y e = sqrt(Y c / V) E.
    stress = np.sqrt(frame.modulus * frame.elastic / frame.block_volume) * content.std()
    return strain, float(stress * 160.2176634)
