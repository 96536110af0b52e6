"""Bytes, text, columns and deviations, and what options may add to a file: laws of every reader."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction import Options
from topotaxy.measurement.diffraction.completing import completed
from topotaxy.measurement.diffraction.header_facts import axis_of, facts_of
from topotaxy.measurement.diffraction.lines import emission
from topotaxy.measurement.diffraction.reading import (
    are_counts,
    columns,
    data_of,
    number_of,
    numbers,
    read_text,
    scrubbed,
    text_of,
    usable_esd,
)
from topotaxy.measurement.diffraction.record import LEAST_POINTS, UNITS, Pattern, rising

FINITE = st.floats(min_value=-1e12, max_value=1e12, allow_nan=False)


# --- text ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1251"])
def test_a_text_is_the_same_in_every_encoding(encoding: str) -> None:
    text = {"latin-1": "2θ".replace("θ", "°") + " intensity", "cp1251": "Образец 10 20"}.get(
        encoding, "2θ (°) intensity"
    )
    assert text_of(text.encode(encoding)) == text


def test_bytes_with_zeros_are_no_text() -> None:
    assert text_of(b"10 20\x00\x01") is None


def test_a_head_that_ends_within_a_letter_is_text_up_to_it() -> None:
    whole = "angle θ".encode()
    assert text_of(whole[:-1]) == "angle "


@given(st.binary(max_size=300))
def test_the_text_of_any_bytes_never_raises(data: bytes) -> None:
    found = text_of(data)
    assert found is None or isinstance(found, str)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_lines_end_alike_whatever_ends_them(ending: str, tmp_path: Path) -> None:
    path = tmp_path / "x.xy"
    path.write_bytes(ending.join(["1 2", "3 4"]).encode())
    assert read_text(path) == "1 2\n3 4"


@pytest.mark.parametrize("content", [b"", b"  \n\t "])
def test_an_empty_file_is_said_to_be_empty(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.xy"
    path.write_bytes(content)
    with pytest.raises(InputError, match="is empty"):
        data_of(path)


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        data_of(tmp_path / "none.xy")
    path = tmp_path / "x.xy"
    path.write_bytes(b"1 2\x003 4")
    with pytest.raises(InputError, match="zero bytes"):
        read_text(path)


# --- numbers and columns ------------------------------------------------------------------------------------


@given(st.lists(FINITE, min_size=1, max_size=12), st.sampled_from([" ", "\t", ",", "; ", "  "]))
def test_numbers_of_a_line_are_those_written(values: list[float], separator: str) -> None:
    found = numbers(separator.join(repr(v) for v in values))
    assert found == values


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1.5D3 2d-1", [1500.0, 0.2]),
        (" 1 , 2 ,", [1.0, 2.0]),
        (".5 5.", [0.5, 5.0]),
        ("+1e3;-2", [1000.0, -2.0]),
    ],
)
def test_numbers_in_the_ways_programs_write_them(line: str, expected: list[float]) -> None:
    assert numbers(line) == expected


@pytest.mark.parametrize("line", ["", "nan 1", "inf", "1e999", "1 two", "0x10", "1_000", "1..2", "--1"])
def test_what_is_no_line_of_numbers(line: str) -> None:
    assert numbers(line) is None


def test_more_numbers_than_a_pattern_has_columns_are_none() -> None:
    assert numbers(" ".join("1" for _ in range(13))) is None


def test_one_number_is_a_number_and_two_are_not() -> None:
    assert number_of(" 4.5 ") == 4.5
    assert number_of("4.5 5") is None
    assert number_of("far") is None


@given(st.lists(st.tuples(FINITE, FINITE, FINITE), min_size=1, max_size=30))
def test_columns_keep_every_row(rows: list[tuple[float, float, float]]) -> None:
    table, notes = columns([" ".join(repr(v) for v in row) for row in rows], source="x")
    np.testing.assert_array_equal(table, np.array(rows))
    assert notes == ()


def test_columns_pass_over_blank_lines_and_keep_the_numbers_of_lines() -> None:
    lines = ["1 2", "", "   ", "3 4", "broken", "5 6"]
    with pytest.raises(InputError, match=r"expected 2 numbers, found 'broken'.*line 14|line 14"):
        columns(lines, source="x", first_line=10)


def test_an_incomplete_last_line_is_left_out_and_said() -> None:
    table, notes = columns(["1 2 3", "4 5 6", "7 8"], source="x", first_line=3)
    assert table.shape == (2, 3)
    assert notes == ("the last line, 5, is incomplete and left out",)


def test_columns_beyond_those_wanted_are_left_out_and_too_few_refused() -> None:
    table, _ = columns(["1 2 3 4", "5 6 7 8"], source="x", most=3)
    np.testing.assert_array_equal(table, [[1, 2, 3], [5, 6, 7]])
    with pytest.raises(InputError, match="no rows"):
        columns(["", " "], source="x")
    with pytest.raises(InputError, match="expected 3 numbers"):
        columns(["1 2", "3 4"], source="x", least=3)


# --- deviations and counts ----------------------------------------------------------------------------------


def test_deviations_are_kept_unless_they_are_zero() -> None:
    y = np.array([4.0, 9.0, 16.0])
    good = np.sqrt(y)
    assert usable_esd(None, y, source="x") == (None, ())
    kept, said = usable_esd(good, y, source="x")
    np.testing.assert_array_equal(kept, good)
    assert said == ()
    none, said = usable_esd(np.zeros(3), y, source="x")
    assert none is None
    assert "all zero" in said[0]
    filled, said = usable_esd(np.array([2.0, 0.0, 4.0]), y, source="x")
    np.testing.assert_array_equal(filled, [2.0, 4.0, 4.0])
    assert "1 standard deviations" in said[0]
    with pytest.raises(InputError, match="point 2 is below zero"):
        usable_esd(np.array([1.0, -1.0, 1.0]), y, source="x")


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=50))
def test_whole_numbers_with_their_square_roots_are_counts(values: list[int]) -> None:
    y = np.array(values, dtype=float)
    assert are_counts(y, None)
    if (y > 20).any():
        assert are_counts(y, np.sqrt(y))
        assert not are_counts(y, 2.0 * np.sqrt(y))
    assert not are_counts(y + 0.5, None)


@pytest.mark.parametrize(
    "line",
    ["# User = A. Person", "owner: somebody", "E-mail: a@b.org", "contact a.b@c.de", "Proposal number = 77"],
)
def test_names_and_addresses_are_taken_out_of_headers(line: str) -> None:
    left = scrubbed(line)
    assert not any(word in left for word in ("Person", "somebody", "@", "77"))


def test_what_is_no_name_stays_in_a_header() -> None:
    assert scrubbed("  wavelength = 0.7  ") == "wavelength = 0.7"


# --- headers ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "axis", "factor"),
    [
        ("# 2theta (deg) intensity", "two_theta", 1.0),
        ("2-Theta Angle", "two_theta", 1.0),
        ("2θ I", "two_theta", 1.0),
        ("Two Theta;counts", "two_theta", 1.0),
        ("tth I", "two_theta", 1.0),
        ("# q (1/nm) I", "q", 0.1),
        ("q_nm^-1".replace("_", " "), "q", 0.1),
        ("# Q (1/A) I", "q", 1.0),
        ("Q [Å⁻¹]", "q", 1.0),
        ("d-spacing (A) I", "d", 1.0),
        ("TOF (us) counts", "tof", 1.0),
        ("time of flight", "tof", 1.0),
        ("theta I", "two_theta", 1.0),
        ("anything else", None, 1.0),
    ],
)
def test_the_axis_that_a_header_names(line: str, axis: str | None, factor: float) -> None:
    assert axis_of([line]) == (axis, factor)


def test_no_header_names_no_axis() -> None:
    assert axis_of([]) == (None, 1.0)


@pytest.mark.parametrize(
    ("header", "lines"),
    [
        (["lambda1 = 1.5406", "lambda2 = 1.5444", "R = 0.497"], ((1.5406, 1.0), (1.5444, 0.497))),
        (["lambda1 = 1.5406", "lambda2 = 1.5444"], ((1.5406, 1.0), (1.5444, 0.5))),
        (["# Wavelength (A) = 0.41313"], ((0.41313, 1.0),)),
        (["lambda: 0.7"], ((0.7, 1.0),)),
        (["# Calibrated wavelength = 0.4581"], ((0.4581, 1.0),)),
        (["0.7107"], ((0.7107, 1.0),)),
    ],
)
def test_wavelengths_of_headers(header: list[str], lines: tuple[tuple[float, float], ...]) -> None:
    assert facts_of(header, "x")["lines"] == lines


def test_a_lone_wavelength_of_a_doublet_is_said_to_be_one_line_of_two() -> None:
    facts = facts_of(["1.540593"], "x")
    assert facts["alone"] is True
    assert "Cu Ka1" in facts["notes"][0]
    assert "notes" not in facts_of(["0.4131"], "x")


@pytest.mark.parametrize("text", ["wavelength = 0", "lambda1 = 50.0", "wavelength = 1.2.3"])
def test_a_wavelength_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no wavelength in Å"):
        facts_of([text], "x")


def test_other_facts_of_headers() -> None:
    facts = facts_of(
        [
            'Anode: "Cu"',
            "# Instrument = virtual synchrotron diffractometer",
            "Temp (K) = 295.5",
            "TimePerStep: 2.5",
            "2026.01.02 03:04:05",
        ],
        "x",
    )
    assert facts["anode"] == "Cu"
    assert facts["radiation"] == "X-ray"
    assert facts["instrument"] == "virtual synchrotron diffractometer"
    assert facts["temperature"] == 295.5
    assert facts["dwell"] == 2.5
    assert facts["time"] == 1767323045.0
    assert facts_of(["2026.13.40 03:04:05"], "x")["time"] is None
    assert facts_of([], "x") == {}


# --- records and options ------------------------------------------------------------------------------------

X = np.linspace(10.0, 60.0, 20)


def fields(**more: object) -> dict[str, object]:
    return {"source": "x", "format": "made", "x": X, "intensity": np.arange(20.0), **more}


def test_a_file_and_options_complete_each_other() -> None:
    found = completed(
        fields(axis="two_theta"),
        Options(
            emission="Cu Ka",
            monochromator=26.6,
            intensity_unit="counts/s",
            dwell=4.0,
            sample_name="mine",
            electrode_state="charged",
            electrode_cycle=3,
        ),
    )
    assert found.lines == emission("Cu Ka")
    assert found.radiation == "X-ray"
    assert found.polarisation == pytest.approx(math.cos(math.radians(26.6)) ** 2)
    assert (found.intensity_unit, found.dwell) == ("counts/s", 4.0)
    assert (found.title, found.state, found.cycle) == ("mine", "charged", 3)


def test_what_a_file_says_goes_before_options_that_say_the_same() -> None:
    both = ((1.5405929, 1.0), (1.5444274, 0.5))
    found = completed(fields(axis="two_theta", lines=both, dwell=2.0), Options(wavelength=1.5406, dwell=9.0))
    assert found.lines == both
    assert found.dwell == 2.0


@pytest.mark.parametrize(
    ("given_fields", "options", "message"),
    [
        ({"axis": "two_theta"}, {"axis": "q"}, "the file says its axis is two_theta"),
        ({"axis": "two_theta", "radiation": "neutron"}, {"radiation": "X-ray"}, "the file is of neutrons"),
        ({"axis": "two_theta", "lines": ((0.7, 1.0),)}, {"wavelength": 0.71}, "leave one out"),
        ({}, {}, "give the option axis"),
    ],
)
def test_contradictions_and_gaps_are_refused(
    given_fields: dict[str, object], options: dict[str, object], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        completed(fields(**given_fields), Options(**options))


def test_q_in_inverse_nanometres_is_turned_into_inverse_angstroms() -> None:
    found = completed(fields(), Options(axis="q_nm"))
    np.testing.assert_allclose(found.x, X / 10.0)
    assert found.unit == "Å⁻¹"
    assert any("by the options" in note for note in found.notes)


def test_a_falling_axis_is_turned_with_its_columns() -> None:
    found = completed(fields(axis="two_theta", x=X[::-1], esd=np.arange(1.0, 21.0)), None)
    np.testing.assert_array_equal(found.x, X)
    np.testing.assert_array_equal(found.intensity, np.arange(20.0)[::-1])
    assert found.esd is not None
    np.testing.assert_array_equal(found.esd, np.arange(1.0, 21.0)[::-1])


@given(st.lists(FINITE, min_size=2, max_size=20, unique=True))
def test_turning_keeps_pairs(values: list[float]) -> None:
    x = np.sort(np.array(values))[::-1]
    turned, y, none = rising(x, 2.0 * x, None)
    assert turned is not None
    assert y is not None
    assert none is None
    assert (np.diff(turned) > 0).all()
    np.testing.assert_array_equal(y, 2.0 * turned)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": X[: LEAST_POINTS - 1], "intensity": X[: LEAST_POINTS - 1]}, "cut short"),
        ({"intensity": X[:-1]}, "unequal length"),
        ({"intensity": np.where(X > 30.0, np.nan, X)}, "not finite"),
        ({"esd": np.full(20, np.inf)}, "esd holds numbers that are not finite"),
        ({"x": np.r_[X[:10], X[9:-1]]}, "does not rise at point 11"),
        ({"x": X * 10.0}, "no angle"),
        ({"axis": "q", "x": X - 20.0}, "below zero"),
    ],
)
def test_records_that_cannot_be_are_refused(change: dict[str, object], message: str) -> None:
    given_fields = {"axis": "two_theta", **fields(), **change}
    with pytest.raises(InputError, match=message):
        Pattern(**given_fields)


def test_every_axis_has_its_unit() -> None:
    assert {UNITS[a] for a in ("two_theta", "q", "d", "tof", "r")} == {"°", "Å⁻¹", "Å", "µs"}
    assert Pattern(**fields(axis="two_theta")).wavelength is None
    assert Pattern(**fields(axis="two_theta", lines=((0.7, 1.0), (0.71, 0.5)))).wavelength == 0.7
