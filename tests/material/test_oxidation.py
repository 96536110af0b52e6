from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.material import parse_formula
from topotaxy.material.oxidation import ANION_CHARGE, balanced_valences, known_cations


@pytest.mark.parametrize(
    ("formula", "valences"),
    [
        ("NiO", {"Ni": {2: 1.0}}),
        ("Cu2O", {"Cu": {1: 2.0}}),
        ("Fe3O4", {"Fe": {2: 1.0, 3: 2.0}}),
        ("MnO2", {"Mn": {4: 1.0}}),
        ("LiCoO2", {"Li": {1: 1.0}, "Co": {3: 1.0}}),
        ("NaFeO2", {"Na": {1: 1.0}, "Fe": {3: 1.0}}),
        # charge sits where the layered oxides have it: Ni2+, Mn4+, Co3+
        ("Li3NiMnCoO6", {"Li": {1: 3.0}, "Ni": {2: 1.0}, "Mn": {4: 1.0}, "Co": {3: 1.0}}),
        # fluorine on oxygen's place takes charge, copper gives it
        ("Ni0.5Cu0.5O0.9F0.1", {"Ni": {2: 0.5}, "Cu": {1: 0.1, 2: 0.4}}),
        ("Li0.2Co0.4Ni0.4O", {"Li": {1: 0.2}, "Co": {2: 0.2, 3: 0.2}, "Ni": {2: 0.4}}),
        ("Li0.4Co0.2Ni0.4O", {"Li": {1: 0.4}, "Co": {3: 0.2}, "Ni": {2: 0.2, 3: 0.2}}),
    ],
)
def test_redistribution_follows_the_documented_order(
    formula: str, valences: dict[str, dict[int, float]]
) -> None:
    found = parse_formula(formula).valences
    assert set(found) == set(valences)
    for element, states in valences.items():
        assert found[element] == pytest.approx(states)


def test_rounding_in_a_formula_is_tolerated() -> None:
    c = parse_formula("Mg0.3333333Co0.3333333Ni0.3333334O")
    assert all(list(states) == [2] for states in c.valences.values())


def test_what_cannot_balance_gives_both_sums() -> None:
    with pytest.raises(InputError, match=r"cations give \+2.*anions -1.9 .*sum \+0.1"):
        parse_formula("NiO0.9F0.1")
    with pytest.raises(InputError, match="even with Cu1"):
        parse_formula("Cu3O")
    with pytest.raises(InputError, match=r"even with Fe3\+"):
        parse_formula("FeO2")


@given(
    st.dictionaries(st.sampled_from(known_cations()), st.floats(0.05, 3.0), min_size=1, max_size=6),
    st.dictionaries(st.sampled_from(sorted(ANION_CHARGE)), st.floats(0.05, 3.0), min_size=1, max_size=3),
)
def test_what_is_balanced_is_balanced_and_complete(
    cations: dict[str, float], anions: dict[str, float]
) -> None:
    try:
        valences = balanced_valences(cations, anions)
    except InputError:
        return
    charge = sum(z * n for states in valences.values() for z, n in states.items())
    wanted = -sum(ANION_CHARGE[x] * n for x, n in anions.items())
    assert charge == pytest.approx(wanted, rel=2e-6)
    for element, amount in cations.items():
        assert sum(valences[element].values()) == pytest.approx(amount, rel=1e-6)
        assert all(n > 0 for n in valences[element].values())


@pytest.mark.parametrize(
    ("formula", "element", "states"),
    [
        ("SnO", "Sn", {2: 1.0}),
        ("SnO1.5", "Sn", {2: 0.5, 4: 0.5}),
        ("MoS2", "Mo", {4: 1.0}),
        ("VO2", "V", {4: 1.0}),
        ("V2O3", "V", {3: 2.0}),
        ("LiV3O8", "V", {5: 3.0}),
        ("Li4Ti5O12", "Ti", {4: 5.0}),
        ("Li7Ti5O12", "Ti", {3: 3.0, 4: 2.0}),
        ("FeTiO3", "Ti", {4: 1.0}),
        ("CoMoO4", "Mo", {6: 1.0}),
        ("FeCr2O4", "Cr", {3: 2.0}),
    ],
)
def test_valences_that_chemistry_knows(formula: str, element: str, states: dict[int, float]) -> None:
    assert parse_formula(formula).valences[element] == pytest.approx(states)
