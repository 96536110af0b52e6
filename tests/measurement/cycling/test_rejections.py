"""What each reader says of a file that it cannot read, and what each check says of a column."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import cycler_files
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import CyclingOptions, biologic, checks, headings, read
from topotaxy.measurement.cycling.contents import Vocabulary
from topotaxy.measurement.cycling.differences import Difference
from topotaxy.measurement.cycling.formats import arbin_export, neware_export


def written(folder: Path, data: bytes, name: str = "cell.csv") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def parquet_of(**columns: object) -> bytes:
    import pyarrow as pa
    from pyarrow import parquet

    target = io.BytesIO()
    parquet.write_table(pa.table(columns), target)
    return target.getvalue()


def changed(data: bytes, *pairs: tuple[str, str]) -> bytes:
    text = data.decode()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


LAYERED = cycler_files.neware_layered_csv()
NUMBERS = [0.0, 1.0, 2.0]

CASES: dict[str, tuple[str | None, Callable[[], bytes], str]] = {
    "a Novonix file cut above its data": (
        None,
        lambda: cycler_files.novonix_csv().partition(b"[Data]")[0],
        r"has no \[Data\] of Novonix's: it is cut short",
    ),
    "other columns under Novonix's data": (
        None,
        lambda: changed(cycler_files.novonix_csv(), ("Potential (V)", "Pressure (bar)")),
        r"has no columns of Novonix's under \[Data\], but Date and Time, Cycle Number",
    ),
    "a Digatron file without its units": (
        None,
        lambda: changed(cycler_files.digatron_csv(), (",,,,,,,,[V],[A],[C],[Ah],[Wh],[Cnt],\n", "")),
        r"line 5: has no line of units such as \[V\] under its headings",
    ),
    "a Digatron header alone": (
        "Digatron export",
        lambda: b"\n".join(cycler_files.digatron_csv().splitlines()[:4]),
        "has no header line of Digatron's with a line of units under it",
    ),
    "PEC's reader on another file": (
        "PEC export",
        cycler_files.neware_csv,
        "has no header line of PEC's",
    ),
    "BaSyTec's reader on another file": (
        "BaSyTec text",
        cycler_files.neware_csv,
        r"has no line ~Time\[\.\.\.\] with BaSyTec's headings",
    ),
    "Maccor's reader on another file": (
        "Maccor text",
        cycler_files.neware_csv,
        "has no header line of Maccor's",
    ),
    "Arbin's reader on another file": (
        "Arbin export",
        cycler_files.pec_csv,
        "has no header line with the columns of this format",
    ),
    "the layered reader on another file": (
        "Neware layered",
        cycler_files.neware_csv,
        "has no three lines of headings of Neware's layers",
    ),
    "a record above its step": (
        None,
        lambda: changed(LAYERED, ("1,0.001,0.001,1,1,CC DChg,01:00:00\n", "")),
        "line 4: is a record under no step",
    ),
    "a step cut short": (
        None,
        lambda: changed(LAYERED, (",2,2,CC Chg,01:00:00\n", ",2,2\n")),
        r"has 2 fields where a step has 4: it is damaged",
    ),
    "the Battery Data Format's reader on another file": (
        "Battery Data Format",
        cycler_files.neware_csv,
        "its first line lacks some of test_time_second, voltage_volt, current_ampere",
    ),
    "a parquet without a current": (
        None,
        lambda: parquet_of(test_time_second=NUMBERS, voltage_volt=NUMBERS),
        "lacks the columns current_ampere",
    ),
    "a parquet of texts": (
        None,
        lambda: parquet_of(test_time_second=NUMBERS, voltage_volt=["a", "b", "c"], current_ampere=NUMBERS),
        "its column voltage_volt is string, not numbers",
    ),
    "EC-Lab's text without the length of its header": (
        None,
        lambda: changed(cycler_files.biologic_mpt(), ("Nb header lines : 6\r\n", "")),
        "does not say how many header lines it has",
    ),
    "EC-Lab's text with a longer header than it has lines": (
        None,
        lambda: changed(cycler_files.biologic_mpt(), ("lines : 6", "lines : 600")),
        "or has fewer: it is cut short",
    ),
    "EC-Lab's text without a voltage": (
        None,
        lambda: changed(cycler_files.biologic_mpt(), ("Ewe/V", "Temperature/C")),
        "lacks time or voltage; its columns are",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_reader_says_in_one_line_what_it_misses(tmp_path: Path, name: str) -> None:
    format_name, make, says = CASES[name]
    path = written(tmp_path, make())
    with pytest.raises(InputError, match=says) as refused:
        read(path, format=format_name)
    text = str(refused.value)
    assert "\n" not in text
    assert "cell.csv" in text


def test_times_within_steps_need_the_steps() -> None:
    columns = {"test_time_second": np.array([0.0, 1.0, 0.0, 1.0])}
    with pytest.raises(InputError, match="times of steps only, and no column for the step"):
        neware_export._from_step_times(columns, "cell.csv")
    made = neware_export._from_step_times({**columns, "step_index": np.array([1.0, 1.0, 2.0, 2.0])}, "cell")
    assert made["test_time_second"].tolist() == [0.0, 1.0, 1.0, 2.0]


def test_an_unknown_format_and_a_wrong_word_for_missing_cycles_are_named(tmp_path: Path) -> None:
    path = written(tmp_path, cycler_files.bdf_csv())
    with pytest.raises(InputError, match="missing_cycles is 'refuse' or 'note', not 'maybe'"):
        read(path, missing_cycles="maybe")
    with pytest.raises(InputError, match="Bitrode"):
        read(path, format="Bitrode")


# Headings


@pytest.mark.parametrize(
    ("text", "name", "unit"),
    [
        ("Current(mA)", "current", "ma"),
        ("Cap. [Ah]", "cap", "ah"),
        ("Voltage/V", "voltage", "v"),
        ("TestTime/Sec.", "testtime", "sec"),
        ("(Q-Qo)/mA.h", "(q qo)", "mah"),
        ("mAmp-hr", "amp hr", "mah"),
        ("Test Time / s", "test time", "s"),
        ("电流（mA）", "电流", "ma"),
        ("  Step_Index ", "step index", None),
        ("I(μA)", "i", "µa"),
        ("Energy[mW·h]", "energy", "mwh"),
    ],
)
def test_a_heading_is_a_name_and_a_unit(text: str, name: str, unit: str | None) -> None:
    found = headings.heading(text)
    assert (found.name, found.unit) == (name, unit)


@pytest.mark.parametrize("column", sorted(headings.UNITS))
def test_every_unit_of_a_column_is_a_positive_share_of_its_own(column: str) -> None:
    units = headings.UNITS[column]
    assert 1.0 in units.values()
    assert all(0.0 < size < np.inf for size in units.values())
    for unit, size in units.items():
        (found,) = headings.find([f"X ({unit})"], {column: ["x"]}).values()
        assert found.scale == size


def test_units_agree_with_each_other() -> None:
    charge, current = headings.UNITS["charging_capacity_ah"], headings.UNITS["current_ampere"]
    time, energy = headings.UNITS["test_time_second"], headings.UNITS["charging_energy_wh"]
    # A coulomb is an ampere second, a joule a watt second, whatever they are written in.
    assert charge["c"] == pytest.approx(current["a"] * time["s"] / time["h"])
    assert energy["j"] == pytest.approx(time["s"] / time["h"])
    for small in ("m", "u", "µ"):
        assert charge[f"{small}ah"] == current[f"{small}a"] == energy[f"{small}wh"]


def test_the_best_name_counts_and_a_unit_of_something_else_does_not() -> None:
    names = {"voltage_volt": ["potential", "voltage"]}
    found = headings.find(["Voltage(V)", "Potential(mV)"], names)
    assert (found["voltage_volt"].heading, found["voltage_volt"].scale) == ("Potential(mV)", 1e-3)
    found = headings.find(["Voltage(V)", "Potential(degree)"], names)
    assert found["voltage_volt"].heading == "Voltage(V)"
    assert headings.find(["Voltage"], names) == {}
    assert headings.find(["Voltage"], names, {"voltage_volt": "mv"})["voltage_volt"].scale == 1e-3


@pytest.mark.parametrize(
    ("text", "like"),
    [("Kapazität", True), ("Ladung/C", True), ("Q/mA.h", True), ("容量", True), ("Quality", False)],
)
def test_what_looks_like_a_capacity_is_pointed_out_unless_it_is_read(text: str, like: bool) -> None:
    assert bool(headings.like_capacities([text, "Voltage/V"], [])) == like
    assert headings.like_capacities([text], [text]) == ()


def test_a_header_of_half_a_maker_s_columns_is_told_what_it_lacks() -> None:
    words: Vocabulary = arbin_export._WORDS
    assert words.lacks(cycler_files.ARBIN_HEADER) == []
    assert words.lacks([h for h in cycler_files.ARBIN_HEADER if "Voltage" not in h]) == ["voltage"]
    assert words.lacks(["Voltage(V)", "Current(A)"]) is None
    assert not words.knows([*cycler_files.ARBIN_HEADER, "Record"])


# EC-Lab's columns


TIME = np.arange(0.0, 60.0, 10.0)


def ec_lab(**columns: np.ndarray) -> dict[str, np.ndarray]:
    return {"time/s": TIME, "Ewe/V": np.linspace(0.0, 1.0, 6)} | columns


def test_a_charge_over_its_time_is_the_current_and_pairs_of_halves_are_cycles() -> None:
    half = np.array([0.0, 0.0, 1.0, 1.0, 2.0, 2.0])
    charge = np.array([0.0, 1.0, -1.0, -1.0, 1.0, 1.0]) / 360.0
    made = biologic.contents(ec_lab(**{"dq/mA.h": charge, "half cycle": half}), None, source="cell")
    assert made.columns["current_ampere"] == pytest.approx([0.0, 1e-3, -1e-3, -1e-3, 1e-3, 1e-3])
    assert made.columns["cycle_count"].tolist() == [1, 1, 1, 1, 2, 2]
    assert 1e3 * made.columns["charging_capacity_ah"][-1] == pytest.approx(3.0 / 360.0)
    assert 1e3 * made.columns["discharging_capacity_ah"][-1] == pytest.approx(2.0 / 360.0)


def test_rows_of_an_impedance_carry_no_current_of_their_own() -> None:
    # Frequencies are written within milliseconds: a charge over such a time is noise.
    time = np.array([0.0, 10.0, 10.001, 10.002, 20.0, 30.0])
    charge = np.array([0.0, 1.0, 0.5, -0.5, 1.0, 1.0]) / 360.0
    columns = ec_lab(**{"time/s": time, "dq/mA.h": charge})
    made = biologic.contents(columns, None, source="cell")
    current = 1e3 * made.columns["current_ampere"]
    assert current[[2, 3]] == pytest.approx([current[1]] * 2)
    # Where the current was set, it is that which was set.
    control = np.full(6, 2.0)
    mode = np.array([1.0, 1.0, 1.0, 2.0, 1.0, 1.0])
    held = biologic.contents(columns | {"control/V/mA": control}, mode, source="cell")
    current = 1e3 * held.columns["current_ampere"]
    assert current[2] == pytest.approx(2.0)
    assert current[3] == pytest.approx(2.0)
    assert current[[1, 4, 5]] == pytest.approx([1.0, 1.0 / 0.9998, 1.0], rel=1e-6)


def test_a_measured_current_wins_and_only_what_is_needed_is_read() -> None:
    names = ["time/s", "Ewe/V", "I/mA", "dq/mA.h", "Q charge/discharge/mA.h", "half cycle", "Temperature"]
    assert biologic.needed(names) == {"time/s", "Ewe/V", "I/mA", "half cycle", "Q charge/discharge/mA.h"}
    assert "control/V/mA" in biologic.needed(["time/s", "Ewe/V", "control/V/mA", "dq/mA.h"])
    counter = np.array([0.0, 1.0, -1.0, -2.0, 1.0, 2.0])
    columns = ec_lab(**{"I/mA": np.full(6, 5.0), "Q charge/discharge/mA.h": counter, "half cycle": counter})
    made = biologic.contents(columns, None, source="cell")
    assert made.columns["current_ampere"] == pytest.approx([5e-3] * 6)
    assert made.columns["charging_capacity_ah"] == pytest.approx(1e-3 * np.maximum(counter, 0.0))
    assert made.columns["discharging_capacity_ah"] == pytest.approx(1e-3 * np.maximum(-counter, 0.0))


def test_nothing_to_make_a_current_of_is_refused() -> None:
    with pytest.raises(InputError, match="cell: lacks a current; its columns are time/s, Ewe/V"):
        biologic.contents(ec_lab(), None, source="cell")


# Checks of single columns


@given(
    values=st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=20),
    row=st.integers(0, 19),
    bad=st.sampled_from([np.nan, np.inf, -np.inf, 1e13, -1e13]),
    first_row=st.integers(1, 50),
)
@settings(max_examples=30)
def test_a_value_that_is_no_number_is_named_with_its_row(
    values: list[float], row: int, bad: float, first_row: int
) -> None:
    array = np.array(values)
    checks.finite("voltage_volt", array, where="cell", first_row=first_row)
    place = row % len(array)
    array[place] = bad
    with pytest.raises(InputError, match=rf"voltage_volt is .* in data row {first_row + place}\b"):
        checks.finite("voltage_volt", array, where="cell", first_row=first_row)


@given(st.lists(st.floats(0.0, 100.0), min_size=2, max_size=20), st.floats(1e-6, 1e-3))
@settings(max_examples=30)
def test_a_clock_that_trembles_within_its_resolution_never_falls(steps: list[float], depth: float) -> None:
    time = np.cumsum(steps)
    shaken = time - depth * (np.arange(len(time)) % 2)
    level, _ = checks.running_clock(shaken, resolution=1e-3, where="cell", first_row=1)
    assert (np.diff(level) >= 0.0).all()
    assert level == pytest.approx(time, abs=2.1e-3)
    assert checks.running_clock(time, resolution=0.0, where="cell", first_row=1)[0] == pytest.approx(time)


def test_a_clock_that_creeps_back_is_refused() -> None:
    creeping = np.concatenate((np.arange(5.0), 4.0 - 0.9e-3 * np.arange(1.0, 9.0)))
    with pytest.raises(InputError, match="the clock runs back again and again up to data row 8"):
        checks.running_clock(creeping, resolution=1e-3, where="cell", first_row=1)


@pytest.mark.parametrize("hours", [0.9, 2.0])
def test_a_gap_is_noted_where_it_is_long_and_unlike_the_rest(hours: float) -> None:
    time = np.arange(20.0)
    time[7:] += 3600.0 * hours
    _, notes = checks.running_clock(time, resolution=1e-3, where="cell", first_row=1)
    assert bool(notes) == (hours > 1.0)
    if notes:
        assert "1 gap in time" in notes[0]
        assert notes[0].endswith("after data row 7")


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20))
@settings(max_examples=30)
def test_cycles_in_order_are_let_through_and_skips_are_told(rises: list[int]) -> None:
    cycle = 1 + np.cumsum(rises)
    notes = checks.ordered_cycles(cycle, missing="note", where="cell", first_row=1)
    skips = int((np.diff(cycle) > 1).sum())
    assert len(notes) == min(skips, 1)
    if skips:
        assert f"({skips} such place" in notes[0]
        with pytest.raises(InputError, match="cycles are missing; export the whole test"):
            checks.ordered_cycles(cycle, missing="refuse", where="cell", first_row=1)
    if len(set(cycle.tolist())) > 1:
        with pytest.raises(InputError, match="cycles are duplicated or out of order"):
            checks.ordered_cycles(cycle[::-1], missing="note", where="cell", first_row=1)


@pytest.mark.parametrize("value", [-1.0, 0.5, 1e9 + 0.5])
def test_a_count_is_a_whole_number(value: float) -> None:
    assert checks.whole_numbers(np.array([1.0, 7.0]), "n", where="cell", first_row=1).tolist() == [1, 7]
    with pytest.raises(InputError, match=r"n has to be a whole number, got .* in data row 4"):
        checks.whole_numbers(np.array([1.0, value]), "n", where="cell", first_row=3)


# Options and differences


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"role": "full-cell", "ion": "Na"}, "a full cell has none"),
        ({"basis": "electrode"}, "no mass is given"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_options_that_contradict_each_other_are_refused(options: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        CyclingOptions.model_validate(options)


def test_a_reference_is_that_of_the_metal() -> None:
    assert CyclingOptions(ion="K").reference == "K+/K"
    assert CyclingOptions().reference is None


@given(st.floats(-10.0, 10.0), st.floats(-10.0, 10.0), st.floats(0.0, 5.0), st.floats(0.0, 5.0))
@settings(max_examples=20)
def test_errors_of_a_difference_add_in_squares_and_unlike_numbers_have_none(
    one: float, two: float, error: float, other: float
) -> None:
    known = {"quantity": "q", "unit": "V", "cycle": 1, "subject": "", "measured": one, "simulated": two}
    made = Difference(**known, measured_uncertainty=error, simulated_uncertainty=other)  # type: ignore[arg-type]
    assert made.difference == one - two
    assert made.uncertainty == pytest.approx((error**2 + other**2) ** 0.5)
    alone = Difference(**known, measured_uncertainty=None, simulated_uncertainty=other)  # type: ignore[arg-type]
    assert alone.uncertainty == other
    unlike = Difference(  # type: ignore[call-arg]
        **known,  # type: ignore[arg-type]
        measured_uncertainty=error,
        simulated_uncertainty=other,
        unlike="current",
    )
    assert unlike.difference is None
    assert unlike.uncertainty is None
