"""Budgets of what comes back, and draws with a mechanism gone: sums, shares and what must stay as it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from tests.cell.drawn import draw_table

from topotaxy.cell.posterior import Posterior
from topotaxy.cell.priors import assumed, names_of, priors
from topotaxy.studies import cell_budget
from topotaxy.studies.cell_budget import TERMS, Budget, budgets
from topotaxy.studies.knockouts import (
    COHERENT_CHARGE,
    VARIANTS,
    charged_in_registry,
    without_early_loss,
    without_zinc,
)

POINTS = 200
"""Of the prior, for chances: what is asserted of them holds for any number."""


@pytest.fixture(autouse=True)
def few_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cell_budget, "PRIOR_POINTS", POINTS)


TABLE = draw_table()
MIDDLE = {p.key: p.middle for p in priors()}
STORES = ("interface_charge", "film_store", "carbon_store", "alloy_share")


def posterior(*points: Mapping[str, float], draw: int = 0) -> Posterior:
    """Particles at the medians of the priors but for what is given."""
    rows = [[*{**MIDDLE, **point}.values(), float(draw)] for point in points]
    return Posterior(
        paper="p",
        draws="d",
        names=tuple(names_of(priors())),
        points=np.array(rows),
        claims=("x",),
        predicted=np.zeros((len(rows), 1)),
        log_likelihood=np.zeros(len(rows)),
        prior_predicted=np.zeros((3, 1)),
        log_evidence=0.0,
        facts={"seed": 1},
    )


def budget(*points: Mapping[str, float], stated: float = 600.0, draw: int = 0, ion: str = "Na") -> Budget:
    return budgets(posterior(*(points or ({},)), draw=draw), TABLE, priors(), {ion: stated})[0]


def without(*names: str) -> dict[str, float]:
    return {key: 0.0 for key in MIDDLE if key.partition(".")[0] in names}


@pytest.mark.parametrize("stated", [0.0, 300.0, 600.0])
@pytest.mark.parametrize("ion", ["Na", "Li"])
def test_terms_and_remainder_are_what_is_stated(stated: float, ion: str) -> None:
    found = budget(stated=stated, ion=ion)
    assert tuple(found.terms) == TERMS
    for level in range(3):
        total = sum(levels[level] for levels in found.terms.values())
        assert total + found.remainder[level] == pytest.approx(stated)


def test_levels_rise_and_those_of_the_remainder_fall_with_the_terms() -> None:
    points = [without("film_store") | {"film_store.Na": store} for store in np.linspace(0.0, 80.0, 21)]
    found = budget(*points)
    assert found.terms["film"] == pytest.approx((4.0, 40.0, 76.0))
    others = sum(levels[1] for name, levels in found.terms.items() if name != "film")
    assert found.remainder == pytest.approx(tuple(600.0 - others - film for film in (76.0, 40.0, 4.0)))


@pytest.mark.parametrize(("draw", "capacity"), [(0, 440.0), (1, 450.0), (2, 460.0)])
def test_the_couples_give_the_draws_capacity_less_its_early_loss(draw: int, capacity: float) -> None:
    found = budget(without(*STORES), draw=draw)
    assert found.terms["couples of the lattice"][1] == pytest.approx(0.95 * capacity)
    assert [found.terms[name][1] for name in TERMS[1:]] == [0.0] * 4


@pytest.mark.parametrize(
    ("store", "term"), list(zip(STORES, ("interfaces", "film", "carbon", "alloys"), strict=True))
)
def test_a_store_that_is_gone_takes_its_own_term_alone(store: str, term: str) -> None:
    whole, less = budget(), budget(without(store))
    assert whole.terms[term][1] > 0.0
    assert less.terms[term][1] == 0.0
    for name in TERMS:
        if name != term:
            assert less.terms[name] == whole.terms[name]


def test_twice_the_store_is_twice_the_charge() -> None:
    one, two = (budget({"interface_charge": f * 0.1}).terms["interfaces"][1] for f in (1.0, 2.0))
    assert two == pytest.approx(2.0 * one)
    # 0.1 C/m² of 300 m²/g over 3.6 C per mAh.
    assert one == pytest.approx(0.1 * 300.0 / 3.6)


def test_the_chance_of_the_prior_falls_from_one_to_none() -> None:
    chances = [budget(stated=s).chance for s in (0.0, 420.0, 500.0, 600.0, 5000.0)]
    assert chances == sorted(chances, reverse=True)
    assert (chances[0], chances[-1]) == (1.0, 0.0)
    assert chances[1] > chances[3]


def test_the_chance_with_claimed_couples_counts_two_electrons_of_each() -> None:
    """Ni alone: 600 less a twentieth, Zn as well: 749 less a twentieth, and the stores above them."""
    made = posterior({})

    def chance(stated: float, *claimed: str) -> float | None:
        return budgets(made, TABLE, priors(), {"Na": stated}, claimed=claimed)[0].chance_claimed

    assert chance(570.0 - 1e-6, "Ni") == 1.0
    assert chance(711.0, "Ni") < 1.0  # type: ignore[operator]
    assert chance(711.5, "Ni", "Zn") == 1.0
    assert chance(600.0) is None
    assert chance(600.0, "Mg") is None


def test_alkalis_are_budgeted_for_themselves_in_the_order_that_they_are_stated() -> None:
    made = posterior({})
    both = budgets(made, TABLE, priors(), {"Li": 700.0, "Na": 600.0})
    assert [b.ion for b in both] == ["Li", "Na"]
    assert both[1] == budgets(made, TABLE, priors(), {"Na": 600.0})[0]
    assert budgets(made, TABLE, priors(), {}) == []


def test_the_seed_moves_nothing_but_chances() -> None:
    made = posterior({})
    one, same, other = (
        budgets(made, TABLE, priors(), {"Na": 520.0}, claimed=("Ni",), seed=seed)[0] for seed in (1, 1, 2)
    )
    assert one == same
    assert (one.terms, one.remainder) == (other.terms, other.remainder)
    # Two shares of so many points differ by less than six standard errors of a half.
    assert abs(one.chance - other.chance) < 6 * np.sqrt(2 * 0.25 / POINTS)


# --- draws with a mechanism gone


def test_without_zinc_its_own_charge_is_gone_and_no_more() -> None:
    found = without_zinc(TABLE)
    zinc = 2.0 * 0.5 * 74.5
    assert_allclose(TABLE.capacity - found.capacity, zinc)
    at = TABLE.cations.index("Zn")
    assert (found.reduced[:, :, at] == 0.0).all()
    assert_array_equal(np.delete(found.reduced, at, axis=2), np.delete(TABLE.reduced, at, axis=2))
    for name in ("early_loss", "later_loss", "interface_area", "inputs", "domain_size"):
        assert_array_equal(getattr(found, name), getattr(TABLE, name))


def test_what_is_left_of_a_branch_has_the_voltages_of_its_charge() -> None:
    """At the same charge in mAh/g a branch without zinc has the voltage of the whole one."""
    found = without_zinc(TABLE)
    grid = np.linspace(0.0, 1.0, TABLE.branches.shape[3])
    for d in range(len(TABLE)):
        charge = grid * found.capacity[d, 0]
        before = np.interp(charge, grid * TABLE.capacity[d, 0], TABLE.branches[d, 0, 0])
        assert_allclose(found.branches[d, 0, 0], before, atol=1e-9)
    assert_array_equal(found.branches[..., 0], TABLE.branches[..., 0])
    assert (np.diff(found.branches, axis=3) <= 0.0).all()


def test_a_material_without_zinc_is_as_it_was() -> None:
    nickel = replace(TABLE, cations=("Ni", "Co"))
    assert without_zinc(nickel) is nickel


def test_where_zinc_is_nearly_all_something_is_left() -> None:
    only = replace(TABLE, capacity=np.full((3, 2), 70.0))
    assert_allclose(without_zinc(only).capacity, 0.05 * 70.0)


def test_without_early_loss_nothing_else_changes() -> None:
    found = without_early_loss(TABLE)
    assert (found.early_loss == 0.0).all()
    assert (found.later_loss == 0.0).all()
    whole = replace(found, early_loss=TABLE.early_loss, later_loss=TABLE.later_loss)
    for name in ("capacity", "branches", "reduced", "interface_area"):
        assert_array_equal(getattr(whole, name), getattr(TABLE, name))


def test_a_charge_in_registry_has_its_mean_voltage_and_falls() -> None:
    """The first point is where a charge ends, at the cut-off; the mean of the rest is moved to 0.71 V."""
    found = charged_in_registry(TABLE)
    up = found.branches[:, :, 2]
    assert_array_equal(up[:, :, 0], TABLE.branches[:, :, 2, 0])
    assert (np.diff(up, axis=2) <= 0.0).all()
    assert (up > 0.0).all()
    assert_array_equal(found.branches[:, :, :2], TABLE.branches[:, :, :2])
    flat = replace(TABLE, branches=np.broadcast_to(1.7 - 0.2 * np.linspace(0, 1, 101), (3, 2, 3, 101)).copy())
    moved = charged_in_registry(flat).branches[:, :, 2]
    expected = flat.branches[:, :, 2, 1:] - (flat.branches[:, :, 2].mean() - COHERENT_CHARGE)
    assert_allclose(moved[:, :, 1:], expected)


def test_every_variant_fixes_what_a_cell_knows() -> None:
    known = {p.key for p in priors()} | set(assumed())
    for variant in VARIANTS:
        assert set(variant.fixed) <= known
        assert all(np.isfinite(v) and v >= 0.0 for v in variant.fixed.values())
    assert len({v.name for v in VARIANTS}) == len(VARIANTS)
    assert VARIANTS[0].fixed == {}
    assert VARIANTS[0].draws is None
