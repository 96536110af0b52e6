"""Conversion voltages against values worked out by hand from handbook formation enthalpies."""

from __future__ import annotations

import pytest

from topotaxy.material import conversion_voltage, equilibrium_profile, parse_formula

BY_HAND = {  # V, from formation enthalpies, MO + 2 A -> M + A2O
    "Na": {"Co": 0.91, "Ni": 0.90, "Cu": 1.33, "Zn": 0.33, "Mg": -0.97},
    "Li": {"Co": 1.87, "Ni": 1.86, "Cu": 2.28, "Zn": 1.28, "Mg": -0.02},
}
CASES = [(ion, cation, volts) for ion, row in BY_HAND.items() for cation, volts in row.items()]


@pytest.mark.parametrize(("ion", "cation", "volts"), CASES)
def test_enthalpies_give_the_hand_values(ion: str, cation: str, volts: float) -> None:
    assert conversion_voltage(cation, {"O": 1.0}, ion, method="enthalpy") == pytest.approx(volts, abs=0.01)


@pytest.mark.parametrize(("ion", "cation", "volts"), CASES)
def test_gibbs_energies_agree_within_the_entropy_of_reaction(ion: str, cation: str, volts: float) -> None:
    gibbs = conversion_voltage(cation, {"O": 1.0}, ion, method="gibbs")
    assert gibbs == pytest.approx(volts, abs=0.08)
    assert gibbs < volts


def test_gibbs_values_lie_about_fifty_millivolts_lower() -> None:
    gaps = [volts - conversion_voltage(cation, {"O": 1.0}, ion) for ion, cation, volts in CASES]
    assert sum(gaps) / len(gaps) == pytest.approx(0.05, abs=0.015)


@pytest.mark.parametrize("ion", ["Li", "Na", "K"])
@pytest.mark.parametrize("cation", ["Co", "Ni", "Zn", "Mg", "Ca"])
def test_a_simple_oxide_has_one_plateau_at_its_conversion_voltage(ion: str, cation: str) -> None:
    c = parse_formula(f"{cation}O")
    profile = equilibrium_profile(c, ion, lower=-3.0, upper=5.0)
    expected = conversion_voltage(cation, {"O": 1.0}, ion)
    assert len(profile.voltage) == 2
    assert profile.voltage == pytest.approx([expected, expected], abs=1e-6)


def test_published_fluoride_voltages_against_lithium() -> None:
    # theoretical voltages listed by Amatucci and Pereira, J. Fluorine Chem. 128 (2007) 243
    for cation, volts in {"Ni": 2.96, "Fe": 2.66, "Cu": 3.55}.items():
        assert conversion_voltage(cation, {"F": 2.0}, "Li") == pytest.approx(volts, abs=0.05)
