"""Conditions: states follow the half cell, directions the cell, and what cannot be is refused."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from topotaxy.observables import Conditions, Observable
from topotaxy.observables.conditions import state_after


@pytest.mark.parametrize("role", ["half-cell-anode", "half-cell-cathode"])
def test_a_half_cells_discharge_alkaliates(role: str) -> None:
    assert state_after("discharge", role) == "discharged"  # type: ignore[arg-type]
    assert state_after("charge", role) == "charged"  # type: ignore[arg-type]


def test_a_full_cells_discharge_takes_alkali_from_its_anode() -> None:
    assert state_after("discharge", "full-cell") == "charged"
    assert state_after("charge", "full-cell") == "discharged"


def test_what_is_said_is_what_is_known() -> None:
    conditions = Conditions(current=0.1, electrode="Na", lower_cutoff=0.0)
    assert conditions.known() == {"current": 0.1, "electrode": "Na", "lower_cutoff": 0.0}
    assert Conditions().known() == {}
    assert conditions.updated(current=0.2).known() == {**conditions.known(), "current": 0.2}
    with pytest.raises(ValidationError):
        conditions.updated(current=-1.0)


@pytest.mark.parametrize(
    "fields",
    [
        {"current": 0.0},
        {"current": True},
        {"temperature": float("nan")},
        {"cycle": 0},
        {"cycle": 1.5},
        {"role": "battery"},
        {"upper_cutoff": float("inf")},
        {"depth": -1.0},
        {"colour": "red"},
    ],
)
def test_what_no_condition_can_be_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Conditions.model_validate(fields)


GIVEN = {"quantity": "coulombic_efficiency", "value": 0.9, "unit": "1", "origin": "measured"}


def test_a_cycle_beside_the_conditions_is_one_of_them() -> None:
    beside = Observable.model_validate({**GIVEN, "cycle": 3})
    within = Observable.model_validate({**GIVEN, "conditions": {"cycle": 3}})
    assert beside == within
    assert beside.cycle == 3
    assert Observable.model_validate({**GIVEN, "cycle": None}).cycle is None


def test_two_cycles_that_differ_are_refused() -> None:
    with pytest.raises(ValidationError, match="is not that of the conditions"):
        Observable.model_validate({**GIVEN, "cycle": 3, "conditions": {"cycle": 4}})
