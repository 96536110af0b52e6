"""Simulations as a cycler would have recorded them: replicas of a run, a cell, a long cycling.

From here on a simulated cell takes the same path as a measured one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.measurement.cycling.checking import checked
from topotaxy.measurement.cycling.record import CyclingRecord
from topotaxy.observables import Direction
from topotaxy.results.folder import DATA_FILE
from topotaxy.results.reading import read_dataset
from topotaxy.runs.halves import DIRECTIONS, Half, record_of_halves

if TYPE_CHECKING:
    import xarray as xr

    from topotaxy.cell.cycling import CyclingHistory
    from topotaxy.cell.experiment import CellRun

Values = NDArray[np.float64]

FORMAT = "topotaxy run"
CELL_FORMAT = "topotaxy cell"


def records_of_run(folder: Path) -> list[CyclingRecord]:
    """Return the cells of a run folder, one a replica.

    Parameters
    ----------
    folder : Path
        Of a run of the lattice.

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
    except (ValueError, KeyError, AttributeError, TypeError, ArithmeticError) as error:
        raise InputError(f"not the dataset of a run ({error!s:.120})", where=str(path)) from None


def records_of_tree(tree: xr.DataTree) -> list[CyclingRecord]:
    """Return the cells of a run's dataset, one a replica.

    Parameters
    ----------
    tree : DataTree
        By the schema ``run``.
    """
    current = float(tree.attrs["current"])
    records = records_of_cycles(
        tree["cycles"].to_dataset(),
        tree["curves"].to_dataset(),
        name=str(tree.attrs["name"]),
        ion=str(tree.attrs["ion"]),
        currents={"discharge": current, "charge": float(tree.attrs.get("charge_current", current))},
    )
    cutoffs = float(tree.attrs["lower_cutoff"]), float(tree.attrs["upper_cutoff"])
    return [replace(record, cutoffs=cutoffs) for record in records]


def records_of_cycles(
    cycles: xr.Dataset,
    curves: xr.Dataset | None = None,
    *,
    name: str,
    ion: str,
    currents: Mapping[Direction, float],
) -> list[CyclingRecord]:
    """Return the cells of a run, one a replica.

    Parameters
    ----------
    cycles, curves : Dataset
        Groups of a run's dataset; without curves each half-cycle has its mean voltage alone.
    name, ion : str
        Of the run.
    currents : mapping of str to float
        The current of each direction, A/g.
    """
    replicas = cycles.sizes["replica"]
    return [
        record_of_halves(
            list(_halves(cycles, curves, replica, currents)),
            source=name if replicas == 1 else f"{name}, replica {replica + 1}",
            format=FORMAT,
            instrument="reactive lattice",
            notes=() if curves is None else _notes(cycles, curves),
            reference=f"{ion}+/{ion}",
        )
        for replica in range(replicas)
    ]


def _halves(
    cycles: xr.Dataset, curves: xr.Dataset | None, replica: int, currents: Mapping[Direction, float]
) -> Iterator[Half]:
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
                current=currents[direction],
                capacity=float(capacity),
                energy=float(capacity) * float(mean) if capacity > 0.0 else 0.0,
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
    """Return what a cycler would have written about a simulated cell, its own mass with it.

    Parameters
    ----------
    run : CellRun
        A finished protocol.
    """
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

    Parameters
    ----------
    history : CyclingHistory
        Capacities and energies of the simulated cycles of a long cycling.
    source : str
        Name of the record.
    first : str
        Direction in which every cycle begins.
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
