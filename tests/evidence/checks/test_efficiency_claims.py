"""Efficiencies against the capacities of their cycle: rounding is no fault; arithmetic and exchange are."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ledgers import found, ledger_of, severity, value
from topotaxy.evidence.checks.efficiency import efficiency_arithmetic, exchanged_efficiencies, quotients

Claim = dict[str, Any]


def cycle(charge: str, discharge: str, efficiency: str, *, name: str = "", **more: Any) -> list[Claim]:
    """Both capacities and the efficiency of one first cycle."""
    where = {"cell": "li", "cycle": 1, "current": 0.1, **more}
    return [
        value("specific_capacity_charge", charge, **where, id=f"{name}charge"),
        value("specific_capacity_discharge", discharge, **where, id=f"{name}discharge"),
        value("initial_coulombic_efficiency", efficiency, **where, id=f"{name}efficiency"),
    ]


@settings(max_examples=25)
@given(st.floats(100.0, 900.0), st.floats(0.5, 0.999), st.integers(0, 2), st.integers(0, 2))
def test_numbers_rounded_from_one_truth_are_never_a_finding(
    discharge: float, efficiency: float, of_capacity: int, of_percent: int
) -> None:
    claims = cycle(
        f"{discharge * efficiency:.{of_capacity}f} mAh/g",
        f"{discharge:.{of_capacity}f} mAh/g",
        f"{100 * efficiency:.{of_percent}f} %",
    )
    assert severity(efficiency_arithmetic, *claims) == "in order"


@pytest.mark.parametrize(
    ("efficiency", "wanted"),
    [
        # 450.5/599.5 = 0.75146 and 449.5/600.5 = 0.74854 are what the digits of 450/600 leave.
        ("75.0 %", "in order"),
        ("75.1 %", "in order"),
        ("75.2 %", "contradiction"),
        ("74.9 %", "in order"),
        ("74.8 %", "contradiction"),
        ("76 %", "contradiction"),
        ("0.75", "in order"),
        ("133 %", "contradiction"),
    ],
)
def test_an_efficiency_has_the_interval_of_its_quotient(efficiency: str, wanted: str) -> None:
    claims = cycle("450 mAh/g", "600 mAh/g", efficiency)
    assert severity(efficiency_arithmetic, *claims) == wanted


@pytest.mark.parametrize(("cell", "expected"), [("li", 0.75), ("full", 0.75), ("cathode", 600 / 450)])
def test_a_cathode_divides_the_other_way(cell: str, expected: float) -> None:
    ((_, charge, discharge, quotient),) = quotients(
        ledger_of(*cycle("450 mAh/g", "600 mAh/g", "75 %", cell=cell))
    )
    assert quotient.value == pytest.approx(expected)
    assert (charge.id, discharge.id) == ("charge", "discharge")


def test_the_finding_gives_the_quotient_within_its_digits() -> None:
    (one,) = found(efficiency_arithmetic, *cycle("450 mAh/g", "600 mAh/g", "80 %"))
    assert one.values["quotient_low"] == pytest.approx(449.5 / 600.5)
    assert one.values["quotient"] == pytest.approx(0.75)
    assert one.values["quotient_high"] == pytest.approx(450.5 / 599.5)
    assert set(one.claims) == {"charge", "discharge", "efficiency"}


CHANGES: list[Claim] = [{"current": 0.2}, {"cell": "na"}, {"particle_size": 20}, {"bound": "at least"}]


@pytest.mark.parametrize(
    ("index", "change"),
    [(i, change) for i in range(3) for change in CHANGES] + [(0, {"cycle": 2}), (1, {"cycle": 2})],
)
def test_numbers_of_different_tests_are_not_divided(index: int, change: Claim) -> None:
    """An initial efficiency is of the first cycle whatever else it says; a capacity is of its own."""
    claims = cycle("450 mAh/g", "600 mAh/g", "80 %")
    claims[index] = {**claims[index], **change}
    assert severity(efficiency_arithmetic, *claims) == "not compared"


def test_a_mean_efficiency_and_one_of_no_cycle_are_of_no_quotient() -> None:
    charge, discharge, efficiency = cycle("450 mAh/g", "600 mAh/g", "80 %")
    of_cycle = {**efficiency, "quantity": "coulombic_efficiency"}
    assert severity(efficiency_arithmetic, charge, discharge, of_cycle) == "contradiction"
    for change in ({"mean": True}, {"cycle": None}):
        assert severity(efficiency_arithmetic, charge, discharge, {**of_cycle, **change}) == "not compared"


def pair(first: str, second: str) -> list[Claim]:
    """Quotients of 0.9072 and 0.9064, each stated as given."""
    return [
        *cycle("753 mAh/g", "830 mAh/g", first, name="a."),
        *cycle("581 mAh/g", "641 mAh/g", second, name="b.", cell="na"),
    ]


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        ("90.6 %", "90.7 %", "tension"),
        ("90.7 %", "90.6 %", "in order"),
        ("90.6 %", "90.6 %", "in order"),
        ("90.64 %", "90.72 %", "tension"),
        ("91 %", "91 %", "in order"),
        ("90.5 %", "90.7 %", "in order"),
    ],
)
def test_an_exchange_needs_both_quotients_to_be_the_others(first: str, second: str, wanted: str) -> None:
    assert severity(exchanged_efficiencies, *pair(first, second)) == wanted


def test_an_exchange_beyond_the_digits_is_a_contradiction() -> None:
    claims = [
        *cycle("400 mAh/g", "500 mAh/g", "90 %", name="a."),
        *cycle("450 mAh/g", "500 mAh/g", "80 %", name="b.", cell="na"),
    ]
    (one,) = found(exchanged_efficiencies, *claims)
    assert one.severity == "contradiction"
    assert one.values["within_digits"] is False
    assert one.values["quotients"] == pytest.approx({"a.efficiency": 0.8, "b.efficiency": 0.9})
    assert one.values["stated"] == pytest.approx({"a.efficiency": 0.9, "b.efficiency": 0.8})


@settings(max_examples=25)
@given(st.integers(300, 900), st.integers(300, 900))
def test_exchanging_the_words_of_any_two_right_tests_is_found(first: int, second: int) -> None:
    """Where both round to different shares, and only there."""
    right = [f"{100 * charge / 1000:.0f} %" for charge in (first, second)]
    assume(first % 10 != 5)
    assume(second % 10 != 5)
    claims = [
        *cycle(f"{first}.0 mAh/g", "1000.0 mAh/g", right[1], name="a."),
        *cycle(f"{second}.0 mAh/g", "1000.0 mAh/g", right[0], name="b.", cell="na"),
    ]
    assert bool(found(exchanged_efficiencies, *claims)) == (right[0] != right[1])


def test_efficiencies_of_different_kinds_are_not_exchanged() -> None:
    """That of the first cycle and that of the fifth may cross by chance: no text mixes them up."""
    claims = [
        *cycle("400 mAh/g", "500 mAh/g", "90 %", name="a."),
        *cycle("450 mAh/g", "500 mAh/g", "80 %", name="b.", cycle=5),
    ]
    claims[-1]["quantity"] = "coulombic_efficiency"
    assert severity(exchanged_efficiencies, *claims) == "not compared"
