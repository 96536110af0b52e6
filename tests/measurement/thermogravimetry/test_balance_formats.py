"""Layouts and damage that makers' exports show."""

from __future__ import annotations

from pathlib import Path

import balance_files
import numpy as np
import pytest
from balance_files import START, run, written

from topotaxy.errors import InputError
from topotaxy.measurement.recognise import recognised
from topotaxy.measurement.thermogravimetry import TECHNIQUE, ThermogravimetryOptions, ThermogravimetryRecord

OPTIONS = ThermogravimetryOptions()


def read(path: Path) -> ThermogravimetryRecord:
    (record,) = recognised(path, among=[TECHNIQUE]).format.read(path, OPTIONS)
    return record


def refused(path: Path, match: str) -> None:
    with pytest.raises(InputError, match=match) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    assert path.name in str(caught.value)


LAYOUTS = {
    "commas": balance_files.netzsch(decimal=","),
    "tabs": balance_files.netzsch(separator="\t"),
    "milligrams": balance_files.netzsch(percent=False),
    "no degree sign": balance_files.netzsch(degree=b""),
    "another code page": balance_files.netzsch(degree=b"\x9b"),
    "utf-8": balance_files.netzsch(degree="°".encode()),
    "unix ends": balance_files.netzsch().replace(b"\r\n", b"\n"),
    "utf-16 big": b"\xfe\xff" + balance_files.ta_universal(encoding="utf-16-be"),
    "8 bits": balance_files.ta_universal(encoding="utf-8"),
    "two weights": balance_files.ta_trios(),
    "units far above": balance_files.perkinelmer(),
    "blanks": balance_files.mettler(),
}


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_every_layout_holds_the_same_run(tmp_path: Path, name: str) -> None:
    record = read(written(tmp_path, "run.txt", LAYOUTS[name]))
    minutes, celsius, mass = np.array(run()).T
    np.testing.assert_allclose(record.time, 60.0 * minutes, atol=0.01)
    np.testing.assert_allclose(record.temperature, celsius + 273.15, atol=2e-3)
    np.testing.assert_allclose(record.mass, mass, atol=2e-6)
    assert record.absolute
    assert record.stated_mass in (START, None)


def test_marks_of_negative_time_are_no_data(tmp_path: Path) -> None:
    record = read(written(tmp_path, "run.txt", balance_files.ta_universal()))
    assert record.time[0] >= 0.0
    assert len(record.time) == balance_files.POINTS
    assert any("marks" in note for note in record.notes)
    cut = balance_files.ta_universal(encoding="utf-8").replace(b"-1.000000\t25.0\t0.0\n", b"")
    assert any("may be cut" in note for note in read(written(tmp_path, "cut.txt", cut)).notes)


def test_a_mass_in_per_cent_of_nothing_stays_in_per_cent(tmp_path: Path) -> None:
    data = balance_files.netzsch().replace(b"SAMPLE MASS /mg:12.0", b"SAMPLE MASS /mg:")
    record = read(written(tmp_path, "run.txt", data))
    assert not record.absolute
    assert record.mass[0] == pytest.approx(100.0)
    assert any("states no sample mass" in note for note in record.notes)
    again = tmp_path / "again.txt"
    recognised(tmp_path / "run.txt").format.write(record, again)
    np.testing.assert_allclose(read(again).mass, record.mass, rtol=1e-7)


def test_a_residue_below_zero_is_read_and_noted(tmp_path: Path) -> None:
    data = balance_files.mettler().rstrip(b"\n").rsplit(b"   ", 1)[0] + b"   -0.0210\n"
    record = read(written(tmp_path, "run.txt", data))
    assert record.mass[-1] == pytest.approx(-0.021)
    assert any("below zero" in note for note in record.notes)


def test_a_column_that_nobody_needs_refuses_nothing(tmp_path: Path) -> None:
    data = balance_files.netzsch()
    assert data.count(b"-----") == balance_files.POINTS
    assert len(read(written(tmp_path, "run.txt", data)).time) == balance_files.POINTS


DAMAGE = {
    "cut head": (balance_files.netzsch()[:100], "cut short"),
    "cut row": (balance_files.netzsch()[:-30], "fields where the header has"),
    "word": (balance_files.netzsch().replace(b";0.0000000;", b";zero;", 1), "not a number"),
    "kelvin as fahrenheit": (
        balance_files.netzsch(degree=b"\xb0").replace(b"\xb0C", b"\xb0F"),
        "expected °C or K",
    ),
    "grains": (balance_files.netzsch(percent=False).replace(b"Mass/mg", b"Mass/gr"), "expected one of mg"),
    "heat flow alone": (balance_files.netzsch().replace(b"Mass/%", b"DSC/(mW/mg)"), "has no column Mass"),
    "fewer points": (balance_files.perkinelmer().replace(b"Run:\t240", b"Run:\t999"), "promises 999 points"),
    "no units": (balance_files.perkinelmer().replace(b" mg ", b" lb "), "expected one of mg"),
    "missing rows": (balance_files.mettler().replace(b"   100   ", b"   107   ", 1), "rows are missing"),
    "no weight": (balance_files.ta_trios().replace(b"Weight", b"Width"), "lacks time, temperature or weight"),
    "no signal": (
        balance_files.ta_universal(encoding="utf-8").replace(b"Weight", b"Width"),
        "lists no signal Weight",
    ),
    "two runs": (balance_files.ta_trios() + balance_files.ta_trios(), "not a number|clock runs back"),
    "nan": (balance_files.netzsch().replace(b"0.3347280", b"nan", 1) + b"30;nan;1;-\r\n", "not a number"),
    "infinite": (balance_files.netzsch() + b"900.0;90.0;1e400;-\r\n", "damaged or in other units"),
}


@pytest.mark.parametrize("name", sorted(DAMAGE))
def test_damage_is_one_line(tmp_path: Path, name: str) -> None:
    data, match = DAMAGE[name]
    refused(written(tmp_path, "run.txt", data), match)


def test_a_cut_mettler_file_ends_where_it_is_cut(tmp_path: Path) -> None:
    data = balance_files.mettler()
    record = read(written(tmp_path, "run.txt", data[:-20]))
    assert len(record.time) == balance_files.POINTS - 1
    assert any("is cut" in note for note in record.notes)


def test_addresses_and_names_do_not_enter_the_record(tmp_path: Path) -> None:
    record = read(written(tmp_path, "run.txt", balance_files.ta_trios()))
    assert "192.0.2.1" not in f"{record.instrument}{record.notes}"
