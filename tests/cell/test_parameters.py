"""Parameter sets for PyBaMM: what PyBaMM makes of them is what the compiled cell computes with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from topotaxy.cell.laws import STEEP, branch
from topotaxy.cell.material import cell_material
from topotaxy.cell.numbers import anode_charge, circuit_of, electrode_of, kernel_branches
from topotaxy.constants import FARADAY

NAMES = ("heos-na", "heos-li")


def half(name: str, **overrides: float) -> tuple[dict[str, Any], Any, Any]:
    from topotaxy.cell.parameters import half_cell_parameters

    material = cell_material(name)
    values = material.values(overrides)
    electrode = electrode_of(material.draw, values, material.temperature)
    return half_cell_parameters(material, overrides), electrode, (material, values)


def volume(parameters: dict[str, Any], side: str) -> float:
    """Of active material, m3."""
    area = parameters["Electrode height [m]"] * parameters["Electrode width [m]"]
    fraction = parameters[f"{side} electrode active material volume fraction"]
    return float(area * parameters[f"{side} electrode thickness [m]"] * fraction)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("loading", [0.5, 1.0, 4.0])
def test_the_host_holds_its_capacity_whatever_the_loading(pybamm: Any, name: str, loading: float) -> None:
    p, e, _ = half(name, loading=loading)
    maximum = p["Maximum concentration in positive electrode [mol.m-3]"]
    coulombs = maximum * FARADAY * volume(p, "Positive")
    assert coulombs / 3.6 / p["Active mass [g]"] == pytest.approx(e.capacity, rel=1e-9)
    assert p["Active mass [g]"] == pytest.approx(loading * 1e-3 * p["Electrode height [m]"] ** 2 * 1e4)


@pytest.mark.parametrize("name", NAMES)
def test_the_surface_per_gram_is_the_kernels(pybamm: Any, name: str) -> None:
    p, e, _ = half(name)
    outer = 3.0 / p["Positive particle radius [m]"] * volume(p, "Positive") / p["Active mass [g]"]
    assert outer == pytest.approx(e.host_area, rel=1e-9)
    assert outer * p["Positive electrode filmed area over outer area"] == pytest.approx(e.film_area, rel=1e-9)
    reacting = p["Positive electrode reaction area over outer area"]
    assert outer * reacting == pytest.approx(e.reaction_area, rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_stores_hold_per_gram_what_the_kernels_do(pybamm: Any, name: str) -> None:
    p, e, _ = half(name)
    per_volume = volume(p, "Positive") / p["Positive electrode active material volume fraction"]
    for store in ("interface", "film", "alloy", "carbon"):
        held = p[f"Positive electrode {store} store [C.m-3]"] * per_volume / 3.6 / p["Active mass [g]"]
        assert held == pytest.approx(getattr(e, f"{store}_store"), rel=1e-9), store


@pytest.mark.parametrize("name", NAMES)
def test_an_ohmic_drop_is_the_kernels(pybamm: Any, name: str) -> None:
    p, e, (_, values) = half(name, cell_resistance=70.0)
    circuit = circuit_of(e, values, low=0.01, high=3.0)
    amperes = 0.5 * p["Active mass [g]"]
    assert amperes * p["Contact resistance [Ohm]"] == pytest.approx(0.5 * circuit.resistance, rel=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_branches_are_the_kernels_inside_and_beyond(pybamm: Any, name: str) -> None:
    p, _, (material, _) = half(name)
    branches = kernel_branches(material.draw, low=material.lower_cutoff, high=material.upper_cutoff)
    for row, kind in zip(branches, ("first lithiation", "lithiation", "delithiation"), strict=True):
        curve = p[f"Positive electrode {kind} OCP [V]"]
        for x in (-0.01, 0.0, 0.123, 0.5, 0.987, 1.0, 1.01):
            assert float(np.ravel(curve(pybamm.Scalar(x)).evaluate())[0]) == pytest.approx(branch(row, x))
    assert branch(branches[0], 1.01) == pytest.approx(branches[0, -1] - 0.01 * STEEP)


@pytest.mark.parametrize("ratio", [1.0, 1.25])
def test_a_full_cell_is_balanced_as_the_kernels_is(pybamm: Any, ratio: float) -> None:
    from topotaxy.cell.parameters import full_cell_parameters_of

    material = cell_material("heos-na")
    p = full_cell_parameters_of(material, {"capacity_ratio": ratio})
    e = electrode_of(material.draw, material.values({"capacity_ratio": ratio}), material.temperature)
    maximum = p["Maximum concentration in positive electrode [mol.m-3]"]
    cathode = maximum * FARADAY * volume(p, "Positive") / 3.6 / p["Active mass [g]"]
    assert cathode == pytest.approx(ratio * anode_charge(e), rel=1e-6)
    start = p["Initial concentration in positive electrode [mol.m-3]"] / maximum
    assert 0.99 < start < 1.0


@pytest.mark.parametrize(("side", "full"), [("Positive", False), ("Negative", True)])
def test_film_per_metre_is_the_kernels(pybamm: Any, side: str, full: bool) -> None:
    from topotaxy.cell.discretised import film_charge
    from topotaxy.cell.parameters import full_cell_parameters_of, half_cell_parameters

    material = cell_material("heos-na")
    e = electrode_of(material.draw, material.values(), material.temperature)
    parameters = (full_cell_parameters_of if full else half_cell_parameters)(material)
    per_metre, start = film_charge(parameters, side)
    assert per_metre == pytest.approx(
        e.film_area * e.film_electrons * FARADAY / e.film_volume / 3.6, rel=1e-6
    )
    assert start == pytest.approx(per_metre * e.film_start)
