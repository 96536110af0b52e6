from __future__ import annotations

import json

import pytest
from outcome import Call

HEOS = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11"


def test_json_has_the_published_shape(topotaxy: Call) -> None:
    outcome = topotaxy("describe", HEOS, "--json")
    assert (outcome.status, outcome.err, outcome.files) == (0, "", frozenset())
    document = json.loads(outcome.out)
    assert document["formula"] == HEOS
    assert document["molar_mass"] == pytest.approx(71.94, abs=0.01)
    assert sum(document["cations"].values()) == pytest.approx(1.0)
    assert set(document["conversion_voltage"]) == {"Li", "Na", "K"}
    capacities = {frozenset(entry["redox"]): entry["value"] for entry in document["capacity"]}
    assert capacities[frozenset({"Co", "Ni", "Cu"})] == pytest.approx(447, abs=1)
    assert capacities[frozenset({"Co", "Ni", "Cu", "Zn"})] == pytest.approx(596, abs=1)
    assert capacities[frozenset({"Mg", "Co", "Ni", "Cu", "Zn"})] == pytest.approx(745, abs=1)
    assert {"lattice_parameter", "d_spacing", "configurational_entropy"} <= set(document)


def test_tables_show_both_voltages_and_the_capacities(topotaxy: Call) -> None:
    outcome = topotaxy("describe", HEOS)
    assert (outcome.status, outcome.err) == (0, "")
    shown = " ".join(outcome.out.split())
    for text in ("Na, Gibbs", "Na, enthalpy", "entropy of reaction", "447", "596", "745", "d(111)"):
        assert text in shown
    for text in (
        "configurational entropy",
        "size mismatch",
        "This estimate leaves out:",
        "spans the lattice",
    ):
        assert text in shown
    assert "\x1b" not in outcome.out
    assert all(len(line) <= 110 and line == line.rstrip() for line in outcome.out.splitlines())


def test_one_ion_leaves_the_others_out(topotaxy: Call) -> None:
    document = json.loads(topotaxy("describe", "NiO", "--ion", "Na", "--json").out)
    whole = json.loads(topotaxy("describe", "NiO", "--json").out)
    for key in ("conversion_voltage", "conversion_voltage_enthalpy", "equilibrium", "percolation"):
        assert document[key] == {"Na": whole[key]["Na"]}
    assert set(document) == set(whole)
    assert "Li, Gibbs" not in topotaxy("describe", "NiO", "--ion", "Na").out


def test_a_host_may_hold_the_ion_that_is_left_out(topotaxy: Call) -> None:
    document = json.loads(topotaxy("describe", "Ni0.9Li0.1O", "--ion", "Na", "--json").out)
    assert document["cations"] == {"Ni": pytest.approx(0.9), "Li": pytest.approx(0.1)}
    assert "Li" in document["valences"]


def test_temperature_takes_a_unit_and_acts(topotaxy: Call) -> None:
    celsius = json.loads(topotaxy("describe", "NiO", "--temperature", "60 degC", "--json").out)
    kelvin = json.loads(topotaxy("describe", "NiO", "--temperature", "333.15", "--json").out)
    cold = json.loads(topotaxy("describe", "NiO", "--json").out)
    assert celsius["temperature"] == pytest.approx(333.15)
    assert celsius["conversion_voltage"]["Na"]["Ni"] == pytest.approx(
        kelvin["conversion_voltage"]["Na"]["Ni"]
    )
    assert celsius["conversion_voltage"]["Na"]["Ni"] < cold["conversion_voltage"]["Na"]["Ni"]


@pytest.mark.parametrize("formula", ["FeF2", "LiF", "ZnSe", "Ni0.9Li0.1O", "MnO", "CaO"])
def test_what_cannot_be_computed_is_listed_with_its_reason(formula: str, topotaxy: Call) -> None:
    outcome = topotaxy("describe", formula)
    document = json.loads(topotaxy("describe", formula, "--json").out)
    assert outcome.status == 0
    shown = " ".join(outcome.out.split())
    for key, reason in document["absent"].items():
        assert f"{key}: {' '.join(reason.split())}" in shown
    assert ("Not available" in outcome.out) == bool(document["absent"])
