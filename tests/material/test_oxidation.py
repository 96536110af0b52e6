from __future__ import annotations

import pytest

from topotaxy.errors import InputError
from topotaxy.material import parse_formula


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
