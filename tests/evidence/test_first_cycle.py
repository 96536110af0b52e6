"""The first cycle's capacities: what is a term, what restates, what is of another cell."""

from __future__ import annotations

import math
from typing import Any

import pytest

from topotaxy.evidence.first_cycle import first_cycle
from topotaxy.evidence.likelihood import floor_of
from topotaxy.observables import Observable, observable


def seen(quantity: str, value: float, **more: Any) -> Observable:
    return observable(quantity, value, origin="measured", **{"cycle": 1, **more})


def discharge(value: float = 900.0, **more: Any) -> Observable:
    return seen("specific_capacity_discharge", value, **more)


def charge(value: float = 700.0, **more: Any) -> Observable:
    return seen("specific_capacity_charge", value, **more)


def efficiency(value: float = 0.78, **more: Any) -> Observable:
    return seen("initial_coulombic_efficiency", value, **more)


def test_discharge_and_charge_become_discharge_and_loss() -> None:
    rest, terms, aside = first_cycle([discharge(), charge()])
    assert (rest, aside) == ([], [])
    assert [(t.expected, t.value) for t in terms] == [("discharge_capacity", 900.0), ("loss", 200.0)]


@pytest.mark.parametrize("order", [0, 1, 2])
def test_the_order_of_the_numbers_does_not_matter(order: int) -> None:
    given = [discharge(), charge(), efficiency()]
    turned = given[order:] + given[:order]
    assert [t.value for t in first_cycle(turned)[1]] == [900.0, 200.0]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([discharge()], ["discharge_capacity"]),
        ([charge()], ["charge_capacity"]),
        ([efficiency()], ["efficiency"]),
        ([discharge(), efficiency()], ["discharge_capacity", "efficiency"]),
        ([charge(), efficiency()], ["charge_capacity", "efficiency"]),
        ([discharge(), charge(), efficiency()], ["discharge_capacity", "loss"]),
        ([], []),
    ],
)
def test_what_is_known_is_used_once(given: list[Observable], expected: list[str]) -> None:
    rest, terms, aside = first_cycle(given)
    assert [t.expected for t in terms] == expected
    assert rest == []
    # Every number is a term, or set aside with a reason.
    assert len(terms) + len(aside) == len(given)


def test_the_efficiency_restates_the_capacities() -> None:
    ((entry, why),) = first_cycle([discharge(), charge(), efficiency()])[2]
    assert entry.quantity == "initial_coulombic_efficiency"
    assert why == "restates the two capacities"


@pytest.mark.parametrize(
    "more",
    [
        {"cycle": 2},
        {"conditions": {"role": "full-cell"}},
        {"conditions": {"role": "half-cell-cathode"}},
        {"conditions": {"particle_size": 500.0}},
    ],
)
def test_numbers_of_another_cell_or_cycle_are_set_aside(more: dict[str, Any]) -> None:
    _, terms, aside = first_cycle([discharge(**more)])
    assert terms == []
    assert "another cycle, particle size or role" in aside[0][1]


@pytest.mark.parametrize("uncertainty", [None, 4.0, 60.0])
def test_widths_are_floor_and_scatter_together(uncertainty: float | None) -> None:
    """A number without an uncertainty gets its floor twice."""
    (term,) = first_cycle([discharge(uncertainty=uncertainty)])[1]
    floor = floor_of("capacity")
    assert term.width == pytest.approx(math.hypot(floor, floor if uncertainty is None else uncertainty))


def test_what_is_no_capacity_is_handed_back_in_order() -> None:
    others = [seen("voltage_hysteresis", 0.9), seen("capacity_retention", 0.8, cycle=50)]
    rest, terms, _ = first_cycle([others[0], discharge(), others[1]])
    assert rest == others
    assert len(terms) == 1
