"""Cycles: counted where the file's number counts none, doubted where it holds several."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from cycler_files import CAPACITY, two_cycles
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import CyclingRecord, checked
from topotaxy.measurement.cycling.cycle_numbers import cycles_by_direction, legs_of_cycles, turns
from topotaxy.measurement.cycling.joined import joined
from topotaxy.measurement.cycling.metrics import cell_of


def halves(charges: Sequence[float], numbers: Sequence[int] | None = None) -> dict[str, np.ndarray]:
    """Half-cycles of these charges (mAh, negative on discharge) at 1 mA, ten rows each."""
    parts: dict[str, list[np.ndarray]] = {}
    clock = 0.0
    for step, charge in enumerate(charges, start=1):
        share = np.linspace(0.0, 1.0, 11)
        sign = np.sign(charge)
        columns = {
            "test_time_second": clock + 3600.0 * abs(charge) * share,
            "voltage_volt": 0.75 + sign * 0.75 * (2.0 * share - 1.0) ** 3,
            "current_ampere": np.full(11, 1e-3 * sign),
            "step_index": np.full(11, float(step)),
        }
        if numbers is not None:
            columns["cycle_count"] = np.full(11, float(numbers[step - 1]))
        clock = float(columns["test_time_second"][-1]) + 1e-3
        for name, values in columns.items():
            parts.setdefault(name, []).append(values)
    return {name: np.concatenate(values) for name, values in parts.items()}


def record(charges: Sequence[float], numbers: Sequence[int] | None = None, **known: object) -> CyclingRecord:
    return checked(halves(charges, numbers), source="made", format="made", **known)  # type: ignore[arg-type]


FOUR = (-1.0, 0.9, -0.8, 0.7, -0.6, 0.5, -0.4, 0.35)


def test_a_number_that_never_advances_counts_no_cycles() -> None:
    cell = cell_of(record(FOUR, [1] * 8), role="half-cell-anode")
    assert cell.totals.discharge == pytest.approx([1.0, 0.8, 0.6, 0.4], rel=1e-6)
    assert cell.efficiency == pytest.approx([0.9, 0.875, 0.5 / 0.6, 0.875], rel=1e-6)
    assert "cycle_count" in cell.record.derived
    assert any("counts loops of the schedule, or nothing" in note for note in cell.record.notes)


def test_a_number_that_holds_two_cycles_is_left_out_and_the_others_keep_theirs() -> None:
    made = record((*FOUR, -0.3, 0.25), [1, 1, 2, 2, 3, 3, 3, 3, 4, 4])
    cell = cell_of(made, role="half-cell-anode")
    assert cell.totals.cycle.tolist() == [1, 2, 3, 4]
    assert cell.totals.discharge == pytest.approx([1.0, 0.8, np.nan, 0.3], rel=1e-6, nan_ok=True)
    assert np.isnan(cell.efficiency[2])
    assert not cell.counts(cell.half(3, "charge"))  # type: ignore[arg-type]
    assert cell.retention is not None
    assert (cell.retention.reference, cell.retention.last) == (2, 4)


def test_a_counter_of_loops_is_replaced_where_one_loop_holds_two_cycles() -> None:
    made = record((*FOUR, -0.3, 0.25), [1, 1, 2, 2, 3, 3, 3, 3, 4, 4], counts_loops=True)
    assert made.cycles.tolist() == [1, 2, 3, 4, 5]


@given(st.lists(st.floats(0.3, 1.0), min_size=2, max_size=12), st.floats(0.001, 0.02))
def test_a_pulse_against_the_direction_is_no_turn(sizes: list[float], pulse: float) -> None:
    """Whatever the pulses of a test of resistance: a cycle is a charge and a discharge of some size."""
    gained = []
    for place, size in enumerate(sizes):
        sign = -1.0 if place % 2 == 0 else 1.0
        gained += [0.5 * sign * size, -sign * pulse * 0.3, 0.5 * sign * size]
    passed = np.array(gained)
    assert cycles_by_direction(passed, passed)[-1] == (len(sizes) + 1) // 2


@given(st.floats(0.5, 0.9), st.integers(2, 20))
def test_a_cell_that_takes_less_and_less_turns_each_time(share: float, count: int) -> None:
    sizes = np.maximum(share ** np.arange(2 * count), 2e-3)
    passed = sizes * np.where(np.arange(2 * count) % 2 == 0, -1.0, 1.0)
    assert cycles_by_direction(passed, passed)[-1] == count


@given(st.lists(st.floats(-1.0, 1.0), max_size=60))
def test_legs_alternate_and_begin_where_current_flows(gains: list[float]) -> None:
    passed = np.array(gains)
    rows = turns(passed, 0.25)
    assert rows == sorted(set(rows))
    assert all(passed[row] != 0.0 for row in rows)
    signs = np.sign(passed[rows]) if rows else np.empty(0)
    assert (np.diff(signs) != 0).all()


def test_legs_of_a_cycle_are_counted_by_direction() -> None:
    passed = np.array([-1.0, 1.0, -1.0, 1.0, -1.0, 0.9, -0.1])
    assert legs_of_cycles(passed, np.array([1, 1, 1, 1, 2, 2, 2])) == {1: (2, 2), 2: (1, 1)}


def test_a_half_cycle_that_passed_the_charge_of_the_one_before_it_is_whole() -> None:
    columns = halves((-0.5, 0.45, -0.5, 0.46, -0.5), [1, 1, 2, 2, 3])
    last = columns["step_index"] == 5
    columns["voltage_volt"][last] += 0.4 * np.linspace(0.0, 1.0, 11)
    cell = cell_of(checked(columns, source="made", format="made"), role="half-cell-anode")
    assert cell.unfinished is None
    assert cell.totals.discharge[-1] == pytest.approx(0.5)


def test_one_that_stops_short_of_voltage_and_charge_is_not() -> None:
    columns = halves((-0.5, 0.45, -0.5, 0.46, -0.3), [1, 1, 2, 2, 3])
    last = columns["step_index"] == 5
    columns["voltage_volt"][last] += 0.4 * np.linspace(0.0, 1.0, 11)
    cell = cell_of(checked(columns, source="made", format="made"), role="half-cell-anode")
    assert cell.unfinished is not None
    assert np.isnan(cell.totals.discharge[-1])


def parts(at: int, **second: object) -> list[CyclingRecord]:
    """The two cycles cut in two before a row."""
    made = two_cycles()
    made.pop("step_capacity_ah")
    first = {name: values[:at] for name, values in made.items()}
    other = {name: values[at:] for name, values in made.items()} | second
    return [
        checked(columns, source=f"part {k}", format="made")
        for k, columns in enumerate((first, other), start=1)
    ]


@pytest.mark.parametrize("at", [30, 49, 70])
@pytest.mark.parametrize("anew", [False, True])
def test_parts_of_a_test_are_the_test(at: int, anew: bool) -> None:
    """Wherever it was cut, and whether or not its cycles, its clock and its counters began anew."""
    made = two_cycles()
    again: dict[str, object] = {}
    if anew:
        again = {
            "cycle_count": made["cycle_count"][at:] - made["cycle_count"][at] + 1,
            "test_time_second": made["test_time_second"][at:] - made["test_time_second"][at],
        }
        for name in ("charging_capacity_ah", "discharging_capacity_ah"):
            # From zero with the file, and on.
            mine = made[name][at:] - np.where(
                made["cycle_count"][at:] == made["cycle_count"][at], made[name][at], 0
            )
            again[name] = mine
    whole = joined(parts(at, **again))
    cell = cell_of(whole, role="half-cell-anode")
    assert cell.totals.cycle.tolist() == [1, 2]
    lost = 1.0 / 24.0 if anew else 1e-9
    assert 1e-3 * cell.totals.discharge == pytest.approx([CAPACITY] * 2, rel=lost + 1e-6)
    assert 1e-3 * cell.totals.charge == pytest.approx([CAPACITY] * 2, rel=lost + 1e-6)
    assert whole.source == "part 1 + part 2"


def test_parts_are_ordered_by_the_time_of_day_and_the_pause_is_kept() -> None:
    made = two_cycles()
    start = 1.7e9 + made["test_time_second"]
    first, other = parts(49)
    first.table["unix_time_second"] = start[:49]
    other.table["unix_time_second"] = start[49:] + 7200.0
    whole = joined([other, first])
    time = whole.table["test_time_second"].to_numpy()
    assert time[49] - time[48] == pytest.approx(7200.0 + start[49] - start[48])


def test_parts_of_two_cells_are_not_joined() -> None:
    first, other = parts(49)
    with pytest.raises(InputError, match=r"another mass than part 1"):
        joined([first.with_sample(mass=1e-3), other.with_sample(mass=2e-3)])
    first.table["unix_time_second"] = 1.7e9
    other.table["unix_time_second"] = 1.7e9 - 7200.0 + np.arange(len(other.table)) * 1000.0
    with pytest.raises(InputError, match="before the file ahead of it ends"):
        joined([first, other])
