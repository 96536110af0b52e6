"""Every real file: capacities of each cycle against another reader or the cycler's own totals."""

from __future__ import annotations

import csv
import shutil
import subprocess
import tomllib
from functools import lru_cache

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import capacity_difference, read
from topotaxy.measurement.cycling.mapping import load

CUSTOM = """
[columns]
test_time_second = "test_time"
current_ampere = "current"
voltage_volt = "voltage"
cycle_count = "cycle"
step_index = "step"
charging_capacity_ah = "charge_capacity"
discharging_capacity_ah = "discharge_Capacity"
"""


@pytest.fixture
def custom_mapping(tmp_path):
    path = tmp_path / "custom.toml"
    path.write_text(CUSTOM)
    assert tomllib.loads(CUSTOM)["columns"].keys() == load(path).columns.keys()
    return path


@lru_cache(maxsize=1)
def arbin_record(path):
    # It takes seconds.
    return read(path)


def last_of_runs(rows, key, value):
    """Sum of a counter's last values before each change of key: an independent reading of a csv."""
    total, last, before = 0.0, 0.0, None
    for row in rows:
        if before is not None and row[key] != before:
            total += last
        before, last = row[key], float(row[value])
    return total + last


def test_arbin_res_against_the_cyclers_own_totals(real_file):
    from access_parser import AccessParser

    path = real_file("arbin_silicon_half_cell_45.res")
    record = arbin_record(path)
    assert record.format == "Arbin res"
    assert record.cycles.tolist() == list(range(1, 19))
    capacities = capacity_difference(record)
    resumed = AccessParser(str(path)).parse_table("Resume_Table")
    # The counters of the whole test, as the cycler itself keeps them in the table for resuming a test.
    assert capacities["charge_ah"].sum() == pytest.approx(resumed["TC_CCapacity1"][0], rel=1e-3)
    assert capacities["discharge_ah"].sum() == pytest.approx(resumed["TC_DCapacity1"][0], rel=1e-3)
    # And cycle by cycle, the integral of the current, which the cycler's counters do not enter.
    complete = capacities[:-1]
    assert np.allclose(complete["charge_ah"], complete["integral_charge_ah"], rtol=1e-3)
    assert np.allclose(complete["discharge_ah"], complete["integral_discharge_ah"], rtol=1e-3)


def test_arbin_res_against_mdbtools(real_file):
    export = shutil.which("mdb-export")
    if export is None:
        pytest.skip("mdb-export (Debian's mdbtools) is not on the path")
    path = real_file("arbin_silicon_half_cell_45.res")
    text = subprocess.run(
        [export, str(path), "Channel_Normal_Table"], capture_output=True, text=True, check=True, timeout=60
    ).stdout
    theirs = sorted(csv.DictReader(text.splitlines()), key=lambda row: int(row["Data_Point"]))
    table = arbin_record(path).table
    for ours, name in (
        ("test_time_second", "Test_Time"),
        ("voltage_volt", "Voltage"),
        ("current_ampere", "Current"),
        ("charging_capacity_ah", "Charge_Capacity"),
        ("discharging_capacity_ah", "Discharge_Capacity"),
    ):
        assert np.allclose(table[ours], [float(row[name]) for row in theirs], rtol=1e-6, atol=1e-12), name


def test_arbin_discharge_of_the_anode_comes_first_and_lowers_the_voltage(real_file):
    table = arbin_record(real_file("arbin_silicon_half_cell_45.res")).table
    first = table[table.current_ampere.abs() > 1e-4].iloc[0]
    assert first.current_ampere < 0
    first_cycle = table[(table.cycle_count == 1) & (table.current_ampere < -1e-4)]
    assert first_cycle.voltage_volt.iloc[-1] < 0.06 < first_cycle.voltage_volt.iloc[0]


def test_neware_ndax_against_newarenda(real_file):
    newarenda = pytest.importorskip("NewareNDA")
    path = real_file("neware_test_2.ndax")
    record = read(path)
    assert record.cycles.tolist() == list(range(1, 55))
    other = newarenda.read(str(path), software_cycle_number=True, cycle_mode="chg")
    capacities = capacity_difference(record).set_index("cycle_count")
    steps = other.groupby(["Cycle", "Step"])[["Charge_Capacity(mAh)", "Discharge_Capacity(mAh)"]].max()
    theirs = steps.groupby("Cycle").sum() / 1000
    assert theirs.index.tolist() == capacities.index.tolist()
    assert np.allclose(capacities["charge_ah"], theirs["Charge_Capacity(mAh)"], rtol=1e-3)
    assert np.allclose(capacities["discharge_ah"], theirs["Discharge_Capacity(mAh)"], rtol=1e-3)
    assert any("counts loops" in note for note in record.notes)


def test_neware_export_against_the_exports_own_counters(real_file):
    path = real_file("neware_uio.csv")
    capacities = capacity_difference(read(path)).set_index("cycle_count")
    assert capacities.index.tolist() == [1, 2, 3, 4]
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for cycle in capacities.index:
        mine = [row for row in rows if row["Cycle Index"] == str(cycle)]
        for column, name in (("charge_ah", "Chg. Cap.(Ah)"), ("discharge_ah", "DChg. Cap.(Ah)")):
            assert capacities[column][cycle] == pytest.approx(
                last_of_runs(mine, "Step Index", name), rel=1e-3
            )


def test_landt_csv_and_its_conversion_to_the_battery_data_format_agree(real_file):
    ours = capacity_difference(read(real_file("landt_graphite_half_cell.csv")))
    converted = capacity_difference(read(real_file("landt_graphite_half_cell.bdf.csv")))
    assert ours["cycle_count"].tolist() == converted["cycle_count"].tolist() == [1, 2]
    assert np.allclose(ours, converted, rtol=1e-9)
    # By hand from the csv: the counter's last values in cycle 1, and in cycle 2.
    assert ours["discharge_ah"].tolist() == pytest.approx([0.0063, 0.0013], rel=1e-9)
    assert ours["charge_ah"].tolist() == pytest.approx([0.0032, 0.0], rel=1e-9)


def test_landt_where_current_is_quantised_the_cycler_wins_and_the_difference_is_said(real_file):
    record = read(real_file("landt_graphite_half_cell.csv"))
    first = capacity_difference(record).iloc[0]
    assert first["integral_discharge_ah"] / first["discharge_ah"] > 1.1
    assert first["discharge_difference_ah"] == pytest.approx(
        first["integral_discharge_ah"] - first["discharge_ah"]
    )
    assert any(note.startswith("discharge: the cycler's capacity") for note in record.notes)
    assert record.table["discharging_capacity_ah"].max() == pytest.approx(first["discharge_ah"])


def test_landt_trailing_comma_shifts_nothing(real_file):
    table = read(real_file("landt_graphite_half_cell.csv")).table
    assert table["voltage_volt"].iloc[0] == 2.9215
    assert table["test_time_second"].iloc[1] == 15.02
    assert len(table) == 25162


def test_maccor_reads_decimal_commas_and_minutes(real_file):
    record = read(real_file("maccor_two.txt"))
    table = record.table
    assert record.instrument == "Maccor #4"
    assert table["voltage_volt"].iloc[:2].tolist() == [0.1377, 0.1385]
    # The clock of the file advances a minute between the first records; its time column says 1.
    assert table["test_time_second"].iloc[1] == 60.0
    assert table["charging_capacity_ah"].max() == table["discharging_capacity_ah"].max() == 0.0
    assert len(table) == 213
    assert any("line, 229, is incomplete" in note for note in record.notes)


@pytest.mark.parametrize("name", ["biologic_gcpl.mpr", "biologic_gcpl_yadg.mpr"])
def test_biologic_mpr_against_the_cyclers_net_charge(real_file, name):
    BioLogic = pytest.importorskip("galvani").BioLogic
    path = real_file(name)
    capacities = capacity_difference(read(path))
    with path.open("rb") as file:
        data = BioLogic.MPRfile(file).data
    net = 1e-3 * (data["(Q-Qo)/mA.h"][-1] - data["(Q-Qo)/mA.h"][0])
    total = capacities["charge_ah"].sum() - capacities["discharge_ah"].sum()
    assert abs(total - net) < 1e-3 * capacities["charge_ah"].max()
    # Each half cycle's last count, the cycler's own total of it.
    ends = np.flatnonzero(np.append(np.diff(data["half cycle"].astype(int)) != 0, True))
    halves = 1e-3 * data["Q charge/discharge/mA.h"][ends]
    ours = sorted([*capacities["charge_ah"], *(-capacities["discharge_ah"])])
    assert np.allclose([v for v in ours if v], sorted(halves), rtol=1e-3)
    assert np.allclose(capacities["integral_charge_ah"], capacities["charge_ah"], rtol=1e-3)
    assert np.allclose(capacities["integral_discharge_ah"], capacities["discharge_ah"], rtol=1e-3)


def test_custom_csv_reads_by_a_mapping(real_file, custom_mapping):
    record = read(real_file("custom_good_small.csv"), mapping=custom_mapping, mass=0.0012)
    assert len(record.table) == 60
    assert record.table["voltage_volt"].iloc[-1] == 1.54
    assert record.basis == "active material"
    assert capacity_difference(record)[["charge_ah", "discharge_ah"]].to_numpy().tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("custom_missing_column.csv", "line 20, lacks the column voltage"),
        ("custom_missing_cycle.csv", "cycle numbers go from 1 to 3 at data row 21"),
        ("custom_nan_inf.csv", "line 24: 'voltage' is empty"),
        ("custom_truncated.csv", "line 80: has 5 fields where the header has 10: it is cut short"),
    ],
)
def test_damaged_custom_csv_is_refused_in_one_line(real_file, custom_mapping, name, said):
    path = real_file(name)
    with pytest.raises(InputError, match=said) as caught:
        read(path, mapping=custom_mapping)
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="say in a mapping file"):
        read(path)


@pytest.mark.parametrize(
    ("name", "said"),
    [("neware_corrupt.ndax", "TestInfo.xml' is damaged"), ("neware_empty.ndax", "holds no records")],
)
def test_damaged_ndax_is_refused_in_one_line(real_file, capsys, name, said):
    with pytest.raises(InputError, match=said) as caught:
        read(real_file(name))
    assert "\n" not in str(caught.value)
    assert capsys.readouterr() == ("", "")


def test_infinity_alone_is_refused(real_file, custom_mapping, tmp_path):
    text = real_file("custom_nan_inf.csv").read_text().replace(";0.00;;0.00", ";0.00;1.14;0.00")
    path = tmp_path / "inf.csv"
    path.write_text(text)
    with pytest.raises(InputError, match="line 28: 'voltage' is 'inf', not a finite number"):
        read(path, mapping=custom_mapping)
