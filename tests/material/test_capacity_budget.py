from __future__ import annotations

import pytest

from topotaxy.errors import InputError
from topotaxy.material import BudgetTerm, capacity_budget, parse_formula
from topotaxy.material.capacity_budget import CARBON, FILM, INTERFACE, IRREVERSIBLE, REMAINDER

HEOS = parse_formula("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11")
ACTIVE = ("Co", "Ni", "Cu")


def by_name(terms: list[BudgetTerm]) -> dict[str, BudgetTerm]:
    assert len({t.term for t in terms}) == len(terms)
    return {t.term: t for t in terms}


def test_terms_without_measurement_have_no_remainder() -> None:
    terms = by_name(capacity_budget(HEOS, "Na"))
    assert REMAINDER not in terms
    assert IRREVERSIBLE not in terms
    assert {INTERFACE, CARBON, FILM} <= set(terms)


@pytest.mark.parametrize("ion", ["Li", "Na", "K"])
def test_ranges_hold_their_value_and_a_basis(ion: str) -> None:
    for t in capacity_budget(HEOS, ion, 800.0, 700.0, carbon_mass_ratio=0.2):
        assert t.low <= t.capacity <= t.high, t
        assert t.basis


def test_the_remainder_closes_the_balance() -> None:
    terms = by_name(capacity_budget(HEOS, "Na", 641.0, 581.0, active=ACTIVE, carbon_mass_ratio=0.1))
    held = sum(t.capacity for name, t in terms.items() if name not in (REMAINDER, IRREVERSIBLE))
    assert held + terms[REMAINDER].capacity == pytest.approx(581.0)
    assert terms[IRREVERSIBLE].capacity == pytest.approx(60.0)


def test_claimed_couples_alone_leave_a_visible_gap() -> None:
    terms = by_name(
        capacity_budget(HEOS, "Na", 641.0, 581.0, active=ACTIVE, interface_area=0.0, interface_charge=0.0)
    )
    assert sum(terms[f"couple {el}"].capacity for el in ACTIVE) == pytest.approx(447.1, abs=0.1)
    assert terms[REMAINDER].high == pytest.approx(581.0 - 447.1, abs=0.1)
    # thermodynamics lets zinc react, so the claim leaves its couple as an upper bound
    assert terms["couple Zn"].capacity == 0.0
    assert terms["couple Zn"].high == pytest.approx(149.0, abs=0.1)


def test_couples_outside_the_window_hold_nothing_and_those_at_its_edge_are_open() -> None:
    assert by_name(capacity_budget(HEOS, "Na"))["couple Mg"].high == 0.0
    edge = by_name(capacity_budget(HEOS, "Li"))["couple Mg"]
    assert (edge.capacity, edge.low) == (0.0, 0.0)
    assert edge.high == pytest.approx(149.0, abs=0.1)


def test_carbon_is_proportional_to_its_mass() -> None:
    none, one, two = (
        by_name(capacity_budget(HEOS, "Li", carbon_mass_ratio=r))[CARBON].high for r in (0.0, 0.1, 0.2)
    )
    assert none == 0.0
    assert two == pytest.approx(2 * one)


def test_interface_is_area_times_density() -> None:
    term = by_name(capacity_budget(HEOS, "Li", interface_area=100.0, interface_charge=0.36))[INTERFACE]
    assert (term.low, term.capacity, term.high) == pytest.approx((10.0, 10.0, 10.0))


@pytest.mark.parametrize(
    "change",
    [
        {"ion": "Ag"},
        {"carbon_mass_ratio": -1.0},
        {"measured_charge": float("nan")},
        {"interface_area": -1.0},
        {"measured_discharge": float("inf")},
        {"active": ["Xx"]},
    ],
)
def test_bad_arguments(change: dict[str, object]) -> None:
    with pytest.raises(InputError):
        capacity_budget(HEOS, **({"ion": "Na"} | change))  # type: ignore[arg-type]
