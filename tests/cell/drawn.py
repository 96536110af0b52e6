"""A draw of the lattice by hand: straight branches, so that capacities can be worked out."""

from __future__ import annotations

from typing import Any

import numpy as np

from topotaxy.cell.branches import POINTS
from topotaxy.cell.draws import DrawTable, LatticeDraw

GRID = np.linspace(0.0, 1.0, POINTS)
QUIET = {
    "film_rate": 1e-30,
    "interface_charge": 0.0,
    "film_store": 0.0,
    "carbon_store": 0.0,
    "alloy_share": 0.0,
    "loss_time": 0.0,
    "loss_throughput": 0.0,
    "double_layer": 1e-9,
}
"""All that is not intercalation and resistance, off."""


def drawn(**changes: Any) -> LatticeDraw:
    """First discharge 1.2 to 0 V, later 1.6 to 0 V, charge 3 to 0.4 V; nothing trapped."""
    found: dict[str, Any] = {
        "ion": "Na",
        "capacity": 450.0,
        "early_loss": 0.0,
        "later_loss": 0.0,
        "interface_area": 300.0,
        "zinc": 5.0,
        "first_discharge": 1.2 - 1.2 * GRID,
        "discharge": 1.6 - 1.6 * GRID,
        "charge": 3.0 - 2.6 * GRID,
        "density": 5.9,
    }
    return LatticeDraw(**{**found, **changes})


def draw_table(count: int = 3) -> DrawTable:
    """Draws of a made-up material with Na and Li, whose capacity rises from draw to draw."""
    branches = np.array([[1.2 - 1.2 * GRID, 1.6 - 1.6 * GRID, 3.0 - 2.6 * GRID], [2.0 - 1.9 * GRID] * 3])
    ones = np.ones((count, 2))
    return DrawTable(
        formula="NiO",
        ions=("Na", "Li"),
        temperature=298.15,
        lower_cutoff=0.01,
        upper_cutoff=3.0,
        molar_mass=71.9,
        density=5.9,
        cations=("Ni", "Zn"),
        cation_capacity=(300.0, 74.5),
        input_names=("reach_per_volt",),
        inputs=np.arange(count, dtype=float)[:, None],
        capacity=440.0 + 10.0 * np.arange(count)[:, None] * ones,
        early_loss=0.05 * ones,
        later_loss=0.06 * ones,
        interface_area=300.0 * ones,
        domain_size=1.1 * ones,
        reduced=np.broadcast_to(np.array([1.0, 0.5]), (count, 2, 2)).copy(),
        branches=np.broadcast_to(branches, (count, 2, 3, POINTS)).copy(),
        provenance={"made_by": "a test"},
    )
