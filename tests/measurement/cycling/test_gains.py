"""Gains of counters from row to row: whatever a counter starts from, what passed is what it gained."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import counters
from topotaxy.measurement.cycling.checks import numeric_columns, unusable
from topotaxy.measurement.cycling.cycle_numbers import counts_no_cycles, cycles_by_direction, net_of_steps

HALVES = st.lists(st.floats(0.2, 1.0), min_size=2, max_size=8)


def zigzag(sizes: list[float], rows: int = 6) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Net charge of each row, which half each row is in, and where halves begin; discharges first."""
    sign = np.where(np.arange(len(sizes)) % 2 == 0, -1.0, 1.0)
    net = np.repeat(sign * np.array(sizes) / rows, rows)
    half = np.repeat(np.arange(len(sizes)), rows)
    return net, half, np.concatenate(([True], np.diff(half) != 0))


@given(sizes=HALVES, turned=st.sampled_from([1.0, -1.0]))
@settings(max_examples=25)
def test_the_sign_of_a_counter_is_found_and_its_gains_are_what_passed(
    sizes: list[float], turned: float
) -> None:
    net, _, begins = zigzag(sizes)
    running = turned * np.cumsum(net)
    assert counters.sign_of(running, begins, net) == turned
    gained = counters.signed_increments(turned * running, begins, net)
    assert gained[1:] == pytest.approx(net[1:])
    # A counter of magnitudes only rises, and says nothing of the direction.
    assert counters.sign_of(np.cumsum(np.abs(net)), begins, net) == 0.0


@given(sizes=HALVES)
@settings(max_examples=25)
def test_a_signed_counter_that_begins_anew_with_each_half_gains_the_same(sizes: list[float]) -> None:
    net, half, begins = zigzag(sizes)
    whole = np.cumsum(net)
    before = np.concatenate(([0.0], whole))[np.searchsorted(half, half)]
    gained = counters.signed_increments(whole - before, begins, net)
    assert gained[1:] == pytest.approx(net[1:], abs=1e-12)


@given(sizes=HALVES, rests=st.lists(st.booleans(), min_size=8, max_size=8))
@settings(max_examples=25)
def test_gains_go_the_way_of_their_row_and_at_rest_that_of_the_row_before(
    sizes: list[float], rests: list[bool]
) -> None:
    net, half, _ = zigzag(sizes)
    current = np.sign(net)
    # The last row of some halves is at rest already when the cycler books its charge.
    for number, rest in enumerate(rests[: len(sizes)]):
        if rest:
            current[np.flatnonzero(half == number)[-1]] = 0.0
    up, down = counters.by_direction(np.abs(net), current)
    assert up - down == pytest.approx(net)
    assert (np.minimum(up, down) == 0.0).all()


@given(sizes=HALVES, seed=st.integers(0, 99))
@settings(max_examples=25)
def test_steps_are_counted_where_schedule_or_cycle_or_direction_change(sizes: list[float], seed: int) -> None:
    net, half, _ = zigzag(sizes)
    cycle = 1 + half // 2
    by_current = counters.steps_by_change(cycle, None, net)
    assert by_current.tolist() == (1 + half).tolist()
    # Whatever the schedule calls its steps.
    index = np.random.default_rng(seed).permutation(len(sizes))[half] + 7
    assert counters.steps_by_change(cycle, index, net).tolist() == (1 + half).tolist()
    # One step of the schedule over all of it: the cycles tell.
    assert counters.steps_by_change(cycle, np.ones_like(half), net).tolist() == cycle.tolist()


@given(sizes=HALVES)
@settings(max_examples=25)
def test_the_net_of_each_step_stands_in_its_first_row(sizes: list[float]) -> None:
    net, half, begins = zigzag(sizes)
    found = net_of_steps(net, half)
    assert found.sum() == pytest.approx(net.sum())
    assert np.abs(found[begins]) == pytest.approx(sizes)
    assert not found[~begins].any()
    assert cycles_by_direction(net, net)[-1] == (len(sizes) + 1) // 2


@pytest.mark.parametrize(
    ("legs", "none"),
    [
        ({1: (1, 1), 2: (1, 1)}, False),
        ({1: (5, 5)}, True),
        ({1: (1, 1), 2: (2, 2)}, True),
        ({1: (1, 1), 2: (1, 1), 3: (2, 1)}, False),
        ({}, False),
    ],
)
def test_a_number_counts_nothing_where_most_halves_are_crowded(
    legs: dict[int, tuple[int, int]], none: bool
) -> None:
    assert counts_no_cycles(legs) is none


@pytest.mark.parametrize(("first", "kept"), [(0.0, 0.0), (0.4, 0.4), (50.0, 0.0)])
def test_what_a_counter_shows_first_counts_if_it_can_have_passed_since_the_start(
    first: float, kept: float
) -> None:
    time = 3600.0 + 60.0 * np.arange(5)
    arrays = {
        "test_time_second": time,
        "voltage_volt": np.ones(5),
        "current_ampere": np.ones(5),
        "cycle_count": np.ones(5, dtype=np.int64),
        "step_count": np.ones(5, dtype=np.int64),
        "charging_capacity_ah": first + np.arange(5) / 60.0,
        "discharging_capacity_ah": np.zeros(5),
    }
    assert counters.complete_totals(arrays, np.zeros(5, dtype=bool), where="cell") == []
    assert arrays["charging_capacity_ah"] == pytest.approx(kept + np.arange(5) / 60.0)


def test_what_a_file_lacks_is_integrated_but_over_what_was_not_recorded() -> None:
    time = np.array([0.0, 1.0, 2.0, 3.0, 4.0]) * 3600.0
    arrays = {
        "test_time_second": time,
        "voltage_volt": np.ones(5),
        "current_ampere": np.array([1.0, 1.0, 1.0, 1.0, 1.0]),
        "cycle_count": np.ones(5, dtype=np.int64),
        "step_count": np.ones(5, dtype=np.int64),
    }
    gap = np.array([False, False, True, False, False])
    lacking = counters.complete_totals(arrays, gap, where="cell")
    assert lacking == ["charging_capacity_ah", "discharging_capacity_ah"]
    assert arrays["charging_capacity_ah"].tolist() == [0.0, 1.0, 1.0, 2.0, 3.0]
    assert not arrays["discharging_capacity_ah"].any()


def test_a_column_that_is_needed_refuses_and_a_spare_one_is_left_out_with_its_reason() -> None:
    good = {"test_time_second": [0.0, 1.0], "voltage_volt": [1.0, 1.0], "current_ampere": [0.0, 0.0]}
    assert set(numeric_columns(good, where="cell", first_row=1)) == set(good)
    for name in good:
        rest = {other: values for other, values in good.items() if other != name}
        with pytest.raises(InputError, match=f"cell: lacks {name}; cycling data need"):
            numeric_columns(rest, where="cell", first_row=1)
    with pytest.raises(InputError, match="holds no data rows"):
        numeric_columns({name: [] for name in good}, where="cell", first_row=1)
    with pytest.raises(InputError, match="voltage_volt is infinite in data row 6"):
        numeric_columns(good | {"voltage_volt": [1.0, np.inf]}, where="cell", first_row=5)
    bad = {"temperature_t1_celsius": [25.0, np.nan], "internal_resistance_ohm": ["a", "b"]}
    left_out = unusable(bad | {"unix_time_second": [1.0, 2.0]}, first_row=1)
    assert set(left_out) == set(bad)
    assert "missing or not a number in data row 2" in left_out["temperature_t1_celsius"]
    assert "is not all numbers" in left_out["internal_resistance_ohm"]
