from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import read
from topotaxy.measurement.cycling.mapping import load

CSV = "# made\nt;U;I;n\n0:00:00;1,5;-1;1\n0:30:00;1,0;-1;1\n1:00:00;0,5;-1;1\n"
TOML = """
instrument = "home-built"
[columns]
test_time_second = "t"
voltage_volt = "U"
current_ampere = { heading = "I", unit = "mA" }
cycle_count = "n"
[sample]
mass_gram = 0.002
reference = "Na+/Na"
"""


def written(tmp_path, toml=TOML, csv=CSV):
    (tmp_path / "map.toml").write_text(toml)
    (tmp_path / "cell.csv").write_text(csv)
    return tmp_path / "cell.csv", tmp_path / "map.toml"


def test_units_clock_decimal_commas_and_sample(tmp_path):
    path, mapping = written(tmp_path)
    record = read(path, mapping=mapping)
    assert record.table["test_time_second"].tolist() == [0.0, 1800.0, 3600.0]
    assert record.table["voltage_volt"].tolist() == [1.5, 1.0, 0.5]
    assert record.table["current_ampere"].tolist() == pytest.approx([-1e-3] * 3)
    assert record.table["discharging_capacity_ah"].iloc[-1] == pytest.approx(1e-3)
    assert (record.mass, record.basis, record.reference) == (0.002, "active material", "Na+/Na")
    assert record.instrument == "home-built"
    assert read(path, mapping=mapping, mass=0.001).mass == 0.001


def test_sign_of_the_file_may_be_the_other_one(tmp_path):
    path, mapping = written(tmp_path, 'charging_current = "negative"\n' + TOML)
    assert (read(path, mapping=mapping).table["current_ampere"] > 0).all()


def test_incomplete_last_line_is_refused_unless_the_mapping_says_to_leave_it_out(tmp_path):
    path, mapping = written(tmp_path, csv=CSV + "1:30:00;0,4\n")
    with pytest.raises(InputError, match="line 6: has 2 fields where the header has 4: it is cut short"):
        read(path, mapping=mapping)
    path, mapping = written(tmp_path, 'incomplete_last_line = "leave out"\n' + TOML, CSV + "1:30:00;0,4\n")
    record = read(path, mapping=mapping)
    assert len(record.table) == 3
    assert any("line, 6, is incomplete" in note for note in record.notes)


@pytest.mark.parametrize(
    ("toml", "match"),
    [
        ("", "lacks the table"),
        ("[columns]\nvoltage_volt = 'U'\n", "lacks test_time_second, current_ampere"),
        (TOML + "colour = 'red'\n", r"\[sample\] may have"),
        ("colour = 'red'\n" + TOML, "unknown key 'colour'"),
        ("decimal = 'x'\n" + TOML, "decimal is 'x'"),
        (TOML.replace("mA", "kA"), "unit 'kA' of current_ampere"),
        (TOML.replace("cycle_count", "cycles"), r"\[columns\] has 'cycles'"),
        (TOML.replace('"t"', "3"), "test_time_second has to be"),
        (TOML.replace("0.002", "'2 mg'"), "mass_gram is '2 mg'"),
        ("[columns\n", "is no TOML"),
    ],
)
def test_a_mapping_that_has_no_meaning_is_refused(tmp_path, toml, match):
    path, mapping = written(tmp_path, toml)
    with pytest.raises(InputError, match=match):
        read(path, mapping=mapping)


def test_missing_column_is_named(tmp_path):
    path, mapping = written(tmp_path, csv=CSV.replace("U", "E"))
    with pytest.raises(InputError, match="header, line 2, lacks the column U"):
        read(path, mapping=mapping)


@given(st.binary(max_size=300))
def test_any_bytes_for_a_mapping_are_read_or_refused(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("mapping") / "map.toml"
    path.write_bytes(data)
    said = ""
    try:
        load(path)
    except InputError as error:
        said = str(error)
    assert "\n" not in said
