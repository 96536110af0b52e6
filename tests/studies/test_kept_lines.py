"""Lines of a study come back as they were written, and not otherwise."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.studies.kept_lines import line_of, row_of

ROWS = st.dictionaries(
    st.text(max_size=8).filter(lambda key: key != "check"),
    st.lists(
        st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5), max_size=3
    ),
    max_size=4,
)


@given(ROWS)
def test_a_row_comes_back(row: dict[str, list[object]]) -> None:
    line = line_of(row)
    assert line.endswith("\n")
    assert "\n" not in line[:-1]
    assert row_of(line) == row


@pytest.mark.parametrize("digit", range(1, 10))
def test_another_digit_is_noticed(digit: int) -> None:
    line = line_of({"point": 3, "numbers": [["capacity", 640.25]]})
    with pytest.raises(ValueError, match="not what was written"):
        row_of(line.replace("640.25", f"64{digit}.25"))


def test_a_line_of_an_earlier_version_is_taken_and_what_is_no_row_is_not() -> None:
    row = {"point": 3, "numbers": [1.0]}
    assert row_of(json.dumps(row)) == row
    for line in ("[1]", "3", "{", ""):
        with pytest.raises(ValueError, match=r"."):
            row_of(line)
