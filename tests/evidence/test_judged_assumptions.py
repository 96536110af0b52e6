"""Other assumptions: densities of priors, and answers had by weighing particles anew."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate

from topotaxy.evidence.assumptions import Assumptions, prior_ratio, variants
from topotaxy.evidence.judgement import FEWER_MOVES, Case, posterior, varied
from topotaxy.evidence.latents import AS_LISTED, Prior, Shape
from topotaxy.evidence.likelihood import number
from topotaxy.evidence.reaction import reaction_of

NIO = reaction_of("NiO", "Li")
ALL_OR_NONE = Prior(changed={"frame": Shape(a=0.5, b=0.5, low=0.0, high=1.0)})
GRID = np.linspace(0.001, 0.999, 7)


@pytest.mark.parametrize(("a", "b"), [(1.0, 1.0), (2.0, 2.4), (0.8, 0.7), (1.0, 6.0)])
def test_a_density_is_the_slope_of_the_distribution(a: float, b: float) -> None:
    shape = Shape(a=a, b=b, low=3.0, high=5.0)

    def density(y: float) -> float:
        return float(np.exp(shape.log_density(np.array([3.0 + 2.0 * y])))[0])

    for upper in (0.2, 0.5, 0.9):
        share, _ = integrate.quad(density, 0.0, upper)
        # The density is that of the place within the range, which integrates to one.
        assert share == pytest.approx(1.0 - (1.0 - upper**a) ** b, rel=1e-5)
        assert shape.quantile(share) == pytest.approx(3.0 + 2.0 * upper, rel=1e-4)


def test_a_prior_has_no_ratio_to_itself() -> None:
    assert prior_ratio(AS_LISTED, Prior(), {"frame": GRID}) == pytest.approx(0.0)


def test_ratios_of_two_priors_turn_round_and_follow_the_density() -> None:
    there = prior_ratio(AS_LISTED, ALL_OR_NONE, {"frame": GRID})
    back = prior_ratio(ALL_OR_NONE, AS_LISTED, {"frame": GRID})
    assert there is not None
    assert back is not None
    assert there == pytest.approx(-back)
    exact = 0.25 * GRID**-0.5 * (1.0 - GRID**0.5) ** -0.5
    assert np.exp(there) == pytest.approx(exact)


@pytest.mark.parametrize(
    "other",
    [
        Prior(sharpness=1.4),
        Prior(changed={"swelling": Shape(a=1.0, b=1.0, low=0.0, high=1.0)}),
        Prior(changed={"reducible": Shape(a=2.0, b=1.0, low=0.0, high=1.0)}),
    ],
    ids=["all latents", "a wider range", "a latent of each cation"],
)
def test_what_no_weight_can_turn_into_another_prior_has_no_ratio(other: Prior) -> None:
    assert prior_ratio(AS_LISTED, other, {"frame": GRID, "swelling": GRID}) is None


def test_weighed_anew_is_what_sampling_afresh_gives() -> None:
    """Shares of regions under another prior, within 5 binomial errors of 400 effective particles."""
    data = (
        number("x", "reduced_seen.Ni", 0.6, 0.15, technique="absorption"),
        number("f", "phase_fraction", 0.35, 0.15, technique="diffraction"),
    )
    case = Case(name="made", reaction=NIO, terms=data)
    base = posterior(case, Assumptions(), particles=1500, seed=1, rare=False)
    wanted = next(one for one in variants() if one.prior == ALL_OR_NONE)
    found = varied(case, base, wanted, particles=400, seed=2)
    assert found.sample is base.sample, "the particles are the same ones"
    afresh = posterior(case, wanted, particles=800, seed=3, rare=False, most_moves=FEWER_MOVES)
    error = np.sqrt(np.maximum(afresh.shares * (1.0 - afresh.shares), 0.01) / 400.0)
    assert (np.abs(found.shares - afresh.shares) < 5.0 * error).all()
    assert found.total == pytest.approx(afresh.total, abs=0.5)
    assert (np.abs(found.shares - base.shares) > 0.02).any(), "the other prior does something"
