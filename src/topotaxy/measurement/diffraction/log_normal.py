"""Log-normal distributions of spheres by volume, on a table of diameters."""

from __future__ import annotations

import numpy as np

from topotaxy.measurement.diffraction.scattering import Floats

DIAMETERS = np.geomspace(4.0, 64.0, 13)
"""Å: diameters of spheres whose patterns are mixed to a log-normal distribution."""


def distribution(log_median: float, log_spread: float) -> Floats:
    """Return the shares by volume of :data:`DIAMETERS` in a log-normal distribution.

    Parameters
    ----------
    log_median : float
        Logarithm of the median by volume, in Å.
    log_spread : float
        Standard deviation of the logarithm.
    """
    weights = np.exp(-0.5 * ((np.log(DIAMETERS) - log_median) / log_spread) ** 2)
    return np.asarray(weights / weights.sum())


def mean_diameter(log_median: float, log_spread: float) -> float:
    """Return the mean diameter by volume of such a distribution, Å.

    Parameters
    ----------
    log_median, log_spread : float
        As of :func:`distribution`.
    """
    return float(distribution(log_median, log_spread) @ DIAMETERS)
