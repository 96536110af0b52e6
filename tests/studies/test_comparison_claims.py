"""Materials beside a made-up ledger: Welch's p by hand, claims only under their own conditions, refusals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.special import betainc

from topotaxy.errors import InputError
from topotaxy.evidence.claims import Ledger
from topotaxy.observables import Conditions, Observable, observable
from topotaxy.spec import Spec
from topotaxy.studies.comparison import (
    COMPARED,
    QUANTITIES,
    Comparison,
    Order,
    Row,
    material_of,
    orders_among,
    run_comparison,
)

FORMULAS = {"a": "NiO", "b": "CoO", "c": "CuO"}


def ledger(*claims: Mapping[str, Any]) -> Ledger:
    """Three rock salts in half cells with sodium and lithium and a full cell, and these claims."""
    return Ledger.model_validate(
        {
            "paper": {"citation": "Made up, 2024"},
            "material": {name: {"formula": formula} for name, formula in FORMULAS.items()},
            "cell": {
                "na": {"ion": "Na"},
                "li": {"ion": "Li"},
                "full": {"ion": "Na", "role": "full-cell", "cathode": "Na3V2(PO4)3/C"},
                "counter": {"ion": "Na", "role": "half-cell-cathode"},
            },
            "claim": [{"id": f"claim-{number}", **claim} for number, claim in enumerate(claims)],
        }
    )


def order(left: str, right: str, relation: str = "greater", **more: Any) -> dict[str, Any]:
    return {
        "kind": "order",
        "quantity": "initial_coulombic_efficiency",
        "relation": relation,
        "left": {"material": left},
        "right": {"material": right},
        **more,
    }


def value(stated: str, material: str = "a", cell: str = "na", **more: Any) -> dict[str, Any]:
    return {
        "kind": "value",
        "quantity": "initial_coulombic_efficiency",
        "material": material,
        "cell": cell,
        "value": stated,
        **more,
    }


def spec(name: str, ion: str = "Na", formula: str | None = None) -> Spec:
    return Spec.model_validate(
        {
            "name": f"{name}-{ion.lower()}",
            "electrode": {"formula": formula or FORMULAS.get(name, "NiO")},
            "cell": {"ion": ion},
            "protocol": {"cycles": 2},
            "lattice": {"cells": 3, "replicas": 4},
        }
    )


def row(name: str, values: Any, ion: str = "Na", observables: tuple[Observable, ...] = ()) -> Row:
    found: dict[str, Any] = dict.fromkeys(COMPARED)
    found["efficiency"] = np.asarray(values, dtype=float)
    return Row(spec=spec(name, ion), material=name, outcomes=found, observables=observables)


SPREAD = np.array([-0.02, 0.01, 0.0, 0.015, -0.005])


def welch(one: np.ndarray, other: np.ndarray) -> float:
    """Two-sided p by hand: Student's t with the degrees of freedom of Welch and Satterthwaite."""
    a, b = one.var(ddof=1) / len(one), other.var(ddof=1) / len(other)
    squared = (one.mean() - other.mean()) ** 2 / (a + b)
    freedom = (a + b) ** 2 / (a**2 / (len(one) - 1) + b**2 / (len(other) - 1))
    return float(betainc(0.5 * freedom, 0.5, freedom / (freedom + squared)))


@pytest.mark.parametrize("apart", [0.005, 0.02, 0.06])
def test_p_of_an_order_is_welchs_by_hand(apart: float) -> None:
    one, other = 0.8 + apart + SPREAD, 0.8 + 2.0 * SPREAD[:4]
    (found,) = orders_among([row("a", one), row("b", other)], ledger(order("a", "b")))
    assert found.difference.p == pytest.approx(welch(one, other), rel=1e-9)
    assert found.difference.value == pytest.approx(one.mean() - other.mean())
    assert found.difference.error == pytest.approx(math.sqrt(one.var(ddof=1) / 5 + other.var(ddof=1) / 4))


def test_an_order_and_its_contrary_come_out_the_opposite_way() -> None:
    rows = [row("a", 0.9 + SPREAD), row("b", 0.8 + SPREAD)]
    verdicts = {
        (left, relation): orders_among(rows, ledger(order(left, right, relation)))[0].verdict
        for left, right in (("a", "b"), ("b", "a"))
        for relation in ("greater", "less")
    }
    assert verdicts["a", "greater"] == verdicts["b", "less"] == "comes out"
    assert verdicts["a", "less"] == verdicts["b", "greater"] == "comes out the other way round"


def test_sides_exchanged_turn_the_sign_and_leave_p() -> None:
    rows = [row("a", 0.83 + SPREAD), row("b", 0.8 + 1.5 * SPREAD)]
    (one,), (other,) = (orders_among(rows, ledger(order(*sides))) for sides in (("a", "b"), ("b", "a")))
    assert one.difference.value == -other.difference.value
    assert one.difference.p == pytest.approx(other.difference.p, rel=1e-12)


def test_the_rows_order_counts_for_nothing() -> None:
    rows = [row("a", 0.83 + SPREAD), row("b", 0.8 + SPREAD), row("c", 0.9 + SPREAD)]
    claims = ledger(order("a", "b"), order("c", "b"), order("a", "c", "less"))

    def told(found: list[Order]) -> list[tuple[str, float, str]]:
        return [(o.claim.id, o.difference.p, o.verdict) for o in found]

    assert told(orders_among(rows, claims)) == told(orders_among(rows[::-1], claims))


def test_equal_materials_are_not_resolved() -> None:
    (same,) = orders_among([row("a", 0.8 + SPREAD), row("b", 0.8 + SPREAD)], ledger(order("a", "b")))
    assert (same.difference.value, same.verdict) == (0.0, "not resolved")
    assert same.difference.p == pytest.approx(1.0)
    certain = [row("a", np.full(4, 0.8)), row("b", np.full(4, 0.8))]
    assert orders_among(certain, ledger(order("a", "b")))[0].verdict == "not resolved"


def test_one_order_is_decided_alone_and_not_among_many() -> None:
    """p of 0.03 counts alone; beside others at 0.05 for all together it does not (Holm)."""
    rows = [row("a", 0.823 + SPREAD), row("b", 0.8 + SPREAD)]
    one = order("a", "b")
    (alone,) = orders_among(rows, ledger(one))
    assert 0.05 / 4 < alone.difference.p < 0.05
    assert alone.verdict == "comes out"
    rows += [row("c", 0.8 + SPREAD)]
    many = orders_among(rows, ledger(one, *[order("b", "c")] * 3))
    assert [o.verdict for o in many] == ["not resolved"] * 4


@pytest.mark.parametrize(
    "claim",
    [
        order("a", "b", "equal"),
        order("a", "a"),
        order("a", "c"),
        order("a", "b", quantity="specific_capacity_charge"),
        {**order("a", "b"), "left": None, "right": None, "relation": None},
        value("90.0 %"),
    ],
    ids=["equal", "one material", "a row that is not there", "another quantity", "no sides", "a value"],
)
def test_what_is_no_order_of_two_rows_is_passed_over(claim: dict[str, Any]) -> None:
    assert orders_among([row("a", 0.9 + SPREAD), row("b", 0.8 + SPREAD)], ledger(claim)) == []


def test_a_claim_without_a_cell_is_tested_with_each_alkali_and_one_with_a_cell_with_its_own() -> None:
    rows = [row(name, v + SPREAD, ion) for ion in ("Na", "Li") for name, v in (("a", 0.9), ("b", 0.8))]
    both = orders_among(rows, ledger(order("a", "b")))
    assert [o.left.spec.cell.ion for o in both] == ["Na", "Li"]
    for cell, ion in (("na", "Na"), ("li", "Li")):
        (one,) = orders_among(rows, ledger(order("a", "b", cell=cell)))
        assert (one.left.spec.cell.ion, one.right.spec.cell.ion) == (ion, ion)


def test_too_few_replicas_give_no_order() -> None:
    assert orders_among([row("a", [0.9, 0.91, 0.9]), row("b", 0.8 + SPREAD)], ledger(order("a", "b"))) == []


# --- rows and what is stated of them


def test_a_row_counts_the_replicas_that_have_the_number() -> None:
    one = row("a", [0.8, np.nan, 0.9, np.nan, 0.85, 0.85])
    mean, error = one.mean("efficiency") or (0.0, None)
    assert (mean, one.count("efficiency")) == (pytest.approx(0.85), 4)
    assert error == pytest.approx(np.std([0.8, 0.9, 0.85, 0.85], ddof=1) / 2.0)
    assert (one.mean("retention"), one.count("retention"), one.observed("retention")) == (None, 0, None)


def seen(number: float, quantity: str = "initial_coulombic_efficiency", **more: Any) -> Observable:
    known = {"role": "half-cell-anode", "electrode": "Na", "sample": "NiO", "cycle": 1, **more}
    return observable(quantity, number, conditions=Conditions(**known), origin="simulated", technique="x")


def test_an_outcome_is_the_observable_of_its_quantity_and_value() -> None:
    own = seen(0.8)
    one = row("a", [0.8] * 4, observables=(seen(0.7), seen(0.8, "capacity_retention"), own))
    assert one.observed("efficiency") is own
    assert row("a", [0.81] * 4, observables=(own,)).observed("efficiency") is None


def beside(claim: Mapping[str, Any], *observables: Observable, ion: str = "Na") -> list[Any]:
    one = row("a", [0.8] * 4, ion, observables)
    return Comparison(ledger=ledger(claim), rows=(one,), orders=()).claims_on(one, "efficiency")


@pytest.mark.parametrize(
    ("claim", "ion"),
    [
        (value("90.0 %", material="b"), "Na"),
        (value("90.0 %", cell="li"), "Na"),
        (value("90.0 %", cell="full"), "Na"),
        (value("90.0 %", cell="counter"), "Na"),
        (value("90.0 %"), "Li"),
        (value("90.0 %", particle_size="2 um"), "Na"),
        (value("90.0 %", quantity="capacity_retention"), "Na"),
    ],
    ids=["material", "alkali", "full cell", "cathode", "the run's alkali", "size", "quantity"],
)
def test_a_claim_of_something_else_does_not_stand_beside_the_number(claim: dict[str, Any], ion: str) -> None:
    assert beside(claim, seen(0.8), ion=ion) == []


def test_unlike_conditions_stand_beside_the_claim_and_like_ones_do_not() -> None:
    claim = value("90.0 %", cycle=1, current="0.1 A/g")
    (alike,) = beside(claim, seen(0.8, current=0.1))
    (other,) = beside(claim, seen(0.8, current=0.5))
    assert alike.claim.stated.value == pytest.approx(0.9)
    assert (alike.unlike, alike.words) == ((), "")
    assert [u.condition for u in other.unlike] == ["current"]
    assert other.words == "current 0.5 against 0.1"


def test_the_name_of_the_sample_is_no_difference() -> None:
    (found,) = beside(value("90.0 %", cycle=1), seen(0.8, sample="nickel oxide, mine"))
    assert found.unlike == ()


def test_every_outcome_that_is_compared_has_its_word_of_the_vocabulary() -> None:
    assert set(QUANTITIES) == set(COMPARED)
    assert [name for name, quantity in QUANTITIES.items() if not quantity] == ["reversible_fraction"]


def test_a_material_goes_by_its_name_only_with_its_own_alkali() -> None:
    known = ledger(value("90.0 %"))
    assert material_of(spec("a", "Na"), known) == "a"
    # The name stands above the formula.
    assert material_of(spec("b", formula="NiO"), known) == "b"
    renamed = spec("a", "Na").model_copy(update={"name": "b-li"})
    assert material_of(renamed, known) == "a"
    assert material_of(spec("mine", formula="ZnO"), known) == ""


# --- refusals before anything is run


def test_folders_in_the_way_are_refused_before_the_first_run(tmp_path: Path) -> None:
    specs, known = [spec("a"), spec("b")], ledger(value("90.0 %"))
    (tmp_path / "runs" / "b-na").mkdir(parents=True)
    with pytest.raises(InputError, match="is there already"):
        run_comparison(specs, known, tmp_path / "runs")
    assert [p.name for p in (tmp_path / "runs").iterdir()] == ["b-na"]
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="is a file"):
        run_comparison(specs, known, tmp_path / "file")
    with pytest.raises(InputError, match="two specifications are called 'a-na'"):
        run_comparison([spec("a"), spec("b"), spec("a")], known, tmp_path / "new")
    assert not (tmp_path / "new").exists()
