from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import inner_functions as inner
import numpy as np
import pytest

from topotaxy.energetics import LatticeEnergies, lattice_energies
from topotaxy.energetics.coherency import coherency_energies
from topotaxy.lattice.frame import Frame, frame_of, rigid_frame
from topotaxy.lattice.geometry import Geometry, geometry_from_cells
from topotaxy.lattice.hamiltonian import energy
from topotaxy.lattice.running import State, configuration_of, state_from
from topotaxy.lattice.state import pristine_configuration
from topotaxy.lattice.straining import STRAIN
from topotaxy.lattice.tables import Tables, tables_from
from topotaxy.material import parse_formula


@dataclass(frozen=True)
class System:
    """A small lattice with its tables and running state."""

    geometry: Geometry
    energies: LatticeEnergies
    frame: Frame
    tables: Tables
    state: State

    def energy(self) -> float:
        """H at the strain at which the frame is held."""
        return energy(
            self.geometry,
            self.energies,
            configuration_of(self.state),
            self.frame,
            float(self.state.frame[STRAIN]),
        )

    def refresh(self, everything: bool = True) -> None:
        inner.refresh_frame(self.tables, self.state, everything)


def make_system(
    formula: str,
    ion: str,
    cells: int,
    seed: int = 0,
    *,
    block: int | None = None,
    rigid: bool = True,
    **parameters: float,
) -> System:
    composition = parse_formula(formula)
    energies = lattice_energies(composition, ion, 298.15, overrides=parameters)
    geometry = geometry_from_cells(cells, block)
    if rigid:
        frame = rigid_frame(geometry, energies)
    else:
        coherency = coherency_energies(composition, ion, 298.15, overrides=parameters)
        frame = frame_of(coherency, geometry, composition, energies, nucleation_factor=0.3)
    rng = np.random.default_rng(seed)
    pristine = pristine_configuration(geometry, composition, energies, rng)
    tables = tables_from(geometry, energies, pristine.anion, frame)
    return System(geometry, energies, frame, tables, state_from(geometry, energies, tables, pristine))


@pytest.fixture
def system() -> Callable[..., System]:
    return make_system
