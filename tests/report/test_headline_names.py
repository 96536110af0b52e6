"""Names of observables in reports say of what, when, and at which current."""

from __future__ import annotations

import pytest

from topotaxy.observables import Conditions, Observable, Subject, observable
from topotaxy.report.run.headline import bare_name, capitalised, headlines, moment, name_of


def entry(quantity: str, **more: object) -> Observable:
    return observable(quantity, 1.0, origin="simulated", source="s", **more)  # type: ignore[arg-type]


def test_a_capacity_at_a_current_says_which() -> None:
    assert name_of(entry("rate_capacity", conditions=Conditions(current=0.5))) == "Capacity at 0.5 A g⁻¹"
    assert name_of(entry("rate_capacity")) == "Capacity at this current"


@pytest.mark.parametrize("quantity", ["specific_capacity_discharge", "specific_capacity_charge"])
def test_a_direction_is_said_once(quantity: str) -> None:
    name = name_of(entry(quantity, cycle=3, state="charged"))
    assert name.endswith(", cycle 3")
    assert "charged" not in name


def test_what_is_of_the_first_cycle_by_name_does_not_say_it_again() -> None:
    assert name_of(entry("initial_coulombic_efficiency", cycle=1)) == "First-cycle efficiency"
    assert name_of(entry("coulombic_efficiency", cycle=1)).endswith("cycle 1")


def test_the_bare_name_has_no_element_state_or_cycle() -> None:
    whole = entry("site_fraction", subject=Subject(element="Ni"), state="discharged", cycle=2)
    assert "Ni" in name_of(whole)
    assert bare_name(whole) == bare_name(entry("site_fraction"))
    assert moment(whole) == "Discharged, cycle 2"


def test_only_what_carries_a_label_is_a_headline() -> None:
    found = headlines(
        [
            entry("capacity_retention", label="held-out", cycle=10),
            entry("initial_coulombic_efficiency", label="held-out", cycle=1),
            entry("domain_size"),
        ]
    )
    assert {o.quantity for o in found} == {"capacity_retention", "initial_coulombic_efficiency"}


@pytest.mark.parametrize(("text", "wanted"), [("", ""), ("mAh", "MAh"), ("a B c", "A B c")])
def test_only_the_first_letter_becomes_a_capital(text: str, wanted: str) -> None:
    assert capitalised(text) == wanted
