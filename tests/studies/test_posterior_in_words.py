"""What a posterior says, on points that can be counted: quantiles, bounds, ranks, and weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from topotaxy.cell.posterior import Posterior
from topotaxy.cell.priors import DRAW, Prior
from topotaxy.studies.cell_problem import Datum, log_likelihood, misfit
from topotaxy.studies.posterior_summary import (
    ALIKE,
    FEWEST_EFFECTIVE,
    correlations,
    left_out,
    parameter_summaries,
    seeds_compared,
)

Values = NDArray[np.float64]


def prior(name: str, low: float = 0.0, high: float = 1.0, scale: str = "linear") -> Prior:
    return Prior(name=name, ion="", low=low, high=high, scale=scale, unit="1", meaning="", source="")


def posterior(columns: dict[str, Any], numbers: dict[str, Any] | None = None, seed: int = 1) -> Posterior:
    """Particles with these parameters and predictions; the draw is zero."""
    count = len(next(iter(columns.values())))
    numbers = {"x": np.zeros(count)} if numbers is None else numbers
    return Posterior(
        paper="p",
        draws="d",
        names=(*columns, DRAW),
        points=np.column_stack([*columns.values(), np.zeros(count)]),
        claims=tuple(numbers),
        predicted=np.column_stack([np.asarray(v, dtype=float) for v in numbers.values()]),
        log_likelihood=np.zeros(count),
        prior_predicted=np.zeros((3, len(numbers))),
        log_evidence=-2.0,
        facts={"seed": seed},
    )


def datum(value: float, sigma: float = 1.0, use: str = "fit", bound: str = "", claim: str = "x") -> Datum:
    return Datum(claim=claim, value=value, sigma=sigma, use=use, bound=bound)


GRID = (np.arange(200) + 0.5) / 200


# --- parameters


def test_the_prior_itself_has_learned_nothing() -> None:
    (found,) = parameter_summaries(posterior({"a": GRID}), [prior("a")])
    assert found.narrowing == pytest.approx(1.0, abs=0.01)
    assert found.words == "not determined"
    assert (found.low, found.middle, found.high) == pytest.approx((0.05, 0.5, 0.95), abs=0.005)


@settings(max_examples=40)
@given(points=st.lists(st.floats(0.0, 1.0), min_size=2, max_size=40))
def test_levels_are_in_their_order_and_inside_the_points(points: list[float]) -> None:
    (found,) = parameter_summaries(posterior({"a": points}), [prior("a")])
    assert min(points) <= found.low <= found.middle <= found.high <= max(points)
    assert 0.0 <= found.narrowing <= 1.0 / 0.9 + 1e-12
    (turned,) = parameter_summaries(posterior({"a": points[::-1]}), [prior("a")])
    assert turned == found


@pytest.mark.parametrize(
    ("width", "words"),
    [(0.3, "determined"), (0.49, "determined"), (0.6, "narrowed"), (0.9, "not determined")],
)
def test_how_much_was_learned_is_the_width_over_the_priors(width: float, words: str) -> None:
    (found,) = parameter_summaries(posterior({"a": 0.5 + width * (GRID - 0.5)}), [prior("a")])
    assert found.narrowing == pytest.approx(width, abs=0.01)
    assert found.words == words


@pytest.mark.parametrize(("count", "at_bound"), [(25, False), (26, True)])
def test_more_than_a_quarter_in_the_outer_twentieth_is_at_a_bound(count: int, at_bound: bool) -> None:
    inside = 0.3 + 0.4 * GRID[: 100 - count]
    low = np.concatenate([np.full(count, 0.049), inside])
    (found,) = parameter_summaries(posterior({"a": low}), [prior("a")])
    assert (found.words == "at its lower bound") is at_bound
    (found,) = parameter_summaries(posterior({"a": 1.0 - low}), [prior("a")])
    assert (found.words == "at its upper bound") is at_bound


def test_what_is_learned_of_a_logarithm_is_learned_by_decades() -> None:
    """The same shares of a linear and of a logarithmic range say the same, in the values of either."""
    shares = 0.2 + 0.4 * GRID
    decades = prior("b", 1e-6, 1e2, "log")
    one, other = parameter_summaries(posterior({"a": shares, "b": decades.at(shares)}), [prior("a"), decades])
    assert other.narrowing == pytest.approx(one.narrowing)
    assert other.words == one.words
    assert decades.share(other.middle) == pytest.approx(one.middle, abs=1e-3)


def test_zero_of_a_logarithm_is_at_its_lower_bound() -> None:
    (found,) = parameter_summaries(posterior({"b": np.zeros(50)}), [prior("b", 1e-6, 1.0, "log")])
    assert found.words == "at its lower bound"


# --- correlations


def test_ranks_are_what_correlates() -> None:
    """Any rising function of a parameter has the same ranks; a falling one the opposite."""
    a = np.random.default_rng(0).random(60)
    b = a + 0.4 * np.random.default_rng(1).random(60)
    plain = correlations(posterior({"a": a, "b": b}), [prior("a"), prior("b")])
    bent = correlations(posterior({"a": np.exp(9.0 * a), "b": b**5}), [prior("a"), prior("b")])
    turned = correlations(posterior({"a": -a, "b": b}), [prior("a"), prior("b")])
    assert plain == bent
    assert turned == [("a", "b", pytest.approx(-plain[0][2]))]


def test_spearmans_by_hand() -> None:
    """1 - 6 Σd²/(n(n² - 1)): ranks 1 2 3 4 5 against 1 3 2 5 4 differ by 1 four times: 0.8."""
    a, b = np.arange(5.0), np.array([0.0, 2.0, 1.0, 4.0, 3.0])
    ((first, second, found),) = correlations(posterior({"a": a, "b": b}), [prior("a"), prior("b")])
    assert (first, second, found) == ("a", "b", pytest.approx(0.8))


def test_only_strong_pairs_are_named_the_strongest_first() -> None:
    rng = np.random.default_rng(2)
    a = rng.random(400)
    columns = {
        "a": a,
        "weak": a + 3.0 * rng.random(400),
        "strong": a + 0.1 * rng.random(400),
        "middle": a + 0.7 * rng.random(400),
        "apart": rng.random(400),
    }
    found = correlations(posterior(columns), [prior(name) for name in columns])
    assert [abs(p[2]) for p in found] == sorted((abs(p[2]) for p in found), reverse=True)
    assert all(abs(p[2]) >= 0.5 for p in found)
    assert found[0][:2] == ("a", "strong")
    assert not any({"weak", "apart"} & {p[0], p[1]} for p in found)


def test_the_draw_is_no_parameter_among_them_and_a_fixed_one_correlates_with_nothing() -> None:
    a = np.arange(30.0)
    with_draw = posterior({"a": a, "b": np.full(30, 2.0)})
    with_draw.points[:, -1] = a
    assert correlations(with_draw, [prior("a"), prior("b")]) == []


# --- numbers left out


def test_a_number_that_says_nothing_is_predicted_as_before() -> None:
    """Where all particles predict the same, their weights are the same."""
    found = left_out(posterior({"a": GRID}, {"x": np.full(200, 3.0)}), [datum(5.0, sigma=2.0)])[0]
    assert found.effective == pytest.approx(200.0)
    assert (found.mean, found.spread) == (pytest.approx(3.0), pytest.approx(0.0, abs=1e-9))
    assert found.z == pytest.approx(-1.0)


def test_weights_are_the_inverse_of_the_likelihood_by_hand() -> None:
    """Predictions at the stated value and one deviation off weigh 1 to exp(1/2)."""
    predicted = np.repeat([0.0, 1.0], 100)
    found = left_out(posterior({"a": GRID}, {"x": predicted}), [datum(0.0)])[0]
    share = math.exp(0.5) / (1.0 + math.exp(0.5))
    assert found.mean == pytest.approx(share)
    assert found.spread == pytest.approx(math.sqrt(share * (1.0 - share)))
    assert found.effective == pytest.approx(200.0 / (2.0 * (share**2 + (1.0 - share) ** 2)))
    assert found.z == pytest.approx(share / math.hypot(found.spread, 1.0))


@pytest.mark.parametrize("use", ["fit", "bound"])
def test_what_was_held_out_weighs_as_it_is(use: str) -> None:
    predicted = np.linspace(0.0, 1.0, 200)
    made = posterior({"a": GRID}, {"x": predicted})
    held = left_out(made, [datum(0.3, 0.2, use="held-out")])[0]
    used = left_out(made, [datum(0.3, 0.2, use=use)])[0]
    assert held.effective == pytest.approx(200.0)
    assert held.mean == pytest.approx(0.5)
    # What was fitted to 0.3 was drawn towards it: without it the number lies farther off.
    assert used.mean > held.mean


@settings(max_examples=40)
@given(st.lists(st.floats(-30.0, 30.0), min_size=2, max_size=60), st.floats(-5.0, 5.0))
def test_the_effective_number_is_between_one_and_all(predicted: list[float], value: float) -> None:
    found = left_out(posterior({"a": predicted}, {"x": predicted}), [datum(value)])[0]
    assert 1.0 - 1e-9 <= found.effective <= len(predicted) + 1e-9
    assert min(predicted) - 1e-9 <= found.mean <= max(predicted) + 1e-9
    assert (found.z is None) == (found.effective < FEWEST_EFFECTIVE)


def test_one_particle_far_off_does_not_take_most_of_the_weight() -> None:
    """Of 400 one weighs 200 times the others: cut at twenty times the mean it has 0.07 of all, not 0.33."""
    far = math.sqrt(2.0 * math.log(200.0))
    predicted = np.zeros(400)
    predicted[7] = far
    found = left_out(posterior({"a": np.arange(400.0)}, {"x": predicted}), [datum(0.0)])[0]
    rest = 399.0 / 200.0
    cut = 20.0 * (1.0 + rest) / 400.0
    assert found.mean == pytest.approx(far * cut / (cut + rest))
    assert found.effective == pytest.approx((cut + rest) ** 2 / (cut**2 + rest / 200.0))


@pytest.mark.parametrize(("bound", "sign"), [("lower", 1.0), ("upper", -1.0)])
def test_the_allowed_side_of_a_bound_is_no_distance(bound: str, sign: float) -> None:
    for side in (1.0, -1.0):
        made = posterior({"a": GRID}, {"x": side * (4.0 + 0.1 * GRID)})
        found = left_out(made, [datum(0.0, use="held-out", bound=bound)])[0]
        assert found.z is not None
        assert (found.z == 0.0) if side == sign else (found.z * side > 3.0)


def test_each_number_is_left_out_for_itself() -> None:
    made = posterior({"a": GRID}, {"x": GRID, "y": 5.0 - GRID})
    both = left_out(made, [datum(0.2, 0.5), datum(4.0, 0.5, claim="y")])
    alone = [left_out(made, [d])[0] for d in (datum(0.2, 0.5), datum(4.0, 0.5, claim="y"))]
    assert both == alone
    assert [one.claim for one in both] == ["x", "y"]


# --- seeds


def test_a_posterior_agrees_with_itself_and_either_way_round() -> None:
    a = np.random.default_rng(3).random((2, 100))
    one, other = (posterior({"a": v}, {"x": 3.0 * v}, seed=s) for v, s in zip(a, (4, 5), strict=True))
    assert seeds_compared(one, one)["largest_difference"] == 0.0
    there, back = seeds_compared(one, other), seeds_compared(other, one)
    assert there["largest_difference"] == pytest.approx(back["largest_difference"])
    assert (there["seeds"], back["seeds"]) == ([4, 5], [5, 4])
    assert there["log_evidence"] == [-2.0, -2.0]


@pytest.mark.parametrize("shift", [0.5 * ALIKE, 0.99 * ALIKE, 1.01 * ALIKE])
def test_medians_apart_by_more_than_the_limit_do_not_agree(shift: float) -> None:
    values = np.array([-1.0, -1.0, 0.0, 1.0, 1.0])
    spread = values.std()
    found = seeds_compared(
        posterior({"a": values, "b": values}, {"x": values}),
        posterior({"a": values, "b": values + shift * spread}, {"x": values}),
    )
    assert found["largest_difference"] == pytest.approx(shift)
    assert found["of"] == "b"
    assert found["agree"] is (shift <= ALIKE)


def test_numbers_are_held_against_each_other_too_and_the_draw_is_not() -> None:
    values = np.array([-1.0, 0.0, 1.0])
    one, other = (posterior({"a": values}, {"x": values + s}) for s in (0.0, 1.0))
    one.points[:, -1], other.points[:, -1] = (0.0, 1.0, 2.0), (20.0, 21.0, 22.0)
    found = seeds_compared(one, other)
    assert (found["of"], found["agree"]) == ("x", False)


def test_what_is_the_same_for_all_particles_is_no_difference() -> None:
    fixed = posterior({"a": np.ones(5)}, {"x": np.ones(5)})
    assert seeds_compared(fixed, fixed)["agree"]


# --- likelihood


@given(st.floats(-1e3, 1e3), st.floats(1e-3, 1e3), st.floats(-1e3, 1e3))
def test_misfits_turn_their_sign_with_the_difference(value: float, sigma: float, apart: float) -> None:
    up, down = (float(misfit(datum(value, sigma), np.array([value + s * apart]))[0]) for s in (1.0, -1.0))
    assert up == pytest.approx(-down, rel=1e-6, abs=1e-9 * (1 + abs(value)) / sigma)
    lower, upper = (
        float(misfit(datum(value, sigma, bound=b), np.array([value + apart]))[0]) for b in ("lower", "upper")
    )
    assert lower <= 0.0 <= upper
    # One side of a bound counts as a number does, the other not at all.
    assert lower + upper == pytest.approx(up, rel=1e-9, abs=1e-12)


def several(*values: float) -> Sequence[Datum]:
    return [datum(v, sigma=0.5 + i, claim=f"c{i}") for i, v in enumerate(values)]


def test_the_likelihood_of_several_numbers_is_the_sum_of_theirs() -> None:
    data, predicted = several(1.0, 2.0, 3.0), np.random.default_rng(4).normal(size=(7, 3))
    parts = [log_likelihood([d], predicted[:, i : i + 1]) for i, d in enumerate(data)]
    assert log_likelihood(data, predicted) == pytest.approx(np.sum(parts, axis=0))
    assert log_likelihood([], predicted) == pytest.approx(np.zeros(7))


def test_the_likelihood_is_highest_at_what_is_stated() -> None:
    data = several(1.0, 2.0)
    at, near = np.array([[1.0, 2.0]]), np.array([[1.0, 2.0]]) + np.array([[0.1, -0.2], [0.0, 0.1]])
    assert log_likelihood(data, at) == pytest.approx([0.0])
    assert (log_likelihood(data, near) < 0.0).all()
    # One standard deviation costs one half.
    assert log_likelihood(data, np.array([[1.5, 2.0]])) == pytest.approx([-0.5])
