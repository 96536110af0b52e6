"""Simulations as a cycler would have recorded them: each replica of a run as a cell of one gram, or a cell.

From here on a simulated cell takes the same path as a measured one.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.measurement.cycling.metrics.cycles import CycleTotals
from topotaxy.measurement.cycling.record import CyclingRecord, checked
from topotaxy.runs.folder import DATA_FILE

if TYPE_CHECKING:
    import xarray as xr

    from topotaxy.cell.running import CellRun

Values = NDArray[np.float64]

MASS = 1.0
"""Grams of active material in a simulated cell: a run knows capacities per gram only."""

FORMAT = "topotaxy run"
CELL_FORMAT = "topotaxy cell"
DIRECTIONS = ("discharge", "charge")
_COUNTER = {"discharge": "discharging", "charge": "charging"}


def totals_of_run(cycles: xr.Dataset) -> CycleTotals:
    """Capacities and energies of a run's replicas, (replica, cycle), in mAh/g and mWh/g.

    The energy is the capacity times the voltage averaged over time, which at constant current is
    that over charge.
    """

    def values(name: str) -> Values:
        return np.asarray(cycles[name].transpose("replica", "cycle").values, dtype=float)

    number = np.asarray(cycles["cycle"].values, dtype=np.int64)
    discharge, charge = (values(f"{direction}_capacity") for direction in DIRECTIONS)
    return CycleTotals(
        unit="mAh/g",
        cycle=number,
        discharge=discharge,
        charge=charge,
        discharge_energy=discharge * values("mean_voltage_discharge"),
        charge_energy=charge * values("mean_voltage_charge"),
        discharge_first=np.ones(len(number), dtype=bool),
    )


def records_of_run(folder: Path) -> list[CyclingRecord]:
    """Return the cells of a run folder, one a replica.

    Raises
    ------
    InputError
        Where the folder holds no run, or its dataset cannot be read or is not that of a run.
    """
    import xarray as xr

    path = folder / DATA_FILE
    if not path.is_file():
        raise InputError(f"holds no {DATA_FILE}; expected the folder of a run", where=str(folder))
    try:
        with xr.open_datatree(path, engine="h5netcdf") as tree:
            return records_of_tree(tree.load())
    except (OSError, ValueError, KeyError, AttributeError, TypeError, RuntimeError) as error:
        if isinstance(error, InputError):
            raise InputError(str(error), where=str(path)) from None
        raise InputError(f"not the dataset of a run ({error!s:.120})", where=str(path)) from None


def records_of_tree(tree: xr.DataTree) -> list[CyclingRecord]:
    """Return the cells of a run's dataset, one a replica."""
    curves, cycles = tree["curves"].to_dataset(), tree["cycles"].to_dataset()
    name, ion = str(tree.attrs["name"]), str(tree.attrs["ion"])
    current = float(tree.attrs["current"])
    replicas = cycles.sizes["replica"]
    kept = {
        (int(number), str(direction)): index
        for index, (number, direction) in enumerate(
            zip(curves["cycle"].values, curves["direction"].values, strict=True)
        )
    }
    return [
        checked(
            _columns(curves, cycles, kept, replica, current),
            source=name if replicas == 1 else f"{name}, replica {replica + 1}",
            format=FORMAT,
            instrument="reactive lattice",
            notes=_notes(cycles, kept),
            mass=MASS,
            basis="active material",
            reference=f"{ion}+/{ion}",
        )
        for replica in range(replicas)
    ]


def record_of_cell(run: CellRun) -> CyclingRecord:
    """Return what a cycler would have written about a simulated cell, its own mass with it."""
    return checked(
        run.record,
        source=run.spec.name,
        format=CELL_FORMAT,
        instrument="PyBaMM",
        mass=run.mass,
        basis="pristine conversion material",
        reference=f"{run.ion}+/{run.ion}" if run.spec.cell.counter == "metal" else None,
    )


def _notes(cycles: xr.Dataset, kept: dict[tuple[int, str], int]) -> tuple[str, ...]:
    without = [int(number) for number in cycles["cycle"].values if (int(number), "discharge") not in kept]
    if not without:
        return ()
    return (
        f"the run kept no curves of {len(without)} of its cycles; these hold their capacities and the mean "
        "voltage of each half-cycle",
    )


def _columns(
    curves: xr.Dataset, cycles: xr.Dataset, kept: dict[tuple[int, str], int], replica: int, current: float
) -> dict[str, Values]:
    """The rows of a replica: time from the charge at the current of the run, counters as it counted."""
    parts: dict[str, list[Values]] = {}

    def add(name: str, values: Values) -> None:
        parts.setdefault(name, []).append(values)

    clock, step = 0.0, 0
    for number in cycles["cycle"].values:
        at = cycles.sel(cycle=number).isel(replica=replica)
        counted = {"discharge": (0.0, 0.0), "charge": (0.0, 0.0)}
        for direction in DIRECTIONS:
            capacity = 1e-3 * MASS * float(at[f"{direction}_capacity"])
            mean = float(at[f"mean_voltage_{direction}"])
            charge, voltage = _curve(curves, kept.get((int(number), direction)), replica, capacity, mean)
            step += 1
            rows = np.ones(len(charge))
            add("test_time_second", clock + 3600.0 * charge / (current * MASS))
            add("voltage_volt", voltage)
            add("current_ampere", (-1.0 if direction == "discharge" else 1.0) * current * MASS * rows)
            add("cycle_count", float(number) * rows)
            add("step_count", float(step) * rows)
            energy = _energy(charge, voltage, capacity * mean)
            for other in DIRECTIONS:
                here = other == direction
                add(f"{_COUNTER[other]}_capacity_ah", charge if here else counted[other][0] * rows)
                add(f"{_COUNTER[other]}_energy_wh", energy if here else counted[other][1] * rows)
            counted[direction] = (capacity, capacity * mean)
            clock = float(parts["test_time_second"][-1][-1])
    return {name: np.concatenate(values) for name, values in parts.items()}


def _curve(
    curves: xr.Dataset, index: int | None, replica: int, capacity: float, mean: float
) -> tuple[Values, Values]:
    """Charge (Ah) and voltage of a half-cycle; two rows at its mean voltage where no curve was kept."""
    if index is not None:
        half: Any = curves.isel(replica=replica, half_cycle=index)
        charge, voltage = half["charge"].values.astype(float), half["voltage"].values.astype(float)
        known = np.isfinite(charge) & np.isfinite(voltage)
        if known.any():
            passed = np.minimum(np.maximum.accumulate(1e-3 * MASS * charge[known]), capacity)
            # The curve's own end may differ from the capacity in the last digit.
            passed[-1] = capacity
            return passed, voltage[known]
    return np.array([0.0, capacity]), np.array([mean, mean])


def _energy(charge: Values, voltage: Values, whole: float) -> Values:
    """Energy passed at each row: the run's own in the end, shared out as the voltages of the curve do.

    The voltage of a row is the mean over time until the next one. Weighted with time, as the run's
    mean is, rather than with charge, the sum over the curve of a small box differs by the noise of
    single electrons.
    """
    passed = np.concatenate([[0.0], np.cumsum(voltage[:-1] * np.diff(charge))])
    if passed[-1] > 0.0 and whole > 0.0:
        return np.asarray(np.minimum(passed * (whole / passed[-1]), whole))
    return np.linspace(0.0, whole, len(charge), dtype=np.float64)
