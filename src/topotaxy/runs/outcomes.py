"""The few numbers by which runs are compared, replica by replica."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.material import electrode_composition
from topotaxy.observables import Direction
from topotaxy.results.folder import DATA_FILE
from topotaxy.results.reading import read_dataset
from topotaxy.runs.charge_budget import active_capacity
from topotaxy.runs.cycled import Cycled, cycled_of_cycles
from topotaxy.spec import Spec

if TYPE_CHECKING:
    import xarray as xr

Values = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A number that one replica gives: its name, words, unit and how it is read from the cycles."""

    name: str
    words: str
    unit: str
    read: Callable[[Ran], Values | None]


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A finished run: its group ``cycles``, its replicas as cells, and its active capacity (mAh/g)."""

    cycles: xr.Dataset
    cells: Cycled
    active: float


def _first(direction: Direction) -> Callable[[Ran], Values | None]:
    return lambda ran: ran.cells.capacity(direction)[:, 0]


def _measure(name: str, state: str, cycle: int) -> Callable[[Ran], Values | None]:
    """A measure of the lattice by state; none where the run does not have it."""

    def read(ran: Ran) -> Values | None:
        if name not in ran.cycles:
            return None
        at = ran.cycles[name].isel(cycle=cycle)
        return np.asarray((at.sel(state=state) if "state" in at.dims else at).values, dtype=float)

    return read


def _efficiency(ran: Ran) -> Values:
    return ran.cells.efficiency[:, 0]


def _reversible(ran: Ran) -> Values | None:
    return ran.cells.capacity("charge")[:, 0] / ran.active if ran.active > 0.0 else None


def _retention(ran: Ran) -> Values | None:
    return ran.cells.retention if len(ran.cells.cycle) > 1 else None


OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        name="discharge_capacity",
        words="first discharge",
        unit="mAh/g",
        read=_first("discharge"),
    ),
    Outcome(name="charge_capacity", words="first charge", unit="mAh/g", read=_first("charge")),
    Outcome(name="efficiency", words="first-cycle efficiency", unit="1", read=_efficiency),
    Outcome(name="reversible_fraction", words="reversible fraction", unit="1", read=_reversible),
    Outcome(
        name="home_fraction",
        words="home fraction",
        unit="1",
        read=_measure("home_fraction", "charged", -1),
    ),
    Outcome(
        name="framework_fraction",
        words="framework fraction",
        unit="1",
        read=_measure("framework_fraction", "discharged", -1),
    ),
    Outcome(
        name="coherent_fraction",
        words="coherent fraction",
        unit="1",
        read=_measure("coherent_fraction", "discharged", -1),
    ),
    Outcome(
        name="domain_size",
        words="domain size",
        unit="nm",
        read=_measure("domain_size", "discharged", 0),
    ),
    Outcome(
        name="trapped_fraction",
        words="trapped fraction",
        unit="1",
        read=_measure("trapped_fraction", "charged", -1),
    ),
    Outcome(name="retention", words="retention", unit="1", read=_retention),
)
"""What ablations and comparisons set side by side, in this order."""

NOTES = (
    "Reversible fraction: first charge capacity over that of the couples claimed active (of those inside "
    "the window where nothing is claimed); above one where other cations react too. Retention: charge "
    "capacity of the last cycle over that of the second. Home and trapped fraction: charged, last cycle. "
    "Framework and coherent fraction: discharged, last cycle; inert phases of a composite count too. "
    "Domain size: metal objects of two atoms or more at the first discharge, mean diameter by volume over "
    "the replicas that have any. After ±: one standard error over the replicas, from four of them on."
)


def outcomes_of(
    spec: Spec, cycles: xr.Dataset, wanted: Sequence[Outcome] = OUTCOMES
) -> dict[str, Values | None]:
    """Return each outcome (replica,); ``None`` where the run has no such number.

    Parameters
    ----------
    spec : Spec
        Electrode, cell, protocol and lattice of the run.
    cycles : Dataset
        Group ``cycles`` of the run.
    wanted : sequence of Outcome
        Which numbers.
    """
    ran = Ran(
        cycles=cycles,
        cells=cycled_of_cycles(cycles, spec),
        active=active_capacity(spec, electrode_composition(spec.electrode)),
    )
    return {outcome.name: outcome.read(ran) for outcome in wanted}


def cycles_in(folder: Path) -> xr.Dataset:
    """Load the cycles of a finished run into memory.

    Parameters
    ----------
    folder : Path
        Folder of the run.

    Raises
    ------
    InputError
        Where the dataset cannot be read, or holds no cycles.
    """
    group = read_dataset(folder / DATA_FILE).children.get("cycles")
    if group is None:
        raise InputError("not the dataset of a run (it holds no cycles)", where=str(folder / DATA_FILE))
    return group.to_dataset()
