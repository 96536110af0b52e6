"""Voltage branches of a lattice on one grid of stoichiometries.

A draw of the lattice has three: first discharge, later discharge, charge. They are taken at a current so low
that the cell's own kinetics add to them and do not count twice.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from topotaxy.constants import AVOGADRO

BRANCHES = ("first_discharge", "discharge", "charge")
POINTS = 101
"""Stoichiometries at which a branch is kept."""


def branch_from_curves(
    stoichiometries: Sequence[NDArray[np.float64]], voltages: Sequence[NDArray[np.float64]]
) -> tuple[float, ...]:
    """Average curves of replicas and cycles into one falling branch on the grid of the tables.

    Each curve is brought to the grid, the mean is made monotone by isotonic regression (a lattice
    of some hundred atoms is noisy) and smoothed over three points. Beyond the ends of the curves
    their end values stand.

    Parameters
    ----------
    stoichiometries, voltages : sequence of array (points,)
        Of each curve, any number of points; voltages in V. What is not finite is left out.

    Returns
    -------
    tuple of float
        Voltage (V) at :data:`POINTS` equidistant stoichiometries from 0 to 1.
    """
    grid = np.linspace(0.0, 1.0, POINTS)
    rows = []
    for x, v in zip(stoichiometries, voltages, strict=True):
        kept = np.isfinite(x) & np.isfinite(v)
        order = np.argsort(x[kept])
        rows.append(np.interp(grid, x[kept][order], v[kept][order]))
    falling = _falling(np.mean(rows, axis=0))
    smooth = falling.copy()
    smooth[1:-1] = (falling[:-2] + falling[1:-1] + falling[2:]) / 3.0
    return tuple(round(float(value), 5) for value in smooth)


def _falling(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Isotonic regression to a curve that never rises."""
    from scipy.optimize import isotonic_regression

    return np.asarray(isotonic_regression(values, increasing=False).x)


def density_of(molar_mass: float, site_volume: float) -> float:
    """Density in g/cm³ from the molar mass (g/mol) and the volume of a formula unit (Å³).

    Parameters
    ----------
    molar_mass : float
        Of a formula unit with one cation, g/mol.
    site_volume : float
        Volume of a formula unit with one cation, Å³.
    """
    return float(molar_mass / (AVOGADRO * site_volume * 1e-24))


def area_per_gram(molar_mass: float) -> float:
    """m² per gram for one nm² per cation, one cation a formula unit of ``molar_mass`` (g/mol).

    Parameters
    ----------
    molar_mass : float
        g/mol, of a formula unit with one cation.
    """
    return float(AVOGADRO * 1e-18 / molar_mass)
