"""The domains of reduced metal: how large they are, and the interface that they have."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics import LatticeEnergies
from topotaxy.lattice.clusters import lost_bonds
from topotaxy.lattice.geometry import Geometry
from topotaxy.lattice.state import Configuration
from topotaxy.material import product_volume
from topotaxy.portable import cbrt, over

DIAMETERS = np.linspace(0.0, 4.0, 41)
"""Edges (nm) of the bins of :func:`distribution`; what is larger counts in the last."""


def _atomic_volumes(energies: LatticeEnergies) -> NDArray[np.float64]:
    """Volume of an atom in its own metal, by species, Å³."""
    return np.array([product_volume(element) for element in energies.species])


def domain_volumes(
    geometry: Geometry, energies: LatticeEnergies, configuration: Configuration
) -> NDArray[np.float64]:
    """Volume of the metal cluster of every block, Å³; zero where it has none."""
    inside = configuration.pooled >= 0
    volumes = _atomic_volumes(energies)[configuration.element[inside]]
    found = np.bincount(configuration.pooled[inside], weights=volumes, minlength=geometry.blocks)
    return found.astype(np.float64)


def mean_size(volumes: NDArray[np.float64]) -> float:
    """Diameter (nm) of the clusters as spheres, mean by volume; NaN where there are none."""
    if not volumes.any():
        return float("nan")
    return math.fsum((volumes * diameters(volumes)).tolist()) / math.fsum(volumes.tolist())


def distribution(volumes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the metal's volume by diameter, in the bins of :data:`DIAMETERS`; NaN without metal."""
    bins = len(DIAMETERS) - 1
    if not volumes.any():
        return np.full(bins, np.nan)
    place = np.clip(np.searchsorted(DIAMETERS, diameters(volumes), side="right") - 1, 0, bins - 1)
    return np.asarray(np.bincount(place, weights=volumes, minlength=bins) / math.fsum(volumes.tolist()))


def diameters(volumes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Diameters (nm) of spheres of these volumes (Å³)."""
    return 0.1 * over(cbrt, 6.0 * volumes / np.pi)


def interface_area(
    energies: LatticeEnergies,
    configuration: Configuration,
    metal: NDArray[np.bool_],
    contacts: NDArray[np.int64],
    sizes: NDArray[np.int64],
) -> float:
    """Metal/salt interface of the whole box, nm².

    An atom of a (111) face, area √3/4 a² with a³ four atomic volumes, lacks 3/2 bonds: each bond
    lost counts for two thirds of that area. A lone atom has no interface: it is a solute.

    ``metal`` marks the sites that hold M0, ``contacts`` how many M0 are beside each site, and
    ``sizes`` are those of the clusters by block.
    """
    edges = over(cbrt, 4.0 * _atomic_volumes(energies))
    faces = np.sqrt(3.0) / 4.0 * edges * edges / 150.0
    bonded = metal & (contacts > 0)
    lost = [math.fsum((faces[configuration.species[bonded]] * (6.0 - 0.5 * contacts[bonded])).tolist())]
    for block in np.flatnonzero(sizes > 1):
        atoms = configuration.element[configuration.pooled == block]
        lost.append(math.fsum(faces[atoms].tolist()) * float(lost_bonds(len(atoms))))
    return math.fsum(lost)
