"""Retentions against capacities, other currents and mean efficiencies."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgers import found, ledger_of, severity, value
from topotaxy.evidence.checks.retention import (
    implied_starts,
    retention_above_slower,
    retention_current_order,
    retention_efficiency,
    retention_start,
)

Claim = dict[str, Any]


def kept(share: str, **more: Any) -> Claim:
    where = {"cell": "li", "current": 0.5, "cycle": 100, "reference_cycle": 2}
    return value("capacity_retention", share, **{**where, "id": "kept", **more})


def capacity(number: str, **more: Any) -> Claim:
    return value("rate_capacity", number, **{"cell": "li", "current": 0.5, "id": "capacity", **more})


def left(number: str = "400 mAh/g", **more: Any) -> Claim:
    return capacity(number, **{"id": "left", "cycle": 100, **more})


@settings(max_examples=25)
@given(st.floats(100.0, 900.0), st.floats(0.2, 0.99), st.integers(0, 2))
def test_numbers_rounded_from_one_truth_are_never_a_finding(start: float, share: float, digits: int) -> None:
    claims = [
        kept(f"{100 * share:.{digits}f} %"),
        left(f"{start * share:.{digits}f} mAh/g"),
        capacity(f"{start:.{digits}f} mAh/g", cycle=2),
    ]
    assert severity(retention_start, *claims) == "in order"


@pytest.mark.parametrize(
    ("start", "same", "elsewhere"),
    # 400/0.8 = 500; digits leave 496.3 to 503.8 of it.
    [
        ("500", "in order", "in order"),
        ("504", "in order", "in order"),
        ("509", "contradiction", "in order"),
        ("490", "contradiction", "in order"),
        ("540", "contradiction", "tension"),
        ("460", "contradiction", "tension"),
    ],
)
def test_the_same_test_has_no_allowance_another_has_that_of_cells(
    start: str, same: str, elsewhere: str
) -> None:
    base = [kept("80 %"), left()]
    assert severity(retention_start, *base, capacity(f"{start} mAh/g", cycle=2)) == same
    for more in ({"cycle": 3}, {"cycle": None}, {"cycle": 2, "cell": "full"}):
        assert severity(retention_start, *base, capacity(f"{start} mAh/g", **more)) == elsewhere


def test_the_start_is_what_is_left_over_what_is_kept() -> None:
    ((claim, of, start),) = implied_starts(ledger_of(kept("80.0 %"), left("400.0 mAh/g")))
    assert (claim.id, of.id) == ("kept", "left")
    assert start.value == pytest.approx(500.0)
    assert start.low == pytest.approx(399.95 / 0.8005)
    assert start.high == pytest.approx(400.05 / 0.7995)


@pytest.mark.parametrize(
    ("changes_kept", "changes_left"),
    [
        ({"cycle": 50}, {}),
        ({"cycle": None}, {}),
        ({"cycle": 1}, {"cycle": 1}),
        ({"current": 1.0}, {}),
        ({"cell": "na"}, {}),
        ({"bound": "at least"}, {}),
        ({}, {"bound": "at most"}),
        ({}, {"particle_size": 30}),
    ],
)
def test_nothing_is_implied_by_numbers_of_different_tests(changes_kept: Claim, changes_left: Claim) -> None:
    assert not list(implied_starts(ledger_of(kept("80 %", **changes_kept), left(**changes_left))))


@pytest.mark.parametrize(
    "more", [{"current": 0.6}, {"current": None}, {"cycle": 60}, {"cell": "na"}, {"cell": "cathode"}]
)
def test_a_start_is_held_against_fresh_capacities_at_its_current_only(more: Claim) -> None:
    claims = [kept("80 %"), left(), capacity("900 mAh/g", **{"cycle": 2, **more})]
    assert severity(retention_start, *claims) == "not compared"


@pytest.mark.parametrize(
    ("slower", "wanted"), [("600", "in order"), ("480", "in order"), ("465", "tension"), ("300", "tension")]
)
def test_a_start_lies_below_what_a_lower_current_gives(slower: str, wanted: str) -> None:
    """500 (496.3 at least) against 1.05 times the slower capacity."""
    claims = [kept("80 %"), left(), capacity(f"{slower} mAh/g", current=0.1, cycle=2)]
    assert severity(retention_above_slower, *claims) == wanted


def test_the_largest_of_the_slower_capacities_counts() -> None:
    slow = [capacity(f"{n} mAh/g", id=f"c{n}", current=0.1, cycle=2) for n in (300, 520)]
    assert severity(retention_above_slower, kept("80 %"), left(), *slow) == "in order"
    assert severity(retention_above_slower, kept("80 %"), left(), *slow[:1]) == "tension"


@pytest.mark.parametrize("more", [{"current": 0.5}, {"current": 2.0}, {"cell": "other"}, {"cycle": 50}])
def test_only_fresh_capacities_of_that_cell_are_slower(more: Claim) -> None:
    claims = [kept("80 %"), left(), capacity("300 mAh/g", **{"current": 0.1, "cycle": 2, **more})]
    assert severity(retention_above_slower, *claims) == "not compared"


@pytest.mark.parametrize(
    ("slow", "fast", "wanted"),
    [
        ("80.0 %", "85.0 %", "note"),
        ("80.0 %", "80.5 %", "in order"),
        ("80 %", "81 %", "in order"),
        ("85.0 %", "80.0 %", "in order"),
    ],
)
def test_a_retention_higher_at_the_higher_current_is_a_note(slow: str, fast: str, wanted: str) -> None:
    claims = [kept(slow), kept(fast, id="fast", current=1.0)]
    assert severity(retention_current_order, *claims) == wanted
    assert severity(retention_current_order, *reversed(claims)) == wanted


@pytest.mark.parametrize(
    "more", [{"cycle": 200}, {"reference_cycle": 3}, {"cell": "na"}, {"current": 0.5}, {"bound": "at most"}]
)
def test_retentions_over_different_cycles_are_not_ordered(more: Claim) -> None:
    claims = [kept("80.0 %"), kept("95.0 %", **{"id": "fast", "current": 1.0, **more})]
    assert severity(retention_current_order, *claims) == "not compared"


def mean(number: str, **more: Any) -> Claim:
    where = {"cell": "li", "current": 0.5, "cycle": 100, "mean": True}
    return value("coulombic_efficiency", number, **{**where, **more})


@pytest.mark.parametrize("reference", [1, 2, 51])
def test_a_full_cell_keeps_no_more_than_its_inventory(reference: int) -> None:
    """Retention over n cycles is CE^n at most: (1 - 0.001)^n without a reserve."""
    bound = 0.999 ** (100 - reference)
    for share, wanted in ((bound + 0.02, "tension"), (bound - 0.02, "in order")):
        claims = [
            kept(f"{share:.4f}", cell="full", reference_cycle=reference),
            mean("99.900 %", cell="full"),
        ]
        assert severity(retention_efficiency, *claims) == wanted
    (one,) = found(
        retention_efficiency,
        kept("99.9 %", cell="full", reference_cycle=reference),
        mean("99.900 %", cell="full"),
    )
    assert one.values["bound"] == pytest.approx(bound)
    assert one.values["cycles"] == 100 - reference


def test_a_half_cell_fades_no_faster_than_it_loses_charge() -> None:
    """80 % after 98 cycles is 0.00227 a cycle: more than 0.001 is lost at no cost in charge."""
    (one,) = found(retention_efficiency, kept("80.00 %"), mean("99.900 %"))
    assert one.severity == "tension"
    assert one.values["fade_per_cycle"] == pytest.approx(1 - 0.80005 ** (1 / 98))
    assert one.values["charge_lost_per_cycle"] == pytest.approx(0.001)
    assert severity(retention_efficiency, kept("80.00 %"), mean("99.700 %")) == "in order"
    assert severity(retention_efficiency, kept("100 %"), mean("99.9 %")) == "in order"


@pytest.mark.parametrize(
    "more", [{"mean": False}, {"cycle": 50}, {"cell": "na"}, {"current": 1.0}, {"particle_size": 40}]
)
def test_an_efficiency_of_another_test_says_nothing_of_a_retention(more: Claim) -> None:
    assert severity(retention_efficiency, kept("80 %"), mean("99.999 %", **more)) == "not compared"


def test_a_cathode_is_not_held_to_either_rule() -> None:
    claims = [kept("80 %", cell="cathode"), mean("99.999 %", cell="cathode")]
    assert severity(retention_efficiency, *claims) == "not compared"


def test_an_efficiency_above_one_gives_no_more_than_was_there() -> None:
    (one,) = found(retention_efficiency, kept("105 %", cell="full"), mean("101.0 %", cell="full"))
    assert one.values["bound"] == 1.0
    assert "leaves 1 of the alkali inventory" in one.message
    (half,) = found(retention_efficiency, kept("80.00 %"), mean("99.900 %"))
    assert "more than the 0.001 of charge per cycle" in half.message


def test_a_start_of_another_cell_is_said_to_be_of_another_cell() -> None:
    base = [kept("80 %"), left()]
    (here,) = found(retention_start, *base, capacity("600 mAh/g", cycle=2))
    (there,) = found(retention_start, *base, capacity("600 mAh/g", cycle=2, cell="full"))
    assert here.message.endswith("600 mAh/g is stated at that current.")
    assert there.message.endswith("600 mAh/g is stated at that current in another cell (full-cell).")
