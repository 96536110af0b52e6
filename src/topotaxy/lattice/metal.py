"""Metal objects: what they cost, how large they are, and how far a site is from their surface.

All M0 is in objects off the lattice: single atoms and clusters alike. An object of n atoms costs
Φ = Σ_s n_s ε_s · min(6, σ n^(-1/3)) above bulk metal: the broken bonds of a sphere, and never more than
six an atom, which is the price of a single one. Its elements mix ideally, which the choice among its
atoms brings about. It displaces its matrix outwards: a site at r from its centre before lies at
(r³ + R³)^(1/3) then, so at (r³ + R³)^(1/3) - R from the surface of a sphere of radius R.
"""

from __future__ import annotations

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from topotaxy.portable import cbrt, over

_FOUR = cbrt(4.0)
SURFACE = cbrt(36.0 * math.pi) / (_FOUR * _FOUR) * 1.5 / (math.sqrt(3.0) / 4.0)
"""σ: bonds lost by a sphere of n fcc atoms over n^(2/3), 6.65.

Area of the sphere over that of an atom of a (111) face, √3/4 a², of which each lacks 3/2 bonds.
"""


EXACT, WIDTH = 12, 1.08
"""Atoms up to which distances tell every size apart, and the ratio of sizes beyond that they do not."""


@cache
def lost_bonds(atoms: int) -> float:
    """Bonds that an atom of an object of ``atoms`` lacks, on average.

    Parameters
    ----------
    atoms : int
        Number of atoms of the object, at least one.
    """
    return min(6.0, SURFACE / cbrt(float(atoms))) if atoms > 0 else 0.0


@cache
def coordination(atoms: int) -> float:
    """Mean number of neighbours of an atom in an object: twelve, less two for each lost bond.

    Parameters
    ----------
    atoms : int
        Number of atoms of the object, at least one.
    """
    return 12.0 - 2.0 * lost_bonds(atoms)


def object_energy(counts: NDArray[np.int64], bonds: NDArray[np.float64]) -> float:
    """Φ (eV) of an object with ``counts`` atoms of each species; ``bonds`` (species,) in eV.

    Parameters
    ----------
    counts : array of int, shape (species,)
        Number of atoms of each species in the object.
    bonds : array, shape (species,)
        Energy ε of a bond of each metal, eV.
    """
    total = math.fsum((counts * bonds).tolist())
    return total * lost_bonds(int(counts.sum()))


def radii(volumes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Radii of spheres of these volumes, in the unit whose cube that of volume is.

    Parameters
    ----------
    volumes : array
        Volumes of spheres, in the cube of any unit of length.
    """
    return over(cbrt, 3.0 * volumes / (4.0 * math.pi))


def size_classes(most: int) -> NDArray[np.int32]:
    """Class of objects of 0 to ``most`` atoms whose radii count as one, shape (most + 1,).

    Up to :data:`EXACT` atoms each has its own; beyond, sizes within :data:`WIDTH` share the radius of their
    mean, which is off by 1.3 % at most. Distances alone are counted so; energies are of the true size. Both
    directions of an event see the same distance, so that this is no more than a prefactor.

    Parameters
    ----------
    most : int
        Number of atoms of the largest object.
    """
    found, first, last = np.zeros(most + 1, dtype=np.int32), 0, 0
    for atoms in range(1, most + 1):
        if atoms <= EXACT or atoms >= WIDTH * first:
            first, last = atoms, last + 1
        found[atoms] = last
    return found


def surface_distances(volumes: NDArray[np.float64], separations: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance (Å) of sites from the surface of objects of these ``volumes`` (m,) in Å³, shape (m, k).

    ``separations`` (k,): distances of the sites from the centre (Å) in the matrix as it would be
    without the object.

    Parameters
    ----------
    volumes : array, shape (m,)
        Volume of each metal object, Å³.
    separations : array, shape (k,)
        Å, of sites from the centre, in the matrix as it would be without the object.
    """
    radius = radii(volumes)[:, None]
    cubes = separations * separations * separations
    return over(cbrt, cubes[None, :] + radius * radius * radius) - radius
