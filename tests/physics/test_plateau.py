"""Full conversion costs what the tables say: the plateau of the lattice, but for the surface of its metal."""

from __future__ import annotations

import numpy as np
import pytest

from topotaxy.energetics import lattice_energies
from topotaxy.lattice.geometry import geometry_from_cells
from topotaxy.lattice.hamiltonian import energy
from topotaxy.lattice.metal import object_energy
from topotaxy.lattice.state import VACANT, ionic_configuration
from topotaxy.material import FARADAY, conversion_voltage, parse_formula
from topotaxy.tables import read_table

TRANSFORMATION = {
    row["cation"]: float(row["enthalpy"])
    for row in read_table("topotaxy.material", "transformation_enthalpies")
}


def _gain(element: str, ion: str) -> float:
    """Energy (eV) per electron that MO gains as it becomes A2O and bulk metal."""
    energies = lattice_energies(parse_formula(f"{element}O"), ion, 298.15)
    geometry = geometry_from_cells(2)
    n = geometry.sites
    oxide = ionic_configuration(
        geometry,
        np.zeros(n, dtype=np.int8),
        np.full(n, 2, dtype=np.int8),
        np.zeros(2 * n, dtype=np.int8),
        np.zeros(n, dtype=np.int8),
    )
    centre = oxide.centre.copy()
    centre[0] = 7
    metal = oxide._replace(
        species=np.full(n, VACANT, dtype=np.int8),
        valence=np.zeros(n, dtype=np.int8),
        identity=np.full(n, -1, dtype=np.int32),
        alkali=np.ones(2 * n, dtype=np.int8),
        metal_of=np.zeros(n, dtype=np.int32),
        centre=centre,
    )
    surface = object_energy(np.array([n]), np.diag(energies.metal_bond))
    assert surface > 0.0
    return (energy(geometry, energies, oxide) - energy(geometry, energies, metal) + surface) / (2 * n)


@pytest.mark.parametrize("ion", ["Na", "Li", "K"])
@pytest.mark.parametrize("element", ["Mg", "Ca", "Mn", "Fe", "Co", "Ni", "Cu", "Zn"])
def test_full_conversion_costs_what_the_tables_say(element: str, ion: str) -> None:
    # Rock-salt CuO lies 22.2 kJ/mol above tenorite, and gives that much more.
    expected = conversion_voltage(element, {"O": 1.0}, ion) + TRANSFORMATION.get(element, 0.0) / FARADAY / 2
    assert _gain(element, ion) == pytest.approx(expected, abs=1e-9)


def test_copper_and_zinc_carry_their_transformation() -> None:
    copper = _gain("Cu", "Li") - conversion_voltage("Cu", {"O": 1.0}, "Li")
    zinc = _gain("Zn", "Li") - conversion_voltage("Zn", {"O": 1.0}, "Li")
    assert (copper, zinc) == pytest.approx((0.115, 0.127), abs=5e-4)
