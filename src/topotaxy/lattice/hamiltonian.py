"""The energy of a configuration: the one definition that every event must obey.

H = Σ_M Σ_6 b(M, z, X) + Σ_A Σ_4 b(A, X) + (K/288) Σ_X q_X²
    + Σ_objects [Φ + x p V] + Σ_registered w(E) + γ A

with q = 2 Σ_oct z + 3 Σ_tet n_A - 12 |z_X| the Pauling valence excess of an anion in twelfths: zero
everywhere in MX and in A2X. Φ is the energy of a metal object (:mod:`topotaxy.lattice.metal`), x the share
of the grain in registry and pV what an object of two atoms or more pays where all of it is, w the elastic
energy of a registered region at the content that the frame is held at, and γ A that of the border between
what is in registry and what is not (:mod:`topotaxy.lattice.frame`). Free energies of formation from the
elements, eV.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics import LatticeEnergies
from topotaxy.lattice.frame import Frame, region_content, rigid_frame
from topotaxy.lattice.geometry import Geometry
from topotaxy.lattice.metal import object_energy
from topotaxy.lattice.state import VACANT, Configuration
from topotaxy.material import ANION_CHARGE, product_volume
from topotaxy.portable import cbrt


def valence_excess(
    geometry: Geometry, energies: LatticeEnergies, configuration: Configuration
) -> NDArray[np.int32]:
    """Return q of every anion, shape (n,), in twelfths of a valence unit.

    Parameters
    ----------
    geometry : Geometry
        Sites of the box and their neighbours; n octahedral and 2n tetrahedral sites.
    energies : LatticeEnergies
        Bonds and voltages of the material, eV; its arrays go by species and anion.
    configuration : Configuration
        Who sits where, by site: arrays (n,), alkali (2n,).
    """
    charge = np.array([-ANION_CHARGE[x] for x in energies.anions], dtype=np.int32)
    cations = configuration.valence[geometry.anion_octahedra].sum(axis=1, dtype=np.int32)
    alkali = configuration.alkali[geometry.anion_tetrahedra].sum(axis=1, dtype=np.int32)
    return np.asarray(2 * cations + 3 * alkali - 12 * charge[configuration.anion], dtype=np.int32)


def site_energies(
    geometry: Geometry, energies: LatticeEnergies, anion: NDArray[np.int8]
) -> NDArray[np.float64]:
    """Energy of a cation by its site, shape (n, species, 3), eV: six contacts.

    Parameters
    ----------
    geometry : Geometry
        Sites of the box and their neighbours; n octahedral and 2n tetrahedral sites.
    energies : LatticeEnergies
        Bonds and voltages of the material, eV; its arrays go by species and anion.
    anion : array of int8, shape (n,)
        Index among the anion symbols of each anion.
    """
    around = anion[geometry.octahedral_anions]
    found = np.zeros((geometry.sites, *energies.cation_bond.shape[:2]))
    for x in range(len(energies.anions)):
        found += (around == x).sum(axis=1)[:, None, None] * energies.cation_bond[None, :, :, x]
    return found


def alkali_energies(
    geometry: Geometry, energies: LatticeEnergies, anion: NDArray[np.int8]
) -> NDArray[np.float64]:
    """Energy of A+ by its tetrahedral site, shape (2n,), eV: four contacts.

    Parameters
    ----------
    geometry : Geometry
        Sites of the box and their neighbours; n octahedral and 2n tetrahedral sites.
    energies : LatticeEnergies
        Bonds and voltages of the material, eV; its arrays go by species and anion.
    anion : array of int8, shape (n,)
        Index among the anion symbols of each anion.
    """
    around = anion[geometry.tetrahedral_anions]
    found = np.zeros(2 * geometry.sites)
    for x in range(len(energies.anions)):
        found += (around == x).sum(axis=1) * energies.alkali_bond[x]
    return found


def atomic_volumes(energies: LatticeEnergies) -> NDArray[np.float64]:
    """Volume of an atom in its own metal by species, Å³; zero for what never becomes metal.

    Parameters
    ----------
    energies : LatticeEnergies
        Bonds and voltages of the material, eV; its arrays go by species and anion.
    """
    return np.array(
        [product_volume(el) if r else 0.0 for el, r in zip(energies.species, energies.reducible, strict=True)]
    )


def elastic_energy(
    frame: Frame, sites: NDArray[np.int32], content: NDArray[np.float64], mean: float
) -> NDArray[np.float64]:
    """w of regions of so many ``sites`` and electrons, eV, in a frame held at ``mean`` electrons a site.

    Parameters
    ----------
    frame : Frame
        Constants of the grain; k and W of each region (eV) are used.
    sites, content : array, shape (regions,)
        Sites of a region, and electrons that they have taken.
    mean : float
        Content that the frame is held at, electrons a site, 0 to 2.
    """
    excess = content - sites * mean
    free = frame.elastic * excess * excess
    return np.divide(free * frame.cap, free + frame.cap, out=np.zeros_like(free), where=free > 0.0)


def border_area(frame: Frame, lost: int, sites: int) -> float:
    """Area (Å²) of the border around ``lost`` of the sites of a grain, or around the rest.

    That of a sphere, and never more than that of a slab through the whole box.

    Parameters
    ----------
    frame : Frame
        Constants of the grain; the volume of a site (Å³) is used.
    lost, sites : int
        Number of sites in regions out of registry, and of all sites of the grain.
    """
    part = min(lost, sites - lost) * frame.site_volume
    edge = cbrt(sites * frame.site_volume)
    return min(4.0 * math.pi * cbrt(3.0 * part / (4.0 * math.pi)) ** 2, 2.0 * edge * edge)


def energy(
    geometry: Geometry,
    energies: LatticeEnergies,
    configuration: Configuration,
    frame: Frame | None = None,
    mean: float = 0.0,
) -> float:
    """Return H of a configuration, eV, from scratch; without ``frame`` it is rigid.

    ``mean`` is the content (electrons a site) that the frame is held at.

    Parameters
    ----------
    geometry : Geometry
        Sites of the box and their neighbours; n octahedral and 2n tetrahedral sites.
    energies : LatticeEnergies
        Bonds and voltages of the material, eV; its arrays go by species and anion.
    configuration : Configuration
        Who sits where, by site: arrays (n,), alkali (2n,).
    frame : Frame, optional
        Constants of the grain; without one, a frame that neither strains nor breaks.
    mean : float
        Content (electrons a site) that the frame is held at.
    """
    frame = rigid_frame(geometry, configuration) if frame is None else frame
    c = configuration
    occupied = np.flatnonzero(c.species != VACANT)
    ions = site_energies(geometry, energies, c.anion)[occupied, c.species[occupied], c.valence[occupied]]
    alkali = alkali_energies(geometry, energies, c.anion)[c.alkali == 1]
    excess = valence_excess(geometry, energies, c).astype(float)
    bonds, volumes = np.diag(energies.metal_bond), atomic_volumes(energies)
    lost = int(geometry.region_sites[c.registered == 0].sum())
    metal, share = 0.0, 1.0 - lost / geometry.sites
    for k in np.flatnonzero(c.centre >= 0):
        counts = np.bincount(c.element[c.metal_of == k], minlength=len(bonds))
        metal += object_energy(counts, bonds)
        if counts.sum() > 1:
            metal += share * frame.pressure * math.fsum((counts * volumes).tolist())
    inside = c.registered == 1
    strained = elastic_energy(
        frame, geometry.region_sites, region_content(geometry, frame, c).astype(float), mean
    )[inside].sum()
    return float(
        ions.sum()
        + alkali.sum()
        + energies.valence_stiffness / 288.0 * (excess * excess).sum()
        + metal
        + strained
        + frame.surface * border_area(frame, lost, geometry.sites)
    )
