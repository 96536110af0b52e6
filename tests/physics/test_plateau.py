"""A slab of MO beside A2O + M: held 10 mV below the table's plateau it is all reduced, held
10 mV above it all oxidised. So the plateau of the lattice lies within 10 mV of the table's.

At 800 K, where the interface moves freely; at 298 K new layers nucleate too rarely to wait
for, and the cost of full conversion, which fixes the plateau, is compared exactly instead.
"""

from __future__ import annotations

import numpy as np
import pytest

from topotaxy.energetics import lattice_energies
from topotaxy.lattice import kernel
from topotaxy.lattice.geometry import geometry_from_cells
from topotaxy.lattice.hamiltonian import energy
from topotaxy.lattice.running import state_from
from topotaxy.lattice.state import coherent_configuration
from topotaxy.lattice.tables import tables_from
from topotaxy.material import conversion_voltage, parse_formula

CELLS = 4
TEMPERATURE = 800.0


def _slab(formula: str, ion: str):  # type: ignore[no-untyped-def]
    """Half MO, half A2O + M, their (001) interfaces neutral through a layer of M+."""
    energies = lattice_energies(parse_formula(formula), ion, TEMPERATURE)
    geometry = geometry_from_cells(CELLS)
    height, middle = geometry.octahedral_position[:, 2], CELLS / 2
    valence = np.where(height < middle, 0, 2).astype(np.int8)
    valence[np.isclose(height, 0) | np.isclose(height, middle)] = 1
    configuration = coherent_configuration(
        geometry,
        np.zeros(geometry.sites, dtype=np.int8),
        valence,
        (geometry.tetrahedral_position[:, 2] < middle).astype(np.int8),
        np.zeros(geometry.sites, dtype=np.int8),
    )
    return geometry, energies, configuration


@pytest.mark.parametrize(("formula", "ion"), [("NiO", "Na"), ("CoO", "Li")])
@pytest.mark.parametrize(("offset", "reacted"), [(-0.01, 1.0), (0.01, 0.0)])
def test_plateau_is_within_10_mV_of_the_table(formula: str, ion: str, offset: float, reacted: float) -> None:
    geometry, energies, configuration = _slab(formula, ion)
    tables = tables_from(geometry, energies, configuration.anion)
    state = state_from(geometry, energies, tables, configuration)
    assert state.electrons[0] == geometry.sites
    held = conversion_voltage(formula[:2], {"O": 1.0}, ion, TEMPERATURE) + offset
    drive = kernel.Drive(1.0, 0.0, 1.0, 1e-3, 0.0, held)
    trace = kernel.empty_trace(2, 1)
    kernel.run(tables, state, np.random.default_rng(2), drive, trace, 1e9, 200_000)
    assert state.electrons[0] / (2 * geometry.sites) == pytest.approx(reacted, abs=0.02)


@pytest.mark.parametrize("ion", ["Na", "Li", "K"])
@pytest.mark.parametrize("element", ["Mg", "Ca", "Mn", "Fe", "Co", "Ni", "Cu", "Zn"])
def test_full_conversion_costs_what_the_table_says(element: str, ion: str) -> None:
    energies = lattice_energies(parse_formula(f"{element}O"), ion, 298.15)
    geometry = geometry_from_cells(2)
    n = geometry.sites
    oxide = coherent_configuration(
        geometry,
        np.zeros(n, dtype=np.int8),
        np.full(n, 2, dtype=np.int8),
        np.zeros(2 * n, dtype=np.int8),
        np.zeros(n, dtype=np.int8),
    )
    metal = oxide._replace(valence=np.zeros(n, dtype=np.int8), alkali=np.ones(2 * n, dtype=np.int8))
    gain = energy(geometry, energies, metal) - energy(geometry, energies, oxide)
    assert -gain / (2 * n) == pytest.approx(conversion_voltage(element, {"O": 1.0}, ion), abs=1e-9)
