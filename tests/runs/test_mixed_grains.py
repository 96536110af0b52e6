"""Composites by hand: one phase is itself, two like phases are one, and every mean lies between its parts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import xarray as xr

from topotaxy.material import parse_formula
from topotaxy.runs.charge_budget import active_capacity, interface_per_gram
from topotaxy.runs.composite import mixed_curves, mixed_cycles
from topotaxy.spec import Spec

WHOLE = parse_formula("Co0.5Ni0.5O")
CELL = SimpleNamespace(lower_cutoff=0.0, upper_cutoff=3.0)


def phase(element: str, share: float, mass: float) -> Any:
    return SimpleNamespace(
        share=share,
        mass_fraction=mass,
        composition=parse_formula(f"{element}O"),
        fractions=np.array([1.0]),
        box=SimpleNamespace(energies=SimpleNamespace(reducible=np.array([2.0]))),
    )


def cycles(element: str, capacity: float, voltage: float, reduced: float, size: float) -> xr.Dataset:
    rc = ("replica", "cycle")
    return xr.Dataset(
        {
            "discharge_capacity": (rc, np.full((2, 1), capacity)),
            "charge_capacity": (rc, np.full((2, 1), 0.9 * capacity)),
            "mean_voltage_discharge": (rc, np.full((2, 1), voltage)),
            "mean_voltage_charge": (rc, np.full((2, 1), voltage + 1.0)),
            "reduced_fraction": ((*rc, "state", "element"), np.full((2, 1, 2, 1), reduced)),
            "domain_size": ((*rc, "state"), np.full((2, 1, 2), size)),
            "trapped_fraction": (rc, np.full((2, 1), 0.1 * reduced)),
            "home_fraction": ((*rc, "state"), np.full((2, 1, 2), 1.0 - reduced)),
        },
        coords={"cycle": [1], "state": ["discharged", "charged"], "element": [element]},
    )


HALVES = [phase("Co", 0.5, 0.5008), phase("Ni", 0.5, 0.4992)]


def test_one_phase_is_the_whole() -> None:
    alone = cycles("Ni", 600.0, 0.6, 1.0, 1.5)
    assert mixed_cycles(parse_formula("NiO"), [phase("Ni", 1.0, 1.0)], [alone]) is alone


def test_like_phases_are_one() -> None:
    parts = [cycles(el, 600.0, 0.6, 0.8, 1.5) for el in ("Co", "Ni")]
    found = mixed_cycles(WHOLE, HALVES, parts)
    for name in parts[0].data_vars:
        assert found[name].mean() == pytest.approx(float(parts[0][name].mean())), name


def test_capacities_add_by_mass_and_means_lie_between() -> None:
    parts = [cycles("Co", 700.0, 0.9, 1.0, 1.0), cycles("Ni", 100.0, 0.3, 0.2, 3.0)]
    found = mixed_cycles(WHOLE, HALVES, parts)
    assert found.discharge_capacity.values == pytest.approx(0.5008 * 700.0 + 0.4992 * 100.0)
    # Voltages by charge: energy adds up.
    energy = 0.5008 * 700.0 * 0.9 + 0.4992 * 100.0 * 0.3
    assert (found.discharge_capacity * found.mean_voltage_discharge).values == pytest.approx(energy)
    # Sizes by the metal there is, five times more of it in the first.
    assert found.domain_size.values == pytest.approx((1.0 * 1.0 + 0.2 * 3.0) / 1.2)
    assert found.home_fraction.values == pytest.approx(0.4)
    assert found.reduced_fraction.sel(element="Co").values == pytest.approx(1.0)
    assert found.reduced_fraction.sel(element="Ni").values == pytest.approx(0.2)


def test_a_phase_without_metal_has_no_size_to_give() -> None:
    parts = [cycles("Co", 700.0, 0.9, 1.0, 1.0), cycles("Ni", 0.0, 0.3, 0.0, np.nan)]
    assert mixed_cycles(WHOLE, HALVES, parts).domain_size.values == pytest.approx(1.0)


def curves(element: str, capacity: float, low: float, high: float) -> xr.Dataset:
    dims = ("replica", "half_cycle", "point")
    charge = np.broadcast_to(np.linspace(0.0, capacity, 60), (1, 2, 60))
    voltage = np.stack([np.linspace(high, low, 60), np.linspace(low, high, 60)])[None]
    return xr.Dataset(
        {
            "charge": (dims, charge.copy()),
            "voltage": (dims, voltage),
            "charge_by_element": ((*dims, "element"), charge[..., None].copy()),
        },
        coords={
            "cycle": ("half_cycle", [1, 1]),
            "direction": ("half_cycle", ["discharge", "charge"]),
            "element": [element],
        },
    )


def test_charges_of_phases_add_up_at_equal_voltage() -> None:
    parts = [curves("Co", 600.0, 1.0, 2.0), curves("Ni", 400.0, 0.2, 0.9)]
    found = mixed_curves(WHOLE, HALVES, parts, CELL)  # type: ignore[arg-type]
    discharge = found.isel(replica=0, half_cycle=0)
    # Between the two phases the first has given all of its charge and the second none.
    between = discharge.charge.values[np.abs(discharge.voltage.values - 0.95) < 0.03]
    assert between == pytest.approx(0.5008 * 600.0)
    ends = found.charge.isel(replica=0, point=-1).values
    assert ends == pytest.approx(0.5008 * 600.0 + 0.4992 * 400.0)
    total = found.charge_by_element.sum("element").values
    assert total == pytest.approx(found.charge.values)
    assert (np.diff(found.charge.values, axis=-1) >= 0.0).all()
    assert (np.diff(discharge.voltage.values) < 0.0).all()


def test_an_interface_of_one_square_nanometre_a_cation() -> None:
    # NA cations of 74.692 g/mol, 1e-18 m2 each.
    assert interface_per_gram(parse_formula("NiO"), 1.0) == pytest.approx(6.02214076e5 / 74.692, rel=1e-4)
    assert interface_per_gram(parse_formula("NiO"), 0.0) == 0.0


def test_claimed_couples_count_in_full_and_others_do_not() -> None:
    def capacity(formula: str, *claimed: str) -> float:
        electrode = {"formula": formula, "claimed_active": list(claimed)}
        spec = Spec.model_validate({"name": "x", "electrode": electrode, "cell": {"ion": "Li"}})
        return active_capacity(spec, parse_formula(formula))

    # Two electrons of each: 2 F / 3.6 / 74.692.
    assert capacity("NiO", "Ni") == pytest.approx(2.0 * 96485.33 / 3.6 / 74.692, rel=1e-3)
    both, one = capacity("Co0.5Ni0.5O", "Co", "Ni"), capacity("Co0.5Ni0.5O", "Ni")
    assert one == pytest.approx(0.5 * both, rel=1e-6)
