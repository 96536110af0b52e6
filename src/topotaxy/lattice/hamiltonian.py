"""The energy of a configuration: the one definition that every event must obey.

H = Σ_M [e_iso(M, z) + Σ_6 b(M, z, X)] + Σ_A Σ_4 b(A, X) + (K/288) Σ_X q_X² - Σ_<MM> ε f
    + c [Σ_b E_b² - (Σ_b E_b)²/N] + Σ_faces γ A + Σ_incoherent Φ

at a given strain of the frame, with q = 2 Σ_oct z + 3 Σ_tet n_A - 12 |z_X| the Pauling valence
excess of an anion in twelfths: zero everywhere in MX and in A2X, the elastic sum over the N
coherent blocks of a grain, faces between unlike blocks, and Φ the energy of the metal cluster
of an incoherent block (:mod:`topotaxy.lattice.clusters`). Free energies of formation from the
elements, eV.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics import LatticeEnergies
from topotaxy.lattice.clusters import cluster_energy
from topotaxy.lattice.frame import Frame, rigid_frame
from topotaxy.lattice.geometry import Geometry
from topotaxy.lattice.state import VACANT, Configuration
from topotaxy.material import ANION_CHARGE


def valence_excess(
    geometry: Geometry, energies: LatticeEnergies, configuration: Configuration
) -> NDArray[np.int32]:
    """Return q of every anion, shape (n,), in twelfths of a valence unit."""
    charge = np.array([-ANION_CHARGE[x] for x in energies.anions], dtype=np.int32)
    cations = configuration.valence[geometry.anion_octahedra].sum(axis=1, dtype=np.int32)
    alkali = configuration.alkali[geometry.anion_tetrahedra].sum(axis=1, dtype=np.int32)
    return np.asarray(2 * cations + 3 * alkali - 12 * charge[configuration.anion], dtype=np.int32)


def site_energies(
    geometry: Geometry, energies: LatticeEnergies, anion: NDArray[np.int8]
) -> NDArray[np.float64]:
    """Energy of a cation by its site, shape (n, species, 3), eV: isolation and six contacts."""
    kinds = np.arange(len(energies.anions))
    around = (anion[geometry.octahedral_anions][:, :, None] == kinds).sum(axis=1)
    found = np.repeat(energies.isolated[None], len(around), axis=0)
    # One kind after the other: the order of a product of matrices hangs on the processor.
    for kind in kinds:
        found += around[:, kind, None, None] * energies.cation_bond[None, :, :, kind]
    return found


def alkali_energies(
    geometry: Geometry, energies: LatticeEnergies, anion: NDArray[np.int8]
) -> NDArray[np.float64]:
    """Energy of A+ by its tetrahedral site, shape (2n,), eV: four contacts."""
    first, second, third, fourth = energies.alkali_bond[anion[geometry.tetrahedral_anions]].T
    return np.asarray((first + second) + (third + fourth))


def energy(
    geometry: Geometry,
    energies: LatticeEnergies,
    configuration: Configuration,
    frame: Frame | None = None,
    strain: float = 0.0,
) -> float:
    """Return H of a configuration, eV, from scratch; without ``frame`` it is rigid.

    ``strain`` is the linear strain at which the frame is held: bonds fade with it, and faces
    grow.
    """
    frame = rigid_frame(geometry, energies) if frame is None else frame
    species, valence, _, alkali, anion, incoherent, pooled, element = configuration
    occupied = np.flatnonzero(species != VACANT)
    sites = site_energies(geometry, energies, anion)[occupied, species[occupied], valence[occupied]].sum()
    ions = alkali_energies(geometry, energies, anion)[alkali == 1].sum()
    excess = valence_excess(geometry, energies, configuration).astype(float)
    metal = (species != VACANT) & (valence == 0)
    first, second = np.nonzero(metal[:, None] & metal[geometry.octahedral_octahedra])
    partner = geometry.octahedral_octahedra[first, second]
    own = np.diag(energies.metal_bond) * np.array(
        [np.interp(strain, frame.strain_grid, fading) for fading in frame.fading]
    )
    bonds = (own[species[first]] + own[species[partner]]).sum() / 4.0
    clusters = sum(
        cluster_energy(np.bincount(element[pooled == b], minlength=len(own)), energies.metal_bond)
        for b in np.flatnonzero(incoherent)
    )
    neighbours = geometry.block_neighbours
    faces = (incoherent[:, None] != incoherent[neighbours]).sum() / 2.0
    content = block_electrons(geometry, energies.reducible, configuration)[incoherent == 0].astype(float)
    strained = (content**2).sum() - content.sum() ** 2 / max(len(content), 1)
    return float(
        sites
        + ions
        + energies.valence_stiffness / 288.0 * (excess**2).sum()
        - bonds
        + frame.elastic * strained
        + frame.interface * (1.0 + strain) ** 2 * faces
        + clusters
    )


def block_electrons(
    geometry: Geometry, reducible: NDArray[np.bool_], configuration: Configuration
) -> NDArray[np.int64]:
    """Electrons that the reducible cations of each block have taken, shape (blocks,)."""
    species, valence = configuration.species, configuration.valence
    taken = np.where((species != VACANT) & reducible[species], 2 - valence.astype(np.int64), 0)
    pooled = configuration.pooled[configuration.pooled >= 0]
    in_clusters = 2 * np.bincount(pooled, minlength=geometry.blocks)
    return np.asarray(taken.reshape(geometry.blocks, -1).sum(axis=1) + in_clusters, dtype=np.int64)
