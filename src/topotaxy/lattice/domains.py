"""The domains of reduced metal: how large they are, and the interface that they have."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics import LatticeEnergies
from topotaxy.lattice.hamiltonian import atomic_volumes
from topotaxy.lattice.metal import radii
from topotaxy.lattice.state import Configuration, object_sizes

DIAMETERS = np.linspace(0.0, 4.0, 41)
"""Edges (nm) of the bins of :func:`distribution`; what is larger counts in the last."""


def domain_volumes(energies: LatticeEnergies, configuration: Configuration) -> NDArray[np.float64]:
    """Volume of every metal object of two atoms or more by its number, Å³; zero where there is none.

    Parameters
    ----------
    energies : LatticeEnergies
        Bonds and voltages of the material, eV; its arrays go by species and anion.
    configuration : Configuration
        Who sits where, by site: arrays (n,), alkali (2n,).
    """
    inside = configuration.metal_of >= 0
    volumes = atomic_volumes(energies)[configuration.element[inside]]
    found = np.bincount(configuration.metal_of[inside], weights=volumes, minlength=len(configuration.centre))
    return np.where(object_sizes(configuration) > 1, found, 0.0)


def mean_size(volumes: NDArray[np.float64]) -> float:
    """Diameter (nm) of the domains as spheres, mean by volume; NaN where there are none.

    Parameters
    ----------
    volumes : array, shape (n,)
        Volume of each metal domain, Å³; zero where there is none.
    """
    present = volumes[volumes > 0.0]
    if not len(present):
        return float("nan")
    return float((present * diameters(present)).sum() / present.sum())


def distribution(volumes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of the metal's volume by diameter, in the bins of :data:`DIAMETERS`; NaN without metal.

    Parameters
    ----------
    volumes : array, shape (n,)
        Volume of each metal domain, Å³; zero where there is none.
    """
    bins, present = len(DIAMETERS) - 1, volumes[volumes > 0.0]
    if not len(present):
        return np.full(bins, np.nan)
    place = np.clip(np.searchsorted(DIAMETERS, diameters(present), side="right") - 1, 0, bins - 1)
    return np.asarray(np.bincount(place, weights=present, minlength=bins) / present.sum())


def diameters(volumes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Diameters (nm) of spheres of these volumes (Å³).

    Parameters
    ----------
    volumes : array, shape (n,)
        Volume of each metal domain, Å³; zero where there is none.
    """
    return 0.2 * radii(volumes)


def interface_area(volumes: NDArray[np.float64]) -> float:
    """Metal/salt interface of the whole box, nm²: the surfaces of the domains as spheres.

    A single atom has no interface: it is a solute.

    Parameters
    ----------
    volumes : array, shape (n,)
        Volume of each metal domain, Å³; zero where there is none.
    """
    across = diameters(volumes[volumes > 0.0])
    return float(np.pi * (across * across).sum())
