"""Capacities against Faraday's law and against each other: limits, grades, and what is not compared."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgers import HALF, NIO, found, severity, value
from topotaxy.evidence.checks.capacity import (
    capacity_all_cations,
    capacity_claimed_couples,
    capacity_current_order,
)

MOLE = 96485.33212 / 3.6
"""mAh in a mole of electrons."""
OF_NIO = 2 * MOLE / (58.6934 + 15.999)
OF_NICKEL_IN_HALF = MOLE / (0.5 * (58.6934 + 24.305) + 15.999)


def charge(number: float, **more: Any) -> dict[str, Any]:
    """A reversible capacity, known to 1 mAh/g."""
    return value(
        "specific_capacity_charge",
        f"{number:.1f} mAh/g",
        **{"resolution": 1, "cell": "li", "cycle": 1, **more},
    )


@pytest.mark.parametrize(
    ("factor", "wanted"), [(0.5, "in order"), (0.999, "in order"), (1.02, "note"), (1.06, "tension")]
)
@pytest.mark.parametrize("cell", ["li", "na", "full"])
def test_the_limit_is_faradays_and_the_grade_follows_the_excess(
    factor: float, wanted: str, cell: str
) -> None:
    assert severity(capacity_all_cations, charge(factor * OF_NIO, cell=cell)) == wanted
    in_half = charge(factor * OF_NICKEL_IN_HALF, cell=cell)
    assert severity(capacity_claimed_couples, in_half, host=HALF) == wanted


@settings(max_examples=25)
@given(st.floats(1.05, 4.0))
def test_limit_and_excess_add_to_what_is_stated(factor: float) -> None:
    (one,) = found(capacity_claimed_couples, charge(factor * OF_NICKEL_IN_HALF), host=HALF)
    seen = one.values
    assert seen["limit"] == pytest.approx(OF_NICKEL_IN_HALF, rel=1e-4)
    assert seen["limit"] + seen["excess"] == pytest.approx(seen["capacity"])
    assert seen["electrons_available"] == pytest.approx(1.0)
    assert seen["electrons_stored"] == pytest.approx(seen["capacity"] / OF_NICKEL_IN_HALF, rel=1e-4)
    assert seen["redox"] == ["Ni"]


def test_an_excess_within_the_digits_is_none() -> None:
    """740 mAh/g known to 50 may be 715; known to 1 it may not."""
    assert severity(capacity_all_cations, charge(740.0, resolution=50)) == "in order"
    assert severity(capacity_all_cations, charge(740.0)) == "note"


def test_where_all_cations_are_claimed_active_one_check_speaks() -> None:
    assert severity(capacity_claimed_couples, charge(2 * OF_NIO)) == "not compared"
    assert severity(capacity_claimed_couples, charge(2 * OF_NIO), host=HALF) == "tension"


@pytest.mark.parametrize(
    "more",
    [
        {"id": "d", "quantity": "specific_capacity_discharge"},
        {"id": "d", "quantity": "specific_capacity_discharge", "cycle": None},
        {"bound": "at most"},
        {"cell": "cathode"},
        {"cell": ""},
    ],
)
def test_what_is_no_reversible_capacity_of_an_anode_is_not_held_to_its_cations(more: dict[str, Any]) -> None:
    """A first alkaliation feeds the film; "at most" may be anything less."""
    assert severity(capacity_all_cations, charge(3 * OF_NIO, **more)) == "not compared"


def test_a_later_alkaliation_and_a_lower_bound_are() -> None:
    later = {"quantity": "specific_capacity_discharge", "cycle": 2}
    assert severity(capacity_all_cations, charge(2 * OF_NIO, **later)) == "tension"
    assert severity(capacity_all_cations, charge(2 * OF_NIO, bound="at least")) == "tension"


@pytest.mark.parametrize(("reaction", "wanted"), [("two-phase", "tension"), ("other", "not compared")])
def test_only_a_conversion_is_held_to_full_reduction(reaction: str, wanted: str) -> None:
    assert severity(capacity_all_cations, charge(2 * OF_NIO), host={**NIO, "reaction": reaction}) == wanted


def two(slow: float, fast: float, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return charge(slow, id="slow", current=0.1), charge(fast, id="fast", **{"current": 1.0, **more})


@pytest.mark.parametrize(
    ("slow", "fast", "wanted"),
    [(600, 300, "in order"), (600, 600, "in order"), (600, 629, "in order"), (600, 633, "tension")],
)
def test_a_capacity_does_not_rise_with_current_beyond_the_scatter_of_cells(
    slow: float, fast: float, wanted: str
) -> None:
    assert severity(capacity_current_order, *two(slow, fast)) == wanted
    assert severity(capacity_current_order, *reversed(two(slow, fast))) == wanted


@pytest.mark.parametrize(
    "more",
    [
        {"cell": "na"},
        {"cell": "other"},
        {"particle_size": 50},
        {"cycle": 11},
        {"current": None},
        {"current": 0.1},
        {"bound": "at least"},
    ],
)
def test_capacities_of_other_electrodes_cells_or_ages_are_not_ordered(more: dict[str, Any]) -> None:
    assert severity(capacity_current_order, *two(300, 900, **more)) == "not compared"
