from __future__ import annotations

import re

import cycler_files
import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement import recognise
from topotaxy.measurement.cycling import ALWAYS, TECHNIQUE, capacity_difference, formats, read

MADE = [(name, make) for name, makers in cycler_files.EVERY.items() for make in makers]


@pytest.mark.parametrize(("name", "make"), MADE, ids=[make.__name__ for _, make in MADE])
def test_every_format_gives_the_two_cycles_it_was_made_of(tmp_path, name, make):
    # The ending says nothing: recognition goes by content.
    path = tmp_path / "record.dat"
    path.write_bytes(make())
    record = read(path)
    made = cycler_files.two_cycles()
    assert record.format == name
    assert record.cycles.tolist() == [1, 2]
    assert set(ALWAYS) <= set(record.table.columns)
    for column in ("test_time_second", "voltage_volt", "current_ampere"):
        # Maccor prints four digits of a voltage. BioLogic's charge over time has no value in the first row.
        digits = 6e-5 if column == "voltage_volt" else 1e-9
        assert np.allclose(record.table[column][1:], made[column][1:], rtol=1e-6, atol=digits), column
    capacities = capacity_difference(record)
    for column in ("charge_ah", "discharge_ah", "integral_charge_ah", "integral_discharge_ah"):
        assert capacities[column].to_numpy() == pytest.approx([1e-3, 1e-3], rel=1e-6), column


def test_unsigned_neware_current_takes_its_sign_from_the_kind_of_the_step(tmp_path):
    path = tmp_path / "neware.csv"
    path.write_bytes(cycler_files.text(cycler_files.NEWARE_HEADER, cycler_files.neware_rows(signed=False)))
    assert np.allclose(read(path).table["current_ampere"], cycler_files.two_cycles()["current_ampere"])


def without(header: list[str], rows: list[list[object]], *names: str) -> bytes:
    """The table without some of its columns."""
    kept = [k for k, name in enumerate(header) if name not in names]
    return cycler_files.text([header[k] for k in kept], [[row[k] for k in kept] for row in rows])


def test_unsigned_neware_current_takes_its_sign_from_the_counters(tmp_path):
    path = tmp_path / "neware.csv"
    path.write_bytes(without(cycler_files.NEWARE_HEADER, cycler_files.neware_rows(signed=False), "Step Type"))
    record = read(path)
    assert np.allclose(record.table["current_ampere"], cycler_files.two_cycles()["current_ampere"])
    assert any("one sign only" in note for note in record.notes)


def test_unsigned_current_without_kinds_and_counters_is_refused(tmp_path):
    path = tmp_path / "neware.csv"
    rows = cycler_files.neware_rows(signed=False)
    names = ("Step Type", "Capacity(mAh)", "Chg. Cap.(mAh)", "DChg. Cap.(mAh)")
    path.write_bytes(without(cycler_files.NEWARE_HEADER, rows, *names))
    with pytest.raises(InputError, match="charge and discharge cannot be told apart"):
        read(path)


def test_neware_times_of_steps_alone_are_summed(tmp_path):
    rows = [[*row[:5], *row[6:]] for row in cycler_files.neware_rows()]
    header = [name for name in cycler_files.NEWARE_HEADER if name != "Total Time"]
    path = tmp_path / "neware.csv"
    path.write_bytes(cycler_files.text(header, rows))
    made = cycler_files.two_cycles()
    assert np.allclose(read(path).table["test_time_second"], made["test_time_second"], atol=1e-3)


def test_maccor_time_without_unit_and_without_clock_is_refused(tmp_path):
    lines = cycler_files.maccor_text().decode().replace("DPT Time", "VAR1").encode()
    path = tmp_path / "maccor.txt"
    path.write_bytes(lines)
    with pytest.raises(InputError, match="names no unit and no clock"):
        read(path)


def test_maccor_current_in_an_unknown_mode_is_refused(tmp_path):
    path = tmp_path / "maccor.txt"
    path.write_bytes(cycler_files.maccor_text().replace(b"\tC\t", b"\tX\t", 1))
    with pytest.raises(InputError, match=r"mode 'X' with a current"):
        read(path)


def test_mpt_with_decimal_commas(tmp_path):
    path = tmp_path / "record.mpt"
    path.write_bytes(re.sub(rb"(\d)\.(\d)", rb"\1,\2", cycler_files.biologic_mpt()))
    record = read(path)
    assert record.format == "BioLogic mpt"
    assert record.table["voltage_volt"].iloc[0] == 1.5


def test_mpr_without_galvani_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "galvani", None)
    path = tmp_path / "record.mpr"
    path.write_bytes(b"BIO-LOGIC MODULAR FILE\x1a" + bytes(200))
    with pytest.raises(InputError, match=r"pip install 'topotaxy\[biologic\]'"):
        read(path)


def test_parquet_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    path = tmp_path / "record.parquet"
    path.write_bytes(cycler_files.bdf_parquet())
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"record.parquet.*pip install 'topotaxy\[parquet\]'"):
        read(path)
    # Everything else is read without it.
    path.write_bytes(cycler_files.bdf_csv())
    assert len(read(path).table) > 10


NEW_FORMAT = """
from topotaxy.measurement.files import delimited
from topotaxy.measurement.cycling.contents import Contents
from topotaxy.measurement.cycling.reading import cycler_format


def read(path):
    text = delimited.read_text(path)
    table = delimited.table(text, header_line=1, delimiter=";", source=path.name)
    found = table.floats(["t/h", "U/V", "I/A"])
    return Contents({
        "test_time_second": 3600.0 * found["t/h"],
        "voltage_volt": found["U/V"],
        "current_ampere": found["I/A"],
    })


FORMAT = cycler_format("Workshop", (".txt",), lambda head, path: head.startswith(b"WORKSHOP CYCLER"), read)
"""


def test_a_format_is_added_by_one_file(tmp_path, monkeypatch):
    folder = tmp_path / "more_formats"
    folder.mkdir()
    (folder / "workshop_text.py").write_text(NEW_FORMAT)
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(folder)])
    path = tmp_path / "cell.txt"
    path.write_text("WORKSHOP CYCLER 1\nt/h;U/V;I/A\n0;1.5;-1e-3\n0.5;1.0;-1e-3\n1;0.5;-1e-3\n")
    record = read(path)
    assert record.format == "Workshop"
    assert record.table["discharging_capacity_ah"].iloc[-1] == pytest.approx(1e-3)


def test_each_format_is_named_once_and_found_by_its_name():
    names = [one.name for one in TECHNIQUE.formats()]
    assert len(names) == len(set(names)) >= 9
    assert all(recognise.format_named(name.upper(), [TECHNIQUE]).format.name == name for name in names)
    with pytest.raises(InputError, match="no format 'Casio'"):
        recognise.format_named("Casio")
