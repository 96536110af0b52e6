"""Background under an energy-loss edge: a power law from before it, with the spread over windows.

Egerton, Electron Energy-Loss Spectroscopy in the Electron Microscope, 3rd ed. (2011), section 4.4.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from topotaxy.measurement.files.spectra.stored import Floats

SHARES = (1.0, 0.75, 0.5)
"""Widths of the windows, of the one that is asked for, over which a result's spread is taken."""
NEARER = 3.0
"""eV by which the end of a window is moved as well."""
STEEPEST = 12.0
NEWTON = 3


def two_areas(energy: Floats, values: Floats, low: float, high: float) -> tuple[Floats, Floats]:
    """Return exponent r and amplitude A of A E^-r in a window, by the areas of its two halves.

    Parameters
    ----------
    energy : array (n,)
        eV.
    values : array (..., n)
        Spectra.
    low, high : float
        Ends of the window, eV, above zero.

    Returns
    -------
    exponent, amplitude : array (...)
        Zero where an area is not above zero.
    """
    middle = 0.5 * (low + high)
    first = (energy >= low) & (energy < middle)
    second = (energy >= middle) & (energy <= high)
    means = [values[..., part].mean(axis=-1) for part in (first, second)]
    logs = [np.log(energy[part] / middle) for part in (first, second)]
    good = (means[0] > 0.0) & (means[1] > 0.0)
    ratio = np.where(good, means[0], 1.0) / np.where(good, means[1], 1.0)
    wanted = np.log(ratio)
    exponent = np.asarray(wanted / (logs[1].mean() - logs[0].mean()))
    for _ in range(NEWTON):
        # The exponent whose power law has areas in this ratio, by Newton's method.
        powers = [np.exp(-np.clip(exponent, -STEEPEST, STEEPEST)[..., None] * log) for log in logs]
        slopes = [
            (power * log).mean(axis=-1) / power.mean(axis=-1) for power, log in zip(powers, logs, strict=True)
        ]
        have = np.log(powers[0].mean(axis=-1) / powers[1].mean(axis=-1))
        exponent = exponent + (wanted - have) / (slopes[1] - slopes[0])
    exponent = np.clip(exponent, -STEEPEST, STEEPEST)
    whole = first | second
    basis = energy[whole] ** -np.asarray(exponent)[..., None]
    level = np.maximum(values[..., whole].mean(axis=-1), 0.0)
    amplitude = np.where(good, level / basis.mean(axis=-1), 0.0)
    return np.asarray(exponent), np.asarray(amplitude)


def extrapolated(energy: Floats, values: Floats, low: float, high: float) -> Floats:
    """Return the power law of a window, over the whole axis, (..., n); parameters as of :func:`two_areas`.

    Parameters
    ----------
    energy : array (n,)
        eV.
    values : array (..., n)
        Spectra.
    low, high : float
        Ends of the window, eV, above zero.
    """
    exponent, amplitude = two_areas(energy, values, low, high)
    safe = np.maximum(energy, max(low, 1.0) * 0.5)
    return np.asarray(amplitude[..., None] * safe ** -exponent[..., None])


def windows(low: float, high: float) -> Iterator[tuple[float, float]]:
    """Yield windows before an edge: the whole one first, then narrower ones and ones that end earlier.

    Parameters
    ----------
    low, high : float
        Ends of the widest window, eV.
    """
    for nearer in (0.0, NEARER):
        for share in SHARES:
            end = high - nearer
            yield max(low, end - share * (high - low)), end
