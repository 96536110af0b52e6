"""A simulated cell takes the path of a measured one: through a file and back, to the same observables."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import read
from topotaxy.measurement.cycling.analysis import analysis_of
from topotaxy.measurement.cycling.formats.battery_data_format import write as write_bdf
from topotaxy.observables import Observable, from_json
from topotaxy.runs import run, simulate
from topotaxy.runs.as_cycler import records_of_run, records_of_tree
from topotaxy.spec import Spec

CYCLES = 12
"""Of which the run keeps no curve of the eleventh."""

CYCLER_SEES = {
    "specific_capacity_discharge",
    "specific_capacity_charge",
    "initial_coulombic_efficiency",
    "coulombic_efficiency",
    "mean_voltage_discharge",
    "mean_voltage_charge",
    "voltage_hysteresis",
    "capacity_retention",
}


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    spec = Spec.model_validate(
        {
            "name": "small",
            "electrode": {"formula": "Mg0.25Ni0.5Cu0.25O"},
            "cell": {"ion": "Na"},
            "protocol": {"cycles": CYCLES, "charge_current": 0.04},
            "lattice": {"cells": 3, "replicas": 4, "seed": 4},
        }
    )
    return run(spec, tmp_path_factory.mktemp("runs") / "small")


def _own(folder: Path) -> list[Observable]:
    found = from_json((folder / "observables.json").read_text(encoding="utf-8"))
    return [o for o in found if o.quantity in CYCLER_SEES]


def test_written_and_read_back_a_simulated_cell_gives_the_simulators_own_observables(
    finished: Path, tmp_path: Path
) -> None:
    back = []
    for number, record in enumerate(records_of_run(finished)):
        path = tmp_path / f"replica-{number}.bdf.csv"
        write_bdf(record, path)
        back.append(read(path, mass=1.0))
    values, currents = defaultdict(list), defaultdict(set)
    for o in analysis_of(back, role="half-cell-anode").observables:
        values[o.quantity, o.cycle].append(o.value)
        currents[o.quantity, o.cycle].add(o.conditions.current)
    own = _own(finished)
    assert {o.quantity for o in own} == CYCLER_SEES
    for o in own:
        assert np.mean(values[o.quantity, o.cycle]) == pytest.approx(o.value, rel=1e-6), o
        assert currents[o.quantity, o.cycle] == {o.conditions.current}, o
    assert {o.conditions.current for o in own if o.quantity.endswith("_discharge")} == {0.1}
    assert {o.conditions.current for o in own if o.quantity.endswith("_charge")} == {0.04}


def test_the_folder_itself_is_read_by_the_same_path(finished: Path) -> None:
    analysis = analysis_of([], records_of_run(finished))
    assert [cell.name for cell in analysis.cells] == [f"small, replica {n}" for n in (1, 2, 3, 4)]
    assert all(o.origin == "simulated" for o in analysis.observables)
    assert not analysis.differences
    cell = analysis.cells[0]
    assert list(cell.totals.cycle) == list(range(1, CYCLES + 1))
    assert any("kept no curves of 1 of its cycles" in note for note in cell.notes)


def test_capacities_of_every_cycle_are_those_of_the_dataset(finished: Path) -> None:
    with xr.open_datatree(finished / "run.nc", engine="h5netcdf") as tree:
        cycles = tree["cycles"].to_dataset().load()
    for replica, cell in enumerate(analysis_of([], records_of_run(finished)).cells):
        for direction in ("discharge", "charge"):
            own = cycles[f"{direction}_capacity"].isel(replica=replica).values
            assert cell.totals.capacity(direction) == pytest.approx(own, rel=1e-12)  # type: ignore[arg-type]


def test_curves_are_those_of_the_run(finished: Path) -> None:
    with xr.open_datatree(finished / "run.nc", engine="h5netcdf") as tree:
        curves = tree["curves"].to_dataset().load()
        record = records_of_tree(tree)[0]
    half = curves.isel(replica=0, half_cycle=0)
    kept = np.isfinite(half["charge"].values)
    rows = record.table.iloc[: int(kept.sum())]
    assert rows["voltage_volt"].to_numpy() == pytest.approx(half["voltage"].values[kept])
    assert 1e3 * rows["discharging_capacity_ah"].to_numpy() == pytest.approx(
        half["charge"].values[kept], abs=1e-9
    )
    assert (rows["current_ampere"] < 0.0).all()


def test_a_measured_cell_and_the_run_it_is_a_copy_of_do_not_differ(finished: Path) -> None:
    records = records_of_run(finished)
    analysis = analysis_of(records, records, role="half-cell-anode")
    assert analysis.differences
    assert max(abs(d.difference) for d in analysis.differences) == 0.0


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no run\.nc"):
        records_of_run(tmp_path)
    (tmp_path / "run.nc").write_bytes(b"not a dataset at all")
    with pytest.raises(InputError, match="not a readable netCDF file"):
        records_of_run(tmp_path)
    xr.Dataset({"a": 1}).to_netcdf(tmp_path / "run.nc", engine="h5netcdf")
    with pytest.raises(InputError, match="not the dataset of a run"):
        records_of_run(tmp_path)


def _first_discharge(**protocol: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Capacity and mean voltage, by replica."""
    spec = Spec.model_validate(
        {
            "name": "small",
            "electrode": {"formula": "Mg0.25Ni0.5Cu0.25O"},
            "cell": {"ion": "Na"},
            "protocol": {"cycles": 1, **protocol},
            "lattice": {"cells": 4, "replicas": 10, "seed": 4},
        }
    )
    cycles = simulate(spec)["cycles"].to_dataset()
    return cycles["discharge_capacity"].values[:, 0], cycles["mean_voltage_discharge"].values[:, 0]


def test_the_mean_voltage_leaves_out_the_rest_and_weighs_a_hold_by_its_charge() -> None:
    capacity, mean = _first_discharge()
    assert (_first_discharge(rest=5.0)[1] == mean).all()
    held_capacity, held_mean = _first_discharge(hold=0.05, hold_time=5.0)
    assert (held_capacity >= capacity).all()
    # One replica in five is done when the hold begins: that all ten are happens once in 10^7 seeds.
    assert (held_capacity > capacity).any()
    cutoff = 0.01
    expected = (mean * capacity + cutoff * (held_capacity - capacity)) / held_capacity
    assert held_mean == pytest.approx(expected, rel=1e-9)
