"""Comparing observables: like with like, what differs is named, and the order changes a sign only."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.observables import VOCABULARY, Conditions, Observable, compared, observable, paired
from topotaxy.observables.comparison import ABSOLUTE, RELATIVE, key_of, unlike_conditions


def capacity(value: float = 500.0, **conditions: object) -> Observable:
    return observable(
        "specific_capacity_charge",
        value,
        origin="measured",
        state="charged",
        conditions=Conditions.model_validate({"cycle": 1, **conditions}),
    )


positive = st.floats(1e-3, 1e3)
conditions = st.fixed_dictionaries(
    {},
    optional={
        "sample": st.sampled_from(["a", "b"]),
        "role": st.sampled_from(["half-cell-anode", "full-cell"]),
        "current": positive,
        "temperature": st.floats(200.0, 400.0),
        "particle_size": positive,
        "electrode": st.sampled_from(["Li", "Na"]),
        "lower_cutoff": st.floats(0.0, 1.0),
        "upper_cutoff": st.floats(1.0, 4.0),
    },
)


@given(conditions)
def test_a_number_is_like_itself(said: dict[str, object]) -> None:
    entry = capacity(**said)
    assert unlike_conditions(entry, entry) == ()
    assert compared(entry, entry).difference == 0.0


@given(conditions, conditions, st.floats(0.0, 1e4), st.floats(0.0, 1e4))
def test_the_order_changes_a_sign_only(
    one: dict[str, object], other: dict[str, object], left: float, right: float
) -> None:
    first, second = capacity(left, **one), capacity(right, **other)
    there, back = compared(first, second), compared(second, first)
    assert there.refused == back.refused
    assert [u.condition for u in there.unlike] == [u.condition for u in back.unlike]
    assert [(u.left, u.right) for u in there.unlike] == [(u.right, u.left) for u in back.unlike]
    if there.difference is not None and back.difference is not None:
        assert there.difference == -back.difference


@given(conditions, conditions)
def test_what_is_not_named_is_alike_or_unsaid_on_both_sides(
    one: dict[str, object], other: dict[str, object]
) -> None:
    unlike = {u.condition for u in unlike_conditions(capacity(**one), capacity(**other))}
    for name in set(one) | set(other):
        left, right = one.get(name), other.get(name)
        if name in unlike or left == right:
            continue
        assert left is not None
        assert right is not None
        assert isinstance(left, float)
        assert isinstance(right, float)
        allowed = RELATIVE.get(name, 0.0) * max(abs(left), abs(right)) + ABSOLUTE.get(name, 0.0)
        assert abs(left - right) <= allowed * (1 + 1e-12)


@pytest.mark.parametrize(
    ("left", "right", "text"),
    [
        ({"current": 0.05}, {"current": 0.1}, "current 0.05 against 0.1"),
        ({"upper_cutoff": 3.0}, {"upper_cutoff": 2.5}, "upper cutoff 3.0 against 2.5"),
        ({"role": "full-cell"}, {"role": "half-cell-anode"}, "role full-cell against half-cell-anode"),
        ({"electrode": "Li"}, {"electrode": "Na"}, "electrode Li against Na"),
    ],
)
def test_numbers_under_other_conditions_have_no_difference(
    left: dict[str, object], right: dict[str, object], text: str
) -> None:
    found = compared(capacity(500.0, **left), capacity(400.0, **right))
    assert found.refused
    assert found.difference is None
    assert found.uncertainty is None
    assert found.why == text


def test_what_only_one_side_states_is_named_and_refuses_nothing() -> None:
    found = compared(capacity(500.0, current=0.1), capacity(400.0))
    assert not found.refused
    assert found.difference == 100.0
    assert found.why == "current 0.1 against not stated"


def test_what_may_differ_is_said_by_the_caller() -> None:
    slow, fast = capacity(500.0, current=0.05), capacity(400.0, current=0.1)
    assert compared(slow, fast, across=["current"]).difference == 100.0


def test_a_pristine_material_has_no_electrochemical_conditions() -> None:
    def spacing(**said: object) -> Observable:
        return observable(
            "lattice_parameter",
            4.2,
            origin="measured",
            state="pristine",
            conditions=Conditions.model_validate(said),
        )

    assert not compared(spacing(electrode="Li", cycle=1), spacing(electrode="Na", current=0.1)).unlike
    assert compared(spacing(temperature=300.0), spacing(temperature=700.0)).refused


def test_uncertainties_add_in_squares_and_none_stays_none() -> None:
    sure = capacity(500.0)
    assert compared(sure, sure).uncertainty is None
    first = sure.model_copy(update={"uncertainty": 3.0, "systematic": 4.0})
    second = sure.model_copy(update={"uncertainty": 12.0})
    assert compared(first, second).uncertainty == pytest.approx(13.0)
    assert compared(first, sure).uncertainty == pytest.approx(5.0)


def test_another_quantity_or_cycle_is_a_fault_of_the_caller() -> None:
    other = observable("specific_capacity_discharge", 500.0, origin="measured", state="discharged", cycle=1)
    with pytest.raises(ValueError, match=r"quantity|cycle|same"):
        compared(capacity(), other)
    with pytest.raises(ValueError, match=r"quantity|cycle|same"):
        compared(capacity(), capacity(cycle=2))


def test_a_bound_is_not_compared_with_an_estimate() -> None:
    bound = capacity().model_copy(update={"bound": "upper"})
    assert key_of(bound) != key_of(capacity())
    assert paired([bound], [capacity()]) == []


def test_pairs_are_those_of_one_key_and_prefer_like_conditions() -> None:
    mine = [capacity(500.0, current=0.1), capacity(450.0, cycle=2, current=0.1)]
    theirs = [capacity(300.0, current=1.0), capacity(480.0, current=0.1), capacity(470.0, current=0.1)]
    (found,) = paired(mine, theirs)
    assert found.left is mine[0]
    assert found.right is theirs[1]
    assert found.difference == pytest.approx(20.0)


@given(st.lists(st.tuples(st.integers(1, 3), conditions), max_size=6))
def test_everything_pairs_with_itself(entries: list[tuple[int, dict[str, object]]]) -> None:
    found = [capacity(float(i), cycle=cycle, **said) for i, (cycle, said) in enumerate(entries)]
    pairs = paired(found, found)
    assert [pair.left for pair in pairs] == found
    assert all(not pair.refused for pair in pairs)


@pytest.mark.parametrize("name", sorted(VOCABULARY))
def test_conditions_that_may_differ_are_conditions(name: str) -> None:
    assert VOCABULARY[name].across <= set(Conditions.model_fields) | {"cycle"}


def test_differences_are_finite_where_numbers_are() -> None:
    found = compared(capacity(1e308), capacity(1e308))
    assert math.isfinite(found.difference or 0.0)
