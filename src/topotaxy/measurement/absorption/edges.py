"""Where an edge lies: by its steepest rise, first inflection, half step, or mean energy of the rise.

The four differ by several eV for one spectrum, and by several eV in what they call a shift, so that each
number carries its definition.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from topotaxy.measurement.absorption.record import Floats

Method = Literal["half step", "integral", "first inflection", "steepest rise"]

SMOOTHING = 1.0e-4
"""Width (sigma) of the smoothing of derivatives over the energy: about that of a Si(111) monochromator."""
RESOLUTION = 1.33e-4 / 2.355
"""Sigma of the smoothing of the rise itself over the energy: the intrinsic width (FWHM 1.33e-4) of Si(111)
(Als-Nielsen and McMorrow, Elements of Modern X-ray Physics, 2nd ed., table 6.1)."""
INFLECTION_SHARE = 0.3
"""A maximum of the derivative counts as an inflection of the edge from this share of the largest on."""
INTEGRAL_FROM, INTEGRAL_TO = 0.15, 1.0
"""Limits of the integral method (Dau, Liebisch and Haumann 2003, doi:10.1007/s00216-003-1982-2)."""
REACH = 40.0
"""eV to either side of the steepest rise in which the edge is looked for."""


@dataclass(frozen=True)
class Position:
    """An edge position, eV; one standard deviation of what scatters, and of what the edge step does to it."""

    energy_ev: float
    uncertainty_ev: float | None = None
    systematic_ev: float = 0.0
    remark: str = ""


def smoothing_width(energy_ev: float) -> float:
    """Return sigma of the smoothing of derivatives, eV, at least 0.2 and at most 3.

    Parameters
    ----------
    energy_ev : float
        Of the edge.
    """
    return float(np.clip(SMOOTHING * energy_ev, 0.2, 3.0))


def derivative(energy_ev: Floats, values: Floats, width: float) -> tuple[Floats, Floats]:
    """Return an even grid and the derivative there, smoothed by a Gaussian.

    Parameters
    ----------
    energy_ev, values : (n,)
        Energy (eV, rising), and what is differentiated.
    width : sigma, eV
        Standard deviation of the Gaussian that smooths, eV.

    Returns
    -------
    grid, slope : (m,), (m,)
        In steps of a fifth of the width; three widths at either end are left out.
    """
    step = max(width / 5.0, float(energy_ev[-1] - energy_ev[0]) / 200_000)
    grid = np.arange(energy_ev[0], energy_ev[-1], step)
    reach = int(np.ceil(4.0 * width / step))
    if len(grid) < 4 * reach + 3:
        return energy_ev, np.gradient(values, energy_ev)
    offsets = np.arange(-reach, reach + 1) * step
    kernel = -offsets * np.exp(-0.5 * (offsets / width) ** 2)
    kernel /= (kernel * -offsets).sum()
    slope = np.convolve(np.interp(grid, energy_ev, values), kernel, mode="valid")
    return grid[reach:-reach], slope


def steepest_rise(energy_ev: Floats, values: Floats) -> float:
    """Return the energy of the largest smoothed derivative, eV.

    Parameters
    ----------
    energy_ev, values : (n,)
        eV; absorption in any unit.
    """
    grid, slope = derivative(energy_ev, values, smoothing_width(float(energy_ev[0])))
    return _vertex(grid, slope, int(np.argmax(slope)))


def first_inflection(energy_ev: Floats, values: Floats, near_ev: float | None = None) -> float:
    """Return the lowest energy at which the smoothed derivative has a maximum that belongs to the edge, eV.

    On metal foils two maxima are nearly as high; the largest jumps between them, the first does not.

    Parameters
    ----------
    energy_ev, values : (n,)
        eV; absorption in any unit.
    near_ev : float or None
        The edge is looked for within 40 eV of it, eV; of the steepest rise where not given.
    """
    width = smoothing_width(float(energy_ev[0]))
    grid, slope = derivative(energy_ev, values, width)
    top = near_ev if near_ev is not None else float(grid[int(np.argmax(slope))])
    near = np.flatnonzero((grid >= top - REACH) & (grid <= top + REACH))
    largest = float(slope[near].max()) if len(near) else 0.0
    for place in near[1:-1]:
        here = slope[place]
        if here >= slope[place - 1] and here > slope[place + 1] and here >= INFLECTION_SHARE * largest > 0.0:
            return _vertex(grid, slope, int(place))
    return top


def _vertex(grid: Floats, values: Floats, place: int) -> float:
    """Return the place of a maximum between grid points, by a parabola through three of them."""
    if not 0 < place < len(grid) - 1:
        return float(grid[place])
    low, middle, high = (float(v) for v in values[place - 1 : place + 2])
    bend = low - 2.0 * middle + high
    offset = 0.5 * (low - high) / bend if bend < 0.0 else 0.0
    return float(grid[place] + offset * (grid[place + 1] - grid[place]))


def half_step(
    energy_ev: Floats, normalised: Floats, e0: float, *, noise: float = 0.0, step_error: float = 0.0
) -> Position | None:
    """Return where the normalised absorption last rises through one half, within reach of the edge.

    Parameters
    ----------
    energy_ev, normalised : (n,)
        eV; absorption in units of the edge step.
    e0 : float
        Threshold, eV.
    noise : float
        Standard deviation of a point of ``normalised``.
    step_error : float
        Relative standard deviation of the edge step.

    Returns
    -------
    Position or None
        None where nothing rises through one half.
    """
    energy, values = _smoothed_near(energy_ev, normalised, e0)
    rises = np.flatnonzero((values[:-1] < 0.5) & (values[1:] >= 0.5))
    if not len(rises):
        return None
    place = int(rises[-1])
    slope_here = (values[place + 1] - values[place]) / (energy[place + 1] - energy[place])
    at = float(energy[place] + (0.5 - values[place]) / slope_here)
    window = np.abs(energy - at) <= 2.5
    broad = float(np.polyfit(energy[window], values[window], 1)[0]) if window.sum() > 2 else float(slope_here)
    slope = max(abs(broad), 1e-6)
    remark = ""
    if slope < 0.02 or float(energy[int(rises[-1])] - energy[int(rises[0])]) > 1.0:
        remark = "the rise is flat near one half: this position is unstable"
    return Position(at, noise / slope, 0.5 * step_error / slope, remark)


def mean_rise(
    energy_ev: Floats, normalised: Floats, e0: float, *, noise: float = 0.0, step_error: float = 0.0
) -> Position | None:
    """Return the mean energy of the rise from 0.15 to 1, the integral method.

    ``E = E2 - integral of (mu - mu1) dE / (mu2 - mu1)`` with mu held between its limits: Capehart et al.
    1995 (doi:10.1063/1.360151) and Dau et al. 2003 (doi:10.1007/s00216-003-1982-2).

    Parameters
    ----------
    energy_ev, normalised : (n,)
        eV; absorption in units of the edge step.
    e0 : float
        Threshold, eV.
    noise : float
        Standard deviation of a point of ``normalised``.
    step_error : float
        Relative standard deviation of the edge step.

    Returns
    -------
    Position or None
        None where the rise does not cross both of its limits.
    """
    energy, values = _smoothed_near(energy_ev, normalised, e0)
    above = np.flatnonzero(values >= INTEGRAL_TO)
    if not len(above) or above[0] == 0:
        return None
    upper = int(above[0])
    below = np.flatnonzero(values[:upper] < INTEGRAL_FROM)
    if not len(below):
        return None
    lower = int(below[-1])
    top = _crossing(energy, values, upper - 1, INTEGRAL_TO)
    bottom = _crossing(energy, values, lower, INTEGRAL_FROM)
    grid = np.concatenate([[bottom], energy[lower + 1 : upper], [top]])
    held = np.clip(np.interp(grid, energy, values), INTEGRAL_FROM, INTEGRAL_TO)
    share = (held - INTEGRAL_FROM) / (INTEGRAL_TO - INTEGRAL_FROM)
    area = float((0.5 * (share[1:] + share[:-1]) * np.diff(grid)).sum())
    width = max(top - bottom, 1e-3)
    return Position(
        float(top - area), width * noise / np.sqrt(max(upper - lower, 1)), 0.5 * step_error * width
    )


def _smoothed_near(energy_ev: Floats, values: Floats, e0: float) -> tuple[Floats, Floats]:
    """Return the values within reach of the edge on an even grid, smoothed by the monochromator's width.

    Without it one noisy point decides where a level is crossed.
    """
    width = float(np.clip(RESOLUTION * e0, 0.05, 2.0))
    step = width / 4.0
    low, high = max(e0 - REACH, float(energy_ev[0])), min(e0 + REACH, float(energy_ev[-1]))
    grid = np.arange(low, high, step)
    reach = int(np.ceil(4.0 * width / step))
    if len(grid) < 3:
        return energy_ev, values
    wide = np.concatenate(
        [grid[0] - step * np.arange(reach, 0, -1), grid, grid[-1] + step * np.arange(1, reach + 1)]
    )
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / width) ** 2)
    return grid, np.convolve(np.interp(wide, energy_ev, values), kernel / kernel.sum(), mode="valid")


def _crossing(energy: Floats, values: Floats, place: int, level: float) -> float:
    rise = values[place + 1] - values[place]
    if rise == 0.0:
        return float(energy[place])
    return float(energy[place] + (level - values[place]) / rise * (energy[place + 1] - energy[place]))
