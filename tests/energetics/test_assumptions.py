from __future__ import annotations

import math

import pytest

from topotaxy.energetics import assumptions_with
from topotaxy.errors import InputError
from topotaxy.tables import read_table


def test_every_assumption_has_a_range_that_holds_it_and_a_source() -> None:
    for name, row in assumptions_with().items():
        assert row.low <= row.value <= row.high, name
        assert row.source, name
        assert row.label in {"calibrated", "imposed"}, name


def test_what_is_called_calibrated_is_in_the_list_of_calibrations() -> None:
    fitted = {row["parameter"] for row in read_table("topotaxy.energetics", "calibration")}
    assert fitted == {name for name, row in assumptions_with().items() if row.label == "calibrated"}


@pytest.mark.parametrize("name", ["calibration", "cohesion", "elastic_constants", "limits", "metals"])
def test_tables_are_complete(name: str) -> None:
    rows = read_table("topotaxy.energetics", name)
    assert rows
    for row in rows:
        assert all(key is not None for key in row), "more cells than columns"
        assert row.get("source", "none needed")


def test_an_override_is_imposed_and_says_where_it_comes_from() -> None:
    row = assumptions_with({"cation_barrier": 1.2})["cation_barrier"]
    assert (row.value, row.label, row.source) == (1.2, "imposed", "set in the specification")


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        ({"barrier": 1.0}, "unknown parameter 'barrier'"),
        ({"redox_rate": -1.0}, "at least 0"),
        ({"valence_stiffness": math.nan}, "finite"),
        ({"monovalent_offset": math.inf}, "finite"),
    ],
)
def test_bad_overrides_are_refused_by_name(overrides: dict[str, float], says: str) -> None:
    with pytest.raises(InputError, match=says):
        assumptions_with(overrides)


def test_a_shift_may_be_negative() -> None:
    assert assumptions_with({"metal_barrier_shift": -0.1})["metal_barrier_shift"].value == -0.1
