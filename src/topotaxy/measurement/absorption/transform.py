"""Fourier transforms of EXAFS, with the windows and the normalisation that Larch and IFEFFIT use.

Newville 2013 (doi:10.1088/1742-6596/430/1/012007) and the documentation of Larch define the windows; k in
1/Å, R in Å.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np

from topotaxy.measurement.absorption.record import Floats

Window = Literal["hanning", "parzen", "welch", "sine", "gaussian", "kaiser"]
Complex = np.ndarray[tuple[int, ...], np.dtype[np.complex128]]

GRID_POINTS = 2048
"""Points of the transform; with :data:`K_STEP` they set the steps in R, 0.0307 Å."""
K_STEP = 0.05
"""1/Å, step of the k grid."""
KINETIC = 0.2624682917
"""2 m / ħ², 1/(eV Å²) (CODATA 2018)."""


def r_grid() -> Floats:
    """Return the R grid of the transform, Å, (1024,)."""
    return np.asarray(np.pi / (K_STEP * GRID_POINTS) * np.arange(GRID_POINTS // 2))


def wave_number(energy_above_ev: Floats) -> Floats:
    """Return k, 1/Å, of a photoelectron; negative below the threshold.

    Parameters
    ----------
    energy_above_ev : (n,)
        Photon energy less the threshold, eV.
    """
    return np.asarray(np.sign(energy_above_ev) * np.sqrt(KINETIC * np.abs(energy_above_ev)))


def window(x: Floats, low: float, high: float, taper: float, kind: Window = "hanning") -> Floats:
    """Return a window that is one inside, and falls over ``taper`` centred on either end.

    Parameters
    ----------
    x : (n,), k or R
        Axis, 1/Å or Å.
    low, high : ends of the range
        Ends of the range, in the unit of ``x``.
    taper : width of the rise and of the fall, dk; sigma of ``gaussian``, shape of ``kaiser``
    """
    taper = max(taper, 1e-9)
    half = 0.5 * taper
    if kind == "gaussian":
        return np.exp(-0.5 * ((x - 0.5 * (low + high)) / taper) ** 2)
    if kind == "kaiser":
        return _kaiser(x, low, high, taper)
    # Larch's sine window spans the whole range; the others rise, stay and fall.
    if kind == "sine":
        inside = (x >= low - half) & (x <= high + half)
        return np.where(inside, np.sin(np.pi * (high + half - x) / (high - low + taper)), 0.0)
    rise = np.clip((x - (low - half)) / taper, 0.0, 1.0)
    fall = np.clip(((high + half) - x) / taper, 0.0, 1.0)
    share = np.minimum(rise, fall)
    if kind == "hanning":
        return np.asarray(np.sin(0.5 * np.pi * share) ** 2)
    if kind == "parzen":
        return np.asarray(share)
    return np.asarray(1.0 - (1.0 - share) ** 2)


def _kaiser(x: Floats, low: float, high: float, shape: float) -> Floats:
    from scipy.special import i0

    centre, half_width = 0.5 * (low + high), 0.5 * (high - low + shape)
    argument = np.maximum(1.0 - ((x - centre) / half_width) ** 2, 0.0)
    return np.asarray((i0(shape * np.sqrt(argument)) - 1.0) / (i0(shape) - 1.0))


def forward(
    k: Floats,
    chi: Floats,
    *,
    low: float,
    high: float,
    taper: float = 1.0,
    weight: int = 2,
    kind: Window = "hanning",
) -> Complex:
    """Return χ(R), complex, on :func:`r_grid`.

    Parameters
    ----------
    k, chi : (n,), on the even grid from 0 in steps of :data:`K_STEP`
        Wave number (1/Å) from 0 in steps of :data:`K_STEP`, and χ there.
    low, high, taper : window in k, 1/Å
        Ends of the window in k and the width of its slopes, 1/Å.
    weight : power of k
        Power of k that χ is multiplied with.
    """
    padded = np.zeros(GRID_POINTS)
    count = min(len(k), GRID_POINTS)
    padded[:count] = (chi * window(k, low, high, taper, kind) * k**weight)[:count]
    return np.asarray(K_STEP / np.sqrt(np.pi) * np.fft.fft(padded)[: GRID_POINTS // 2])


def backward(
    chi_r: Complex, *, low: float, high: float, taper: float = 0.1, kind: Window = "hanning"
) -> Complex:
    """Return the part of χ(k) k^w from a range in R, complex, (2048,), in steps of :data:`K_STEP` from 0.

    Parameters
    ----------
    chi_r : (1024,), complex
        On :func:`r_grid`.
    low, high, taper : float
        Window in R, Å.
    kind : str
        Its shape.
    """
    padded = np.zeros(GRID_POINTS, dtype=np.complex128)
    padded[: GRID_POINTS // 2] = chi_r * window(r_grid(), low, high, taper, kind)
    scale = 4.0 * np.sqrt(np.pi) / (K_STEP * GRID_POINTS)
    return np.asarray(0.5 * scale * GRID_POINTS * np.fft.ifft(padded))


def matrix(
    k: Floats,
    r: Floats,
    *,
    low: float,
    high: float,
    taper: float = 1.0,
    weight: int = 2,
    kind: Window = "hanning",
) -> Floats:
    """Return the matrix that takes χ(k) to real parts, then imaginary parts, of χ(R) at ``r``, (2 m, n).

    Parameters
    ----------
    k : (n,)
        1/Å, even, in steps of :data:`K_STEP`.
    r : (m,)
        Å.
    low, high, taper : float
        Window in k, 1/Å.
    weight : int
        Power of k.
    kind : str
        Shape of the window.
    """
    scaled = window(k, low, high, taper, kind) * k**weight * K_STEP / np.sqrt(np.pi)
    turned = np.exp(-2j * np.outer(r, k)) * scaled
    return np.concatenate([turned.real, turned.imag])


@lru_cache(maxsize=128)
def range_matrix(
    points: int,
    r_low: float,
    r_high: float,
    k_low: float,
    k_high: float,
    taper: float,
    weight: int,
    kind: Window,
) -> Floats:
    """Return :func:`matrix` for the even grid of ``points`` and the grid of R from ``r_low`` to ``r_high``.

    It is kept, and must not be changed.

    Parameters
    ----------
    points : int
        Of the grid of k, from 0.
    r_low, r_high : float
        Å.
    k_low, k_high, taper : float
        Window in k, 1/Å.
    weight : int
        Power of k.
    kind : str
        Shape of the window.
    """
    r = r_grid()
    near = r[(r >= r_low) & (r <= r_high)]
    made = matrix(
        np.asarray(K_STEP * np.arange(points), dtype=np.float64),
        near,
        low=k_low,
        high=k_high,
        taper=taper,
        weight=weight,
        kind=kind,
    )
    made.setflags(write=False)
    return made


def independent_points(k_low: float, k_high: float, r_low: float, r_high: float) -> float:
    """Return the number of independent points of a range (Stern 1993, doi:10.1103/PhysRevB.48.9825).

    Parameters
    ----------
    k_low, k_high : float
        1/Å.
    r_low, r_high : float
        Å.
    """
    return 2.0 * (r_high - r_low) * (k_high - k_low) / np.pi + 2.0
