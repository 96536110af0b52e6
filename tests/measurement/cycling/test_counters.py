from __future__ import annotations

import numpy as np
import pytest
from cycler_files import two_cycles
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import capacity_difference, checked, counters, cycle_numbers

SIZES = st.lists(st.floats(1e-6, 1.0), min_size=2, max_size=12)


def made(**changes):
    table = two_cycles()
    table.pop("step_capacity_ah")
    table.update(changes)
    return {name: values for name, values in table.items() if values is not None}


def record(**changes):
    return checked(made(**changes), source="made", format="made")


@pytest.mark.parametrize("anew", ["step", "cycle", "never"])
def test_capacities_are_the_same_wherever_the_cyclers_counter_starts_anew(anew):
    table = two_cycles()
    charge, discharge = table["charging_capacity_ah"], table["discharging_capacity_ah"]
    if anew == "step":
        charge = np.where(table["current_ampere"] > 0, table["step_capacity_ah"], 0.0)
        discharge = np.where(table["current_ampere"] < 0, table["step_capacity_ah"], 0.0)
    if anew == "never":
        charge = charge + 1e-3 * (table["cycle_count"] - 1)
        discharge = discharge + 1e-3 * (table["cycle_count"] - 1)
    capacities = capacity_difference(record(charging_capacity_ah=charge, discharging_capacity_ah=discharge))
    assert capacities["charge_ah"].to_numpy() == pytest.approx([1e-3, 1e-3])
    assert capacities["discharge_ah"].to_numpy() == pytest.approx([1e-3, 1e-3])


@given(SIZES)
def test_counter_from_zero_in_each_step_sums_to_its_ends(ends):
    counter = np.concatenate([np.linspace(0.0, end, 5) for end in ends])
    begins = np.zeros(len(counter), dtype=bool)
    begins[::5] = True
    assert counters.increments(counter, begins).sum() == pytest.approx(sum(ends))
    assert counters.step_gains(counter, begins).sum() == pytest.approx(sum(ends))


@given(st.floats(0.0, 1.0), st.floats(1e-9, 1e-3))
def test_counter_that_trembles_is_not_taken_to_start_anew(level, depth):
    counter = np.array([0.0, 1.0 + level, 1.0 + level - depth, 1.0 + level])
    begins = np.array([True, False, False, False])
    assert counters.increments(counter, begins).sum() == pytest.approx(1.0 + level)


@given(st.lists(st.floats(-1.0, 1.0), min_size=3, max_size=40), st.integers(1, 5))
def test_charge_of_the_cycles_is_the_integral_of_the_current(currents, cycles):
    current = np.array(currents)
    time = 60.0 * np.arange(len(current))
    cycle = 1 + np.arange(len(current)) * cycles // len(current)
    step = np.ones(len(current), dtype=np.int64)
    charge, discharge = counters.charge_between_rows(time, current, cycle, step)
    assert (charge >= 0).all()
    assert (discharge >= 0).all()
    same = np.concatenate(([False], np.diff(cycle) == 0))
    # In one step the trapezium rule; over a change, all of it at the later row's current.
    expected = (
        np.where(same, 0.5 * (current + np.roll(current, 1)), current) * np.diff(time, prepend=0.0) / 3600
    )
    assert (charge - discharge).sum() == pytest.approx(expected.sum(), abs=1e-12)


@given(st.lists(st.sampled_from([-1.0, 0.0, 1.0]), min_size=1, max_size=60))
def test_cycles_counted_by_direction_hold_one_turn_each(signs):
    current = np.array(signs)
    cycle = cycle_numbers.cycles_by_direction(current, current)
    assert cycle[0] == 1
    assert set(np.diff(cycle)) <= {0, 1}
    for number in set(cycle):
        moving = current[(cycle == number) & (current != 0)]
        assert (np.diff(moving) != 0).sum() <= 1


def test_what_the_file_lacks_is_named():
    lacking = record(
        charging_capacity_ah=None, discharging_capacity_ah=None, cycle_count=None, step_index=None
    )
    assert set(lacking.derived) == {
        "cycle_count",
        "step_count",
        "charging_capacity_ah",
        "discharging_capacity_ah",
    }
    assert lacking.cycles.tolist() == [1, 2]
    assert capacity_difference(lacking)["charge_ah"].to_numpy() == pytest.approx([1e-3, 1e-3])


def test_cycle_numbers_are_kept_as_they_are():
    numbers = two_cycles()["cycle_count"] + 40
    assert record(cycle_count=numbers).cycles.tolist() == [41, 42]


def test_where_counter_and_current_disagree_the_counter_is_used_and_the_note_says_by_how_much():
    table = two_cycles()
    larger = record(current_ampere=1.3 * table["current_ampere"])
    capacities = capacity_difference(larger)
    assert capacities["charge_ah"].to_numpy() == pytest.approx([1e-3, 1e-3])
    assert capacities["charge_difference_ah"].to_numpy() == pytest.approx([0.3e-3, 0.3e-3])
    assert any("1 and 1.3 mAh" in note for note in larger.notes)
    assert not any("differ" in note for note in record().notes)


def test_charge_passed_before_the_file_begins_is_not_the_first_cycles():
    later = {name: values[10:] for name, values in made().items()}
    whole = capacity_difference(checked(made(), source="made", format="made"))
    cut = checked(
        {**later, "test_time_second": later["test_time_second"] - later["test_time_second"][0]},
        source="m",
        format="m",
    )
    passed = made()["discharging_capacity_ah"][10]
    assert capacity_difference(cut)["discharge_ah"][0] == pytest.approx(whole["discharge_ah"][0] - passed)
    # With the clock of the test, the first row's count is what passed since its start.
    kept = checked(later, source="made", format="made")
    assert capacity_difference(kept)["discharge_ah"][0] == pytest.approx(whole["discharge_ah"][0])


def test_a_text_for_a_number_is_refused():
    with pytest.raises(InputError, match="voltage_volt holds something that is not a number"):
        record(voltage_volt=np.array(["x"] * 97))
