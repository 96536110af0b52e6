from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from topotaxy.energetics import LatticeEnergies
from topotaxy.lattice import Box, box_from_spec, kernel
from topotaxy.lattice.frame import Frame
from topotaxy.lattice.geometry import Geometry
from topotaxy.lattice.hamiltonian import energy
from topotaxy.lattice.places import MEAN
from topotaxy.lattice.running import State, configuration_of, state_from
from topotaxy.lattice.simulation import drive_of, grain_frame, tables_of
from topotaxy.lattice.state import pristine_configuration
from topotaxy.lattice.tables import Tables
from topotaxy.spec import Spec


@dataclass(frozen=True)
class System:
    """A small lattice with its tables and running state."""

    box: Box
    frame: Frame
    tables: Tables
    state: State

    @property
    def geometry(self) -> Geometry:
        return self.box.geometry

    @property
    def energies(self) -> LatticeEnergies:
        return self.box.energies

    def energy(self) -> float:
        """H at the content at which the frame is held."""
        return energy(
            self.geometry,
            self.energies,
            configuration_of(self.state),
            self.frame,
            float(self.state.held[MEAN]),
        )

    def react(self, events: int, rng: np.random.Generator, direction: str = "discharge") -> None:
        """Run so many events and trials of an ordinary half-cycle."""
        drive = drive_of(self.box, direction)
        kernel.run(
            self.tables,
            self.state,
            rng,
            drive._replace(cutoff=-9.0 if direction == "discharge" else 9.0),
            kernel.empty_trace(4, len(self.energies.species)),
            1e9,
            events,
        )


def make_system(
    formula: str,
    ion: str,
    cells: int,
    seed: int = 0,
    *,
    block: int | None = None,
    coherency: bool = False,
    voltage: float | None = None,
    fastest: float = np.inf,
    temperature: float = 298.15,
    **parameters: float,
) -> System:
    spec = Spec.model_validate(
        {
            "name": "small",
            "electrode": {"formula": formula},
            "cell": {"ion": ion, "temperature": temperature},
            "lattice": {"cells": cells, "block": block, "coherency": coherency, "parameters": parameters},
        }
    )
    box = box_from_spec(spec)
    pristine = pristine_configuration(
        box.geometry, box.composition, box.energies, np.random.default_rng(seed)
    )
    frame = grain_frame(box, 0.5, pristine)
    tables = tables_of(box, frame, pristine)
    state = state_from(box.geometry, box.energies, tables, pristine, voltage=voltage, fastest=fastest)
    return System(box, frame, tables, state)


@pytest.fixture
def system() -> Callable[..., System]:
    return make_system
