"""Readable files are read: what differs from the usual decides nothing where nobody needs it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cycler_files
import numpy as np
import polars
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import CyclingRecord, capacity_difference, checked, read
from topotaxy.measurement.cycling.cycle_numbers import MOST
from topotaxy.measurement.cycling.formats import arbin_res, neware_binary
from topotaxy.measurement.recognise import MAPPING_PAGE

CAPACITIES = [pytest.approx(cycler_files.CAPACITY, rel=1e-5)] * 2


def whole(record: CyclingRecord) -> bool:
    found = capacity_difference(record)
    return found["charge_ah"].tolist() == CAPACITIES and found["discharge_ah"].tolist() == CAPACITIES


def written(folder: Path, data: bytes, name: str = "cell.csv") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def test_arbin_s_headings_without_units_have_arbin_s(tmp_path: Path) -> None:
    header = [name.partition("(")[0] for name in cycler_files.ARBIN_HEADER]
    record = read(written(tmp_path, cycler_files.text(header, cycler_files.arbin_rows())))
    assert record.format == "Arbin export"
    assert whole(record)


@pytest.mark.parametrize("name", ["Data_Point", "Date_Time", "Step_Time(s)", "Charge_Energy(Wh)"])
def test_arbin_without_a_column_that_nobody_needs(tmp_path: Path, name: str) -> None:
    kept = [k for k, heading in enumerate(cycler_files.ARBIN_HEADER) if heading != name]
    rows = [[row[k] for k in kept] for row in cycler_files.arbin_rows()]
    header = [cycler_files.ARBIN_HEADER[k] for k in kept]
    assert whole(read(written(tmp_path, cycler_files.text(header, rows))))


def test_a_column_without_a_value_is_as_good_as_not_there(tmp_path: Path) -> None:
    at = cycler_files.ARBIN_HEADER.index("Cycle_Index")
    rows = [[*row[:at], "", *row[at + 1 :]] for row in cycler_files.arbin_rows()]
    record = read(written(tmp_path, cycler_files.text(cycler_files.ARBIN_HEADER, rows)))
    assert "cycle_count" in record.derived
    assert record.cycles.tolist() == [1, 2]
    assert any("'Cycle_Index' is empty" in note for note in record.notes)


CHINESE = {
    "DataPoint": "数据序号",
    "Cycle Index": "循环号",
    "Step Index": "工步号",
    "Step Type": "工步类型",
    "Time": "时间",
    "Total Time": "总时间",
    "Current(mA)": "电流(mA)",
    "Voltage(V)": "电压(V)",
    "Capacity(mAh)": "容量(mAh)",
    "Chg. Cap.(mAh)": "充电容量(mAh)",
    "DChg. Cap.(mAh)": "放电容量(mAh)",
}


def test_neware_s_chinese_headings_mean_what_the_english_mean(tmp_path: Path) -> None:
    header = [CHINESE[name] for name in cycler_files.NEWARE_HEADER]
    data = cycler_files.text(header, cycler_files.neware_rows()).decode().encode("gbk")
    assert whole(read(written(tmp_path, data)))


@pytest.mark.parametrize(
    ("sign", "encoding"), [("µ", "latin-1"), ("µ", "utf-8"), ("μ", "gbk"), ("μ", "utf-8")]
)
def test_micro_is_micro_in_every_encoding(tmp_path: Path, sign: str, encoding: str) -> None:
    text = cycler_files.neware_csv().decode().replace("(mA", f"({sign}A")
    record = read(written(tmp_path, text.encode(encoding)))
    assert record.table["current_ampere"].abs().max() == pytest.approx(1e-6)


def test_landt_s_three_columns_are_integrated(tmp_path: Path) -> None:
    lines = ["TestTime\tVoltage/V\tCurrent/mA"]
    for row in cycler_files.rows_of(cycler_files.two_cycles()):
        cells = [
            cycler_files.clock(row["test_time_second"]),
            row["voltage_volt"],
            1e3 * row["current_ampere"],
        ]
        lines.append("\t".join(str(cell) for cell in cells))
    record = read(written(tmp_path, "\n".join(lines).encode()))
    assert record.format == "Landt export"
    assert whole(record)


def test_three_columns_of_the_battery_data_format_are_its_own(tmp_path: Path) -> None:
    header = ["Test Time / s", "Voltage / V", "Current / A"]
    names = ["test_time_second", "voltage_volt", "current_ampere"]
    rows = [[row[name] for name in names] for row in cycler_files.rows_of(cycler_files.two_cycles())]
    assert read(written(tmp_path, cycler_files.text(header, rows))).format == "Battery Data Format"


def test_maccor_s_times_in_days_need_no_clock(tmp_path: Path) -> None:
    lines = cycler_files.maccor_text().decode().replace("DPT Time", "VAR1").splitlines()
    for k, row in enumerate(cycler_files.rows_of(cycler_files.two_cycles()), start=4):
        cells = lines[k].split("\t")
        cells[3] = f"  0d {cycler_files.clock(row['test_time_second'])}"
        lines[k] = "\t".join(cells)
    record = read(written(tmp_path, "\r\n".join(lines).encode()))
    assert np.allclose(record.table["test_time_second"], cycler_files.two_cycles()["test_time_second"])
    assert whole(record)


def test_ec_lab_s_dates_are_times_since_the_first(tmp_path: Path) -> None:
    lines = cycler_files.biologic_mpt().decode("latin-1").split("\r\n")
    made = cycler_files.two_cycles()["test_time_second"]
    for k, time in enumerate(made, start=6):
        cells = lines[k].split("\t")
        hours, rest = divmod(round(float(time), 3), 3600.0)
        cells[2] = f"03/01/2024 {10 + int(hours)}:{int(rest // 60):02d}:{rest % 60:06.3f}"
        lines[k] = "\t".join(cells)
    record = read(written(tmp_path, "\r\n".join(lines).encode("latin-1"), "cell.mpt"))
    assert np.allclose(record.table["test_time_second"], made, atol=1e-3)


def test_ec_lab_s_table_without_its_header_is_read(tmp_path: Path) -> None:
    lines = cycler_files.biologic_mpt().decode("latin-1").split("\r\n")
    record = read(written(tmp_path, "\r\n".join(lines[5:]).encode("latin-1")))
    assert record.format == "BioLogic mpt"
    assert whole(record)


@pytest.mark.parametrize("encoding", ["gb2312", "utf-8", "cp1252"])
def test_what_an_operator_types_decides_nothing(encoding: str) -> None:
    head = b'<?xml version="1.0" encoding="GB2312"?><root><TestInfo Remark="'
    remark = "测试" if encoding == "gb2312" else "für Zelle 3"
    data = head + remark.encode(encoding) + b'" Count="3"/></root>'
    assert 'Count="3"' in neware_binary._text_of(data)


def test_a_neware_step_of_no_type_is_read_as_one_that_says_nothing() -> None:
    kinds = polars.Series(["CC_Chg", "Rest", None, "CC_DChg", "CC_Chg", "SIM"], dtype=polars.Categorical)
    found = neware_binary._ways(kinds)
    assert np.array_equal(found, [1.0, 0.0, np.nan, -1.0, 1.0, np.nan], equal_nan=True)


def test_anything_else_outside_the_declared_encoding_is_damage() -> None:
    data = b'<?xml version="1.0" encoding="GB2312"?><root><TestInfo Count="\xf0\x9f\x92\x80"/></root>'
    with pytest.raises(UnicodeDecodeError):
        neware_binary._text_of(data)


def test_columns_of_an_mpr_that_nobody_knows_are_left_out(real_file, monkeypatch: pytest.MonkeyPatch) -> None:
    galvani = pytest.importorskip("galvani.BioLogic")
    path = real_file("biologic_gcpl_yadg.mpr")
    known = read(path)
    table = dict(galvani.VMPdata_colID_dtype_map)
    with path.open("rb") as file:
        numbers = galvani.MPRfile(file).cols
    spare = [number for number in numbers if number in table and table[number][0] == "(Q-Qo)/mA.h"]
    if not spare:
        pytest.skip("this file has no column to spare")
    monkeypatch.delitem(galvani.VMPdata_colID_dtype_map, spare[0])
    record = read(path)
    assert record.table.equals(known.table)
    assert any("not known, and left out" in note for note in record.notes)
    assert spare[0] not in galvani.VMPdata_colID_dtype_map


def test_a_heading_that_looks_like_a_capacity_and_is_not_read_is_named(tmp_path: Path) -> None:
    header = ["Test Time / s", "Voltage / V", "Current / A", "Kapazität / Ah"]
    names = ["test_time_second", "voltage_volt", "current_ampere", "charging_capacity_ah"]
    made = cycler_files.two_cycles()
    made["charging_capacity_ah"] = made["charging_capacity_ah"] + cycler_files.CAPACITY * (
        made["cycle_count"] - 1
    )
    rows = [[row[name] for name in names] for row in cycler_files.rows_of(made)]
    record = read(written(tmp_path, cycler_files.text(header, rows)))
    assert any("Kapazität / Ah look like capacities and are not understood" in note for note in record.notes)
    header[-1] = "Charge Capacity / Ah"
    assert "charging_capacity_ah" not in read(written(tmp_path, cycler_files.text(header, rows))).derived


PAGE, _, ANCHOR = MAPPING_PAGE.partition("#")


def test_a_refusal_names_the_columns_and_the_page_of_the_mapping_file(tmp_path: Path) -> None:
    path = written(tmp_path, b"t,U,I\n0,1,2\n1,1,2\n")
    with pytest.raises(InputError, match="its columns are t, U, I") as caught:
        read(path)
    assert MAPPING_PAGE in str(caught.value)


@pytest.mark.skipif(not (cycler_files.ROOT / PAGE).is_file(), reason="the documentation is not there")
def test_the_page_of_the_mapping_file_has_its_section() -> None:
    text = (cycler_files.ROOT / PAGE).read_text(encoding="utf-8")
    assert ANCHOR == "any-csv-a-mapping-file"
    assert "## Any csv: a mapping file" in text


def test_an_old_workbook_is_named_as_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"old kind \(\.xls\): save it as \.xlsx"):
        read(written(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "cell.xls"))


@pytest.mark.parametrize("next_page", [1, 2, 9])
def test_definitions_of_a_database_that_run_in_a_circle_or_out_of_the_file_are_refused(
    tmp_path: Path, next_page: int
) -> None:
    pages = [bytearray(arbin_res.PAGE) for _ in range(4)]
    pages[0][: len(arbin_res.JET_MAGIC)] = arbin_res.JET_MAGIC
    for page in (1, 2):
        pages[page][0] = 2
    pages[1][4:8] = (2).to_bytes(4, "little")
    pages[2][4:8] = next_page.to_bytes(4, "little")
    with pytest.raises(InputError, match="the definition of a table goes on in page"):
        read(written(tmp_path, b"".join(pages), "cell.res"))


def test_noise_is_no_cycling() -> None:
    count = 2 * MOST + 10
    columns = {
        "test_time_second": np.arange(count, dtype=float),
        "voltage_volt": np.ones(count),
        "current_ampere": np.where(np.arange(count) % 2 == 0, 1.0, -1.0),
    }
    with pytest.raises(InputError, match="is its current noise"):
        checked(columns, source="made", format="made")


def test_two_cells_in_one_export_of_pec_are_refused(tmp_path: Path) -> None:
    data = cycler_files.pec_csv().replace(b"\n25,1,", b"\n25,2,", 1)
    with pytest.raises(InputError, match="holds 2 numbers of Cell"):
        read(written(tmp_path, data))


def read_or_refused(path: Path, format: str) -> CyclingRecord | InputError:
    try:
        return read(path, format=format)
    except InputError as error:
        return error


@pytest.mark.parametrize("changed", [bytes.upper, bytes.lower, bytes.swapcase])
@pytest.mark.parametrize("name", sorted(cycler_files.EVERY))
def test_letters_of_another_case_are_read_or_refused_in_a_line(
    tmp_path: Path, name: str, changed: Callable[[bytes], bytes]
) -> None:
    """What knows a heading whatever its case also finds it so."""
    for make in cycler_files.EVERY[name]:
        data = make()
        if b"\x00" not in data:
            found = read_or_refused(written(tmp_path, changed(data)), name)
            assert whole(found) if isinstance(found, CyclingRecord) else "\n" not in str(found)


def test_headings_of_pec_in_capitals_are_its_headings(tmp_path: Path) -> None:
    head, rows = cycler_files.pec_csv().split(b"\n25,1,", 1)
    assert whole(read(written(tmp_path, head.upper() + b"\n25,1," + rows), format="PEC export"))


def test_two_tests_in_one_file_of_novonix_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds 2 tests, one under the other"):
        read(written(tmp_path, cycler_files.novonix_csv() * 2))
