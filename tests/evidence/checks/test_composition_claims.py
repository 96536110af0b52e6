"""Formulas against charges and contents, orders against numbers, swelling against the charge stored."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgers import HALF, NIO, found, ledger_of, reasons, severity, value
from topotaxy.evidence.checks.composition import charge_balance, stated_contents, stated_valences
from topotaxy.evidence.checks.orders import stated_orders
from topotaxy.evidence.checks.swelling import swelling_charge

Claim = dict[str, Any]
ANY = {"id": "any", "kind": "presence"}


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        ("NiO", "in order"),
        ("Fe2O3", "in order"),
        ("MnO2", "in order"),
        ("Ni0.5Mg0.5O0.9S0.1", "in order"),
        ("NiO3", "contradiction"),
        ("MgO2", "contradiction"),
        ("Li3O", "contradiction"),
        ("Nb2O5", "not compared"),
        ("", "not compared"),
    ],
)
def test_a_formula_balances_with_valences_that_its_cations_take(formula: str, wanted: str) -> None:
    assert severity(charge_balance, ANY, host={"formula": formula}) == wanted


def test_a_formula_without_data_is_told_and_one_out_of_balance_names_its_claims() -> None:
    (why,) = reasons(charge_balance(ledger_of(ANY, host={"formula": "Nb2O5"})))
    assert why.startswith("Nb2O5")
    assert "Nb" in why.removeprefix("Nb2O5")
    (one,) = found(charge_balance, valence("2.0", "Mg"), ANY, host={"formula": "MgO2"})
    assert one.claims == ["valence.Mg"]
    assert one.values == {"material": "host", "formula": "MgO2"}


def valence(number: str, element: str, **more: Any) -> Claim:
    where = {"id": f"valence.{element}", "subject": element, "state": "pristine"}
    return value("oxidation_state", number, **{**where, **more})


@pytest.mark.parametrize(
    ("nickel", "magnesium", "wanted"),
    [
        ("2.0", "2.0", "in order"),
        ("2", "2", "in order"),
        ("2.1", "2.0", "in order"),
        ("2.4", "2.0", "in order"),
        ("2.6", "2.0", "contradiction"),
        ("1.8", "2.2", "in order"),
        ("1.4", "2.0", "contradiction"),
        ("3", "2", "in order"),
        ("4", "2", "contradiction"),
    ],
)
def test_the_stated_charges_of_a_compound_add_to_nothing(nickel: str, magnesium: str, wanted: str) -> None:
    """Half of each: the digits of the valences leave 0.05 or 0.5 in all, those of the amounts 0.2."""
    both = [valence(nickel, "Ni"), valence(magnesium, "Mg")]
    assert severity(stated_valences, *both, host=HALF) == wanted


def test_one_valence_without_a_subject_speaks_for_all() -> None:
    assert severity(stated_valences, valence("2.00", "")) == "in order"
    assert severity(stated_valences, valence("3.00", "")) == "contradiction"
    own = [valence("3.00", ""), valence("2.00", "Ni")]
    assert severity(stated_valences, *own) == "in order"


@pytest.mark.parametrize("more", [{"state": "discharged"}, {"bound": "at least"}, {"subject": "Co"}])
def test_valences_are_summed_only_where_all_are_known(more: Claim) -> None:
    assert severity(stated_valences, valence("3.0", "Ni", **more)) == "not compared"
    assert severity(stated_valences, valence("3.0", "Ni"), host=HALF) == "not compared"


def share(number: str, element: str, **more: Any) -> Claim:
    return value("site_fraction", number, subject=element, **{"state": "pristine", **more})


@pytest.mark.parametrize(
    ("element", "number", "wanted"),
    [
        ("Ni", "25 %", "in order"),
        ("Ni", "0.251", "in order"),
        ("Ni", "0.252", "contradiction"),
        ("Ni", "26 %", "contradiction"),
        ("Mg", "75 %", "in order"),
        ("Mg", "25 %", "contradiction"),
        ("S", "11 %", "in order"),
        ("S", "0.12", "contradiction"),
        ("O", "89 %", "in order"),
        ("Li", "50 %", "not compared"),
    ],
)
def test_a_share_is_of_its_own_sublattice(element: str, number: str, wanted: str) -> None:
    host = {"formula": "Ni0.250Mg0.750O0.890S0.110"}
    assert severity(stated_contents, share(number, element), host=host) == wanted
    charged = share(number, element, state="charged")
    assert severity(stated_contents, charged, host=host) == "not compared"


@settings(max_examples=25)
@given(st.integers(1, 99), st.integers(0, 2))
def test_a_share_rounded_from_the_formula_is_in_order(percent: int, digits: int) -> None:
    host = {"formula": f"Ni{percent / 100:.2f}Mg{1 - percent / 100:.2f}O"}
    assert severity(stated_contents, share(f"{percent:.{digits}f} %", "Ni"), host=host) == "in order"


def order(relation: str, **more: Any) -> Claim:
    sides = {"left": {"state": "discharged"}, "right": {"state": "pristine"}}
    base = {"id": "order", "kind": "order", "material": "host", "quantity": "lattice_parameter"}
    return {**base, "relation": relation, **sides, **more}


def parameters(discharged: str, pristine: str, **more: Any) -> list[Claim]:
    return [
        value("lattice_parameter", discharged, id="d", state="discharged", cell="li", **more),
        value("lattice_parameter", pristine, id="p", state="pristine"),
    ]


@pytest.mark.parametrize(
    ("discharged", "pristine", "kept"),
    [
        ("4.30 Å", "4.18 Å", {"greater"}),
        ("4.18 Å", "4.30 Å", {"less"}),
        ("4.18 Å", "4.18 Å", {"greater", "less", "equal"}),
        ("4.18 Å", "4.2 Å", {"greater", "less", "equal"}),
        ("4.30 Å", "4.2 Å", {"greater"}),
    ],
)
def test_an_order_holds_where_any_numbers_within_the_digits_fulfil_it(
    discharged: str, pristine: str, kept: set[str]
) -> None:
    for relation in ("greater", "less", "equal"):
        wanted = "in order" if relation in kept else "contradiction"
        assert severity(stated_orders, order(relation), *parameters(discharged, pristine)) == wanted


def test_turning_an_order_round_changes_nothing() -> None:
    claims = parameters("4.30 Å", "4.18 Å")
    turned = {"left": {"state": "pristine"}, "right": {"state": "discharged"}}
    for one, other in (("greater", "less"), ("less", "greater"), ("equal", "equal")):
        here, there = (
            severity(stated_orders, claim, *claims) for claim in (order(one), order(other, **turned))
        )
        assert here == there
    (finding,) = found(stated_orders, order("less"), *claims)
    assert finding.claims == ["order", "d", "p"]
    assert finding.values == {"left": 4.30, "right": 4.18, "relation": "<"}


@pytest.mark.parametrize(
    "more", [{"technique": "TEM"}, {"method": "by eye"}, {"current": 0.1}, {"subject": "x"}]
)
def test_values_that_differ_in_what_the_order_does_not_name_are_not_compared(more: Claim) -> None:
    claims = parameters("4.10 Å", "4.18 Å", **more)
    assert severity(stated_orders, order("greater"), *claims) == "not compared"


def test_an_order_that_names_a_condition_picks_by_it() -> None:
    slow = value("rate_capacity", "600 mAh/g", id="slow", cell="li", current=0.1)
    fast = value("rate_capacity", "700 mAh/g", id="fast", cell="li", current=1.0)
    said = order("greater", quantity="rate_capacity", left={"current": 0.1}, right={"current": 1.0})
    assert severity(stated_orders, said, slow, fast) == "contradiction"
    assert severity(stated_orders, said, {**slow, "value": "800 mAh/g"}, fast) == "in order"
    assert severity(stated_orders, said, slow, {**fast, "cell": "na"}) == "not compared"
    assert severity(stated_orders, {**said, "left": None, "right": None}, slow, fast) == "not compared"


RATIO = (6.59 + 4.614**3 / 4 * 0.60221) / (4.178**3 / 4 * 0.60221)
"""Volume of Ni and Li2O over NiO: cm3/mol of Ni; lattice parameters of Li2O (fluorite) and NiO, Å."""
ETA = RATIO ** (1 / 3) - 1


def swollen(strain: float, share: float, **more: Any) -> list[Claim]:
    """A strain of the discharged frame, and the reversible charge of a share of NiO."""
    charge = value("specific_capacity_charge", f"{share * 717.6:.1f} mAh/g", cell="li", cycle=1)
    said = value("strain", f"{100 * strain:.2f} %", **{"state": "discharged", "cell": "li", **more})
    return [said, charge]


@pytest.mark.parametrize("share", [0.3, 0.6, 1.0])
def test_a_strain_that_a_coherent_product_has_is_in_order_a_third_of_it_is_not(share: float) -> None:
    by_length, by_volume = share * ETA, (1 + share * (RATIO - 1)) ** (1 / 3) - 1
    for strain in (by_length, by_volume, 0.55 * by_length, 1.9 * by_volume):
        assert severity(swelling_charge, *swollen(strain, share)) == "in order"
    for strain in (0.45 * by_length, 0.33 * by_length, 2.1 * by_volume):
        assert severity(swelling_charge, *swollen(strain, share)) == "tension"


def test_the_numbers_of_a_swelling_follow_from_molar_volumes() -> None:
    (one,) = found(swelling_charge, *swollen(0.02, 0.5))
    seen = one.values
    assert seen["volume_ratio"] == pytest.approx(RATIO, rel=0.01)
    assert seen["reacted_fraction"] == pytest.approx(0.5, abs=1e-3)
    assert seen["expected_low"] == pytest.approx(0.5 * ETA, rel=0.01)
    assert seen["expected_high"] == pytest.approx((1 + 0.5 * (RATIO - 1)) ** (1 / 3) - 1, rel=0.01)
    assert seen["coherent_fraction_by_volume"] == pytest.approx((1.02**3 - 1) / (RATIO - 1), rel=0.02)
    assert seen["coherent_fraction_by_length"] == pytest.approx(0.02 / ETA, rel=0.02)
    assert (
        seen["coherent_fraction_low"] < seen["coherent_fraction_by_volume"] < seen["coherent_fraction_high"]
    )


def test_no_more_reacts_than_the_active_cations_hold() -> None:
    """Twice the capacity of NiO reacts all of it, no more."""
    (one,) = found(swelling_charge, *swollen(0.02, 2.0))
    assert one.values["reacted_fraction"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    "changes", [{"state": "charged"}, {"cell": "na"}, {"cell": "full"}, {"cell": ""}, {"bound": "at most"}]
)
def test_a_strain_of_another_state_or_cell_is_not_held_against_the_charge(changes: Claim) -> None:
    assert severity(swelling_charge, *swollen(0.001, 1.0, **changes)) == "not compared"


@pytest.mark.parametrize("reaction", ["two-phase", "other"])
def test_a_host_that_is_replaced_need_not_swell(reaction: str) -> None:
    claims = swollen(0.001, 1.0)
    assert severity(swelling_charge, *claims, host={**NIO, "reaction": reaction}) == "not compared"


def test_products_without_a_volume_are_told() -> None:
    (why,) = reasons(swelling_charge(ledger_of(*swollen(0.001, 0.5), host={"formula": "TiO"})))
    assert why.startswith("no volume of the products")
