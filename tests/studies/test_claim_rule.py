"""The shape of rules: what is not seen is refused, what is seen is judged, and a number goes with its row."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from topotaxy.evidence import Claim, load_ledger
from topotaxy.studies.claim_rule import Number, Rule, element_of, nothing
from topotaxy.studies.instruments_seen import SURE, Seen

CLAIM = load_ledger("fang2022").claims[0]
SEEN = Seen(observables=(), spots={}, others={}, missing={}, folder=Path())
numbers = some.floats(-10.0, 10.0)


def rule(found: Number | list[float] | str) -> Rule[Number | list[float]]:
    return Rule(
        look=lambda claim, seen: found,
        words=lambda seen: f"{seen[0]:.1f}",
        agrees=lambda claim, seen: seen[0] > 0.0,
        label="imposed",
        why=lambda claim, seen: f"of {len(seen.observables)}",
    )


def test_a_reason_is_handed_on_and_nothing_is_judged() -> None:
    found = rule("no pattern")(CLAIM, SEEN)
    assert found == nothing("no pattern")
    assert (found.agrees, found.label, found.value, found.computed) == (None, None, None, "")


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_number_goes_with_the_row_and_other_findings_do_not(sign: float) -> None:
    one, many = rule(Number(sign * 2.0, 0.1))(CLAIM, SEEN), rule([sign * 2.0])(CLAIM, SEEN)
    assert (one.value, one.uncertainty) == (sign * 2.0, 0.1)
    assert (many.value, many.uncertainty) == (None, None)
    assert one.computed == many.computed == f"{sign * 2.0:.1f}"
    assert one.agrees is many.agrees is (sign > 0.0)
    assert one.why == "of 0"


@given(numbers, some.floats(0.0, 3.0), numbers)
def test_limits_are_met_from_one_side_at_least_and_from_both_within_the_deviations(
    value: float, error: float, limit: float
) -> None:
    found = Number(value, error)
    most, least = found.at_most(limit), found.at_least(limit)
    assert most or least
    if most and least:
        assert abs(value - limit) <= SURE * error + 1e-12
    else:
        assert most is (value < limit)
    assert Number(-value, error).at_least(-limit) is most


@pytest.mark.parametrize(("subject", "element"), [("Ni:K", "Ni"), ("Ni", "Ni"), ("", "")])
def test_an_element_stands_before_the_colon(subject: str, element: str) -> None:
    claim: Claim = CLAIM.model_copy(update={"subject": subject})
    assert element_of(claim) == element
