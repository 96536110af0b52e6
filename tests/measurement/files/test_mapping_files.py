"""Mapping files: what they may say, and what of a csv they find."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement.files import mapping

UNITS = {
    "time_second": {"s": 1.0, "h": 3600.0},
    "current_ampere": {"a": 1.0, "ma": 1e-3, "µa": 1e-6},
    "name": {},
}


def loaded(folder: Path, text: str) -> mapping.ColumnMapping:
    path = folder / "map.toml"
    path.write_text(text, encoding="utf-8")
    return mapping.load(path, {"kind": ("one", "two")})


def read(folder: Path, toml: str, csv: str) -> dict[str, np.ndarray]:
    found = loaded(folder, toml)
    path = folder / "cell.csv"
    path.write_text(csv, encoding="utf-8")
    scales = found.scales(UNITS, ("time_second",))
    return mapping.read_columns(path, found, scales, clocks=("time_second",))[0]


def test_columns_come_in_the_unit_of_their_name(tmp_path: Path) -> None:
    toml = (
        '[columns]\ntime_second = { heading = "t", unit = "h" }\n'
        'current_ampere = { heading = "I", unit = "μA" }'
    )
    found = read(tmp_path, toml, "title\n\nt;I;more\n0;1;x\n0,5;2;x\n")
    assert found["time_second"].tolist() == [0.0, 1800.0]
    assert found["current_ampere"].tolist() == pytest.approx([1e-6, 2e-6])


def test_a_time_may_be_a_clock(tmp_path: Path) -> None:
    found = read(tmp_path, '[columns]\ntime_second = "t"', "t,x\n0:00:01,1\n26:00:00,1\n")
    assert found["time_second"].tolist() == [1.0, 93600.0]


def test_what_separates_may_be_said(tmp_path: Path) -> None:
    toml = 'delimiter = "|"\n[columns]\ntime_second = "t"'
    assert read(tmp_path, toml, "t|x\n1|2\n")["time_second"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("columns = 3", "map.toml"),
        ("[columns", "map.toml"),
        ('colums = 1\n[columns]\ntime_second = "t"', "unknown key 'colums'"),
        ('kind = "three"\n[columns]\ntime_second = "t"', "kind is 'three'; it is one of 'one', 'two'"),
        ('instrument = 3\n[columns]\ntime_second = "t"', "instrument has to be text"),
        ('sample = 3\n[columns]\ntime_second = "t"', "sample"),
    ],
)
def test_what_has_no_meaning_is_refused_with_its_key(tmp_path: Path, toml: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        loaded(tmp_path, toml)


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('[columns]\nvolts = "U"', "has 'volts'; the columns are time_second"),
        (
            '[columns]\ntime_second = { heading = "t", unit = "parsec" }',
            "unit 'parsec' of time_second is not one of s, h",
        ),
        ('[columns]\ncurrent_ampere = "I"', "lacks time_second"),
    ],
)
def test_columns_and_units_are_the_technique_s(tmp_path: Path, toml: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        loaded(tmp_path, toml).scales(UNITS, ("time_second",))


def test_headings_that_the_csv_lacks_are_named_with_the_nearest_line(tmp_path: Path) -> None:
    toml = '[columns]\ntime_second = "t"\ncurrent_ampere = "I"'
    with pytest.raises(InputError, match=r"header, line 2, lacks the column I of the mapping"):
        read(tmp_path, toml, "made\nt,U\n0,1\n")
    with pytest.raises(InputError, match=r"no header line with the mapping's columns"):
        read(tmp_path, toml, "x,y\n0,1\n")
