"""Least squares of a powder pattern: background projected out, weights from the model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.diffraction.data import Data, smoothed
from topotaxy.measurement.diffraction.keys import Key
from topotaxy.measurement.diffraction.limits import least_step, limits
from topotaxy.measurement.diffraction.powder import Powder, Values
from topotaxy.measurement.diffraction.searching import searched

Floats = NDArray[np.float64]

REWEIGHTINGS = 2
"""Times that the weights are taken anew from the model; the second moves scales by less than 0.1 %."""
MOST_EVALUATIONS = 40
LAGS = 40
"""Points over which correlation of neighbouring residuals is summed."""


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A fitted pattern."""

    model: Powder
    values: Values
    free: tuple[Key, ...]
    covariance: Floats
    """Of the free parameters, scaled by χ² where that is above 1 and by the correlation of residuals."""
    phases: Floats
    """Pattern of each phase, (phases, n)."""
    background: Floats
    weights: Floats
    residual: Floats
    """Weighted, (n,)."""
    evaluations: int
    terms: int
    converged: bool
    at_bound: tuple[Key, ...] = ()

    @property
    def total(self) -> Floats:
        """The whole calculated pattern."""
        return np.asarray(self.phases.sum(axis=0) + self.background)

    @property
    def chi2(self) -> float:
        """Reduced χ²."""
        freedom = max(len(self.residual) - len(self.free) - self.terms, 1)
        return float((self.residual**2).sum() / freedom)

    @property
    def goodness(self) -> float:
        """Square root of the reduced χ²."""
        return float(np.sqrt(self.chi2))

    def uncertainty(self, key: Key) -> float | None:
        """Return the standard deviation of a free parameter; None where it was fixed.

        Parameters
        ----------
        key : Key
            Name of one parameter.
        """
        if key not in self.free:
            return None
        return float(np.sqrt(max(self.covariance[self.free.index(key), self.free.index(key)], 0.0)))

    def propagated(self, function: Callable[[Mapping[Key, float]], Floats]) -> tuple[Floats, Floats]:
        """Return a vector function of the parameters and its covariance, to first order.

        Parameters
        ----------
        function : callable
            From all parameters to a vector.
        """
        centre = np.atleast_1d(function(self.values))
        slopes = np.zeros((len(centre), len(self.free)))
        for q, key in enumerate(self.free):
            step = 0.1 * float(np.sqrt(max(self.covariance[q, q], 0.0)))
            if step <= 0.0:
                continue
            changed = dict(self.values)
            changed[key] = self.values[key] + step
            slopes[:, q] = (np.atleast_1d(function(changed)) - centre) / step
        return centre, slopes @ self.covariance @ slopes.T

    def correlations(self, above: float = 0.9) -> list[tuple[Key, Key, float]]:
        """Return pairs of free parameters whose correlation is above a limit, strongest first.

        Where the data do not settle a parameter, rounding leaves it no positive variance, and it has none.

        Parameters
        ----------
        above : float
        """
        variance = np.diag(self.covariance)
        settled = np.isfinite(variance) & (variance > 0.0)
        sigma = np.sqrt(np.where(settled, variance, np.inf))
        matrix = np.clip(self.covariance / sigma[:, None] / sigma[None, :], -1.0, 1.0)
        rows, columns = np.triu_indices(len(self.free), 1)
        found = [
            (self.free[i], self.free[j], float(matrix[i, j]))
            for i, j in zip(rows, columns, strict=True)
            if abs(matrix[i, j]) > above
        ]
        return sorted(found, key=lambda pair: -abs(pair[2]))


def refined(
    data: Data,
    model: Powder,
    values: Mapping[Key, float],
    free: Sequence[Key],
    design: Floats,
    *,
    expected: Floats | None = None,
    reweightings: int = REWEIGHTINGS,
    most_evaluations: int = MOST_EVALUATIONS,
) -> Fit:
    """Fit parameters to a pattern; the background is linear and solved for at every step.

    Weights are those of the expected pattern: taken from the counts they pull low points up, by 15 % at 20
    counts.

    Parameters
    ----------
    data : Data
        What is fitted: axis (°, rising), intensity, and the variance of a unit of it.
    model : Powder
        Phases in a beam, over one axis of 2θ (°).
    values : mapping
        All parameters; those in ``free`` are where the search starts.
    free : sequence of Key
        Names of the parameters that are refined.
    design : array (n, terms)
        Functions whose sum is the background.
    expected : array (n,), optional
        A pattern to make the first weights from; else the smoothed data.
    reweightings, most_evaluations : int
        Times that the weights are taken anew and the search is repeated; evaluations in one search.
    """
    current: Values = dict(values)
    guess = smoothed(data.y) if expected is None else expected
    free = tuple(free)
    bounds = np.array([limits(model, current, key) for key in free]).reshape(-1, 2)
    evaluations = 0
    for _ in range(max(reweightings, 1)):
        weights = data.weights(guess)
        found = searched(data, model, current, free, design, weights, bounds, most_evaluations)
        evaluations += found.evaluations
        current.update(zip(free, (float(v) for v in found.values), strict=True))
        phases, raw, background = _calculated(data, model, current, free, design, weights)
        guess = phases.sum(axis=0) + background
    residual = (data.y - guess) * weights
    return Fit(
        model=model,
        values=current,
        free=free,
        covariance=_covariance(raw * weights[:, None], found.q, found.scale, residual),
        phases=phases,
        background=background,
        weights=weights,
        residual=residual,
        evaluations=evaluations,
        terms=design.shape[1],
        converged=found.converged,
        at_bound=_at_bound(current, free, bounds, found.scale),
    )


def _calculated(
    data: Data, model: Powder, values: Values, free: Sequence[Key], design: Floats, weights: Floats
) -> tuple[Floats, Floats, Floats]:
    """Phases, their derivatives by what is free, and the background that goes with them."""
    phases, raw = model.with_derivatives(values, free)
    return phases, raw, _background(data, design, weights, phases.sum(axis=0))


def _covariance(jacobian: Floats, q: Floats, scale: Floats, residual: Floats) -> Floats:
    """Return the covariance of what is free, with the span of q projected out of a weighted Jacobian."""
    jacobian = jacobian - q @ (q.T @ jacobian)
    covariance = np.linalg.pinv(jacobian.T @ jacobian * np.outer(scale, scale), rcond=1e-14)
    covariance = covariance * np.outer(scale, scale)
    freedom = max(len(residual) - len(scale) - q.shape[1], 1)
    factor = max(float((residual**2).sum()) / freedom, 1.0) * clustering(residual)
    return np.asarray(covariance * factor)


def projected_covariance(data: Data, fit: Fit, design: Floats) -> Floats:
    """Return the covariance that a fit's parameters have where further functions are free besides.

    Parameters
    ----------
    data : Data
        What is fitted: axis (°, rising), intensity, and the variance of a unit of it.
    fit : Fit
        A fitted pattern.
    design : array (n, functions)
        Functions of the background and others; they may depend on each other.
    """
    weighted = design * fit.weights[:, None]
    weighted = weighted / np.maximum(np.linalg.norm(weighted, axis=0), 1e-300)
    left, singular, _ = np.linalg.svd(weighted, full_matrices=False)
    q = left[:, singular > 1e-8 * singular[0]]
    _, raw = fit.model.with_derivatives(fit.values, fit.free)
    scale = np.array([max(abs(fit.values[key]), least_step(key)) for key in fit.free])
    return _covariance(raw * fit.weights[:, None], q, scale, fit.residual)


def _at_bound(current: Values, free: Sequence[Key], bounds: Floats, scale: Floats) -> tuple[Key, ...]:
    widths = bounds[:, 1] - bounds[:, 0]
    span = np.where(np.isfinite(widths), widths, scale)
    return tuple(
        key
        for key, (low, high), width in zip(free, bounds, span, strict=True)
        if current[key] - low < 1e-6 * width or high - current[key] < 1e-6 * width
    )


def clustering(residual: Floats) -> float:
    """Return the factor by which correlated residuals enlarge variances, 1 where they are independent.

    The sum of the correlations of neighbours, cut at the first that is negative; what Bérar & Lelann 1991
    (10.1107/S0021889890008391) correct for.

    Parameters
    ----------
    residual : array (n,)
        Measured less calculated, over the standard deviation of each point.
    """
    centred = residual - residual.mean()
    power = float((centred**2).sum())
    if power <= 0.0:
        return 1.0
    factor = 1.0
    for lag in range(1, min(LAGS, len(centred) // 4)):
        correlation = float((centred[lag:] * centred[:-lag]).sum()) / power
        if correlation <= 0.0:
            break
        factor += 2.0 * correlation
    return factor


def _background(data: Data, design: Floats, weights: Floats, pattern: Floats) -> Floats:
    solution = np.linalg.lstsq(design * weights[:, None], (data.y - pattern) * weights, rcond=None)[0]
    return np.asarray(design @ solution)
