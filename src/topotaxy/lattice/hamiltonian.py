"""The energy of a configuration: the one definition that every event must obey.

H = Σ_M [e_iso(M, z) + Σ_6 b(M, z, X)] + Σ_A Σ_4 b(A, X) + (K/288) Σ_X q_X² - Σ_<MM> ε

with q = 2 Σ_oct z + 3 Σ_tet n_A - 12 |z_X| the Pauling valence excess of an anion in twelfths:
zero everywhere in MX and in A2X. Free energies of formation from the elements, eV.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics import LatticeEnergies
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
    contacts = np.einsum("nx,szx->nsz", around.astype(float), energies.cation_bond)
    return np.asarray(contacts + energies.isolated[None])


def alkali_energies(
    geometry: Geometry, energies: LatticeEnergies, anion: NDArray[np.int8]
) -> NDArray[np.float64]:
    """Energy of A+ by its tetrahedral site, shape (2n,), eV: four contacts."""
    return np.asarray(energies.alkali_bond[anion[geometry.tetrahedral_anions]].sum(axis=1))


def energy(geometry: Geometry, energies: LatticeEnergies, configuration: Configuration) -> float:
    """Return H of a configuration, eV, from scratch."""
    species, valence, _, alkali, anion = configuration
    occupied = np.flatnonzero(species != VACANT)
    sites = site_energies(geometry, energies, anion)[occupied, species[occupied], valence[occupied]].sum()
    ions = alkali_energies(geometry, energies, anion)[alkali == 1].sum()
    excess = valence_excess(geometry, energies, configuration).astype(float)
    metal = (species != VACANT) & (valence == 0)
    first, second = np.nonzero(metal[:, None] & metal[geometry.octahedral_octahedra])
    partner = geometry.octahedral_octahedra[first, second]
    bonds = energies.metal_bond[species[first], species[partner]].sum() / 2.0
    return float(sites + ions + energies.valence_stiffness / 288.0 * (excess**2).sum() - bonds)
