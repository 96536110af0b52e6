"""A column that nobody needs never refuses a file."""

from __future__ import annotations

from pathlib import Path

import cycler_files
import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import checked, read
from topotaxy.measurement.cycling.record import SPARE


def capacities(record) -> list[float]:
    return [float(record.table[f"{way}_capacity_ah"].max()) for way in ("charging", "discharging")]


WHOLE = [cycler_files.CAPACITY, cycler_files.CAPACITY]


def with_column(data: bytes, heading: str, values: list[str], *, header_line: int = 0) -> bytes:
    """The same text with one column more."""
    lines = data.decode().splitlines()
    end = len(lines)
    lines[header_line] += f",{heading}"
    for k in range(header_line + 1, end):
        lines[k] += f",{values[k % len(values)]}"
    return ("\n".join(lines) + "\n").encode()


DAMAGED = [
    ("neware_csv", "Temperature(C)", ["25.0", "", "OL", "-"]),
    ("neware_csv", "T1(C)", ["NaN", "25"]),
    ("neware_csv", "Remark", ["x", "9e999"]),
    ("arbin_csv", "Internal_Resistance(Ohm)", ["", "0.1"]),
    ("arbin_csv", "Aux_Temperature_1(C)", ["nan", "inf"]),
    ("bdf_csv", "ambient_temperature_celsius", ["25", "cold"]),
    ("bdf_csv", "unix_time_second", ["1e300", "1.7e9"]),
    ("bdf_csv", "comment", ["a", "b"]),
]


@pytest.mark.parametrize(("maker", "heading", "values"), DAMAGED)
def test_a_damaged_spare_column_is_left_out(tmp_path: Path, maker: str, heading: str, values) -> None:
    path = tmp_path / "cell.csv"
    path.write_bytes(with_column(getattr(cycler_files, maker)(), heading, values))
    record = read(path)
    assert capacities(record) == pytest.approx(WHOLE)
    assert not set(SPARE) & set(record.table.columns)


def test_a_whole_spare_column_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "cell.csv"
    path.write_bytes(with_column(cycler_files.neware_csv(), "T1(C)", ["25.5"]))
    assert set(read(path).table["temperature_t1_celsius"]) == {25.5}


def test_what_is_left_out_is_noted_with_its_row() -> None:
    columns = cycler_files.two_cycles() | {"ambient_temperature_celsius": np.full(97, np.nan)}
    record = checked(columns, source="made", format="made")
    (note,) = [note for note in record.notes if "ambient_temperature" in note]
    assert "no metric needs it" in note
    assert "data row 1" in note


def test_a_heading_that_is_there_twice_refuses_only_where_it_is_used(tmp_path: Path) -> None:
    path = tmp_path / "cell.csv"
    data = with_column(cycler_files.neware_csv(), "Remark", ["a"])
    path.write_bytes(with_column(data, "Remark", ["b"]))
    assert capacities(read(path)) == pytest.approx(WHOLE)
    path.write_bytes(with_column(cycler_files.neware_csv(), "Voltage(V)", ["1.0"]))
    with pytest.raises(InputError, match=r"the header names 'Voltage\(V\)' twice"):
        read(path)


def test_ec_lab_s_columns_beside_those_of_the_record_may_hold_anything(tmp_path: Path) -> None:
    path = tmp_path / "cell.mpt"
    lines = cycler_files.biologic_mpt().decode("latin-1").split("\r\n")
    lines[5] += "\tCs/µF\tEwe-Ece/V"
    lines[6:] = [f"{line}\tinf\tNaN" if line else line for line in lines[6:]]
    path.write_bytes("\r\n".join(lines).encode("latin-1"))
    assert capacities(read(path)) == pytest.approx(WHOLE, rel=1e-3)


def test_a_column_that_is_needed_still_refuses(tmp_path: Path) -> None:
    path = tmp_path / "cell.csv"
    path.write_bytes(cycler_files.bdf_csv().replace(b"\n3600,", b"\nsoon,", 1))
    with pytest.raises(InputError, match="'test_time_second' is 'soon'"):
        read(path)
