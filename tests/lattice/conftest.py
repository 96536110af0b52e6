from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from topotaxy.energetics import LatticeEnergies, lattice_energies
from topotaxy.lattice.geometry import Geometry, geometry_from_cells
from topotaxy.lattice.hamiltonian import energy
from topotaxy.lattice.running import State, configuration_of, state_from
from topotaxy.lattice.state import pristine_configuration
from topotaxy.lattice.tables import Tables, tables_from
from topotaxy.material import parse_formula


@dataclass(frozen=True)
class System:
    """A small lattice with its tables and running state."""

    geometry: Geometry
    energies: LatticeEnergies
    tables: Tables
    state: State

    def energy(self) -> float:
        return energy(self.geometry, self.energies, configuration_of(self.state))


def make_system(formula: str, ion: str, cells: int, seed: int = 0, **parameters: float) -> System:
    energies = lattice_energies(parse_formula(formula), ion, 298.15, overrides=parameters)
    geometry = geometry_from_cells(cells)
    rng = np.random.default_rng(seed)
    pristine = pristine_configuration(geometry, parse_formula(formula), energies, rng)
    tables = tables_from(geometry, energies, pristine.anion)
    return System(geometry, energies, tables, state_from(geometry, energies, tables, pristine))


@pytest.fixture
def system() -> Callable[..., System]:
    return make_system
