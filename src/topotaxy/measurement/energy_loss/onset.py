"""Energy of an edge: half the height of its rise to the first maximum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.energy_loss.background import extrapolated, windows
from topotaxy.measurement.energy_loss.edges import GAP, SEARCHED, Edge
from topotaxy.measurement.files.spectra.stored import Floats

WIDEST_SPREAD = 1.5
"""eV: where windows move an onset by more, what rises is no edge."""


@dataclass(frozen=True, kw_only=True)
class Onset:
    """Energy (eV), its standard deviation by counting, and the spread over windows of the background."""

    energy: float
    uncertainty: float
    spread: float


def half_rise(energy: Floats, total: Floats, variance: Floats, edge: Edge, *, width: float) -> Onset | None:
    """Return where an edge reaches half its first maximum; None where it does not stand out of the noise.

    Parameters
    ----------
    energy, total, variance : array (n,)
        eV; the spectrum and its variance.
    edge : Edge
        Which one; the maximum is looked for from 8 eV before the table's energy to 12 eV behind it.
    width : float
        Of the background window, eV.
    """
    high = edge.energy - GAP
    low = max(high - width, float(energy[0]))
    step = float(energy[1] - energy[0])
    reach = max(round(0.5 / step), 1) | 1
    box = np.ones(reach) / reach
    noise = np.sqrt(np.convolve(variance, box**2, mode="same"))
    ahead = SEARCHED + (12.0 if edge.name == "K" else 2.0)
    near = np.flatnonzero((energy >= edge.energy - ahead) & (energy <= edge.energy + SEARCHED + 4.0))
    found = []
    for first, last in windows(low, high):
        above = np.convolve(total - extrapolated(energy, total, first, last), box, mode="same")
        top = first_maximum(above, near)
        if top <= near[0] or above[top] < 5.0 * noise[top]:
            continue
        at = _crossing(energy, above, top, 0.5 * float(above[top]))
        if at is not None:
            slope = abs(float(np.interp(at, energy, np.gradient(above, energy))))
            found.append((at, float(np.interp(at, energy, noise)) / max(slope, 1e-300)))
    if not found:
        return None
    energies = np.array([at for at, _ in found])
    if len(found) > 1 and energies.std(ddof=1) > WIDEST_SPREAD:
        return None
    spread = float(energies.std(ddof=1)) if len(found) > 1 else 0.0
    return Onset(energy=found[0][0], uncertainty=found[0][1], spread=spread)


def first_maximum(above: Floats, near: NDArray[np.int64]) -> int:
    """Return the index of the first maximum that is at least half as high as the highest, among ``near``.

    Parameters
    ----------
    above : array (n,)
        Smoothed intensity above the background.
    near : array (m,)
        Indices to look at, rising.
    """
    values = above[near]
    highest = int(np.argmax(values))
    inner = np.flatnonzero(
        (values[1:-1] >= values[:-2]) & (values[1:-1] > values[2:]) & (values[1:-1] >= 0.5 * values[highest])
    )
    return int(near[inner[0] + 1]) if len(inner) and inner[0] + 1 < highest else int(near[highest])


def _crossing(energy: Floats, above: Floats, top: int, level: float) -> float | None:
    """The last place before the maximum where a level is passed."""
    below = np.flatnonzero(above[:top] < level)
    if not len(below):
        return None
    k = int(below[-1])
    share = (level - above[k]) / max(float(above[k + 1] - above[k]), 1e-300)
    return float(energy[k] + min(max(share, 0.0), 1.0) * (energy[k + 1] - energy[k]))
