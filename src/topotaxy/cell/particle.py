"""Diffusion in the particle of the compiled cell: shells thinner towards the surface, steps implicit in
time."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def shells_of(n):  # type: ignore[no-untyped-def]
    """Shells of a particle of radius 1, thinner towards its surface: rows of the mesh.

    Row 0: volume of each shell over that of the particle; 1: conductance to the next one outwards, of the
    same measure; 2: distance from the middle of a shell to the surface.

    Parameters
    ----------
    n : int
        Number of shells of the particle.
    """
    mesh = np.empty((3, n))
    face = 0.0
    for i in range(n):
        share = 1.0 - (i + 1.0) / n
        outer = 1.0 - share * share
        mesh[0, i] = outer**3 - face**3
        mesh[2, i] = 1.0 - 0.5 * (outer + face)
        face = outer
    for i in range(n):
        share = 1.0 - (i + 1.0) / n
        outer = 1.0 - share * share
        mesh[1, i] = 3.0 * outer * outer / (mesh[2, i] - mesh[2, i + 1]) if i < n - 1 else 0.0
    return mesh


@njit(cache=True, nogil=True)
def diffused(e, c, dt, mesh, base, unit, work):  # type: ignore[no-untyped-def]
    """Shells after ``dt`` without flux (``base``) and by one unit of mean stoichiometry added (``unit``).

    Parameters
    ----------
    e : Electrode
        Constants of the electrode; its radius (m) and diffusivity (m²/s) are used.
    c : array (shells,)
        Stoichiometry of each shell, the outermost last.
    dt : float
        Length of the step, s.
    mesh : array (3, shells)
        As :func:`~topotaxy.cell.particle.shells_of` makes it.
    base, unit : array (shells,)
        Filled: stoichiometries after the step without flux, and what one unit of mean stoichiometry adds to
        them.
    work : array (3, shells)
        Room for the three diagonals.
    """
    n = c.size
    lower, upper, middle = work[0], work[1], work[2]
    k = dt * e.diffusivity / (e.radius * e.radius)
    for i in range(n):
        inner = k * mesh[1, i - 1] / mesh[0, i] if i > 0 else 0.0
        outer = k * mesh[1, i] / mesh[0, i]
        lower[i], upper[i], middle[i] = -inner, -outer, 1.0 + inner + outer
        base[i], unit[i] = c[i], 0.0
    unit[n - 1] = 1.0 / mesh[0, n - 1]
    for i in range(1, n):
        m = lower[i] / middle[i - 1]
        middle[i] -= m * upper[i - 1]
        base[i] -= m * base[i - 1]
        unit[i] -= m * unit[i - 1]
    base[n - 1] /= middle[n - 1]
    unit[n - 1] /= middle[n - 1]
    for i in range(n - 2, -1, -1):
        base[i] = (base[i] - upper[i] * base[i + 1]) / middle[i]
        unit[i] = (unit[i] - upper[i] * unit[i + 1]) / middle[i]


@njit(cache=True, nogil=True)
def mean_of(c, mesh):  # type: ignore[no-untyped-def]
    """Mean over the shells by volume.

    Parameters
    ----------
    c : array (shells,)
        Stoichiometry of each shell, the outermost last.
    mesh : array (3, shells)
        As :func:`~topotaxy.cell.particle.shells_of` makes it.
    """
    total = 0.0
    for i in range(c.size):
        total += c[i] * mesh[0, i]
    return total
