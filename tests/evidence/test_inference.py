"""The sampler against cases whose evidence is known exactly."""

from __future__ import annotations

import numpy as np
import pytest

from topotaxy.evidence.inference import importance_evidence, sequential_monte_carlo

PARTICLES = 1000


def gaussian(dimension: int, width: float, centre: float):
    """A Gaussian likelihood in every dimension, and its exact log evidence under N(0, 1)."""

    def level(z: np.ndarray) -> np.ndarray:
        return -0.5 * ((z - centre) ** 2).sum(axis=1) / width**2

    total = 1.0 + width**2
    exact = dimension * (0.5 * np.log(width**2 / total) - 0.5 * centre**2 / total)
    return level, exact


@pytest.mark.parametrize(("dimension", "width", "centre"), [(1, 0.3, 1.0), (5, 0.5, 0.7), (27, 0.4, 0.3)])
def test_evidence_of_a_gaussian_is_exact_within_its_scatter(
    dimension: int, width: float, centre: float
) -> None:
    """Mean over seeds within 4.5 standard errors, and never a bias above 0.15 (risk below 1e-4 a case)."""
    level, exact = gaussian(dimension, width, centre)
    found = []
    for seed in range(8):
        rng = np.random.default_rng([seed, dimension])
        start = rng.normal(size=(PARTICLES, dimension))
        found.append(sequential_monte_carlo(level, start, rng).log_evidence - exact)
    error = np.std(found, ddof=1) / np.sqrt(len(found))
    assert abs(np.mean(found)) < max(4.5 * error, 0.1) + 0.05


def test_the_posterior_has_the_exact_moments() -> None:
    """N(0, 1) times N(c, w²) has mean c/(1 + w²) and variance w²/(1 + w²)."""
    level, _ = gaussian(3, 0.5, 1.0)
    rng = np.random.default_rng(5)
    sample = sequential_monte_carlo(level, rng.normal(size=(4000, 3)), rng)
    variance = 0.25 / 1.25
    # Particles are correlated: their number counts for a quarter at least.
    error = np.sqrt(variance / (len(sample.particles) / 4))
    assert np.abs(sample.particles.mean(axis=0) - 0.8).max() < 5 * error
    assert np.abs(sample.particles.var(axis=0) / variance - 1).max() < 5 * np.sqrt(2 / 1000)


def test_two_modes_keep_their_shares() -> None:
    """Two separate Gaussians of weights 10 and 1: the larger holds 10/11."""
    ours = np.array([2.0, 0.0])

    def level(z: np.ndarray) -> np.ndarray:
        first = np.log(10.0) - 0.5 * ((z - ours) ** 2).sum(axis=1) / 0.09
        second = -0.5 * ((z + ours) ** 2).sum(axis=1) / 0.09
        return np.logaddexp(first, second)

    shares = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        sample = sequential_monte_carlo(level, rng.normal(size=(1500, 2)), rng)
        shares.append((sample.particles[:, 0] > 0).mean())
    # Multimodal shares scatter as binomials of a few hundred independent particles.
    assert abs(np.mean(shares) - 10 / 11) < 4.5 * np.sqrt(10 / 121 / (6 * 250))


def test_importance_sampling_agrees() -> None:
    level, exact = gaussian(8, 0.4, 0.5)
    rng = np.random.default_rng(2)
    sample = sequential_monte_carlo(level, rng.normal(size=(PARTICLES, 8)), rng)
    evidence, effective = importance_evidence(level, sample.particles, rng)
    assert effective > 1000
    assert evidence == pytest.approx(exact, abs=0.1)
    assert sample.log_evidence == pytest.approx(evidence, abs=0.5)


def test_no_data_leaves_the_prior_and_no_evidence() -> None:
    rng = np.random.default_rng(3)
    start = rng.normal(size=(500, 4))
    sample = sequential_monte_carlo(lambda z: np.zeros(len(z)), start, rng)
    assert sample.log_evidence == 0.0
    assert sample.stages == 1


def test_what_is_shut_out_stays_out() -> None:
    """A particle where the likelihood is nothing is never returned, and the evidence counts what is left."""
    rng = np.random.default_rng(4)
    start = rng.normal(size=(4000, 2))
    sample = sequential_monte_carlo(lambda z: np.where(z[:, 0] > 0, 0.0, -np.inf), start, rng)
    assert (sample.particles[:, 0] > 0).all()
    assert sample.log_evidence == pytest.approx(np.log(0.5), abs=4.5 / np.sqrt(4000))


def test_the_same_seed_gives_the_same_particles() -> None:
    level, _ = gaussian(4, 0.4, 0.5)
    both = []
    for _ in range(2):
        rng = np.random.default_rng(7)
        both.append(sequential_monte_carlo(level, rng.normal(size=(300, 4)), rng))
    assert np.array_equal(both[0].particles, both[1].particles)
