"""Records, rows of numbers and lists of Perl: what holds for every one."""

from __future__ import annotations

import numpy as np
import pytest
import spectrum_files as made
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.absorption.numbers import fields_of, number_rows, numbers_of
from topotaxy.measurement.absorption.perl import DEEPEST, values_of
from topotaxy.measurement.absorption.record import SAME_ENERGY, AbsorptionRecord, cleaned, of_one_edge

FINITE = st.floats(allow_nan=False, allow_infinity=False, width=64)


def raw(count=30):
    return {"source": "s", "format": "f", "energy_ev": 8000.0 + np.arange(count, dtype=float)}


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(24)), st.sets(st.integers(0, 23), max_size=8))
def test_order_and_lost_points_leave_the_other_points_as_they_are(order, lost):
    energy = 100.0 + 0.7 * np.arange(24)
    values = np.sin(energy)
    values[list(lost)] = np.nan
    found = cleaned(energy[list(order)], {"absorption": values[list(order)]}, where="x")
    kept = np.isfinite(values)
    np.testing.assert_array_equal(found.energy_ev, energy[kept])
    np.testing.assert_array_equal(found.columns["absorption"], values[kept])
    assert any(f"{len(lost)} of 24" in note for note in found.notes) is bool(lost)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=14, max_size=20), st.integers(0, 2**32 - 1))
def test_points_at_one_energy_become_their_mean(repeats, seed):
    rng = np.random.default_rng(seed)
    places = np.repeat(np.arange(len(repeats)), repeats)
    energy = 500.0 + places + rng.uniform(0.0, 0.2 * SAME_ENERGY, len(places))
    values = rng.normal(size=len(places))
    found = cleaned(energy, {"absorption": values}, where="x")
    wanted = [values[places == n].mean() for n in range(len(repeats))]
    np.testing.assert_allclose(found.columns["absorption"], wanted, atol=1e-12)
    # The whole is kept: nothing is dropped, nothing counted twice.
    assert np.dot(found.columns["absorption"], repeats) == pytest.approx(values.sum(), abs=1e-9)


def test_a_column_that_is_not_finite_goes_as_a_whole_and_is_named():
    energy = np.arange(20.0) + 100.0
    other = np.where(np.arange(20) == 3, np.inf, 1.0)
    found = cleaned(energy, {"absorption": np.sin(energy), "reference": other}, where="x")
    assert set(found.columns) == {"absorption"}
    assert any(note.startswith("reference left out") for note in found.notes)


def test_a_point_that_is_lost_takes_its_reference_along():
    energy = np.arange(20.0) + 100.0
    values = np.sin(energy)
    values[3] = np.nan
    other = np.cos(energy)
    other[3] = np.nan
    found = cleaned(energy, {"absorption": values, "reference": other}, where="x")
    np.testing.assert_array_equal(found.columns["reference"], np.delete(other, 3))


def test_back_steps_are_counted():
    energy = np.r_[100.0:110.0, 105.5:120.0]
    found = cleaned(energy, {"absorption": np.sin(energy)}, where="x")
    assert any("step back at 1 places" in note for note in found.notes)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"absorption": np.ones(30)[:-1]}, "30 finite numbers"),
        ({"absorption": np.full(30, np.nan)}, "30 finite numbers"),
        ({"absorption": np.ones(30), "reference": np.full(30, np.inf)}, "reference has to be"),
        ({"absorption": np.ones(30), "deviation": np.ones(29)}, "deviation has to be"),
        ({"absorption": np.ones(30), "energy_ev": np.zeros(30)}, "ascend"),
        ({"absorption": np.ones(30), "energy_ev": np.arange(30.0)}, "no photon energy"),
        ({"absorption": np.ones(3), "energy_ev": np.arange(3.0) + 1.0}, "3 points"),
    ],
)
def test_a_record_that_is_none_is_refused(fields, words):
    with pytest.raises(InputError, match=words):
        AbsorptionRecord(**(raw() | fields))


@given(st.lists(st.floats(-20.0, 20.0), min_size=1, max_size=6))
def test_shifts_add_up(shifts):
    record = made.record()
    moved = record
    for by in shifts:
        moved = moved.shifted(by, f"by {by}")
    assert moved.energy_shift_ev == pytest.approx(sum(shifts), abs=1e-9)
    np.testing.assert_allclose(moved.energy_ev - record.energy_ev, sum(shifts), atol=1e-6)
    assert len(moved.notes) == len(record.notes) + len(shifts)


def test_records_are_sorted_into_edges_without_loss():
    kinds = [("Ni", "K"), ("Cu", "K"), ("Ni", "K"), ("Cu", "L3")]
    records = [made.record(element=e, edge=x, label=str(n)) for n, (e, x) in enumerate(kinds)]
    groups = of_one_edge(records)
    assert list(groups) == [("Ni", "K"), ("Cu", "K"), ("Cu", "L3")]
    assert sum(map(len, groups.values())) == len(records)
    assert [one.label for one in groups["Ni", "K"]] == ["0", "2"]


@settings(max_examples=60)
@given(st.lists(FINITE, min_size=1, max_size=8), st.sampled_from([" ", "\t", ", ", ";", "  ;  "]))
def test_numbers_come_back_to_the_last_digit_whatever_separates_them(values, separator):
    assert numbers_of(separator.join(repr(v) for v in values)) == values


@pytest.mark.parametrize("line", ["", "   ", "1 x 2", "1_000 2", "0x10 2", "1,2,three"])
def test_a_line_that_is_not_all_numbers_is_none(line):
    assert numbers_of(line) is None


def test_fields_are_never_empty():
    assert fields_of(" ;1,, 2\t;") == ["1", "2"]


@settings(max_examples=30)
@given(st.integers(2, 5), st.integers(1, 12), st.data())
def test_rows_come_back_with_comments_between_them(columns, rows, data):
    values = data.draw(
        st.lists(st.lists(FINITE, min_size=columns, max_size=columns), min_size=rows, max_size=rows)
    )
    lines = [" ".join(map(repr, row)) for row in values]
    place = data.draw(st.integers(0, rows))
    lines[place:place] = ["# said in between", "", "; and this"]
    found, notes = number_rows(lines, source="x", first=1)
    np.testing.assert_array_equal(found, values)
    assert not notes


def test_rows_of_another_length_are_named_by_their_line():
    with pytest.raises(InputError, match=r"x, line 12: has 3 numbers where the lines above have 2"):
        number_rows(["1 2", "# ", "1 2 3", "1 2"], source="x", first=10)
    with pytest.raises(InputError, match="x, line 11: expected numbers, got 'a b'"):
        number_rows(["1 2", "a b", "1 2"], source="x", first=10)
    with pytest.raises(InputError, match="no rows of numbers"):
        number_rows(["# 1", ""], source="x", first=1)


NESTED = st.recursive(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=8)
    | st.integers(-(10**9), 10**9).map(str),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)


def as_perl(value):
    if isinstance(value, list):
        return f"[{','.join(map(as_perl, value))}]"
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


@settings(max_examples=60, deadline=None)
@given(st.lists(NESTED, min_size=2, max_size=4))
def test_lists_of_perl_come_back_as_they_were(values):
    assert values_of(f"({','.join(map(as_perl, values))});", where="x") == values


def test_lists_without_end_are_refused():
    fine = "[" * (DEEPEST - 2) + "]" * (DEEPEST - 2)
    assert values_of(f"({fine},1);", where="x")
    with pytest.raises(InputError, match="without end"):
        values_of("(" * 10_000, where="x")
    with pytest.raises(InputError, match="does not close"):
        values_of("('a',1", where="x")
    with pytest.raises(InputError, match="closes nothing"):
        values_of("('a',1])", where="x")
    with pytest.raises(InputError, match="unexpected"):
        values_of("('a',`ls`)", where="x")
