"""Each law of the evidence once more, on a second example: three unequal cycles of uneven rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import CyclingOptions, CyclingRecord, checked, read
from topotaxy.measurement.cycling.direction import signed_current, way_of_kind, ways_of_kinds
from topotaxy.measurement.cycling.joined import joined
from topotaxy.measurement.cycling.metrics import cell_of
from topotaxy.measurement.cycling.observed import observed
from topotaxy.measurement.cycling.record import KIND

DOWN, UP = (1.2, 0.9, 0.8), (0.95, 0.85, 0.78)
"""mAh of each discharge and charge."""
ROWS = 31
UNIX = 1.7e9


def three_cycles(*, rest: float = 300.0) -> dict[str, np.ndarray]:
    """Discharges at 2 mA and charges at 1 mA, rows denser at the start, a rest after each half."""
    share = np.linspace(0.0, 1.0, ROWS) ** 1.5
    parts: dict[str, list[np.ndarray]] = {}
    clock, step = 0.0, 0
    for cycle, both in enumerate(zip(DOWN, UP, strict=True), start=1):
        counted = {-1.0: 0.0, 1.0: 0.0}
        for sign, charge, milliampere in ((-1.0, both[0], 2.0), (1.0, both[1], 1.0)):
            step += 1
            passed = 1e-3 * charge * np.append(share, 1.0)
            time = clock + 3600.0 * charge / milliampere * np.append(share, 1.0)
            time[-1] += rest
            voltage = 0.75 - sign * 0.7 * (1.0 - 2.0 * np.append(share, 1.0))
            current = np.full(ROWS + 1, sign * 1e-3 * milliampere)
            current[-1] = 0.0
            own = {s: counted[s] + (passed if s == sign else 0.0 * passed) for s in counted}
            counted[sign] = 1e-3 * charge
            columns = {
                "test_time_second": time,
                "voltage_volt": voltage,
                "current_ampere": current,
                "cycle_count": np.full(ROWS + 1, float(cycle)),
                "step_index": np.append(np.full(ROWS, 2.0 * step - 1.0), 2.0 * step),
                "charging_capacity_ah": own[1.0],
                "discharging_capacity_ah": own[-1.0],
                "step_capacity_ah": passed,
                KIND: np.append(np.full(ROWS, sign), 0.0),
            }
            clock = float(time[-1])
            for name, values in columns.items():
                parts.setdefault(name, []).append(values)
    return {name: np.concatenate(values) for name, values in parts.items()}


COUNTERS = ("charging_capacity_ah", "discharging_capacity_ah")


def columns(*without: str, **changes: np.ndarray) -> dict[str, np.ndarray]:
    """The columns of time, voltage, current, cycle, step and both counters; others by name."""
    whole = three_cycles() | changes
    drop = {"step_capacity_ah", KIND} - set(changes) | set(without)
    return {name: values for name, values in whole.items() if name not in drop}


def record(table: Mapping[str, np.ndarray], **known: object) -> CyclingRecord:
    return checked(table, source="made", format="made", **known)  # type: ignore[arg-type]


def assert_whole(made: CyclingRecord, rel: float = 1e-6) -> None:
    totals = cell_of(made, role="half-cell-anode").totals
    assert totals.discharge == pytest.approx(DOWN, rel=rel)
    assert totals.charge == pytest.approx(UP, rel=rel)


CURRENT = three_cycles()["current_ampere"]
HALF = np.repeat(np.arange(1, 7), ROWS + 1)
"""Number of the half-cycle of each row, its rest with it."""
STEP = three_cycles()["step_capacity_ah"]


# Counters


def test_it_is_read_as_it_was_made() -> None:
    assert_whole(record(columns()))
    assert_whole(record(columns(*COUNTERS)))
    assert record(columns()).cycles.tolist() == [1, 2, 3]


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("name", ["step_capacity_ah", "passed_capacity_ah"])
def test_a_counter_with_a_sign_is_no_magnitude(name: str, sign: float) -> None:
    # Up on charge and down on discharge, or the other way round; from zero with each step, or running on.
    way = three_cycles()[KIND]
    way = np.where(way == 0.0, np.roll(way, 1), way)
    counter = sign * STEP * three_cycles()[KIND]
    if name == "passed_capacity_ah":
        gained = np.diff(STEP * way, prepend=0.0)
        begins = np.concatenate(([True], np.diff(HALF) != 0))
        counter = sign * np.cumsum(np.where(begins, 0.0, gained))
    assert_whole(record(columns(*COUNTERS, **{name: counter})))


@given(depth=st.floats(1e-13, 3e-7), every=st.integers(2, 9))
@settings(max_examples=20)
def test_a_counter_that_trembles_anywhere_counts_once(depth: float, every: int) -> None:
    shaken = {}
    for name in COUNTERS:
        counter = three_cycles()[name].copy()
        counter[::every] = np.maximum(counter[::every] - depth, 0.0)
        shaken[name] = counter
    assert_whole(record(columns(**shaken)), rel=1e-2)


@pytest.mark.parametrize("start", [0.0, 5e-3])
def test_a_counter_that_ran_before_the_test_gains_what_it_gains(start: float) -> None:
    # Since the start of the test, not of the cycle, and from another number than zero.
    running = {}
    cycle = three_cycles()["cycle_count"]
    for name, charges in zip(COUNTERS, (UP, DOWN), strict=True):
        before = np.concatenate(([0.0], np.cumsum(charges)[:-1])) * 1e-3
        running[name] = start + three_cycles()[name] + before[cycle.astype(int) - 1]
    assert_whole(record(columns(**running)))


# Direction


@pytest.mark.parametrize(
    ("given_by", "drop"),
    [(KIND, COUNTERS), ("counters", ())],
)
def test_without_a_sign_the_other_evidence_tells_the_direction(given_by: str, drop: tuple[str, ...]) -> None:
    table = columns(*drop, current_ampere=np.abs(CURRENT))
    if given_by == KIND:
        table[KIND] = three_cycles()[KIND]
    assert_whole(record(table))


@pytest.mark.parametrize("flip", [1.0, -1.0])
def test_a_stated_sign_is_believed_against_the_voltage(flip: float) -> None:
    table = columns(*COUNTERS, voltage_volt=1.5 - flip * three_cycles()["voltage_volt"])
    if flip > 0.0:
        with pytest.raises(InputError, match="they contradict each other"):
            record(table)
    assert_whole(record(table, sign_stated=True))


def test_two_sources_that_agree_with_each_other_turn_the_current() -> None:
    made = record(columns(current_ampere=-CURRENT, **{KIND: three_cycles()[KIND]}))
    assert_whole(made)
    (note,) = (note for note in made.notes if "its sign is turned" in note)
    assert "counters of charge and discharge and types of the steps" in note


def test_of_two_sources_that_disagree_neither_is_believed() -> None:
    with pytest.raises(InputError, match=r"contradict its types of the steps .* 100% of the charge"):
        record(columns(**{KIND: -three_cycles()[KIND]}))


def test_one_half_cycle_against_the_counters_names_its_share() -> None:
    current = CURRENT.copy()
    first = HALF == 1
    current[first] *= -1.0
    share = DOWN[0] / (sum(DOWN) + sum(UP))
    with pytest.raises(InputError, match=rf"for {share:.0%} of the charge") as refused:
        record(columns(current_ampere=current))
    assert "made" in str(refused.value)


@given(st.lists(st.sampled_from(["CC Chg", "CC DChg", "Rest", "SIM", "D_CC", "静置"]), max_size=30))
def test_types_are_read_row_by_row_as_each_alone(texts: list[str]) -> None:
    found = ways_of_kinds(texts)
    assert np.array_equal(found, [way_of_kind(text) for text in texts], equal_nan=True)


def test_a_current_of_nothing_has_no_direction_to_find() -> None:
    arrays = {"test_time_second": np.arange(4.0), "voltage_volt": np.ones(4), "current_ampere": np.zeros(4)}
    current, notes = signed_current(arrays, None, where="made")
    assert not current.any()
    assert notes == []


@pytest.mark.parametrize("way", [1.0, -1.0])
def test_one_direction_alone_is_what_its_sign_says(way: float) -> None:
    part = HALF == 2
    table = {name: values[part] for name, values in columns(*COUNTERS, current_ampere=way * CURRENT).items()}
    table["voltage_volt"] = 0.75 + way * (table["voltage_volt"] - 0.75)
    (half,) = cell_of(record(table)).half_cycles
    assert half.direction == ("charge" if way > 0 else "discharge")
    assert 1e3 * half.capacity == pytest.approx(UP[0])


# Gaps


@pytest.mark.parametrize("hours", [1.0, 30.0])
def test_hours_of_which_nothing_is_recorded_leave_their_half_cycle_out(hours: float) -> None:
    time = three_cycles()["test_time_second"].copy()
    inside = np.flatnonzero(HALF == 4)[ROWS // 2]
    time[inside:] += 3600.0 * hours
    made = record(columns(*COUNTERS, test_time_second=time))
    totals = cell_of(made, role="half-cell-anode").totals
    assert totals.charge == pytest.approx([UP[0], np.nan, UP[2]], rel=1e-6, nan_ok=True)
    assert totals.discharge == pytest.approx(DOWN, rel=1e-6)
    assert any(f"{hours:.3g}" in why for why in made.doubts.values())
    # Where a counter bridges it, nothing is lost.
    assert_whole(record(columns(test_time_second=time)))


def test_a_gap_at_rest_is_a_longer_rest() -> None:
    time = three_cycles()["test_time_second"].copy()
    rest = np.flatnonzero(HALF == 2)[-1]
    time[rest:] += 1e6
    made = record(columns(*COUNTERS, test_time_second=time))
    assert_whole(made)
    assert made.doubts == {}


# Contradiction by a factor


@pytest.mark.parametrize("factor", [1e-3, 0.4, 2.0, 3.6, 1e3])
def test_a_counter_in_another_unit_refuses_the_file(factor: float) -> None:
    wrong = {name: factor * three_cycles()[name] for name in COUNTERS}
    with pytest.raises(InputError, match="a heading names the wrong unit, or a column is not what it says"):
        record(columns(**wrong))


@pytest.mark.parametrize("factor", [0.8, 1.2])
def test_a_counter_that_is_a_little_off_is_used_and_said(factor: float) -> None:
    wrong = {name: factor * three_cycles()[name] for name in COUNTERS}
    made = record(columns(**wrong))
    assert cell_of(made).totals.discharge == pytest.approx([factor * q for q in DOWN], rel=1e-6)
    assert any("the cycler's capacities are used" in note for note in made.notes)


# Cycles


def test_one_cycle_of_the_file_that_holds_two_is_no_capacity() -> None:
    cycle = np.array([1.0, 1.0, 2.0, 2.0, 2.0, 2.0])[HALF - 1]
    both = three_cycles()
    counters = {}
    for name in COUNTERS:
        # As the cycler counts: on through its own cycle.
        second = both["cycle_count"] == 3.0
        counters[name] = both[name] + np.where(second, 1e-3 * (UP if "dis" not in name else DOWN)[1], 0.0)
    made = record(columns(cycle_count=cycle, **counters))
    cell = cell_of(made, role="half-cell-anode")
    if "cycle_count" in made.derived:
        # Most of the test lies in it: it counts nothing, and cycles are counted here.
        assert_whole(made)
    else:
        assert np.isnan(cell.totals.discharge[1])
    assert cell.retention is None or cell.retention.value < 1.0


def test_cycles_counted_here_are_those_of_the_file() -> None:
    made = record(columns("cycle_count", *COUNTERS))
    assert made.cycles.tolist() == [1, 2, 3]
    assert_whole(made)
    assert any("counts no cycles" in note for note in made.notes)


# Several files


def parts_of_three(**changes: np.ndarray) -> list[CyclingRecord]:
    table = columns(**changes)
    cycle = table["cycle_count"]
    return [
        replace(
            record({name: values[cycle == k] for name, values in table.items()}, missing_cycles="note"),
            source=f"part {k}",
        )
        for k in (1, 2, 3)
    ]


def test_three_files_of_one_cell_are_its_test_in_any_order() -> None:
    time = UNIX + three_cycles()["test_time_second"]
    parts = parts_of_three(unix_time_second=time)
    for order in ((0, 1, 2), (2, 0, 1)):
        whole = joined([parts[k] for k in order])
        assert_whole(whole)
        assert whole.source == "part 1 + part 2 + part 3"
        assert (np.diff(whole.table["test_time_second"]) >= 0.0).all()
        assert whole.table["step_count"].is_monotonic_increasing


def test_one_file_is_joined_to_nothing_and_parts_keep_what_is_said_of_them() -> None:
    first, second, third = parts_of_three()
    assert joined([first]) is first
    doubted = replace(second, doubts={(2, "charge"): "it is said"}, notes=("look at this",))
    warm = replace(first, table=first.table.assign(temperature_t1_celsius=25.0))
    whole = joined([warm, doubted, third])
    assert whole.doubts == {(2, "charge"): "it is said"}
    assert "part 2: look at this" in whole.notes
    # A column that not all have is no column of the whole.
    assert "temperature_t1_celsius" not in whole.table
    assert np.isnan(cell_of(whole, role="half-cell-anode").totals.charge[1])


def test_numbers_that_begin_again_are_counted_on_with_their_doubts() -> None:
    first, second, _ = parts_of_three()
    again = replace(
        second,
        table=second.table.assign(cycle_count=second.table["cycle_count"] - 1),
        doubts={(1, "discharge"): "it is said"},
    )
    whole = joined([first, again])
    assert whole.cycles.tolist() == [1, 2]
    assert whole.doubts == {(2, "discharge"): "it is said"}
    assert any("numbers its cycles anew, from 1; they are counted on from 2" in note for note in whole.notes)


@pytest.mark.parametrize(
    ("known", "says"),
    [
        ({"mass": 2e-3}, "another mass than part 1"),
        ({"area": 2.0}, "another area than part 1"),
        ({"reference": "Li+/Li"}, r"is against Li\+/Li, part 1 against Na\+/Na"),
    ],
)
def test_parts_of_unlike_samples_are_no_cell(known: dict[str, object], says: str) -> None:
    first, second, _ = (
        part.with_sample(mass=1e-3, area=1.0, reference="Na+/Na") for part in parts_of_three()
    )
    with pytest.raises(InputError, match=says):
        joined([first, second.with_sample(**known)])  # type: ignore[arg-type]


# Masses and overlays


@pytest.mark.parametrize(("stated", "refused"), [(0.5e-3, True), (0.985e-3, False), (1.5e-3, True)])
def test_a_mass_of_the_file_is_held_against_the_given_one(stated: float, refused: bool) -> None:
    made = replace(record(columns()).with_sample(mass=1e-3), stated_mass=stated)
    if refused:
        with pytest.raises(InputError, match=f"a factor of {1e-3 / stated:.3g} in every capacity per gram"):
            observed([made], CyclingOptions(mass=1e-3))
    else:
        assert observed([made], CyclingOptions(mass=1e-3)).observables


@pytest.mark.parametrize(
    ("known", "role", "says"),
    [
        ({}, "half-cell-anode", "needs a mass beside a simulated run"),
        ({"mass": 1e-3, "reference": "Li+/Li"}, "half-cell-anode", r"against Li\+/Li, the simulated run"),
        ({"mass": 1e-3}, "full-cell", "cannot be laid over a full cell"),
    ],
)
def test_what_shares_no_axes_is_not_overlaid(known: dict[str, object], role: str, says: str) -> None:
    measured = record(columns()).with_sample(**known)  # type: ignore[arg-type]
    run = record(columns(), origin="simulated").with_sample(mass=1e-3, reference="Na+/Na")
    with pytest.raises(InputError, match=says):
        observed([measured, run], CyclingOptions(role=role))  # type: ignore[arg-type]


def test_cells_of_one_name_get_files_of_their_own(tmp_path: Path) -> None:
    made = replace(record(columns()), source="cell 1/é.csv")
    found = observed([made, made], CyclingOptions(bdf=True))
    names = [name for name in found.files if name.endswith(".bdf.csv")]
    assert len(set(names)) == 2
    assert not any(mark in name for name in names for mark in "/\\ ")
    # What is written reads back exactly.
    path = tmp_path / "again.csv"
    text = found.files[names[0]]
    path.write_text(text if isinstance(text, str) else text.decode(), encoding="utf-8")
    back = read(path)
    for name in ("voltage_volt", "current_ampere", *COUNTERS):
        assert np.array_equal(back.table[name], made.table[name]), name
