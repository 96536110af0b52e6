"""A simulated cell, written as a cycler writes and read back, gives the cell's own observables."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from topotaxy.cell.experiment import CellRun
from topotaxy.cell.protocol import cell_spec_from_text
from topotaxy.measurement.cycling import read
from topotaxy.measurement.cycling.metrics import cell_of, observables_of_cell
from topotaxy.observables import Observable, Role, from_json
from topotaxy.results import DATA_FILE, schema_of
from topotaxy.runs.cell_run import RECORD_FILE, run_cell_into

STEPS = "[[step]]\ncurrent = 0.1\ncycles = 1\nrest = 0.2\n[[step]]\ncurrent = 0.5\ncycles = 2\nhold = 0.05\n"
FULL = 'counter = "Na3V2(PO4)3"\n'
MODEL_ONLY = {"trapped_capacity", "film_capacity", "active_fraction"}


def cell(counter: str, folder: Path) -> CellRun:
    text = f'name = "trial"\n[cell]\nmaterial = "heos-na"\n{counter}{STEPS}'
    run = run_cell_into(cell_spec_from_text(text), folder)
    assert run is not None
    return run


@pytest.mark.parametrize(("counter", "role"), [("", "half-cell-anode"), (FULL, "full-cell")])
def test_through_a_file_and_back_a_cell_gives_its_own_observables(
    counter: str, role: Role, tmp_path: Path
) -> None:
    run = cell(counter, tmp_path / "cell")
    assert run.role == role
    record = read(tmp_path / "cell" / RECORD_FILE, mass=run.mass)
    back = observables_of_cell(cell_of(record, role=role))
    own = [
        o
        for o in from_json((tmp_path / "cell" / "observables.json").read_text(encoding="utf-8"))
        if o.quantity not in MODEL_ONLY
    ]

    def by_name(found: list[Observable]) -> dict[tuple[object, ...], float]:
        return {
            (o.quantity, o.subject, o.cycle, o.conditions.reference_cycle, o.conditions.current): o.value
            for o in found
        }

    assert by_name(back) == pytest.approx(by_name(own), rel=1e-9)
    quantities = {o.quantity for o in own}
    assert quantities >= {"specific_capacity_discharge", "coulombic_efficiency", "capacity_retention"}
    assert ("cell_voltage" in quantities) == (role == "full-cell")


def test_in_a_full_cell_directions_are_the_cells_own(tmp_path: Path) -> None:
    """It is assembled discharged: the first charge is the larger one, and efficiency is below one."""
    run = cell(FULL, tmp_path / "cell")
    counted = run.record
    first = counted["cycle_count"] == 1
    with xr.open_datatree(tmp_path / "cell" / DATA_FILE, engine="h5netcdf") as tree:
        assert schema_of("cell").faults(tree) == []
        cycles = tree["cycles"].to_dataset().load()
    for direction, counter in (("discharge", "discharging"), ("charge", "charging")):
        passed = counted[f"{counter}_capacity_ah"][first].max() / run.mass * 1e3
        assert float(cycles[f"{direction}_capacity"][0]) == pytest.approx(passed, rel=1e-12)
    assert float(cycles["charge_capacity"][0]) > float(cycles["discharge_capacity"][0])
    assert bool((cycles["coulombic_efficiency"] < 1.0).all())
    assert float(cycles["mean_voltage_charge"][0]) > float(cycles["mean_voltage_discharge"][0])


def test_every_number_says_under_which_conditions(tmp_path: Path) -> None:
    cell("[cell.parameters]\nparticle_diameter = 80\n", tmp_path / "cell")
    found = from_json((tmp_path / "cell" / "observables.json").read_text(encoding="utf-8"))
    for o in found:
        known = o.conditions.known()
        assert known["role"] == "half-cell-anode"
        assert (known["electrode"], known["particle_size"]) == ("Na", 80.0)
        assert {"sample", "temperature", "lower_cutoff", "upper_cutoff"} <= set(known)
    capacities = [o for o in found if o.quantity.startswith("specific_capacity")]
    currents = np.array([o.conditions.current for o in capacities], dtype=float)
    expected = np.where(np.array([o.cycle for o in capacities]) == 1, 0.1, 0.5)
    assert currents == pytest.approx(expected, rel=1e-4)
    assert {o.label for o in found} == {"imposed"}
