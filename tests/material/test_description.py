from __future__ import annotations

import json
import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.material import describe

HEOS = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"
KEYS = {
    "formula",
    "molar_mass",
    "cations",
    "anions",
    "capacity",
    "conversion_voltage",
    "configurational_entropy",
}


def test_the_published_shape() -> None:
    d = describe(HEOS)
    assert KEYS | {"lattice_parameter", "d_spacing", "notes", "absent"} <= set(d)
    assert d["absent"] == {}
    assert set(d["conversion_voltage"]) == {"Li", "Na", "K"}
    assert set(d["conversion_voltage"]["Na"]) == {"Mg", "Co", "Ni", "Cu", "Zn"}
    assert {"redox", "electrons", "value"} == set(d["capacity"][0])
    assert d["d_spacing"]["(111)"] == pytest.approx(d["lattice_parameter"] / math.sqrt(3))
    assert d["stability"]["leaves_out"]


def test_it_is_plain_json() -> None:
    d = describe(HEOS)
    assert json.loads(json.dumps(d, allow_nan=False)) == d


@pytest.mark.parametrize(
    "formula",
    ["NiO", "NiF2", "ZnSe", "CoSe", "Li2O", "LiNiO2", "Cu2O", "MnO2", "Ni0.5Cu0.5O0.9F0.1", "Fe3O4"],
)
def test_what_cannot_be_computed_is_absent_with_a_reason(formula: str) -> None:
    d = describe(formula)
    assert set(d) >= KEYS
    for key, reason in d["absent"].items():
        assert reason
        place = d
        for part in key.split(".")[:-1]:
            place = place[part]
        assert key.split(".")[-1] not in place
    for key in ("lattice_parameter", "d_spacing", "size_mismatch", "modulus_mismatch", "stability"):
        assert (key in d) != (key in d["absent"])
    json.dumps(d, allow_nan=False)


def test_equilibrium_summary_adds_up() -> None:
    for ion, e in describe(HEOS)["equilibrium"].items():
        assert sum(e["charge_by_cation"].values()) == pytest.approx(e["capacity"], rel=1e-6), ion
        assert e["window"][0] <= e["mean_voltage"] <= e["window"][1]


def test_temperature_moves_the_gibbs_values_only() -> None:
    cold, hot = (describe("NiO", temperature=t) for t in (273.15, 373.15))
    assert hot["conversion_voltage"]["Na"]["Ni"] < cold["conversion_voltage"]["Na"]["Ni"]
    assert hot["conversion_voltage_enthalpy"] == cold["conversion_voltage_enthalpy"]
    for bad in (0.0, -5.0, math.nan, math.inf):
        with pytest.raises(InputError, match="temperature"):
            describe("NiO", temperature=bad)


def test_a_magnesium_couple_on_the_cut_off_is_noted() -> None:
    assert any("Mg converts within" in note for note in describe(HEOS)["notes"])


def test_describing_takes_under_a_second() -> None:
    describe(HEOS)

    def seconds() -> float:
        """Of this process alone, so that other load does not count."""
        start = time.process_time()
        describe("(MgCoNiCuZn)0.2O")
        return time.process_time() - start

    assert min(seconds() for _ in range(3)) < 1.0


@settings(max_examples=15, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["Mg", "Ca", "Mn", "Fe", "Co", "Ni", "Cu", "Zn"]),
        st.integers(1, 9),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["O", "S", "Se", "F2"]),
)
def test_any_simple_formula_can_be_described(cations: dict[str, int], anion: str) -> None:
    total = sum(cations.values())
    text = "(" + "".join(f"{el}{n}" for el, n in cations.items()) + f")({anion}){total}"
    d = describe(text)
    assert set(d) >= KEYS
    json.dumps(d, allow_nan=False)
