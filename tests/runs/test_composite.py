from __future__ import annotations

import numpy as np
import pytest

import topotaxy
from topotaxy.runs.composite import _charge_at
from topotaxy.spec import Spec


def _spec(formula: str, *grains: str) -> Spec:
    return Spec.model_validate(
        {
            "name": "mixture",
            "electrode": {"formula": formula, "grains": list(grains)},
            "cell": {"ion": "Na"},
            "protocol": {"cycles": 2},
            "lattice": {"cells": 3, "replicas": 2, "seed": 3},
        }
    )


def test_a_composite_adds_up_by_mass_and_keeps_its_inert_grains() -> None:
    alone = topotaxy.simulate(_spec("NiO"))["cycles"].to_dataset()
    tree = topotaxy.simulate(_spec("Mg0.4Ni0.6O", "MgO", "NiO"))
    mixed = tree["cycles"].to_dataset()
    # MgO takes nothing up, so the whole holds what its NiO holds, per gram of both.
    mass = 0.6 * 74.692 / (0.6 * 74.692 + 0.4 * 40.304)
    np.testing.assert_allclose(mixed.discharge_capacity, mass * alone.discharge_capacity, rtol=1e-4)
    np.testing.assert_allclose(mixed.mean_voltage_charge, alone.mean_voltage_charge, rtol=1e-9)
    at_home = 0.4 + 0.6 * alone.home_fraction
    np.testing.assert_allclose(mixed.home_fraction, at_home, rtol=1e-9)
    assert list(mixed.element.values) == ["Mg", "Ni"]
    np.testing.assert_allclose(
        mixed.reduced_fraction.sel(element="Ni"), alone.reduced_fraction.sel(element="Ni")
    )
    np.testing.assert_allclose(mixed.reduced_fraction.sel(element="Mg"), 0.0, atol=1e-12)
    assert tree.attrs["grains"] == "MgO NiO"
    assert tree["structure"].attrs["formula"] == "NiO"


def test_the_curve_of_a_composite_ends_where_its_capacity_does() -> None:
    tree = topotaxy.simulate(_spec("Co0.5Ni0.5O", "CoO", "NiO"))
    curves, cycles = tree["curves"].to_dataset(), tree["cycles"].to_dataset()
    ends = curves.charge.max("point")
    np.testing.assert_allclose(ends[:, 0], cycles.discharge_capacity[:, 0], rtol=1e-9)
    np.testing.assert_allclose(ends[:, 1], cycles.charge_capacity[:, 0], rtol=1e-9)
    assert bool((curves.charge.diff("point") >= 0).all())
    by_element = curves.charge_by_element.isel(point=-1).sum("element")
    np.testing.assert_allclose(by_element[:, 0], ends[:, 0], rtol=1e-6)


def test_a_peak_on_the_way_gives_no_charge_back() -> None:
    charge, by_element = np.array([1.0, 2.0, 3.0, np.nan]), np.array([[1.0], [2.0], [3.0], [np.nan]])
    voltage = np.array([0.5, 0.8, 0.2, np.nan])
    own, each = _charge_at(charge, by_element, voltage, np.array([1.0, 0.6, 0.5, 0.3, 0.2, 0.0]))
    assert own.tolist() == [0.0, 0.0, 2.0, 2.0, 3.0, 3.0]
    assert each[:, 0].tolist() == pytest.approx(own.tolist())
