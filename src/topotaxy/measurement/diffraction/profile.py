"""Peak profiles: Thompson-Cox-Hastings pseudo-Voigt with axial divergence, and its derivatives.

Thompson, Cox & Hastings 1987 (10.1107/S0021889887087090) for the pseudo-Voigt; the asymmetry by axial
divergence follows van Laar & Yelon 1984 (10.1107/S0021889884011006) for source and detector slits of equal
height: a triangular weight over the axial angle.
"""

from __future__ import annotations

import math

import numba
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

AXIAL_POINTS = (4, 8, 14)
"""Points of the axial quadrature, for shifts up to half, twice, and more of a peak's width."""
WING = 6.0
"""Widths, beyond the axial shift, from where on only the mean of that shift matters."""
REACH = 150.0
"""Largest half width of the window of a peak, in full widths at half maximum."""
REACH_GAUSS = 3.2
GAUSS_NORM = 2.0 * math.sqrt(math.log(2.0) / math.pi)
GAUSS_RATE = 4.0 * math.log(2.0)
"""A Gaussian of full width f at half maximum is GAUSS_NORM / f exp(-GAUSS_RATE (x/f)²)."""


def _quadrature() -> tuple[Floats, Floats]:
    """Return nodes and weights over 0 to 1 with a triangular weight of unit sum, one row a rule."""
    nodes, weights = np.zeros((2, len(AXIAL_POINTS), max(AXIAL_POINTS)))
    for row, points in enumerate(AXIAL_POINTS):
        at, weight = np.polynomial.legendre.leggauss(points)
        nodes[row, :points] = (at + 1.0) / 2.0
        weights[row, :points] = weight * (1.0 - nodes[row, :points])
    return nodes, weights


NODES, NODE_WEIGHTS = _quadrature()
_POINTS = np.array(AXIAL_POINTS)


@numba.njit(cache=True, fastmath=False)
def shape(gauss: float, lorentz: float) -> tuple[float, float, float, float, float, float]:
    """Return width and Lorentzian share of the pseudo-Voigt, and their derivatives.

    Parameters
    ----------
    gauss, lorentz : float
        Full widths at half maximum of the two convolved shapes; both above 0.

    Returns
    -------
    f, eta, df/dgauss, df/dlorentz, deta/dgauss, deta/dlorentz
    """
    g, w = gauss, lorentz
    g2, w2 = g * g, w * w
    fifth = (
        g2 * g2 * g
        + 2.69269 * g2 * g2 * w
        + 2.42843 * g2 * g * w2
        + 4.47163 * g2 * w2 * w
        + 0.07842 * g * w2 * w2
        + w2 * w2 * w
    )
    f = fifth**0.2
    inner = f / (5.0 * fifth)
    dg = inner * (
        5.0 * g2 * g2 + 10.77076 * g2 * g * w + 7.28529 * g2 * w2 + 8.94326 * g * w2 * w + 0.07842 * w2 * w2
    )
    dw = inner * (
        2.69269 * g2 * g2 + 4.85686 * g2 * g * w + 13.41489 * g2 * w2 + 0.31368 * g * w2 * w + 5.0 * w2 * w2
    )
    q = w / f
    eta = 1.36603 * q - 0.47719 * q * q + 0.11116 * q * q * q
    slope = 1.36603 - 0.95438 * q + 0.33348 * q * q
    return f, eta, dg, dw, slope * (-w / (f * f) * dg), slope * (1.0 / f - w / (f * f) * dw)


@numba.njit(cache=True)
def _axial(centre: float, divergence: float, node: float) -> tuple[float, float]:
    """Return the apparent position of a node, and its derivative with respect to the divergence.

    cos 2φ = cos 2θ sqrt(1 + δ²), δ up to twice the divergence (in radians, as a ratio of height to radius).
    """
    delta = 2.0 * divergence * node
    c = math.cos(math.radians(centre))
    root = math.sqrt(1.0 + delta * delta)
    argument = min(max(c * root, -1.0), 1.0)
    at = math.degrees(math.acos(argument))
    sine = math.sqrt(max(1.0 - argument * argument, 1e-12))
    slope = -math.degrees(c * delta / root * 2.0 * node / sine)
    return at, slope


@numba.njit(cache=True)
def _point(
    x: float,
    f: float,
    eta: float,
    mean: float,
    mean_slope: float,
    at: Floats,
    slope: Floats,
    rule: int,
    turns: int,
    derivatives: bool,
) -> tuple[float, float, float, float, float]:
    """Return a peak of unit area at one point, summed over the axial angle, and its derivatives.

    These are with respect to centre, width, Lorentzian share, and divergence; nothing where not wanted.
    """
    value, v_centre, v_width, v_eta, v_axial = 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(turns):
        position = at[k] if turns > 1 else mean
        weight = NODE_WEIGHTS[rule, k] if turns > 1 else 1.0
        shift = slope[k] if turns > 1 else mean_slope
        u = (x - position) / f
        u2 = u * u
        bottom = 1.0 / (1.0 + 4.0 * u2)
        lorentzian = 2.0 / (math.pi * f) * bottom
        gaussian = 0.0
        if u2 < REACH_GAUSS * REACH_GAUSS:
            gaussian = GAUSS_NORM / f * math.exp(-GAUSS_RATE * u2)
        profile = eta * lorentzian + (1.0 - eta) * gaussian
        value += weight * profile
        if derivatives:
            # d/du of each shape; d/dcentre = -1/f d/du, d/df = -(profile + u d/du)/f.
            turn = eta * lorentzian * (-8.0 * u * bottom) + (1.0 - eta) * gaussian * (-2.0 * GAUSS_RATE * u)
            v_centre -= weight * turn / f
            v_width -= weight * (profile + u * turn) / f
            v_eta += weight * (lorentzian - gaussian)
            v_axial -= weight * turn / f * shift
    return value, v_centre, v_width, v_eta, v_axial


@numba.njit(cache=True)
def _axial_places(
    centre: float, divergence: float, width: float, at: Floats, slope: Floats
) -> tuple[int, int, float, float, float]:
    """Fill in where the axial angle puts a peak; return steps, rule, mean place, its slope, spread."""
    if divergence <= 0.0:
        return 1, 0, centre, 0.0, 0.0
    farthest, _ = _axial(centre, divergence, 1.0)
    spread = abs(farthest - centre)
    rule = 0 if spread < 0.5 * width else (1 if spread < 2.0 * width else 2)
    steps = _POINTS[rule]
    mean, mean_slope = 0.0, 0.0
    for k in range(steps):
        at[k], slope[k] = _axial(centre, divergence, NODES[rule, k])
        mean += NODE_WEIGHTS[rule, k] * at[k]
        mean_slope += NODE_WEIGHTS[rule, k] * slope[k]
    if spread < 0.05 * width:
        steps = 1
    return steps, rule, mean, mean_slope, spread


@numba.njit(cache=True)
def _reach(width: float, eta: float, spread: float, area: float, negligible: float) -> float:
    """Return the half width of the window that a peak is calculated in, degrees."""
    reach = REACH_GAUSS * width + spread
    if eta > 1e-3:
        # Where the Lorentzian wing, eta 2/(pi f) / (4 u²), falls below what matters.
        tail = area * eta * 0.16 / width
        far = REACH if negligible <= 0.0 else min(REACH, math.sqrt(tail / negligible))
        reach = max(reach, far * width)
    return reach


@numba.njit(cache=True)
def _slopes(
    p: int,
    chain: tuple[float, float, float, float],
    area: Floats,
    owner: NDArray[np.int64],
    moved: NDArray[np.int64],
    d_centre: Floats,
    d_area: Floats,
    d_gauss: Floats,
    d_lorentz: Floats,
    used: NDArray[np.int64],
    by: Floats,
) -> int:
    """Fill in which parameters move a peak and by how much; return their number.

    ``chain`` holds the derivatives of width and Lorentzian share by the two widths; a row of ``by`` those of
    the peak by area, centre, width and share, each times the parameter's derivative.
    """
    f_g, f_l, eta_g, eta_l = chain
    live = 0
    for q in range(d_centre.shape[0]):
        if moved[q] >= 0 and moved[q] != owner[p]:
            continue
        by[live, 0] = d_area[q, p]
        by[live, 1] = area[p] * d_centre[q, p]
        by[live, 2] = area[p] * (f_g * d_gauss[q, p] + f_l * d_lorentz[q, p])
        by[live, 3] = area[p] * (eta_g * d_gauss[q, p] + eta_l * d_lorentz[q, p])
        used[live] = q
        live += 1
    return live


@numba.njit(cache=True)
def accumulate(
    x: Floats,
    centre: Floats,
    area: Floats,
    gauss: Floats,
    lorentz: Floats,
    divergence: float,
    negligible: float,
    y: Floats,
    owner: NDArray[np.int64],
    moved: NDArray[np.int64],
    d_centre: Floats,
    d_area: Floats,
    d_gauss: Floats,
    d_lorentz: Floats,
    d_divergence: Floats,
    jacobian: Floats,
) -> None:
    """Add peaks to a pattern, and their derivatives to a Jacobian.

    Parameters
    ----------
    x : array (n,)
        2θ in degrees, rising.
    centre, area, gauss, lorentz : arrays (peaks,)
        Degrees; area in intensity times degrees. Peaks of no area are passed over.
    divergence : float
        Axial divergence, the ratio of slit height to radius; 0 for none.
    negligible : float
        Intensity below which the wing of a peak is left out.
    y : array (phases, n)
        Gains the peaks of each phase, told by ``owner`` (peaks,).
    moved : array (parameters,)
        Which phase a parameter belongs to, -1 for all.
    d_centre, d_area, d_gauss, d_lorentz : arrays (parameters, peaks)
        Derivatives of each peak's numbers; no rows where no Jacobian is wanted.
    d_divergence : array (parameters,)
    jacobian : array (n, parameters)
        Gains the derivatives.
    """
    count = d_centre.shape[0]
    at, slope = np.empty(_POINTS[-1]), np.empty(_POINTS[-1])
    used, by = np.empty(count, np.int64), np.empty((count, 4))
    for p in range(centre.size):
        if area[p] == 0.0 and count == 0:
            continue
        f, eta, f_g, f_l, eta_g, eta_l = shape(gauss[p], lorentz[p])
        steps, rule, mean, mean_slope, spread = _axial_places(centre[p], divergence, f, at, slope)
        reach = _reach(f, eta, spread, abs(area[p]), negligible)
        live = _slopes(
            p, (f_g, f_l, eta_g, eta_l), area, owner, moved, d_centre, d_area, d_gauss, d_lorentz, used, by
        )
        for i in range(np.searchsorted(x, centre[p] - reach), np.searchsorted(x, centre[p] + reach)):
            turns = steps if abs(x[i] - mean) < WING * f + spread else 1
            point = _point(x[i], f, eta, mean, mean_slope, at, slope, rule, turns, live > 0)
            y[owner[p], i] += area[p] * point[0]
            for k in range(live):
                change = by[k, 0] * point[0] + by[k, 1] * point[1] + by[k, 2] * point[2] + by[k, 3] * point[3]
                jacobian[i, used[k]] += change + area[p] * d_divergence[used[k]] * point[4]
