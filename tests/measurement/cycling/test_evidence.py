"""Direction, counters, gaps and contradictions: one law a test, on tables made here."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from cycler_files import CAPACITY, two_cycles
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import CyclingRecord, capacity_difference, checked, counters
from topotaxy.measurement.cycling.agreement import unrecorded
from topotaxy.measurement.cycling.direction import way_of_kind
from topotaxy.measurement.cycling.record import KIND

BOTH = ("charging_capacity_ah", "discharging_capacity_ah")


def table(*without: str, **changes: object) -> dict[str, object]:
    """The two cycles, with the counters of both directions alone unless others are named."""
    made: dict[str, object] = dict(two_cycles())
    made.pop("step_capacity_ah")
    made |= changes
    return {name: values for name, values in made.items() if name not in without}


def record(columns: Mapping[str, object], **known: object) -> CyclingRecord:
    return checked(columns, source="made", format="made", **known)  # type: ignore[arg-type]


def capacities(made: CyclingRecord) -> tuple[list[float], list[float]]:
    found = capacity_difference(made)
    return found["charge_ah"].tolist(), found["discharge_ah"].tolist()


WHOLE = ([pytest.approx(CAPACITY)] * 2, [pytest.approx(CAPACITY)] * 2)
CURRENT = two_cycles()["current_ampere"]
KINDS = np.sign(CURRENT)


@pytest.mark.parametrize(
    ("text", "way"),
    [
        *(
            ("CC Chg", 1.0),
            ("CCCV_Chg", 1.0),
            ("C_CC", 1.0),
            ("Charge", 1.0),
            ("恒流充电", 1.0),
            ("CHA", 1.0),
        ),
        *(("CC DChg", -1.0), ("D_CC", -1.0), ("Discharge", -1.0), ("恒流放电", -1.0), ("DCH", -1.0)),
        *(("Rest", 0.0), ("R", 0.0), ("静置", 0.0), ("PAU", 0.0), ("OCV", 0.0)),
    ],
)
def test_a_step_s_type_says_its_direction(text: str, way: float) -> None:
    assert way_of_kind(text) == way


@pytest.mark.parametrize("text", ["SIM", "7", "", "CV", "table"])
def test_other_types_of_steps_say_none(text: str) -> None:
    assert np.isnan(way_of_kind(text))


def test_positive_current_that_discharges_by_all_other_evidence_is_turned() -> None:
    made = record(table(current_ampere=-CURRENT, **{KIND: KINDS}))
    assert np.array_equal(made.table["current_ampere"], CURRENT)
    assert capacities(made) == WHOLE
    assert any("positive current discharges" in note for note in made.notes)


def test_a_sign_that_only_the_voltage_contradicts_is_refused_unless_it_is_stated() -> None:
    columns = table(*BOTH, current_ampere=-CURRENT)
    with pytest.raises(InputError, match="voltage falls where it charges by the sign of its current"):
        record(columns)
    assert capacities(record(columns, sign_stated=True)) == WHOLE


@pytest.mark.parametrize("source", ["counters", "types"])
def test_a_current_without_sign_goes_the_way_of_counters_or_types(source: str) -> None:
    columns = table(*(BOTH if source == "types" else ()), current_ampere=np.abs(CURRENT))
    if source == "types":
        columns[KIND] = KINDS
    made = record(columns)
    assert np.array_equal(made.table["current_ampere"], CURRENT)
    assert capacities(made) == WHOLE


def test_a_current_without_sign_goes_the_way_of_a_counter_with_one() -> None:
    step = two_cycles()["step_capacity_ah"]
    made = record(table(*BOTH, current_ampere=np.abs(CURRENT), step_capacity_ah=step * np.sign(CURRENT)))
    assert capacities(made) == WHOLE


def test_a_current_without_sign_and_other_evidence_is_refused() -> None:
    with pytest.raises(InputError, match="cannot be told apart"):
        record(table(*BOTH, current_ampere=np.abs(CURRENT)))


def test_counters_that_contradict_the_types_of_the_steps_are_refused_with_both_named() -> None:
    with pytest.raises(
        InputError, match="counters of charge and discharge contradict its types of the steps"
    ):
        record(table(**{KIND: -KINDS}))


def test_a_sign_that_contradicts_the_counters_in_a_part_of_the_file_is_refused() -> None:
    current = CURRENT.copy()
    current[60:] *= -1
    with pytest.raises(
        InputError, match=r"sign of its current contradicts its counters .* for \d+% of the charge"
    ):
        record(table(current_ampere=current))


def test_a_file_that_only_charges_is_read() -> None:
    part = slice(25, 48)
    columns = {name: values[part] for name, values in table(*BOTH).items()}  # type: ignore[index]
    columns["test_time_second"] = columns["test_time_second"] - columns["test_time_second"][0]
    charged, discharged = capacities(record(columns))
    assert discharged == [0.0]
    assert charged[0] == pytest.approx(CAPACITY * 22 / 24)


@given(st.floats(1e-12, 1e-7))
def test_a_counter_that_falls_in_its_last_digits_where_a_step_begins_counts_once(depth: float) -> None:
    made = two_cycles()
    starts = np.flatnonzero(np.diff(made["step_index"])) + 1
    columns = table()
    for name in BOTH:
        counter = made[name].copy()
        counter[starts] -= np.minimum(depth, counter[starts])
        columns[name] = counter
    charged, discharged = capacities(record(columns))
    assert charged == pytest.approx([CAPACITY] * 2, abs=2 * depth + 1e-15)
    assert discharged == pytest.approx([CAPACITY] * 2, abs=2 * depth + 1e-15)


@given(st.floats(0.05, 0.95))
def test_a_counter_that_begins_anew_is_told_from_one_that_trembles_by_what_the_current_passed(
    share: float,
) -> None:
    # It restarts, and the first row comes late: it falls by little, and still gained all that it shows.
    counter = np.array([0.0, 0.5, 1.0, share, 1.0])
    passed = np.array([0.0, 0.5, 0.5, share, 1.0 - share])
    begins = np.array([True, False, False, True, False])
    assert counters.increments(counter, begins, passed).sum() == pytest.approx(2.0)
    # It falls as much, while nothing can have passed: it only trembled.
    still = np.array([0.0, 0.5, 0.5, 0.0, 0.0])
    tremble = np.array([0.0, 0.5, 1.0, 0.6 + 0.4 * share, 1.0])
    assert counters.increments(tremble, begins, still).sum() == pytest.approx(1.0)


@given(st.lists(st.sampled_from([3.0, -2.0, 1.0, -1.0]), min_size=6, max_size=40))
def test_a_net_counter_is_split_by_its_own_sign(currents: list[float]) -> None:
    current = 1e-3 * np.array([0.0, *currents])
    passed = current * 60.0 / 3600.0
    columns = {
        "test_time_second": 60.0 * np.arange(len(current)),
        "voltage_volt": np.ones(len(current)),
        "current_ampere": current,
        "cycle_count": np.ones(len(current)),
        "step_index": np.ones(len(current)),
        "step_capacity_ah": np.cumsum(passed),
    }
    if not (current < 0).any() or not (current > 0).any():
        return
    charged, discharged = capacities(record(columns))
    assert charged[0] == pytest.approx(passed[passed > 0].sum())
    assert discharged[0] == pytest.approx(-passed[passed < 0].sum())


def test_a_discharge_counted_below_zero_is_counted() -> None:
    made = record(table(discharging_capacity_ah=-two_cycles()["discharging_capacity_ah"]))
    assert capacities(made) == WHOLE


@pytest.mark.parametrize("hours", [1.0, 10.0, 100.0])
@pytest.mark.parametrize("every", [1, 3])
def test_no_charge_is_integrated_over_time_of_which_nothing_is_recorded(hours: float, every: int) -> None:
    """Whatever the interval of the rows, and however long the gap."""
    made = {name: values[::every] for name, values in table(*BOTH).items()}  # type: ignore[index]
    time = made["test_time_second"].copy()
    row = len(time) * 5 // 8
    time[row:] += 3600.0 * hours
    read = record({**made, "test_time_second": time})
    assert list(read.doubts) == [(2, "discharge")]
    assert max(capacities(read)[1]) <= CAPACITY * 1.001
    assert any("nothing is recorded" in note and "left out" in note for note in read.notes)


def test_a_gap_that_a_counter_bridges_leaves_nothing_out() -> None:
    time = two_cycles()["test_time_second"].copy()
    time[60:] += 36000.0
    read = record(table(test_time_second=time))
    assert not read.doubts
    assert capacities(read) == WHOLE


def test_a_rest_of_which_nothing_is_recorded_is_a_rest() -> None:
    made = two_cycles()
    time, current = made["test_time_second"].copy(), CURRENT.copy()
    current[48] = 0.0
    time[49:] += 36000.0
    read = record(table(*BOTH, test_time_second=time, current_ampere=current))
    assert not read.doubts
    assert capacities(read)[1] == pytest.approx([CAPACITY, CAPACITY], rel=0.1)


def test_rows_at_uneven_times_are_no_gaps() -> None:
    """As where a voltage that has moved writes a row: long times stand on the plateau, among their like."""
    time = np.cumsum(np.concatenate([np.full(80, 1.0), np.geomspace(2.0, 600.0, 20), np.full(10, 600.0)]))
    assert not unrecorded(time, np.ones(len(time))).any()


@pytest.mark.parametrize("factor", [1e-3, 0.5, 2.0, 1000.0])
def test_a_counter_that_its_current_contradicts_by_a_factor_refuses_the_file(factor: float) -> None:
    made = two_cycles()
    with pytest.raises(InputError, match=r"counter of charge shows .* a factor of"):
        record(table(**{name: factor * made[name] for name in BOTH}))


def test_a_counter_that_its_current_contradicts_in_one_cycle_is_left_out_there() -> None:
    made = two_cycles()
    counter = made["discharging_capacity_ah"] * np.where(made["cycle_count"] == 2, 1.9, 1.0)
    read = record(table(discharging_capacity_ah=counter))
    assert list(read.doubts) == [(2, "discharge")]
    assert any("left out, as they differ by more than a factor" in note for note in read.notes)


def test_sparse_rows_of_a_falling_current_contradict_no_counter() -> None:
    """Two rows of a constant voltage: the trapezium rule is wrong by half, and the counter is right."""
    time = np.array([0.0, 3600.0, 3601.0, 10800.0, 10801.0])
    current = np.array([1.0, 1.0, 1.0, 0.02, 0.0])
    counted = np.array([0.0, 1.0, 1.0003, 1.0003 + 0.52, 1.5203])
    columns = {
        "test_time_second": time,
        "voltage_volt": np.array([3.0, 4.2, 4.2, 4.2, 4.1]),
        "current_ampere": current,
        "charging_capacity_ah": counted,
        "step_index": np.array([1, 1, 2, 2, 3]),
    }
    assert not record(columns).doubts
