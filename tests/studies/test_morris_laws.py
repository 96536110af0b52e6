"""Elementary effects of functions that can be worked out by hand, and what no scale or sign may change."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betainc

from topotaxy.studies.morris import LEVELS, STEP, Effect, changed_input, effect, trajectories

Function = Callable[[np.ndarray], float]


def changes_of(function: Function, inputs: int, number: int, seed: int = 0) -> list[list[float]]:
    """Change of a function for a step up, by input and trajectory."""
    found: list[list[float]] = [[] for _ in range(inputs)]
    for points in trajectories(inputs, number, np.random.default_rng(seed)):
        for step in range(inputs):
            index, sign = changed_input(points, step)
            found[index].append(sign * (function(points[step + 1]) - function(points[step])))
    return found


def judged(changes: list[float], errors: float = 0.0, freedom: int = 6) -> Effect:
    found = effect(np.array(changes), np.full(len(changes), errors), freedom)
    assert found is not None
    return found


def test_a_step_of_four_levels_is_two_thirds() -> None:
    assert LEVELS == 4
    assert pytest.approx(2.0) == 3.0 * STEP


@pytest.mark.parametrize("inputs", [1, 2, 5])
def test_a_linear_function_has_the_same_effect_everywhere(inputs: int) -> None:
    slopes = np.arange(inputs) - 1.0
    for slope, changes in zip(slopes, changes_of(lambda x: float(slopes @ x) + 3.0, inputs, 12), strict=True):
        assert changes == pytest.approx([slope * STEP] * 12, abs=1e-12)


def test_an_input_that_is_dead_has_no_effect_at_all() -> None:
    dead = changes_of(lambda x: math.exp(x[0]) * (1.0 + x[1] ** 3), 3, 20)[2]
    found = judged(dead)
    assert dead == [0.0] * 20
    assert (found.mean, found.size, found.noise, found.p) == (0.0, 0.0, 0.0, 1.0)


def test_a_square_rises_by_where_it_starts() -> None:
    """x² from 0 to 2/3 and from 1/3 to 1: by 4/9 or 8/9, each in half of the trajectories."""
    changes = changes_of(lambda x: x[0] ** 2, 2, 400)[0]
    low = [c for c in changes if c == pytest.approx(4.0 / 9.0)]
    high = [c for c in changes if c == pytest.approx(8.0 / 9.0)]
    assert len(low) + len(high) == 400
    # Six standard deviations of a fair coin.
    assert abs(len(low) - 200) < 6 * 10
    found = judged(changes)
    assert found.mean == pytest.approx((len(low) * 4 / 9 + len(high) * 8 / 9) / 400)
    assert found.size == pytest.approx(math.sqrt((len(low) * 16 + len(high) * 64) / 81 / 400))


def test_a_product_moves_by_the_level_of_the_other() -> None:
    first, second = changes_of(lambda x: float(x[0] * x[1]), 2, 300)
    for changes in (first, second):
        levels = {round(c / STEP * (LEVELS - 1)) for c in changes}
        assert levels == set(range(LEVELS))
        assert all(c / STEP * (LEVELS - 1) == pytest.approx(round(c / STEP * (LEVELS - 1))) for c in changes)


def test_a_symmetric_hill_has_a_size_and_no_mean() -> None:
    """(x - 1/2)² is the same at both ends and at both levels between: of four steps, two up and two down."""
    changes = changes_of(lambda x: (x[0] - 0.5) ** 2, 1, 200)[0]
    assert {round(c, 9) for c in changes} == {round(-2 / 9, 9), round(2 / 9, 9)}
    found = judged(changes)
    assert found.size == pytest.approx(2.0 / 9.0)
    # Six standard deviations of the mean of 200 fair signs.
    assert abs(found.mean) < 6 * 2 / 9 / math.sqrt(200)
    assert found.p == 0.0


@settings(max_examples=40)
@given(inputs=st.integers(1, 8), number=st.integers(1, 6), seed=st.integers(0, 2**32))
def test_points_lie_on_the_grid_and_each_trajectory_ends_opposite(
    inputs: int, number: int, seed: int
) -> None:
    found = trajectories(inputs, number, np.random.default_rng(seed))
    assert found.shape == (number, inputs + 1, inputs)
    assert ((found > -1e-12) & (found < 1.0 + 1e-12)).all()
    assert np.abs(found * (LEVELS - 1) - np.round(found * (LEVELS - 1))).max() < 1e-9
    assert np.abs(np.abs(found[:, -1] - found[:, 0]) - STEP).max() < 1e-9


def test_a_seed_gives_one_design_and_another_another() -> None:
    one, same, other = (trajectories(5, 8, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert one.tobytes() == same.tobytes()
    assert (one != other).any()


def test_inputs_are_changed_in_every_order() -> None:
    orders = {
        tuple(changed_input(points, step)[0] for step in range(3))
        for points in trajectories(3, 200, np.random.default_rng(1))
    }
    # Six orders of three; that one of them is missing in 200 happens once in 1e15.
    assert len(orders) == 6


def test_positions_are_even_over_the_levels() -> None:
    found = trajectories(6, 300, np.random.default_rng(2))
    counts = np.bincount(np.round(found[:, 0] * (LEVELS - 1)).astype(int).ravel(), minlength=LEVELS)
    # 1800 first positions over four levels; six standard deviations of a binomial count.
    assert np.abs(counts - 450).max() < 6 * math.sqrt(1800 * 0.25 * 0.75)


def test_which_input_changed_and_which_way() -> None:
    points = np.array([[0.0, 1.0], [0.0, 1.0 / 3.0], [2.0 / 3.0, 1.0 / 3.0]])
    assert changed_input(points, 0) == (1, -1.0)
    assert changed_input(points, 1) == (0, 1.0)
    assert changed_input(points[::-1], 0) == (0, -1.0)


numbers = st.floats(-100.0, 100.0).filter(lambda x: abs(x) > 1e-3)


@settings(max_examples=60)
@given(changes=st.lists(numbers, min_size=2, max_size=12), scale=st.floats(1e-3, 1e3))
def test_another_unit_scales_all_but_p(changes: list[float], scale: float) -> None:
    one, other = judged(changes, 0.7), judged([scale * c for c in changes], scale * 0.7)
    for name in ("mean", "size", "noise"):
        assert getattr(other, name) == pytest.approx(scale * getattr(one, name), rel=1e-6, abs=1e-6 * scale)
    assert other.p == pytest.approx(one.p, rel=1e-6)


@settings(max_examples=60)
@given(changes=st.lists(numbers, min_size=2, max_size=12))
def test_the_other_sense_turns_the_mean_alone_and_order_counts_for_nothing(changes: list[float]) -> None:
    one, turned, back = judged(changes, 0.7), judged([-c for c in changes], 0.7), judged(changes[::-1], 0.7)
    assert (turned.mean, turned.size, turned.noise, turned.p) == (-one.mean, one.size, one.noise, one.p)
    assert (back.mean, back.size, back.p) == pytest.approx((one.mean, one.size, one.p), rel=1e-12)


@pytest.mark.parametrize("freedom", [2, 6])
def test_p_is_that_of_f_by_hand(freedom: int) -> None:
    """P(F > f) by the incomplete beta function (Abramowitz and Stegun, 26.6.2)."""
    changes, errors = np.array([1.0, -2.0, 1.5]), np.array([1.0, 0.5, 1.0])
    found = effect(changes, errors, freedom)
    ratio = (changes**2).sum() / (errors**2).sum()
    by_hand = betainc(0.5 * 3 * freedom, 0.5 * 3, freedom / (freedom + ratio))
    assert found is not None
    assert found.p == pytest.approx(float(by_hand), rel=1e-9)


def test_a_larger_change_is_less_likely_chance_and_a_larger_error_more() -> None:
    by_change = [judged([c, c, -c], 1.0).p for c in (0.1, 1.0, 2.0, 5.0)]
    by_error = [judged([1.0, 1.0, -1.0], e).p for e in (0.1, 0.5, 1.0, 5.0)]
    assert by_change == sorted(by_change, reverse=True)
    assert by_error == sorted(by_error)
    assert len(set(by_change)) == len(set(by_error)) == 4


def test_noise_is_taken_off_the_size_and_never_below_zero() -> None:
    found = judged([5.0, -5.0], 3.0)
    assert (found.size, found.noise) == (pytest.approx(4.0), pytest.approx(3.0))
    assert judged([1.0, -1.0], 3.0).size == 0.0


def test_steps_that_are_unknown_are_as_if_they_were_not_there() -> None:
    changes, errors = np.array([1.0, np.nan, 2.0, 3.0, np.inf]), np.array([0.1, 0.1, 0.2, np.nan, 0.1])
    assert effect(changes, errors, 6) == effect(changes[[0, 2]], errors[[0, 2]], 6)
    assert effect(changes[[1, 2]], errors[[1, 2]], 6) is None
    assert effect(np.array([]), np.array([]), 6) is None
