"""A simulated cell as one labelled dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from topotaxy.cell.branches import BRANCHES
from topotaxy.cell.experiment import CellRun
from topotaxy.cell.ledger import STORES
from topotaxy.measurement.cycling.metrics import Cell
from topotaxy.results.schema import schema_of
from topotaxy.version import __version__

if TYPE_CHECKING:
    import xarray as xr

SCHEMA = schema_of("cell")


def shown_cycles(cycles: int) -> list[int]:
    """Return the cycles whose voltage curves are kept: a few over the decades, and the last.

    Parameters
    ----------
    cycles : int
        Number of cycles of the protocol.
    """
    return sorted({n for n in (1, 2, 5, 10, 50, 100, 500, 1000) if n <= cycles} | {cycles})


def cell_tree(run: CellRun, cell: Cell) -> xr.DataTree:
    """Return cycles and voltage curves of a cell by the declared schema.

    Parameters
    ----------
    run : CellRun
        A finished protocol.
    cell : Cell
        The metrics of its record.
    """
    import xarray as xr

    root = xr.Dataset(
        attrs={
            "schema": SCHEMA.name,
            "topotaxy_version": __version__,
            "name": run.spec.name,
            "title": run.spec.title,
            "formula": run.formula,
            "material": run.spec.cell.material,
            "role": run.role,
            "counter": run.spec.cell.counter,
            "ion": run.ion,
            "mass": run.mass,
            "lower_cutoff": run.lower_cutoff,
            "upper_cutoff": run.upper_cutoff,
            "temperature": run.temperature,
            "particle_diameter": run.particle_diameter,
        }
    )
    return xr.DataTree.from_dict(
        {
            "/": root,
            "/cycles": _cycles(run, cell),
            "/curves": _curves(cell),
            "/ledger": _ledger(run),
            "/lattice": _lattice(run),
        }
    )


def _cycles(run: CellRun, cell: Cell) -> xr.Dataset:
    return SCHEMA.dataset(
        "cycles",
        {
            "current": run.states.current,
            "discharge_capacity": cell.totals.capacity("discharge"),
            "charge_capacity": cell.totals.capacity("charge"),
            "mean_voltage_discharge": cell.mean_voltage["discharge"],
            "mean_voltage_charge": cell.mean_voltage["charge"],
            "coulombic_efficiency": cell.efficiency,
            "trapped_capacity": run.states.trapped,
            "film_capacity": run.states.film,
            "active_fraction": run.states.active,
            "cycle": run.states.cycle,
        },
    )


def _ledger(run: CellRun) -> xr.Dataset:
    found = run.ledger
    return SCHEMA.dataset(
        "ledger",
        {
            "passed": found.passed,
            "couples": found.couples,
            "lost": found.lost,
            "film": found.film,
            "stored": np.stack([found.stores[name] for name in STORES], axis=-1),
            "cycle": run.states.cycle,
            "state": ["discharged", "charged"],
            "store": list(STORES),
        },
    )


def _lattice(run: CellRun) -> xr.Dataset:
    draw = run.material.draw
    branches = (draw.first_discharge, draw.discharge, draw.charge)
    return SCHEMA.dataset(
        "lattice",
        {
            "voltage": np.array(branches, dtype=float),
            "branch": list(BRANCHES),
            "stoichiometry": np.linspace(0.0, 1.0, len(draw.charge)),
        },
        attrs={
            "capacity": draw.capacity,
            "held_after_first": draw.early_loss,
            "held_later": draw.later_loss,
        },
    )


def _curves(cell: Cell) -> xr.Dataset:
    kept = set(shown_cycles(int(cell.totals.cycle[-1])))
    halves = [half for half in cell.half_cycles if half.cycle in kept]
    points = max(len(half.rows) for half in halves)
    charge, voltage = np.full((2, len(halves), points), np.nan)
    scale = 1e3 / (cell.record.mass or 1.0)
    for row, half in enumerate(halves):
        count = len(half.rows)
        charge[row, :count] = scale * cell.rows.passed(half)
        voltage[row, :count] = cell.rows.voltage[half.rows]
    return SCHEMA.dataset(
        "curves",
        {
            "charge": charge,
            "voltage": voltage,
            "cycle": [half.cycle for half in halves],
            "direction": [half.direction for half in halves],
        },
    )
