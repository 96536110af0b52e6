"""Sequential Monte Carlo over standard normals, and the same evidence by importance sampling.

Annealed from the prior N(0, I) to the posterior; each step is chosen so that the effective sample size
falls by a fixed share (Del Moral, Doucet and Jasra, J. R. Stat. Soc. B 68 (2006) 411). A proposal that is
fitted to the particles that it moves biases the evidence, so each half of the particles moves by what was
fitted to the other half.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

Values = NDArray[np.float64]
LogLikelihood = Callable[[Values], Values]
Bounded = Callable[[Values, Values], Values]
"""As a log-likelihood, with a least value (n,) for each point: minus infinity is right wherever the value is
sure to be below it."""

KEPT, KEPT_CAREFULLY = 0.5, 0.7
"""Share of the effective sample size that one step of annealing keeps, and where evidence counts most. On a
paper's 41 statements ln Z came out 0.18 low by the first and 0.1 by the second (importance sampling)."""
FEWEST_MOVES, MOST_MOVES = 6, 40
LOOKED_AFTER = 4
"""Moves between two looks at whether the particles have left where they were."""
DECORRELATED = 0.15
"""Mean correlation with where the particles were before, at which moving ends."""
ROUNDING = 1e-9
"""Relative slack of what a proposal needs, as a likelihood may be summed in another order."""
TAIL = 5.0
"""Degrees of freedom of the Student-t proposals: heavier than the posterior."""


@dataclass(frozen=True)
class Sample:
    """Particles of a posterior and the logarithm of its evidence."""

    log_evidence: float
    particles: Values
    """Standard normals, (n, d), of equal weight."""
    log_likelihoods: Values
    evaluations: int
    stages: int


def sequential_monte_carlo(
    log_likelihood: LogLikelihood,
    start: Values,
    rng: np.random.Generator,
    *,
    most_moves: int = MOST_MOVES,
    bounded: Bounded | None = None,
    kept: float = KEPT,
) -> Sample:
    """Sample the posterior under a standard normal prior.

    Parameters
    ----------
    log_likelihood : callable
        (n, d) standard normals to (n,); minus infinity where a particle may not be.
    start : array (n, d)
        Draws of the prior (of the prior within a region, where ``log_likelihood`` shuts others out).
    rng : Generator
        Of random numbers.
    most_moves : int
        Times that each particle may move in a stage; fewer cost less and leave it nearer to its ancestor.
    bounded : callable, optional
        Asked of proposals in the place of ``log_likelihood``, with what each needs to be taken, as that is
        drawn before: a costly likelihood may stop where a proposal is lost. The sample is the same.
    kept : float
        Share of the effective sample size that one step of annealing keeps, below 1.

    Returns
    -------
    Sample
        ``log_evidence`` is relative to the prior that ``start`` was drawn from.
    """
    z = start.copy()
    level = log_likelihood(z)
    count = len(z)
    evaluations, stages, power, evidence = count, 0, 0.0, 0.0
    while power < 1.0:
        step = _step(level, 1.0 - power, kept)
        top = level[np.isfinite(level)].max(initial=-np.inf)
        if not np.isfinite(top):
            return Sample(-np.inf, z, level, evaluations, stages)
        weights = np.where(np.isfinite(level), np.exp(step * (level - top)), 0.0)
        evidence += step * top + float(np.log(weights.mean()))
        power = 1.0 if step >= 1.0 - power else power + step
        stages += 1
        order = rng.permutation(count)
        z, level, weights = z[order], level[order], weights[order]
        fits = [_Fit.to(z[half], weights[half]) for half in _halves(count)]
        chosen = np.searchsorted(
            np.cumsum(weights / weights.sum()), (rng.random() + np.arange(count)) / count
        ).clip(max=count - 1)
        # A particle keeps the half of its ancestor, whose fit never saw it.
        second = chosen >= count // 2
        z, level = z[chosen], level[chosen]
        ask = bounded or (lambda points, _: log_likelihood(points))
        z, level, used = _moved(z, level, second, fits, ask, power, rng, most_moves)
        evaluations += used
    return Sample(evidence, z, level, evaluations, stages)


def _halves(count: int) -> tuple[slice, slice]:
    return slice(0, count // 2), slice(count // 2, count)


def _step(level: Values, left: float, kept: float) -> float:
    """Return the step of annealing that keeps a share of the effective sample size."""
    finite = level[np.isfinite(level)]
    if not finite.size:
        return left
    relative = finite - finite.max()

    def effective(step: float) -> float:
        weights = np.exp(step * relative)
        return float(weights.sum() ** 2 / (weights**2).sum()) / len(level)

    if effective(left) >= kept:
        return left
    low, high = 0.0, left
    for _ in range(30):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if effective(middle) < kept else (middle, high)
    return max(low, 1e-9)


@dataclass(frozen=True)
class _Fit:
    """A Gaussian fitted to weighted particles, shrunk where they are few."""

    centre: Values
    factor: Values
    inverse: Values

    @classmethod
    def to(cls, z: Values, weights: Values) -> _Fit:
        d = z.shape[1]
        total = weights.sum()
        share = weights / total if total > 0.0 else np.full(len(z), 1.0 / len(z))
        centre = share @ z
        away = z - centre
        covariance = away.T @ (away * share[:, None])
        shrink = min(1.0, d * float((share**2).sum()))
        covariance = (1.0 - shrink) * covariance + shrink * np.diag(np.diag(covariance))
        factor = np.linalg.cholesky(covariance + 1e-6 * np.eye(d))
        return cls(centre, factor, np.linalg.inv(factor))


def _moved(
    z: Values,
    level: Values,
    second: NDArray[np.bool_],
    fits: list[_Fit],
    ask: Bounded,
    power: float,
    rng: np.random.Generator,
    most_moves: int,
) -> tuple[Values, Values, int]:
    """Move the particles by Metropolis steps until they have left where they were."""
    groups = [np.flatnonzero(~second), np.flatnonzero(second)]
    before = z.copy()
    reach, scale, used = 0.6, 1.0, 0
    for turn in range(most_moves):
        wide = turn % 2 == 0
        proposal, ratio = np.empty_like(z), np.empty(len(z))
        for own, group in enumerate(groups):
            if not len(group):
                continue
            other = groups[1 - own]
            if wide:
                proposal[group], ratio[group] = _autoregressive(z[group], fits[1 - own], reach, rng)
            else:
                pool = z[other] if len(other) > 2 else z[group]
                proposal[group], ratio[group] = _differences(z[group], pool, scale, rng)
        drawn = np.log(rng.random(len(z)))
        least = level + (drawn - ratio) / power
        proposed = ask(proposal, least - ROUNDING * (1.0 + np.abs(least)))
        used += len(z)
        with np.errstate(invalid="ignore"):
            taken = drawn < ratio + power * (proposed - level)
        taken &= np.isfinite(proposed)
        z[taken], level[taken] = proposal[taken], proposed[taken]
        share = float(taken.mean())
        if wide:
            reach = min(0.95, max(0.05, reach * float(np.exp(0.6 * (share - 0.25)))))
        else:
            scale = min(2.0, scale * float(np.exp(0.6 * (share - 0.25))))
        if turn + 1 >= FEWEST_MOVES and turn % LOOKED_AFTER == 0 and _left(z, before):
            break
    return z, level, used


def _left(z: Values, before: Values) -> bool:
    now, then = z - z.mean(axis=0), before - before.mean(axis=0)
    spread = np.sqrt((now**2).sum(axis=0) * (then**2).sum(axis=0) + 1e-12)
    correlation = (now * then).sum(axis=0) / spread
    return bool(correlation.max() < 2.0 * DECORRELATED and correlation.mean() < DECORRELATED)


def _autoregressive(z: Values, fit: _Fit, reach: float, rng: np.random.Generator) -> tuple[Values, Values]:
    """Propose around the other half's fit, reversibly under a Student-t of its shape."""
    n, d = z.shape
    y = (z - fit.centre) @ fit.inverse.T
    m = (y**2).sum(axis=1)
    variance = (TAIL + m) / 2.0 / rng.gamma((d + TAIL) / 2.0, size=n)
    moved = np.sqrt(1.0 - reach**2) * y + reach * np.sqrt(variance)[:, None] * rng.standard_normal((n, d))
    proposal = fit.centre + moved @ fit.factor.T
    new = (moved**2).sum(axis=1)
    ratio = -0.5 * (proposal**2).sum(axis=1) + 0.5 * (z**2).sum(axis=1)
    ratio += 0.5 * (d + TAIL) * (np.log1p(new / TAIL) - np.log1p(m / TAIL))
    return proposal, ratio


def _differences(z: Values, pool: Values, scale: float, rng: np.random.Generator) -> tuple[Values, Values]:
    """Propose along differences of two other particles in some of the dimensions (ter Braak 2006)."""
    n, d = z.shape
    first, second = pool[rng.integers(0, len(pool), (2, n))]
    mask = rng.random((n, d)) < rng.choice([0.2, 0.5, 1.0], (n, 1))
    length = scale * 2.38 / np.sqrt(2.0 * np.maximum(mask.sum(axis=1), 1))
    # Without jitter: the other kind of proposal reaches every point, so the two together do.
    proposal = z + np.where(mask, length[:, None] * (first - second), 0.0)
    return proposal, -0.5 * (proposal**2).sum(axis=1) + 0.5 * (z**2).sum(axis=1)


def importance_evidence(
    log_likelihood: LogLikelihood, particles: Values, rng: np.random.Generator, count: int = 20_000
) -> tuple[float, float]:
    """Return the log evidence by importance sampling from a Student-t fitted to a posterior, and its ESS.

    Below an effective sample size of about 50 the value checks nothing.

    Parameters
    ----------
    log_likelihood : LogLikelihood
        Logarithm of the likelihood of rows of points.
    particles : Values
        Particles to draw around; shape (particles, dimensions).
    rng : np.random.Generator
        Source of the random numbers.
    count : int
        Points that are drawn.
    """
    d = particles.shape[1]
    centre = particles.mean(axis=0)
    factor = np.linalg.cholesky(np.cov(particles.T) * 1.2 + 1e-4 * np.eye(d))
    mixing = rng.gamma(TAIL / 2.0, 2.0 / TAIL, size=count)
    y = rng.normal(size=(count, d)) / np.sqrt(mixing)[:, None]
    draws = centre + y @ factor.T
    density = (
        gammaln((TAIL + d) / 2.0)
        - gammaln(TAIL / 2.0)
        - d / 2.0 * np.log(TAIL * np.pi)
        - np.log(np.diag(factor)).sum()
        - (TAIL + d) / 2.0 * np.log1p((y**2).sum(axis=1) / TAIL)
    )
    prior = -0.5 * (draws**2).sum(axis=1) - d / 2.0 * np.log(2.0 * np.pi)
    weight = log_likelihood(draws) + prior - density
    finite = np.isfinite(weight)
    if not finite.any():
        return -np.inf, 0.0
    top = weight[finite].max()
    share = np.where(finite, np.exp(weight - top), 0.0)
    return float(top + np.log(share.mean())), float(share.sum() ** 2 / (share**2).sum())
