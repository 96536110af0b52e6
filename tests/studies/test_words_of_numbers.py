"""Numbers in words: every digit that the error leaves and no more; tables that a reader of Markdown takes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.studies.text import MOST_DECIMALS, markdown_table, value_text


@settings(max_examples=60)
@given(value=st.floats(-1e5, 1e5), error=st.floats(1e-4, 1e4))
def test_what_is_shown_is_within_half_a_digit_and_its_error_too(value: float, error: float) -> None:
    shown, _, spread = value_text(value, error).partition(" ± ")
    if spread == "0":
        assert error <= 1e-9 * abs(value)
        return
    assert len(shown.partition(".")[2]) == len(spread.partition(".")[2]) <= MOST_DECIMALS
    digit = 10.0 ** -len(spread.partition(".")[2])
    assert abs(float(shown) - value) <= 0.5 * digit * (1 + 1e-9) + 1e-9 * abs(value)
    assert abs(float(spread) - error) <= 0.5 * digit * (1 + 1e-9)
    # Rounding takes less than a third of an error, and leaves no digit that says nothing.
    if error < 1.0:
        assert digit <= error / 0.95
        assert digit >= 0.9 * error / 20.0


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (641.23, 3.2, "641 ± 3"),
        (641.23, 1.94, "641.2 ± 1.9"),
        (641.23, 2.0, "641 ± 2"),
        (0.81234, 0.0123, "0.812 ± 0.012"),
        (0.81234, 0.03, "0.81 ± 0.03"),
        (641.0, None, "641"),
        (0.0, 0.0, "0 ± 0"),
        (12.5, 0.0, "12.5 ± 0"),
        (1234.5678, None, "1235"),
    ],
)
def test_one_digit_of_the_error_or_two_below_two(value: float, error: float | None, text: str) -> None:
    assert value_text(value, error) == text


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_a_dash(value: float) -> None:
    assert value_text(value, 0.1) == value_text(value, None) == "-"


@settings(max_examples=60)
@given(value=st.floats(1e-3, 1e5), error=st.one_of(st.none(), st.floats(1e-3, 1e3)))
def test_a_sign_is_all_that_signed_adds(value: float, error: float | None) -> None:
    assert value_text(value, error, signed=True) == f"+{value_text(value, error)}"
    assert value_text(-value, error, signed=True) == value_text(-value, error)
    assert value_text(-value, error).startswith("-")


words = st.text(st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\n\r"), max_size=8)


@settings(max_examples=40)
@given(
    head=st.lists(words, min_size=1, max_size=4),
    data=st.data(),
)
def test_a_table_has_the_same_columns_in_every_line_whatever_stands_in_it(
    head: list[str], data: st.DataObject
) -> None:
    row = st.lists(words, min_size=len(head), max_size=len(head))
    rows = data.draw(st.lists(row, max_size=3))
    lines = markdown_table(head, rows).split("\n")
    assert len(lines) == len(rows) + 2
    assert {line.count("|") for line in lines} == {len(head) + 1}
    for cells, line in zip([head, *rows], [lines[0], *lines[2:]], strict=True):
        assert line == "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |"


def test_names_stand_left_and_numbers_right() -> None:
    lines = markdown_table(["name", "a", "b"], [["x", "1", "2"]]).splitlines()
    assert lines == ["| name | a | b |", "| --- | ---: | ---: |", "| x | 1 | 2 |"]
