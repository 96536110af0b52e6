from __future__ import annotations

import pytest

from topotaxy.errors import InputError
from topotaxy.material import molar_mass, parse_formula
from topotaxy.material.grains import electrode_grains
from topotaxy.spec import Electrode, load_spec


def test_one_phase_is_the_whole() -> None:
    (grain,) = electrode_grains(Electrode(formula="NiO"))
    assert (grain.composition.formula, grain.share, grain.mass_fraction) == ("NiO", 1.0, 1.0)


def test_shares_make_up_the_formula_and_masses_follow() -> None:
    grains = electrode_grains(Electrode(formula="Ni0.6Mg0.4O", grains=("MgO", "NiO")))
    assert [g.share for g in grains] == pytest.approx([0.4, 0.6])
    mass = {g.composition.formula: g.share * molar_mass(g.composition) for g in grains}
    whole = molar_mass(parse_formula("Ni0.6Mg0.4O"))
    assert [g.mass_fraction for g in grains] == pytest.approx([mass["MgO"] / whole, mass["NiO"] / whole])


def test_the_bundled_composite_is_one_fifth_each() -> None:
    grains = electrode_grains(load_spec("composite-na").electrode)
    assert [g.share for g in grains] == pytest.approx([0.2] * 5)
    assert sum(g.mass_fraction for g in grains) == pytest.approx(1.0)


def test_rounding_in_the_formula_is_forgiven() -> None:
    grains = electrode_grains(Electrode(formula="Mg0.33Ni0.33Co0.33O", grains=("MgO", "NiO", "CoO")))
    assert [g.share for g in grains] == pytest.approx([1 / 3] * 3, abs=0.01)


@pytest.mark.parametrize(
    ("formula", "grains", "message"),
    [
        ("NiO", ("MgO",), "no mixture of MgO has the Ni of NiO"),
        ("NiO", ("NiO", "NiO"), "shares are not determined"),
        ("NiO", ("NiO", "MgO"), "MgO would need a share of"),
        ("NiO", ("Xx",), "electrode.grains.0: .*unknown element"),
        ("Xx", (), "electrode.formula: "),
    ],
)
def test_grains_that_do_not_fit_are_one_line(formula: str, grains: tuple[str, ...], message: str) -> None:
    with pytest.raises(InputError, match=message):
        electrode_grains(Electrode(formula=formula, grains=grains))
