"""Damage of every kind that files show: one clear line each."""

from __future__ import annotations

import io
import zipfile

import cycler_files
import numpy as np
import pytest
from fuzz_readers import fewer_pages

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import checked, read


def refused(path, match, **keywords):
    with pytest.raises(InputError, match=match) as caught:
        read(path, **keywords)
    assert "\n" not in str(caught.value)


def bdf(tmp_path, change):
    table = {name: values.copy() for name, values in cycler_files.two_cycles().items()}
    change(table)
    table.pop("step_capacity_ah", None)
    path = tmp_path / "cell.csv"
    rows = [[f"{value:.9g}" for value in row.values()] for row in cycler_files.rows_of(table)]
    path.write_bytes(cycler_files.text(list(table), rows))
    return path


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "no cycling data of a known format"),
        (b"%PDF-1.7 " * 50, "no cycling data of a known format"),
        (b"hello, world\n", "no cycling data of a known format"),
        (b"PK\x03\x04" + bytes(100), "damaged or cut archive"),
        (b"test_time_second,voltage_volt,current_ampere\n", "no data rows"),
        (b"test_time_second,voltage_volt,current_ampere\n0,1,0\n1,1\n", "line 3: has 2 fields"),
        (b"test_time_second,voltage_volt,current_ampere\n0,1,0\n1,1,0,7\n", "line 3: has 4 fields"),
        (b"test_time_second,voltage_volt,current_ampere\n0,1,0\n1,x,0\n", "line 3: 'voltage_volt' is 'x'"),
        (b"test_time_second,voltage_volt,current_ampere\n0,1,0\n1,,0\n", "line 3: 'voltage_volt' is empty"),
        (
            b"test_time_second,voltage_volt,current_ampere\n0,1,0\n1,1e400,0\n",
            "line 3: .* not a finite number",
        ),
        (b"test_time_second,voltage_volt,current_ampere\n0,1,0\n1,1e30,0\n", "damaged or in other units"),
        (b"test_time_second,voltage_volt,current_ampere\n0,1,0\n1,1\x00,0\n", "no cycling data|zero bytes"),
        (b"test_time_second,voltage_volt,voltage_volt,current_ampere\n0,1,1,0\n", "'voltage_volt' twice"),
    ],
)
def test_files_of_no_use(tmp_path, content, match):
    path = tmp_path / "cell.csv"
    path.write_bytes(content)
    refused(path, match)


def test_folder_and_missing_file(tmp_path):
    refused(tmp_path, "is a folder")
    refused(tmp_path / "absent.csv", "No such file")
    refused(tmp_path / "absent.csv", "No such file", format="Maccor text")
    refused(tmp_path / "absent.csv", "No such file", mapping=tmp_path / "absent.toml")


def test_clock_that_runs_back(tmp_path):
    def back(table):
        table["test_time_second"][40:] -= 5000.0

    refused(bdf(tmp_path, back), r"clock runs back from 5850 s to 1000 s at data row 41")


def test_clock_that_trembles_by_its_rounding_is_levelled(tmp_path):
    def tremble(table):
        table["test_time_second"][10] = table["test_time_second"][11] + 5e-4

    time = read(bdf(tmp_path, tremble)).table["test_time_second"]
    assert (np.diff(time) >= 0).all()


def test_gap_in_time_is_noted(tmp_path):
    def gap(table):
        table["test_time_second"][50:] += 1e6

    assert any("1 gap in time" in note and "data row 50" in note for note in read(bdf(tmp_path, gap)).notes)


def test_duplicated_cycles(tmp_path):
    def again(table):
        for name in table:
            table[name] = np.concatenate((table[name], table[name]))
        rows = len(table["test_time_second"]) // 2
        table["test_time_second"][rows:] += 20000.0

    refused(bdf(tmp_path, again), "cycle 1 begins a second time at data row 98")


def test_missing_cycles_are_refused_or_noted(tmp_path):
    def skip(table):
        table["cycle_count"][table["cycle_count"] == 2] = 5

    path = bdf(tmp_path, skip)
    refused(path, "cycle numbers go from 1 to 5")
    record = read(path, missing_cycles="note")
    assert record.cycles.tolist() == [1, 5]
    assert any("from 1 to 5" in note for note in record.notes)


def test_cycle_number_that_is_not_whole(tmp_path):
    def half(table):
        table["cycle_count"][3] = 1.5

    refused(bdf(tmp_path, half), "cycle_count has to be a whole number, got 1.5 in data row 4")


def test_two_instruments_in_one_file(tmp_path):
    path = tmp_path / "cell.csv"
    path.write_bytes(cycler_files.neware_csv() + cycler_files.arbin_csv())
    refused(path, "has the headers of Arbin export and of Neware export: tables of two instruments")
    path.write_bytes(cycler_files.arbin_csv() + cycler_files.arbin_csv())
    refused(path, "line 99: .* is 'Cycle_Index', not a number|line 99: .* not a number")


def test_negative_capacity(tmp_path):
    def negative(table):
        table["charging_capacity_ah"][5] = -1.0

    refused(bdf(tmp_path, negative), "charging_capacity_ah is -1 in data row 6")


def test_columns_of_different_length_are_refused():
    with pytest.raises(InputError, match="differ in length"):
        checked(
            {"test_time_second": [0, 1], "voltage_volt": [1, 1], "current_ampere": [0]},
            source="made",
            format="made",
        )


@pytest.mark.parametrize(
    ("mass", "area"), [(0.0, None), (-1.0, None), (float("nan"), None), (None, float("inf"))]
)
def test_sample_has_to_be_positive(tmp_path, mass, area):
    refused(bdf(tmp_path, lambda table: None), "has to be a positive number", mass=mass, area=area)


def test_truncation_anywhere_in_text_is_refused_or_leaves_whole_rows(tmp_path):
    whole = cycler_files.neware_csv()
    path = tmp_path / "cell.csv"
    for size in range(len(whole) - 150, len(whole) - 1, 9):
        path.write_bytes(whole[:size])
        fields = whole[:size].splitlines()[-1].count(b",") + 1
        if fields < len(cycler_files.NEWARE_HEADER):
            refused(path, f"has {fields} fields? where the header has 11: it is cut short")
        elif whole[:size].endswith(b","):
            refused(path, "is empty")
        else:
            # Cut within its last field a row looks whole; no more than that field is lost.
            assert len(read(path).table) == len(whole[:size].splitlines()) - 1


def test_parquet_whose_pages_hold_other_numbers_of_rows_is_refused_without_a_trace(tmp_path, capfd):
    whole = cycler_files.bdf_parquet()
    path = tmp_path / "cell.parquet"
    said = set()
    for at in range(4, 120, 5):
        for value in (0x00, 0xC2, 0xFF):
            path.write_bytes(whole[:at] + bytes([value]) + whole[at + 1 :])
            try:
                read(path)
            except InputError as error:
                said.add(str(error))
    assert any("is a damaged parquet file" in text for text in said)
    assert not any("\n" in text for text in said)
    assert capfd.readouterr() == ("", "")


# Archives


def archive(parts, compression=zipfile.ZIP_DEFLATED):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", compression) as made:
        for name, data in parts.items():
            made.writestr(name, data)
    return target.getvalue()


@pytest.mark.parametrize("name", ["data.ndc", "xl/worksheets/sheet1.xml"])
def test_zip_bomb_is_refused_by_its_directory(tmp_path, name):
    path = tmp_path / ("bomb.ndax" if name == "data.ndc" else "bomb.xlsx")
    target = io.BytesIO()
    with (
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made,
        made.open(name, "w", force_zip64=True) as part,
    ):
        for _ in range(64):
            part.write(bytes(1 << 20))
    path.write_bytes(target.getvalue())
    assert path.stat().st_size < 100_000
    refused(path, "refused as a zip bomb")


def test_archive_of_too_much_in_all_is_refused(tmp_path):
    # The directory alone is believed: sizes are those it states, and nothing is unpacked.
    data = bytearray(archive({f"part{k}.xml": bytes(1000) for k in range(10)}, zipfile.ZIP_STORED))
    at = 0
    while (at := data.find(b"PK\x01\x02", at)) >= 0:
        data[at + 24 : at + 28] = (100_000_000).to_bytes(4, "little")
        data[at + 20 : at + 24] = (90_000_000).to_bytes(4, "little")
        at += 4
    path = tmp_path / "large.xlsx"
    path.write_bytes(data)
    refused(path, "would unpack to 1000 MB")


def test_archive_that_leaves_its_folder_is_refused(tmp_path):
    path = tmp_path / "cell.ndax"
    path.write_bytes(archive({"data.ndc": b"x", "../../escape.xml": b"<a/>"}))
    refused(path, "leaves the archive")


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'
    b"<root><config>&b;</config></root>"
)


def test_entities_in_ndax_and_xlsx_are_refused(tmp_path):
    path = tmp_path / "cell.ndax"
    path.write_bytes(archive({"data.ndc": bytes(4096), "TestInfo.xml": BOMB}))
    refused(path, "declares a document type or entities")
    with zipfile.ZipFile(io.BytesIO(cycler_files.neware_xlsx())) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    sheet = next(name for name in parts if "worksheets/sheet2" in name)
    parts[sheet] = BOMB + parts[sheet]
    path = tmp_path / "cell.xlsx"
    path.write_bytes(archive(parts))
    refused(path, "declares a document type or entities", format="Neware export")
    refused(path, "declares a document type or entities")


def test_sheet_of_two_far_cells_is_refused_before_it_is_laid_out(tmp_path):
    path = tmp_path / "cell.xlsx"
    path.write_bytes(cycler_files.xlsx({"record": [cycler_files.NEWARE_HEADER]}))
    with zipfile.ZipFile(path) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    sheet = next(name for name in parts if "worksheets/sheet1" in name)
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    parts[sheet] = parts[sheet].replace(b"</sheetData>", far)
    path.write_bytes(archive(parts))
    refused(path, "more than the 1.2e")


def test_part_with_a_wrong_checksum_is_refused(tmp_path):
    data = bytearray(
        archive({"data.ndc": bytes(range(256)) * 32, "TestInfo.xml": b"<a/>"}, zipfile.ZIP_STORED)
    )
    data[200] ^= 0xFF
    path = tmp_path / "cell.ndax"
    path.write_bytes(data)
    refused(path, "part 'data.ndc' is damaged")


def test_cut_res_is_refused(real_file, tmp_path):
    whole = real_file("arbin_silicon_half_cell_45.res").read_bytes()
    path = tmp_path / "cut.res"
    path.write_bytes(whole[:-1000])
    refused(path, "it is cut short")
    path.write_bytes(whole[: 4096 * 40])
    refused(path, "database")


def test_res_that_lost_a_page_of_rows_is_refused(real_file, tmp_path):
    data = real_file("arbin_silicon_half_cell_45.res").read_bytes()
    path = tmp_path / "lost.res"
    path.write_bytes(fewer_pages(data, keep=(0, 1)))
    assert read(path).table["test_time_second"].iloc[0] == pytest.approx(300.01, abs=0.01)
    path.write_bytes(fewer_pages(data, keep=(0, 2)))
    refused(path, r"data point \d+ is followed by \d+: the database is damaged")
