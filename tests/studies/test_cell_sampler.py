"""The sampler with the settings of the cell, on a problem of as many dimensions whose answer is known."""

from __future__ import annotations

import numpy as np

from topotaxy.cell.priors import priors
from topotaxy.evidence.inference import sequential_monte_carlo
from topotaxy.studies import cell_posterior, reproduction

NUMBERS, SCATTER, PROBLEMS = 10, 0.1, 6


def spread_over_exact(particles: int, moves: int) -> float:
    """Mean over problems and dimensions: standard deviation of the particles over the exact one.

    Ten numbers, each a sum over some of the parameters, known to a tenth of what the prior lets them be:
    the posterior is a normal whose covariance has a closed form.
    """
    d = len(priors()) + 1
    ratios = []
    for seed in range(PROBLEMS):
        rng = np.random.default_rng([seed, 99])
        a = rng.normal(size=(NUMBERS, d)) * (rng.random((NUMBERS, d)) < 0.4)
        a /= np.linalg.norm(a, axis=1, keepdims=True)
        y = a @ rng.normal(size=d) + SCATTER * rng.normal(size=NUMBERS)
        found = sequential_monte_carlo(
            lambda z, a=a, y=y: -0.5 * (((z @ a.T - y) / SCATTER) ** 2).sum(axis=1),  # type: ignore[misc]
            rng.normal(size=(particles, d)),
            rng,
            most_moves=moves,
        )
        exact = np.sqrt(np.diag(np.linalg.inv(np.eye(d) + a.T @ a / SCATTER**2)))
        ratios.append(float((found.particles.std(axis=0) / exact).mean()))
    return float(np.mean(ratios))


def test_intervals_of_a_cell_of_ones_own_are_as_wide_as_they_should_be() -> None:
    """Within a tenth; with ten moves they are a fifth too narrow, which is what this is against."""
    assert abs(spread_over_exact(cell_posterior.PARTICLES, cell_posterior.MOVES) - 1.0) < 0.1
    assert spread_over_exact(cell_posterior.PARTICLES, 10) < 0.9


def test_those_of_a_paper_too() -> None:
    assert abs(spread_over_exact(reproduction.PARTICLES, reproduction.MOVES) - 1.0) < 0.1
