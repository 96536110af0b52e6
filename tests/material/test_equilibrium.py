from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.material import (
    FARADAY,
    conversion_voltage,
    equilibrium_profile,
    formation_gibbs,
    molar_mass,
    parse_formula,
    redox_capacities,
    theoretical_capacity,
)
from topotaxy.material.equilibrium import _Mixture

HEOS = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"


def plateaus(formula: str, ion: str, lower: float = -4.0, upper: float = 6.0) -> list[tuple[float, float]]:
    """(voltage, electrons per formula unit) of every plateau."""
    c = parse_formula(formula)
    p = equilibrium_profile(c, ion, lower=lower, upper=upper)
    unit = theoretical_capacity(1.0, molar_mass(c))
    return [
        (float(p.voltage[i]), float(p.charge[i + 1] - p.charge[i]) / unit) for i in range(0, len(p.charge), 2)
    ]


def test_copper_oxide_goes_through_the_lower_oxide() -> None:
    g = formation_gibbs
    # 2 CuO + 2 Na -> Cu2O + Na2O, then Cu2O + 2 Na -> 2 Cu + Na2O; two electrons each
    first = -(g("Cu2O") + g("Na2O") - 2 * g("CuO")) / (2 * FARADAY)
    second = -(g("Na2O") - g("Cu2O")) / (2 * FARADAY)
    found = plateaus("CuO", "Na")
    assert [v for v, _ in found] == pytest.approx([first, second], abs=1e-6)
    assert [n for _, n in found] == pytest.approx([1.0, 1.0], abs=1e-6)


def test_magnetite_reacts_in_one_step_because_wustite_is_unstable() -> None:
    g = formation_gibbs
    assert g("Fe3O4") + g("Fe") * 1 < 4 * g("FeO")
    expected = -(4 * g("Na2O") - g("Fe3O4")) / (8 * FARADAY)
    assert plateaus("Fe3O4", "Na") == [pytest.approx((expected, 8.0), abs=1e-5)]


def test_two_oxides_react_one_after_the_other() -> None:
    found = plateaus("Ni0.3Zn0.7O", "Li")
    ni, zn = (conversion_voltage(el, {"O": 1}, "Li") for el in ("Ni", "Zn"))
    assert found == [pytest.approx((ni, 0.6), abs=1e-5), pytest.approx((zn, 1.4), abs=1e-5)]


def test_a_sulfide_with_a_lower_sulfide() -> None:
    g = formation_gibbs
    # 3 NiS + 2 Na -> Ni3S2 + Na2S, then Ni3S2 + 4 Na -> 3 Ni + 2 Na2S
    first = -(g("Ni3S2") + g("Na2S") - 3 * g("NiS")) / (2 * FARADAY)
    second = -(2 * g("Na2S") - g("Ni3S2")) / (4 * FARADAY)
    found = plateaus("NiS", "Na")
    assert found == [pytest.approx((first, 2 / 3), abs=1e-5), pytest.approx((second, 4 / 3), abs=1e-5)]


def test_the_oxysulfide_spends_its_zinc_but_not_its_magnesium_against_sodium() -> None:
    c = parse_formula(HEOS)
    p = equilibrium_profile(c, "Na")
    full = {r.redox: r.value for r in redox_capacities(c)}
    assert p.capacity == pytest.approx(full["Co", "Ni", "Cu", "Zn"], rel=1e-6)
    assert p.charge_by_cation["Mg"][-1] == 0.0
    assert p.charge_by_cation["Zn"][-1] == pytest.approx(full[("Zn",)], rel=1e-6)


@pytest.mark.parametrize("formula", [HEOS, "Mn0.3Fe0.4Cu0.3O0.8S0.2", "Ni0.5Cu0.5O0.9F0.1", "Mn3O4"])
def test_the_curve_is_the_minimum_at_every_content(formula: str) -> None:
    c = parse_formula(formula)
    p = equilibrium_profile(c, "Na", lower=-4.0, upper=6.0)
    programme = _Mixture(c, "Na", 298.15)
    unit = theoretical_capacity(programme.scale, molar_mass(c))
    energy = np.concatenate([[0.0], np.cumsum(-p.voltage[1:] * np.diff(p.charge / unit))])
    contents = np.linspace(0.0, p.capacity / unit, 17)
    solved = [programme.solve(0.0, fixed=x) for x in contents]
    direct = np.array([v.energy for v in solved if v is not None])
    assert direct - direct[0] == pytest.approx(np.interp(contents, p.charge / unit, energy), abs=1e-5)


def test_cut_offs_take_whole_steps() -> None:
    p = equilibrium_profile(parse_formula("CuO"), "Na", lower=0.01, upper=1.3)
    assert len(p.charge) == 2
    assert p.charge[0] == 0.0
    assert p.skipped == pytest.approx(p.capacity, rel=1e-6)
    assert p.charge_by_cation["Cu"][0] == 0.0
    empty = equilibrium_profile(parse_formula("MgO"), "Na")
    assert empty.capacity == 0.0
    assert empty.mean_voltage is None
    assert empty.charge_by_cation["Mg"].shape == (0,)


def test_mean_voltage_is_the_energy_per_charge() -> None:
    c = parse_formula("(MgCoNiCuZn)0.2O")
    p = equilibrium_profile(c, "Na", lower=-4.0, upper=6.0)
    g = formation_gibbs
    whole = g("Na2O") - 0.2 * sum(g(x) for x in ("MgO", "CoO", "NiO", "CuO", "ZnO"))
    assert p.mean_voltage == pytest.approx(-whole / (2 * FARADAY), abs=1e-6)


def test_scaling_the_formula_changes_nothing() -> None:
    a, b = (equilibrium_profile(parse_formula(f), "Li") for f in ("Ni0.5Cu0.5O", "Ni400Cu400O800"))
    assert a.charge == pytest.approx(b.charge)
    assert a.voltage == pytest.approx(b.voltage)


def test_alkali_hosts_keep_their_alkali() -> None:
    c = parse_formula("Li0.1Mg0.18Co0.18Ni0.18Cu0.18Zn0.18O")
    for ion in ("Li", "Na"):
        p = equilibrium_profile(c, ion, lower=-3.0, upper=6.0)
        assert set(p.charge_by_cation) == {"Mg", "Co", "Ni", "Cu", "Zn"}
        assert p.capacity == pytest.approx(redox_capacities(c)[-1].value, rel=1e-6)
        assert sum(q[-1] for q in p.charge_by_cation.values()) == pytest.approx(p.capacity, rel=1e-6)
    assert equilibrium_profile(parse_formula("Li2O"), "Li").capacity == 0.0


@pytest.mark.parametrize(
    ("formula", "change", "word"),
    [
        ("NiO", {"ion": "Ag"}, "Ag"),
        ("NiO", {"lower": 2.0, "upper": 1.0}, "lower"),
        ("ZnSe", {}, "salts of Se"),
        ("NiO", {"lower": float("nan")}, "lower"),
        ("LiNiO2", {}, r"Ni3\+"),
        ("CoSe", {}, r"Co2\+"),
        ("NiO", {"temperature": -3.0}, "temperature"),
    ],
)
def test_what_cannot_be_computed_is_named(formula: str, change: dict[str, object], word: str) -> None:
    arguments = {"ion": "Na"} | change
    with pytest.raises(InputError, match=word):
        equilibrium_profile(parse_formula(formula), **arguments)  # type: ignore[arg-type]


@settings(max_examples=30, deadline=None)
@given(
    amounts=st.dictionaries(
        st.sampled_from(["Mg", "Ca", "Mn", "Fe", "Co", "Ni", "Cu", "Zn"]), st.integers(1, 20), min_size=1
    ),
    sulfur=st.sampled_from([0.0, 0.11, 0.5, 1.0]),
    ion=st.sampled_from(["Li", "Na", "K"]),
)
def test_conservation_laws(amounts: dict[str, int], sulfur: float, ion: str) -> None:
    total = sum(amounts.values())
    anions = {"O": total * (1 - sulfur), "S": total * sulfur}
    text = "".join(f"{el}{n:.6f}" for el, n in {**amounts, **anions}.items() if n)
    c = parse_formula(text)
    p = equilibrium_profile(c, ion, lower=-4.0, upper=6.0)
    full = redox_capacities(c)
    assert p.capacity == pytest.approx(full[-1].value, rel=1e-5)
    assert np.all(np.diff(p.charge) >= -1e-9)
    assert np.all(np.diff(p.voltage) <= 1e-6)
    assert np.sum(list(p.charge_by_cation.values()), axis=0) == pytest.approx(p.charge, abs=1e-3)
    single = {r.redox[0]: r.value for r in full if len(r.redox) == 1}
    for element, charge in p.charge_by_cation.items():
        assert np.all(charge >= -1e-3)
        assert charge[-1] == pytest.approx(single[element], rel=1e-5)
