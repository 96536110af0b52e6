"""Least squares of a frame with domains: amounts none below zero, a background held smooth by a prior."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.diffraction.nano_model import DomainModel
from topotaxy.measurement.diffraction.refine import clustering

Floats = NDArray[np.float64]

SMOOTH_FROM = 3
"""First background term that has a prior; those before it are free."""
SMOOTHNESS = 0.3
"""Standard deviation of the first such term over the background's level; that of term k falls as its fourth
power. An estimate: air, holder and fluorescence have no feature narrower than a third of the range."""


def solved(
    columns: Floats, background: Floats, prior: Floats, target: Floats, weights: Floats
) -> tuple[Floats, Floats, Floats]:
    """Solve for amounts, none below zero, and background; return both and the weighted residual.

    Parameters
    ----------
    columns : array (phases, n)
        Pattern of a unit of each.
    background : array (n, terms)
    prior : array (terms,)
        One over the standard deviation of each term; each adds a row to the residual.
    target, weights : arrays (n,)
    """
    terms = background.shape[1]
    q, right = without(background, prior, target, weights)
    amounts, residual = amounts_of(columns, q, right, weights)
    design = np.vstack([background * weights[:, None], np.diag(prior)])
    left = np.concatenate([(target - columns.T @ amounts) * weights, np.zeros(terms)])
    return amounts, np.linalg.lstsq(design, left, rcond=None)[0], residual


def without(background: Floats, prior: Floats, target: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return an orthonormal basis of the background and what it leaves of the target, both weighted.

    Parameters
    ----------
    background : array (n, terms)
    prior : array (terms,)
        As of :func:`solved`.
    target, weights : arrays (n,)
    """
    terms = background.shape[1]
    q, _ = np.linalg.qr(np.vstack([background * weights[:, None], np.diag(prior)]))
    b = np.concatenate([target * weights, np.zeros(terms)])
    return q, b - q @ (q.T @ b)


def amounts_of(columns: Floats, q: Floats, right: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return amounts, none below zero, and the weighted residual, the background being taken out.

    Parameters
    ----------
    columns : array (phases, n)
        Pattern of a unit of each.
    q, right : arrays (n + terms, terms) and (n + terms,)
        Of :func:`without`.
    weights : array (n,)
    """
    from scipy.optimize import nnls

    norms = np.maximum(np.abs(columns).max(axis=1), 1e-300)
    left = np.zeros((len(q), len(columns)))
    left[: len(weights)] = (columns / norms[:, None]).T * weights[:, None]
    left -= q @ (q.T @ left)
    r_q, r = np.linalg.qr(left)
    amounts, _ = nnls(r, r_q.T @ right)
    return amounts / norms, right - left @ amounts


def searched(problem: DomainModel, starts: Sequence[Floats], weights: Floats, prior: Floats) -> Floats:
    """Return the point of least squares, the best of those that are reached from several starts.

    Amounts and background are solved for at every step.

    Parameters
    ----------
    problem : DomainModel
        The pattern of a frame and of domains as a function of what is not linear in it.
    starts : sequence of array
        Where the search starts.
    weights : array (n,)
    prior : array (terms,)
    """
    from scipy.optimize import least_squares

    low, high = problem.bounds()
    scale = problem.scales()
    q, right = without(problem.background, prior, problem.data.y, weights)

    def residual(z: Floats) -> Floats:
        return amounts_of(problem.columns(z * scale), q, right, weights)[1]

    found = [
        least_squares(
            residual,
            np.clip(point, low + 1e-9, high - 1e-9) / scale,
            bounds=(low / scale, high / scale),
            diff_step=1e-4,
            max_nfev=25,
            xtol=1e-6,
            ftol=1e-6,
        )
        for point in starts
    ]
    best = min(found, key=lambda one: float(one.cost))
    return np.asarray(best.x * scale)


def smoothness(level: float, terms: int) -> Floats:
    """Return the prior of a smooth background: one over the standard deviation of each term.

    Parameters
    ----------
    level : float
        Of the background.
    terms : int
        Number of terms.
    """
    k = np.arange(terms)
    strength = np.zeros(terms)
    strength[SMOOTH_FROM:] = (k[SMOOTH_FROM:] / SMOOTH_FROM) ** 4 / (SMOOTHNESS * max(level, 1e-12))
    return strength


def covariance_of(
    problem: DomainModel, point: Floats, amounts: Floats, weights: Floats, prior: Floats, residual: Floats
) -> Floats:
    """Return the covariance of what is not linear and of the amounts, background taken out.

    Parameters
    ----------
    problem : DomainModel
        The pattern of a frame and of domains as a function of what is not linear in it.
    point : array
        What is not linear.
    amounts : array (phases,)
    weights, residual : arrays (n,)
    prior : array (terms,)
    """
    scale = problem.scales()
    base = problem.columns(point)
    slopes = []
    for k in range(len(point)):
        moved = point.copy()
        step = 1e-3 * scale[k]
        moved[k] += step
        slopes.append((problem.columns(moved) - base).T @ amounts / step)
    jacobian = np.column_stack([*slopes, *base]) * weights[:, None]
    low, high = problem.bounds()
    # A value that lies evenly between bounds has a standard deviation of its range over √12.
    range_known = np.zeros((len(point), jacobian.shape[1]))
    np.fill_diagonal(range_known, np.sqrt(12.0) / (high - low))
    design = np.vstack(
        [problem.background * weights[:, None], np.diag(prior), np.zeros((len(point), len(prior)))]
    )
    padded = np.vstack([jacobian, np.zeros((len(prior), jacobian.shape[1])), range_known])
    q, _ = np.linalg.qr(design)
    padded = padded - q @ (q.T @ padded)
    norms = np.linalg.norm(padded, axis=0)
    # What belongs to a phase of no amount moves nothing: it gets no variance and is not reported.
    norms = np.where(norms > 0.0, norms, 1.0)
    inverse = np.linalg.pinv((padded / norms).T @ (padded / norms), rcond=1e-10)
    freedom = max(len(residual) - len(norms) - len(prior), 1)
    factor = max(float((residual**2).sum()) / freedom, 1.0) * clustering(residual)
    return np.asarray(inverse / np.outer(norms, norms) * factor)
