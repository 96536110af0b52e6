from __future__ import annotations

from itertools import pairwise

import pytest

from topotaxy.errors import InputError
from topotaxy.material import (
    capacity,
    molar_mass,
    parse_formula,
    redox_capacities,
    redox_sets,
    theoretical_capacity,
)

HEOS = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"


def value(formula: str, *redox: str) -> float:
    (found,) = (r.value for r in redox_capacities(parse_formula(formula)) if set(r.redox) == set(redox))
    return found


def test_the_three_sets_of_the_oxysulfide() -> None:
    assert value(HEOS, "Co", "Ni", "Cu") == pytest.approx(447, abs=0.5)
    assert value(HEOS, "Co", "Ni", "Cu", "Zn") == pytest.approx(596, abs=0.5)
    assert value(HEOS, "Mg", "Co", "Ni", "Cu", "Zn") == pytest.approx(745, abs=0.5)


def test_published_capacities_of_simple_oxides() -> None:
    # the theoretical capacities that the literature quotes for conversion
    assert value("CoO", "Co") == pytest.approx(715, abs=1)
    assert value("NiO", "Ni") == pytest.approx(718, abs=1)
    assert value("Fe2O3", "Fe") == pytest.approx(1007, abs=1)
    assert value("Co3O4", "Co") == pytest.approx(890, abs=1)


def test_every_subset_once_and_additive() -> None:
    c = parse_formula(HEOS)
    found = {frozenset(r.redox): r for r in redox_capacities(c)}
    assert len(found) == 2**5 - 1
    for chosen, r in found.items():
        singles = [found[frozenset({el})] for el in chosen]
        assert r.electrons == pytest.approx(sum(s.electrons for s in singles))
        assert r.value == pytest.approx(theoretical_capacity(r.electrons, molar_mass(c)))


def test_capacity_does_not_depend_on_the_formula_unit() -> None:
    assert value("Ni3O3", "Ni") == pytest.approx(value("NiO", "Ni"))


def test_alkali_cations_are_not_reducible() -> None:
    assert [r.redox for r in redox_capacities(parse_formula("LiCoO2"))] == [("Co",)]
    assert redox_capacities(parse_formula("Li2O")) == []


def test_many_cations_give_cumulative_sets_by_voltage(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redox_sets, "MAX_ALL_SUBSETS", 4)
    sets = [r.redox for r in redox_capacities(parse_formula("(MgCoNiCuZn)0.2O"))]
    assert [s[-1] for s in sets] == ["Cu", "Ni", "Co", "Zn", "Mg"]
    assert all(longer[:-1] == shorter for shorter, longer in pairwise(sets))


@pytest.mark.parametrize(("n", "mass"), [(-1.0, 70.0), (float("nan"), 70.0), (1.0, 0.0), (1.0, float("inf"))])
def test_bad_arguments(n: float, mass: float) -> None:
    with pytest.raises(InputError):
        theoretical_capacity(n, mass)


def test_unknown_couples_are_named() -> None:
    with pytest.raises(InputError, match="Zn"):
        capacity.electrons_of(parse_formula("NiO"), ["Zn"])
