"""Simulations as a cycler would have recorded them: replicas of a run, a cell, a long cycling.

From here on a simulated cell takes the same path as a measured one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from topotaxy.constants import SECONDS_PER_HOUR
from topotaxy.errors import InputError
from topotaxy.measurement.cycling.checking import checked
from topotaxy.measurement.cycling.record import CyclingRecord
from topotaxy.observables import Direction
from topotaxy.results.folder import DATA_FILE
from topotaxy.results.reading import read_dataset

if TYPE_CHECKING:
    import xarray as xr

    from topotaxy.cell.cycling import CyclingHistory
    from topotaxy.cell.experiment import CellRun

Values = NDArray[np.float64]

MASS = 1.0
"""Grams of active material in a simulated cell: a run knows capacities per gram only."""

FORMAT = "topotaxy run"
CELL_FORMAT = "topotaxy cell"
DIRECTIONS: tuple[Direction, Direction] = ("discharge", "charge")
_COUNTER = {"discharge": "discharging", "charge": "charging"}


@dataclass(frozen=True, kw_only=True)
class Half:
    """One half-cycle of a simulation: ``current`` in A/g, ``capacity`` in mAh/g, ``energy`` in mWh/g.

    ``curve`` is charge (points,) in mAh/g and voltage (points,) in V, None where none was kept.
    """

    cycle: int
    direction: Direction
    current: float
    capacity: float
    energy: float
    curve: tuple[Values, Values] | None = None


def record_of_halves(
    halves: Sequence[Half],
    *,
    source: str,
    format: str,
    instrument: str,
    reference: str | None,
    notes: tuple[str, ...] = (),
    missing_cycles: str = "refuse",
) -> CyclingRecord:
    """Return the record of half-cycles in their order, of :data:`MASS` grams.

    Time follows from the charge at the current of each half-cycle. Capacity and energy are those of the
    simulation; a half-cycle without a curve has two rows at its mean voltage.
    """
    parts: dict[str, list[Values]] = {}
    clock = 0.0
    counted: dict[str, tuple[float, float]] = {}
    cycle = None
    for step, half in enumerate(halves, start=1):
        if half.cycle != cycle:
            cycle, counted = half.cycle, dict.fromkeys(DIRECTIONS, (0.0, 0.0))
        capacity, whole = 1e-3 * MASS * half.capacity, 1e-3 * MASS * half.energy
        charge, voltage = _curve(half, capacity)
        energy = _energy(charge, voltage, whole)
        rows = np.ones(len(charge))
        columns = {
            "test_time_second": clock + SECONDS_PER_HOUR * charge / (half.current * MASS),
            "voltage_volt": voltage,
            "current_ampere": (-1.0 if half.direction == "discharge" else 1.0) * half.current * MASS * rows,
            "cycle_count": float(half.cycle) * rows,
            "step_count": float(step) * rows,
        }
        for direction in DIRECTIONS:
            here = direction == half.direction
            passed, given = counted[direction]
            columns[f"{_COUNTER[direction]}_capacity_ah"] = charge if here else passed * rows
            columns[f"{_COUNTER[direction]}_energy_wh"] = energy if here else given * rows
        for name, values in columns.items():
            parts.setdefault(name, []).append(values)
        counted[half.direction] = (capacity, whole)
        clock = float(columns["test_time_second"][-1])
    return checked(
        {name: np.concatenate(values) for name, values in parts.items()},
        source=source,
        format=format,
        instrument=instrument,
        notes=notes,
        mass=MASS,
        basis="active material",
        reference=reference,
        missing_cycles=missing_cycles,
        origin="simulated",
    )


def _curve(half: Half, capacity: float) -> tuple[Values, Values]:
    """Charge (Ah) and voltage of a half-cycle."""
    if half.curve is not None:
        charge, voltage = half.curve
        known = np.isfinite(charge) & np.isfinite(voltage)
        if known.any():
            passed = np.minimum(np.maximum.accumulate(1e-3 * MASS * charge[known]), capacity)
            # The curve's own end may differ from the capacity in the last digit.
            passed[-1] = capacity
            return passed, voltage[known]
    mean = half.energy / half.capacity if half.capacity > 0.0 else 0.0
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


def records_of_run(folder: Path) -> list[CyclingRecord]:
    """Return the cells of a run folder, one a replica.

    Raises
    ------
    InputError
        Where the folder holds no run, or its dataset cannot be read or is not that of a run.
    """
    path = folder / DATA_FILE
    if not os.path.lexists(path):
        raise InputError(f"holds no {DATA_FILE}; expected the folder of a run", where=str(folder))
    tree = read_dataset(path)
    try:
        return records_of_tree(tree)
    except InputError as error:
        raise InputError(str(error), where=str(path)) from None
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise InputError(f"not the dataset of a run ({error!s:.120})", where=str(path)) from None


def records_of_tree(tree: xr.DataTree) -> list[CyclingRecord]:
    """Return the cells of a run's dataset, one a replica."""
    records = records_of_cycles(
        tree["cycles"].to_dataset(),
        tree["curves"].to_dataset(),
        name=str(tree.attrs["name"]),
        ion=str(tree.attrs["ion"]),
        current=float(tree.attrs["current"]),
    )
    cutoffs = float(tree.attrs["lower_cutoff"]), float(tree.attrs["upper_cutoff"])
    return [replace(record, cutoffs=cutoffs) for record in records]


def records_of_cycles(
    cycles: xr.Dataset, curves: xr.Dataset | None = None, *, name: str, ion: str, current: float
) -> list[CyclingRecord]:
    """Return the cells of a run, one a replica.

    Parameters
    ----------
    cycles, curves : Dataset
        Groups of a run's dataset; without curves each half-cycle has its mean voltage alone.
    name, ion, current : str, str, float
        Of the run; the current in A/g.
    """
    replicas = cycles.sizes["replica"]
    return [
        record_of_halves(
            list(_halves(cycles, curves, replica, current)),
            source=name if replicas == 1 else f"{name}, replica {replica + 1}",
            format=FORMAT,
            instrument="reactive lattice",
            notes=() if curves is None else _notes(cycles, curves),
            reference=f"{ion}+/{ion}",
        )
        for replica in range(replicas)
    ]


def _halves(cycles: xr.Dataset, curves: xr.Dataset | None, replica: int, current: float) -> Iterator[Half]:
    """The half-cycles of a replica in order.

    Their energy is the capacity times the voltage averaged over time, which at constant current is that
    over charge.
    """
    own = {
        name: np.asarray(cycles[name].isel(replica=replica).values, dtype=float)
        for direction in DIRECTIONS
        for name in (f"{direction}_capacity", f"mean_voltage_{direction}")
    }
    kept = {} if curves is None else _kept(curves)
    charge, voltage = (
        (None, None)
        if curves is None
        else (np.asarray(curves[n].isel(replica=replica).values, dtype=float) for n in ("charge", "voltage"))
    )
    for index, number in enumerate(cycles["cycle"].values):
        for direction in DIRECTIONS:
            capacity = own[f"{direction}_capacity"][index]
            mean = own[f"mean_voltage_{direction}"][index]
            at = kept.get((int(number), direction))
            curve = None if at is None or charge is None or voltage is None else (charge[at], voltage[at])
            yield Half(
                cycle=int(number),
                direction=direction,
                current=current,
                capacity=float(capacity),
                energy=float(capacity * mean) if capacity > 0.0 else 0.0,
                curve=curve,
            )


def _kept(curves: xr.Dataset) -> dict[tuple[int, str], int]:
    numbers, directions = curves["cycle"].values, curves["direction"].values
    pairs = zip(numbers, directions, strict=True)
    return {(int(number), str(direction)): index for index, (number, direction) in enumerate(pairs)}


def _notes(cycles: xr.Dataset, curves: xr.Dataset) -> tuple[str, ...]:
    kept = _kept(curves)
    without = [int(number) for number in cycles["cycle"].values if (int(number), "discharge") not in kept]
    if not without:
        return ()
    return (
        f"the run kept no curves of {len(without)} of its cycles; these hold their capacities and the mean "
        "voltage of each half-cycle",
    )


def record_of_cell(run: CellRun) -> CyclingRecord:
    """Return what a cycler would have written about a simulated cell, its own mass with it."""
    return checked(
        run.record,
        source=run.spec.name,
        format=CELL_FORMAT,
        instrument="PyBaMM",
        mass=run.mass,
        basis="pristine conversion material",
        reference=f"{run.ion}+/{run.ion}" if run.role != "full-cell" else None,
        origin="simulated",
    )


def record_of_history(history: CyclingHistory, *, source: str, first: Direction) -> CyclingRecord:
    """Return a long cycling as a record: two rows a half-cycle; cycles that were skipped are missing.

    ``first`` is the direction in which every cycle begins.
    """
    second: Direction = "charge" if first == "discharge" else "discharge"
    halves = [
        Half(
            cycle=cycle,
            direction=direction,
            current=current,
            capacity=getattr(history, direction)[index],
            energy=getattr(history, f"{direction}_energy")[index],
        )
        for index, (cycle, current) in enumerate(zip(history.cycle, history.current, strict=True))
        for direction in (first, second)
    ]
    return record_of_halves(
        halves,
        source=source,
        format=CELL_FORMAT,
        instrument="PyBaMM",
        reference=None,
        missing_cycles="note",
    )
