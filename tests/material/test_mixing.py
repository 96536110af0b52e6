from __future__ import annotations

import math

import pytest

from topotaxy.errors import InputError
from topotaxy.material import (
    configurational_entropy,
    modulus_mismatch,
    parse_formula,
    size_mismatch,
    stability,
)
from topotaxy.material.mixing import GAS_CONSTANT, misfit_strain_energy

HEO = "(MgCoNiCuZn)0.2O"
HEOS = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"


def test_entropy_of_equal_shares_is_r_ln_n() -> None:
    assert configurational_entropy(parse_formula(HEO)).cations == pytest.approx(GAS_CONSTANT * math.log(5))
    assert configurational_entropy(parse_formula("Ni0.5Mg0.5O")).total == pytest.approx(
        GAS_CONSTANT * math.log(2)
    )


def test_both_sublattices_count() -> None:
    s = configurational_entropy(parse_formula(HEOS))
    assert s.anions == pytest.approx(-GAS_CONSTANT * (0.89 * math.log(0.89) + 0.11 * math.log(0.11)))
    assert s.total == pytest.approx(s.cations + s.anions)


def test_entropy_scales_with_the_formula_unit() -> None:
    one, three = (configurational_entropy(parse_formula(f)).total for f in ("Ni0.5Mg0.5O", "Ni1.5Mg1.5O3"))
    assert three == pytest.approx(3 * one)


def test_a_single_cation_has_neither_entropy_nor_mismatch() -> None:
    c = parse_formula("NiO")
    assert configurational_entropy(c).total == 0.0
    assert size_mismatch(c) == 0.0
    assert modulus_mismatch(c) == 0.0
    assert misfit_strain_energy(c) == 0.0
    with pytest.raises(InputError, match="single cation"):
        stability(c)


def test_size_mismatch_by_hand() -> None:
    # Mg 0.72 and Ni 0.69 Å in equal shares: half the difference over the mean
    assert size_mismatch(parse_formula("Ni0.5Mg0.5O")) == pytest.approx(0.015 / 0.705)


def test_calcium_misfits_more_than_the_others() -> None:
    with_calcium = parse_formula("(CaCoNiCuZn)0.2O")
    assert size_mismatch(with_calcium) > 3 * size_mismatch(parse_formula(HEO))
    assert misfit_strain_energy(with_calcium) > 10 * misfit_strain_energy(parse_formula(HEO))


def test_stability_of_the_five_cation_oxide_brackets_calorimetry() -> None:
    s = stability(parse_formula(HEO))
    # drop calorimetry gives 6.9 +- 0.7 kJ/mol for formation from the binaries
    assert s.enthalpy_low < 6900 < s.enthalpy_high
    assert s.enthalpy == pytest.approx(s.transformation + s.strain)
    assert s.temperature == pytest.approx(s.enthalpy / (GAS_CONSTANT * math.log(5)))
    assert s.temperature_low < s.temperature < s.temperature_high < 1150
    assert any("competing" in item or "compete" in item for item in s.leaves_out)


def test_oxides_that_are_rock_salt_already_cost_only_strain() -> None:
    s = stability(parse_formula("Ni0.5Mg0.5O"))
    assert s.transformation == 0.0
    assert 0 < s.strain < 1000


def test_left_out_names_the_sulfur() -> None:
    assert any("S" in item and "anion" in item for item in stability(parse_formula(HEOS)).leaves_out)


@pytest.mark.parametrize(
    ("formula", "word"), [("Ni0.5Mn0.5S", "oxide"), ("Li0.2Co0.8O", "Li"), ("NiF2", "single")]
)
def test_outside_its_validity_it_says_so(formula: str, word: str) -> None:
    with pytest.raises(InputError, match=word):
        stability(parse_formula(formula))
    if word == "Li":
        with pytest.raises(InputError, match="Li"):
            modulus_mismatch(parse_formula(formula))
