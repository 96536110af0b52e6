"""The sampler where posterior and evidence are known: correlated, truncated and shifted Gaussians."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import log_ndtr

from topotaxy.evidence.inference import Sample, importance_evidence, sequential_monte_carlo
from topotaxy.evidence.judgement import Assumptions, Case, posterior
from topotaxy.evidence.likelihood import Term, number, statement
from topotaxy.evidence.reaction import reaction_of
from topotaxy.evidence.regions import REGIONS

Values = np.ndarray
NIO = reaction_of("NiO", "Li")


def sampled(level, dimension: int, *, seed: int = 1, count: int = 1500, **more) -> Sample:
    rng = np.random.default_rng(seed)
    return sequential_monte_carlo(level, rng.normal(size=(count, dimension)), rng, **more)


def test_a_correlated_posterior_has_the_mean_and_covariance_of_the_normal_equations() -> None:
    """Of y = A z + noise: precision I + A'A/s², mean its inverse times A'y/s²; evidence N(y; 0, AA' + s²)."""
    a = np.array([[1.0, 0.8, 0.0], [0.0, 1.0, -0.6]])
    y, s = np.array([0.9, -0.4]), 0.3
    covariance = np.linalg.inv(np.eye(3) + a.T @ a / s**2)
    mean = covariance @ a.T @ y / s**2
    marginal = a @ a.T + s**2 * np.eye(2)
    exact = -0.5 * (y @ np.linalg.solve(marginal, y) + np.log(np.linalg.det(2 * np.pi * marginal)))
    constant = -np.log(2 * np.pi * s**2)

    sample = sampled(lambda z: constant - 0.5 * ((z @ a.T - y) ** 2).sum(axis=1) / s**2, 3, count=3000)
    # A quarter of the particles is independent at least; five standard errors (risk below 1e-5 for nine).
    effective = len(sample.particles) / 4
    error = np.sqrt(np.diag(covariance) / effective)
    assert (np.abs(sample.particles.mean(axis=0) - mean) < 5 * error).all()
    scatter = np.sqrt((covariance**2 + np.outer(np.diag(covariance), np.diag(covariance))) / effective)
    assert (np.abs(np.cov(sample.particles.T) - covariance) < 5 * scatter).all()
    # The evidence of 3,000 particles scatters by 0.025 (twelve seeds): six of that.
    assert sample.log_evidence == pytest.approx(exact, abs=0.15)


@pytest.mark.parametrize("constant", [-1000.0, 3.0, 700.0])
def test_a_constant_shifts_the_evidence_and_nothing_else(constant: float) -> None:
    def level(z: Values) -> Values:
        return -2.0 * ((z - 0.5) ** 2).sum(axis=1)

    plain, shifted = sampled(level, 2, count=400), sampled(lambda z: level(z) + constant, 2, count=400)
    assert shifted.log_evidence - plain.log_evidence == pytest.approx(constant)
    assert shifted.particles == pytest.approx(plain.particles)


def test_evidence_of_a_half_space_is_its_share_of_the_prior() -> None:
    """P(z > 2) = 0.0228, reached only by moving: -3.78; scatters by 0.035 (twelve seeds), five of that."""
    sample = sampled(lambda z: log_ndtr(40.0 * (z[:, 0] - 2.0)), 2, count=3000)
    assert sample.log_evidence == pytest.approx(float(log_ndtr(-2.0)), abs=0.18)
    assert np.quantile(sample.particles[:, 0], 0.05) > 1.9
    assert abs(sample.particles[:, 1].mean()) < 0.2


def test_what_is_possible_nowhere_has_no_evidence() -> None:
    never = sampled(lambda z: np.full(len(z), -np.inf), 2, count=100)
    assert never.log_evidence == -np.inf
    rng = np.random.default_rng(2)
    found = importance_evidence(lambda z: np.full(len(z), -np.inf), rng.normal(size=(50, 2)), rng, 100)
    assert found == (-np.inf, 0.0)


@pytest.mark.parametrize("moves", [4, 12, 40])
def test_no_particle_moves_more_often_than_is_allowed(moves: int) -> None:
    sample = sampled(lambda z: -20.0 * ((z - 1.0) ** 2).sum(axis=1), 3, count=200, most_moves=moves)
    assert sample.evaluations <= 200 * (1 + moves * sample.stages)
    assert sample.stages > 1


def test_the_levels_of_the_particles_are_those_of_where_they_are() -> None:
    def level(z: Values) -> Values:
        return -3.0 * np.abs(z - 0.3).sum(axis=1)

    sample = sampled(level, 4, count=300)
    assert sample.log_likelihoods == pytest.approx(level(sample.particles))
    assert sample.particles.shape == (300, 4)


def test_the_start_is_left_as_it_was() -> None:
    rng = np.random.default_rng(5)
    start = rng.normal(size=(200, 2))
    before = start.copy()
    sequential_monte_carlo(lambda z: -4.0 * (z**2).sum(axis=1), start, rng)
    assert np.array_equal(start, before)


def case_of(*terms: Term) -> Case:
    return Case(name="made", reaction=NIO, terms=terms)


def believed(case: Case, seed: int = 3, **more) -> np.ndarray:
    return posterior(case, Assumptions(), particles=600, seed=seed, rare=False, **more).shares


def test_leaving_out_the_only_technique_leaves_the_prior() -> None:
    told = case_of(number("n", "phase_fraction", 0.1, 0.02, technique="t"))
    assert np.array_equal(believed(told, without=("t",)), believed(case_of()))
    assert not np.array_equal(believed(told), believed(case_of()))


def test_what_is_as_probable_everywhere_says_nothing() -> None:
    vague = statement("s", lambda o, w: np.full(len(o["core"]), 0.3), technique="t", fact="f")
    assert believed(case_of(vague)) == pytest.approx(believed(case_of()), abs=1e-12)


LOST = {"frame": 0.0, "core": 0.0, "metal_share": 1.0}


@pytest.mark.parametrize(
    ("expected", "mechanism"),
    [
        ({"coherent": 1.0, "frame": 1.0, "core": 0.0, "metal_share": 0.8}, "lattice-confined"),
        ({"coherent": 0.0, "frame": 1.0, "core": 0.0, "metal_share": 0.5}, "inlaid domains"),
        ({"frame": 0.0, "core": 0.0, "metal_share": 1.0, "reoxidised": 0.1}, "metal network"),
        (
            {"frame": 0.0, "core": 0.0, "metal_share": 1.0, "reoxidised": 1.0, "back": 1.0},
            "vanished and recovered",
        ),
        ({"frame": 0.0, "core": 0.0, "metal_share": 1.0, "reoxidised": 1.0, "back": 0.1}, "collapse"),
        ({"core": 0.9}, "unreacted core"),
    ],
)
def test_told_the_latents_themselves_the_judgement_names_their_region(
    expected: dict[str, float], mechanism: str
) -> None:
    """An instrument that saw the latents would leave no doubt: each mechanism can be the answer."""
    terms = [number(name, name, value, 0.02, technique=name) for name, value in expected.items()]
    shares = posterior(case_of(*terms), Assumptions(), particles=300, seed=4, rare=False).shares
    assert REGIONS[int(np.argmax(shares))] == mechanism
    assert shares.max() > 0.8


def test_a_likelihood_that_stops_where_a_proposal_is_lost_gives_the_same_sample() -> None:
    """And every proposal that is taken was asked with less than it has."""
    rng = np.random.default_rng(8)
    a = rng.normal(size=(4, 3))

    def level(z: Values) -> Values:
        return -0.5 * ((z @ a.T - 1.0) ** 2).sum(axis=1) / 0.04

    given_up = []

    def bounded(z: Values, least: Values) -> Values:
        values = level(z)
        lost = values < least
        given_up.append(lost.mean())
        return np.where(lost, -np.inf, values)

    whole = sampled(level, 3, count=100)
    stopping = sampled(level, 3, count=100, bounded=bounded)
    assert np.array_equal(whole.particles, stopping.particles)
    assert np.array_equal(whole.log_likelihoods, stopping.log_likelihoods)
    assert (whole.log_evidence, whole.evaluations) == (stopping.log_evidence, stopping.evaluations)
    assert np.mean(given_up) > 0.2
