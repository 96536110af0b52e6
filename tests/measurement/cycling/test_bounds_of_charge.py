"""What may have passed between rows: bounds that hold whatever the current did, and totals that undo their
gains."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.measurement.cycling import counters
from topotaxy.measurement.cycling.agreement import between, totals_by_cycle, unrecorded

CURRENTS = st.lists(st.floats(-1.0, 1.0), min_size=3, max_size=40)


def rows(currents: list[float], interval: float = 60.0) -> tuple[np.ndarray, ...]:
    """Time, current, cycle and step of rows at even times, in cycles of seven and steps of three rows."""
    place = np.arange(len(currents))
    return interval * place, np.array(currents), 1 + place // 7, 1 + place // 3


@given(CURRENTS)
def test_the_trapezium_rule_lies_within_the_bounds(currents: list[float]) -> None:
    time, current, cycle, step = rows(currents)
    integral = dict(
        zip(("charge", "discharge"), counters.charge_between_rows(time, current, cycle, step), strict=True)
    )
    for way, (low, high) in between(time, current, cycle, step, np.zeros(len(time), dtype=bool)).items():
        assert (low <= integral[way] + 1e-15).all()
        assert (integral[way] <= high + 1e-15).all()


@given(CURRENTS, st.lists(st.floats(0.0, 1.0), min_size=40, max_size=40))
def test_a_current_that_falls_or_rises_between_two_rows_passes_what_the_bounds_allow(
    currents: list[float], shares: list[float]
) -> None:
    """At any mean between its two ends, within a step."""
    time, current, cycle, step = rows(currents)
    before = np.concatenate((current[:1], current[:-1]))
    mean = before + np.array(shares[: len(current)]) * (current - before)
    one_way = np.sign(before) == np.sign(current)
    same = np.concatenate(([True], (np.diff(step) == 0) & (np.diff(cycle) == 0)))
    passed = np.abs(mean) * np.diff(time, prepend=0.0) / 3600.0
    found = between(time, current, cycle, step, np.zeros(len(time), dtype=bool))
    for way, sign in (("charge", 1.0), ("discharge", -1.0)):
        held = one_way & same & (np.sign(current) == sign)
        low, high = found[way]
        assert (low[held] <= passed[held] + 1e-15).all()
        assert (passed[held] <= high[held] + 1e-15).all()


@given(CURRENTS)
def test_over_a_gap_nothing_need_have_passed(currents: list[float]) -> None:
    time, current, cycle, step = rows(currents)
    everywhere = np.ones(len(time), dtype=bool)
    for low, _ in between(time, current, cycle, step, everywhere).values():
        assert (low == 0.0).all()


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=50), st.integers(1, 9))
def test_totals_since_the_cycle_s_start_undo_into_their_gains(gains: list[float], length: int) -> None:
    gained = np.array(gains)
    cycle = 1 + np.arange(len(gained)) // length
    total = counters.since_cycle_start(gained, cycle)
    assert counters.gains_of_totals(total, cycle) == pytest.approx(gained, abs=1e-12)
    assert (total >= 0.0).all()
    ends = np.flatnonzero(np.diff(np.append(cycle, 0)) != 0)
    assert total[ends].sum() == pytest.approx(gained.sum(), abs=1e-12)


@given(CURRENTS)
def test_integrals_of_the_cycles_add_up_to_that_of_the_test(currents: list[float]) -> None:
    time, current, cycle, step = rows(currents)
    zero = np.zeros(len(time))
    _, totals = totals_by_cycle(
        {
            "test_time_second": time,
            "current_ampere": current,
            "cycle_count": cycle,
            "step_count": step,
            "charging_capacity_ah": zero,
            "discharging_capacity_ah": zero,
        }
    )
    charge, discharge = counters.charge_between_rows(time, current, cycle, step)
    assert totals["integral_charge_ah"].sum() == pytest.approx(charge.sum(), abs=1e-15)
    assert totals["integral_discharge_ah"].sum() == pytest.approx(discharge.sum(), abs=1e-15)


@given(st.floats(0.01, 1e4), st.integers(8, 60), st.floats(6.0, 1e4))
def test_a_gap_is_found_at_any_interval_of_the_rows(interval: float, count: int, longer: float) -> None:
    """It is told from the rows' own habit, not from a number of seconds."""
    time = interval * np.arange(count, dtype=float)
    place = count // 2
    time[place:] += longer * interval
    found = unrecorded(time, np.ones(count))
    assert np.flatnonzero(found).tolist() == [place]


@given(st.floats(0.01, 1e4), st.integers(5, 60))
def test_even_rows_have_no_gap_and_neither_has_a_rest(interval: float, count: int) -> None:
    time = interval * np.arange(count, dtype=float)
    assert not unrecorded(time, np.ones(count)).any()
    time[count // 2 :] += 1e6 * interval
    resting = np.ones(count)
    resting[count // 2 - 1 : count // 2 + 1] = 0.0
    assert not unrecorded(time, resting).any()
