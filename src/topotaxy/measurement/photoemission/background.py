"""Backgrounds of inelastically scattered electrons, between stated ends."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ENDS = 5
"""Points at either end over which the level is averaged."""
MOST_ROUNDS = 200
TOUGAARD_C = 1643.0
"""eV²; B E/(C + E²)² is the universal cross-section of metals and oxides (Tougaard, Surf. Interface Anal.
11 (1988) 453)."""


def shirley(energy: Floats, intensity: Floats, *, tolerance: float = 1e-7) -> Floats:
    """Return Shirley's background: proportional to the area of the line at lower binding energy.

    Iterated to a fixed point, so that the background of a spectrum less it is flat (Shirley, Phys. Rev. B 5
    (1972) 4709; Proctor and Sherwood, Anal. Chem. 54 (1982) 13).

    Parameters
    ----------
    energy : array (n,)
        Binding energy, eV, rising.
    intensity : array (n,)
        Counts.
    tolerance : float
        Change of the background, over the largest intensity, at which the iteration ends.
    """
    low, high = float(intensity[:ENDS].mean()), float(intensity[-ENDS:].mean())
    background = np.linspace(low, high, len(energy))
    largest = float(np.abs(intensity).max())
    for _ in range(MOST_ROUNDS):
        line = np.maximum(intensity - background, 0.0)
        below = np.concatenate([[0.0], np.cumsum(0.5 * (line[1:] + line[:-1]) * np.diff(energy))])
        if below[-1] <= 0.0:
            return background
        renewed = low + (high - low) * below / below[-1]
        if np.abs(renewed - background).max() <= tolerance * largest:
            return np.asarray(renewed)
        background = renewed
    return np.asarray(background)


def losses(loss: Floats, *, c: float, d: float | None = None, gap: float = 0.0) -> Floats:
    """Return the shape of a universal cross-section of energy losses, its amplitude B at one.

    Parameters
    ----------
    loss : array, any shape
        Energy losses, eV.
    c, d : float
        eV²: T/(c + T²)² where ``d`` is not given, else T/((c - T²)² + d T²), the form of three parameters
        (Tougaard, Surf. Interface Anal. 25 (1997) 137).
    gap : float
        eV below which nothing is lost, of insulators.
    """
    squared = loss**2
    below = (c + squared) ** 2 if d is None else (c - squared) ** 2 + d * squared
    return np.asarray(np.where(loss > gap, loss / below, 0.0))


def tougaard_fitted(
    energy: Floats, intensity: Floats, *, c: float = TOUGAARD_C, d: float | None = None, gap: float = 0.0
) -> tuple[Floats, float]:
    """Return Tougaard's background that meets the high-energy end, and the amplitude B (eV²) that it takes.

    Parameters
    ----------
    energy, intensity : array (n,)
        Binding energy, eV, rising; counts.
    c, d, gap : float
        Of :func:`losses`.
    """
    step = np.gradient(energy)
    base = float(intensity[:ENDS].mean())
    kernel = losses(energy[:, None] - energy[None, :], c=c, d=d, gap=gap)
    scattered = kernel @ ((intensity - base) * step)
    end = float(scattered[-ENDS:].mean())
    scale = (float(intensity[-ENDS:].mean()) - base) / end if end > 0.0 else 0.0
    return np.asarray(base + max(scale, 0.0) * scattered), max(scale, 0.0)


def tougaard(energy: Floats, intensity: Floats) -> Floats:
    """Return Tougaard's background of the universal cross-section, scaled to meet the high-energy end.

    The cross-section counts energy losses: electrons of lower binding energy than each point. Parameters as
    of :func:`tougaard_fitted`.
    """
    return tougaard_fitted(energy, intensity)[0]


def linear(energy: Floats, intensity: Floats) -> Floats:
    """Return the straight line between the means of the ends.

    Parameters
    ----------
    energy, intensity : array (n,)
        Binding energy, eV, rising; counts.
    """
    low, high = float(intensity[:ENDS].mean()), float(intensity[-ENDS:].mean())
    return np.asarray(low + (high - low) * (energy - energy[0]) / (energy[-1] - energy[0]))


BACKGROUNDS = {"shirley": shirley, "tougaard": tougaard, "linear": linear}
