"""Rates and overpotentials of the lattice against what defines them."""

from __future__ import annotations

import numpy as np
import pytest

from topotaxy.energetics import (
    BOLTZMANN,
    assumptions_with,
    lattice_energies,
    lattice_kinetics,
    migration_barriers,
    registry_energies,
    salt_ratios,
)
from topotaxy.energetics.handbook import surface_energies
from topotaxy.material import FARADAY, IONS, conversion_voltage, parse_formula

HEO = "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O"


def _kinetics(formula: str, ion: str, temperature: float = 298.15, **overrides: float):  # type: ignore[no-untyped-def]
    energies = lattice_energies(parse_formula(formula), ion, temperature, overrides=overrides)
    return lattice_kinetics(energies, {"O": 1.0}, overrides=overrides)


@pytest.mark.parametrize("ion", ["Li", "Na"])
def test_the_overpotential_is_counted_from_the_conversion_of_the_rock_salt(ion: str) -> None:
    found = dict(zip(parse_formula(HEO).cations, _kinetics(HEO, ion).equilibrium_voltage, strict=True))
    above = {"Cu": 22_200.0, "Zn": 24_500.0}
    for element, volts in found.items():
        expected = conversion_voltage(element, {"O": 1.0}, ion) + above.get(element, 0.0) / FARADAY / 2
        assert volts == pytest.approx(expected, abs=1e-9)


def test_hops_are_arrhenius_and_shift_together() -> None:
    kt = BOLTZMANN * 320.0
    plain = _kinetics(HEO, "Na", 320.0)
    shifted = _kinetics(HEO, "Na", 320.0, metal_barrier_shift=0.1)
    barriers = [migration_barriers()[el] for el in parse_formula(HEO).cations]
    attempts = assumptions_with()["attempt_frequency"].value
    assert np.log(attempts / plain.metal_hop_rate) * kt == pytest.approx(barriers)
    assert np.log(plain.metal_hop_rate / shifted.metal_hop_rate) * kt == pytest.approx([0.1] * 5)


def test_only_the_step_of_a_tabulated_monovalent_phase_may_be_slow() -> None:
    slow = _kinetics("Ni0.5Cu0.5O", "Li", monovalent_step_factor=1e-3)
    assert slow.step_factor.tolist() == [1.0, 1e-3]


def test_no_step_of_registry_is_faster_than_its_barrier_allows() -> None:
    found = _kinetics("NiO", "Na")
    table = assumptions_with()
    assert found.registry_rate <= table["attempt_frequency"].value
    without = _kinetics("NiO", "Na", registry_barrier=0.0)
    assert without.registry_rate == table["attempt_frequency"].value


def test_every_metal_that_the_lattice_knows_has_a_barrier() -> None:
    assert set(surface_energies()) - set(IONS) <= set(migration_barriers())


@pytest.mark.parametrize(("formula", "ion", "misfit"), [("NiO", "Li", 0.106), ("NiO", "Na", 0.329)])
def test_the_misfit_is_that_of_the_salt_alone(formula: str, ion: str, misfit: float) -> None:
    (ratio,) = salt_ratios(parse_formula(formula), ion)
    assert ratio ** (1 / 3) - 1 == pytest.approx(misfit, abs=1e-3)
    found = registry_energies(parse_formula(formula), ion)
    assert found.salt_ratio == pytest.approx([ratio])
    assert found.matrix_pressure == pytest.approx(assumptions_with()["matrix_pressure"].value / 160.2176634)


def test_the_reach_per_volt_spans_the_oxide_that_grows_on_nickel() -> None:
    # 0.5 to 1.2 nm at a driving force of 1.1 V, in nearest-neighbour distances of NiO (0.295 nm).
    row = assumptions_with()["reach_per_volt"]
    low, high = (thickness / 0.295 / 1.1 for thickness in (0.5, 1.2))
    assert (row.low, row.high) == pytest.approx((low, high), abs=0.1)
    assert row.low < row.value < row.high
