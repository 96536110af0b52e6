"""Where a line is highest, and how well that is known."""

from __future__ import annotations

import numpy as np

from topotaxy.measurement.photoemission.background import Floats

SMOOTHED = 0.35
"""eV: the maximum is that of a parabola through the points within this of the largest."""


def maximum_of(energy: Floats, line: Floats, deviation: Floats) -> tuple[float | None, float | None]:
    """Return the position of the maximum (eV) and its standard deviation; None at an end of the window.

    Parameters
    ----------
    energy, line, deviation : array (n,)
        eV; intensity above the background and its standard deviation.
    """
    top = int(np.argmax(np.convolve(line, np.ones(3) / 3.0, mode="same")))
    if top < 2 or top > len(energy) - 3:
        return None, None
    near = np.abs(energy - energy[top]) <= max(SMOOTHED, 2.1 * float(np.median(np.diff(energy))))
    x = energy[near] - energy[top]
    design = np.column_stack([np.ones(len(x)), x, x**2])
    weighted = design / deviation[near][:, None]
    covariance = np.linalg.pinv(weighted.T @ weighted)
    _, slope, curve = covariance @ (weighted.T @ (line[near] / deviation[near]))
    if curve >= 0.0:
        return None, None
    gradient = np.array([0.0, -0.5 / curve, 0.5 * slope / curve**2])
    at = float(energy[top] - 0.5 * slope / curve)
    if abs(at - energy[top]) > 2.0 * SMOOTHED:
        return None, None
    return at, float(np.sqrt(max(gradient @ covariance @ gradient, 0.0)))
