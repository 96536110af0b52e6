"""A simulated cell, written as a cycler writes and read back, gives the cell's own observables."""

from __future__ import annotations

from pathlib import Path

import pytest

from topotaxy.cell.protocol import cell_spec_from_text
from topotaxy.cell.running import CellRun, observables_of_cell
from topotaxy.measurement.cycling import read
from topotaxy.measurement.cycling.analysis import analysis_of
from topotaxy.runs.cell_run import RECORD_FILE, run_cell_into

STEPS = "[[step]]\ncurrent = 0.1\ncycles = 1\nrest = 0.2\n[[step]]\ncurrent = 0.5\ncycles = 2\nhold = 0.05\n"
COMPARED = {
    "specific_capacity_discharge",
    "specific_capacity_charge",
    "initial_coulombic_efficiency",
    "coulombic_efficiency",
    "mean_voltage_discharge",
    "mean_voltage_charge",
}


def cell(counter: str, folder: Path) -> CellRun:
    text = f'name = "trial"\n[cell]\nmaterial = "heos-na"\n{counter}{STEPS}'
    run = run_cell_into(cell_spec_from_text(text), folder)
    assert run is not None
    return run


def test_a_half_cell_gives_its_own_observables_back(tmp_path: Path) -> None:
    run = cell("", tmp_path / "cell")
    record = read(tmp_path / "cell" / RECORD_FILE, mass=run.mass)
    seen = {(o.quantity, o.cycle): o.value for o in analysis_of([record], role="half-cell-anode").observables}
    own = [o for o in observables_of_cell(run) if o.quantity in COMPARED]
    assert {o.quantity for o in own} == COMPARED
    for o in own:
        assert seen[o.quantity, o.cycle] == pytest.approx(o.value, rel=1e-6), o
