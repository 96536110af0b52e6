"""Tables of text: found, counted, turned into numbers, or refused with their line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.files import delimited

NUMBERS = st.floats(-1e12, 1e12, allow_nan=False, width=64)


def table(text: str, **known: object) -> delimited.Delimited:
    known.setdefault("delimiter", ",")
    return delimited.table(text, header_line=0, source="made.csv", **known)  # type: ignore[arg-type]


@given(
    st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=30),
    st.sampled_from([(",", "."), (";", "."), ("\t", "."), (";", ","), ("\t", ",")]),
)
def test_numbers_read_back_whatever_separates_them(
    rows: list[tuple[float, float]], marks: tuple[str, str]
) -> None:
    delimiter, decimal = marks
    lines = [delimiter.join(repr(value).replace(".", decimal) for value in row) for row in rows]
    made = table("\n".join([f"a{delimiter}b", *lines]), delimiter=delimiter, decimal=decimal)
    found = made.floats(["a", "b"])
    assert np.array_equal(found["a"], [row[0] for row in rows])
    assert np.array_equal(found["b"], [row[1] for row in rows])


@given(st.lists(st.sampled_from(["1", "2.5", "x", "", "nan", "inf", "1_0", "0x1"]), min_size=1, max_size=8))
def test_a_column_is_all_numbers_or_refused_with_the_first_line_that_is_none(cells: list[str]) -> None:
    made = table("\n".join(["a,b", *(f"{cell},0" for cell in cells)]))
    good = {"1", "2.5"}
    if set(cells) <= good:
        assert made.floats(["a"])["a"].tolist() == [float(cell) for cell in cells]
        return
    first = next(k for k, cell in enumerate(cells) if cell not in good)
    with pytest.raises(InputError, match=r"made\.csv, line \d+") as caught:
        made.floats(["a"])
    # Text that is no number comes before numbers that are not finite.
    unread = [k for k, cell in enumerate(cells) if cell not in {*good, "nan", "inf"}]
    assert f"line {(unread[0] if unread else first) + 2}" in str(caught.value)


def test_a_decimal_comma_is_found_where_semicolons_separate() -> None:
    assert table("a;b\n1,5;2", delimiter=";").floats(["a"])["a"].tolist() == [1.5]
    assert table("a,b\n1,5", delimiter=",").floats(["a"])["a"].tolist() == [1.0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n3\n4,5", "line 3: has 1 field where the header has 2: it is damaged"),
        ("a,b\n1,2\n3", "line 3: has 1 field where the header has 2: it is cut short"),
        ("a,b\n1,2,3", "line 2: has 3 fields where the header has 2: it is damaged"),
        ("a,b\n", "holds a header and no data rows"),
        ("a,a\n1,2", "the header names 'a' twice"),
    ],
)
def test_what_is_no_table_is_refused(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        table(text).floats(["a"])


def test_a_last_line_that_was_being_written_can_be_left_out() -> None:
    made = table("a,b\n1,2\n3", incomplete_last_line="leave out")
    assert made.floats(["b"])["b"].tolist() == [2.0]
    assert made.notes == ("the last line, 3, is incomplete and left out",)


def test_empty_lines_are_passed_over_and_lines_keep_their_numbers() -> None:
    made = table("a,b\n\n1,2\n\n\nx,3\n")
    assert made.numbers == [3, 6]
    with pytest.raises(InputError, match="line 6"):
        made.floats(["a"])


def test_an_instrument_may_end_each_line_with_a_delimiter() -> None:
    assert table("a,b,\n1,2,\n3,4,").floats(["b"])["b"].tolist() == [2.0, 4.0]


def test_a_delimiter_between_quotes_separates_nothing() -> None:
    made = table('a,b\n"1,5",2\n')
    assert made.column("a") == ["1 5"]
    assert made.floats(["b"])["b"].tolist() == [2.0]


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Strom (µA)".encode(), "Strom (µA)"),
        ("﻿a,b".encode(), "a,b"),
        ("电流(mA),电压(V)".encode("gbk"), "电流(mA),电压(V)"),
        ("电流(μA)".encode("gbk"), "电流(μA)"),
        ("Current(µA),T(°C)".encode("latin-1"), "Current(µA),T(°C)"),
        ("für Zelle 3, µAh".encode("cp1252"), "für Zelle 3, µAh"),
        ("a,b\n1,2".encode("utf-16"), "a,b\n1,2"),
    ],
)
def test_text_is_read_in_the_encoding_that_it_is_in(data: bytes, text: str) -> None:
    assert delimited.decoded(data) == text


HEADINGS = [
    "数据序号",
    "循环号",
    "工步号",
    "工步类型",
    "时间",
    "总时间",
    "电流(mA)",
    "电压(V)",
    "充电容量(mAh)",
    "放电容量(mAh)",
]


@given(st.permutations(HEADINGS), st.integers(3, len(HEADINGS)))
def test_chinese_headings_are_never_taken_for_western_letters(names: list[str], count: int) -> None:
    text = ",".join(names[:count])
    assert delimited.decoded(text.encode("gbk")) == text


@given(st.text(alphabet="abc ,;()µ°Ω±", max_size=40), st.integers(0, 40))
def test_a_head_cut_within_a_character_is_still_text(text: str, at: int) -> None:
    data = ("x" * 8 + text).encode()[: 8 + at]
    found = delimited.decoded(data)
    assert found is not None
    assert ("x" * 8 + text).startswith(found[:-4])


def test_zero_bytes_are_no_text(tmp_path: Path) -> None:
    assert delimited.decoded(b"a\x00b") is None
    path = tmp_path / "a.csv"
    path.write_bytes(b"a,b\n1\x00,2\n")
    with pytest.raises(InputError, match="zero bytes"):
        delimited.read_text(path)


def test_empty_and_far_too_large_files_are_refused_before_they_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"  \n")
    with pytest.raises(InputError, match="is empty"):
        delimited.read_text(path)
    with path.open("wb") as file:
        # A hole: no bytes on the disk.
        file.truncate(delimited.LARGEST_TEXT + 1)
    with pytest.raises(InputError, match="more than the 180 MB read"):
        delimited.read_text(path)


def test_a_header_is_the_first_line_that_is_accepted() -> None:
    lines = ["# made", "x;y", "a;b", "a;b"]
    assert delimited.find_header(lines, lambda header: header == ["a", "b"]) == (2, ";")
    assert delimited.find_header(lines, lambda header: header == ["c"]) is None
