"""The replicas of a run as cells: the numbers of cycling of each, as arrays over replicas and cycles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.cycling.metrics import Cell, cell_of
from topotaxy.measurement.cycling.record import CyclingRecord
from topotaxy.observables import Conditions, Direction, Role
from topotaxy.runs.as_cycler import records_of_cycles, records_of_tree
from topotaxy.runs.halves import DIRECTIONS
from topotaxy.spec import Spec

if TYPE_CHECKING:
    import xarray as xr

Values = NDArray[np.float64]

ROLE: Role = "half-cell-anode"
"""A run cycles an electrode against alkali metal, and discharges it first."""


@dataclass(frozen=True, kw_only=True)
class Cycled:
    """One :class:`~topotaxy.measurement.cycling.metrics.Cell` a replica; ``cycle`` (cycles,) its numbers.

    Arrays are (replicas, cycles), NaN where a replica does not have the number.
    """

    cells: tuple[Cell, ...]
    cycle: NDArray[np.int64]

    def _gathered(self, pick: Callable[[Cell], Values]) -> Values:
        found = np.full((len(self.cells), len(self.cycle)), np.nan)
        for row, cell in zip(found, self.cells, strict=True):
            row[np.searchsorted(self.cycle, cell.totals.cycle)] = pick(cell)
        return found

    def capacity(self, direction: Direction) -> Values:
        """Capacity, mAh/g; zero for a half-cycle in which nothing passed, which a cycler does not record.

        Parameters
        ----------
        direction : str
            ``discharge`` or ``charge``.
        """
        return np.nan_to_num(self._gathered(lambda cell: cell.totals.capacity(direction)))

    @property
    def efficiency(self) -> Values:
        """Coulombic efficiency; zero where nothing came back."""
        found = self._gathered(lambda cell: cell.efficiency)
        nothing = (self.capacity("discharge") > 0.0) & (self.capacity("charge") == 0.0)
        return np.where(nothing, 0.0, found)

    def mean_voltage(self, direction: Direction) -> Values:
        """Mean voltage of a direction, V.

        Parameters
        ----------
        direction : str
            ``discharge`` or ``charge``.
        """
        return self._gathered(lambda cell: cell.mean_voltage[direction])

    @property
    def hysteresis(self) -> Values:
        """Mean voltage on charge less that on discharge, V."""
        return self._gathered(lambda cell: cell.hysteresis)

    @property
    def retention(self) -> Values:
        """Capacity kept at the last cycle, (replicas,); NaN where a replica has none to compare."""
        return np.array(
            [
                np.nan
                if cell.retention is None or cell.retention.last != self.cycle[-1]
                else cell.retention.value
                for cell in self.cells
            ]
        )

    @property
    def reference_cycle(self) -> int | None:
        """The cycle that retention is held against."""
        return next((cell.retention.reference for cell in self.cells if cell.retention is not None), None)


def conditions_of(spec: Spec, direction: Direction = "discharge") -> Conditions:
    """Return the conditions that all observables of a run share, of one direction.

    Parameters
    ----------
    spec : Spec
        Electrode, cell, protocol and lattice of the run.
    direction : str
        ``discharge`` or ``charge``: whose current it is.
    """
    return Conditions(
        sample=spec.electrode.formula,
        role=ROLE,
        temperature=spec.cell.temperature,
        electrode=spec.cell.ion,
        lower_cutoff=spec.cell.lower_cutoff,
        upper_cutoff=spec.cell.upper_cutoff,
        current=spec.protocol.current_of(direction),
    )


def cycled(tree: xr.DataTree, spec: Spec) -> Cycled:
    """Return the replicas of a run's dataset as cells, with their voltage curves.

    Parameters
    ----------
    tree : DataTree
        By the schema ``run``.
    spec : Spec
        Electrode, cell, protocol and lattice of the run.
    """
    return _cycled(records_of_tree(tree), spec, tree["cycles"].to_dataset()["cycle"].values)


def cycled_of_cycles(cycles: xr.Dataset, spec: Spec) -> Cycled:
    """Return the replicas of the group ``cycles`` of a run as cells, without curves.

    Parameters
    ----------
    cycles : Dataset
        The group.
    spec : Spec
        Electrode, cell, protocol and lattice of the run.
    """
    currents = {direction: spec.protocol.current_of(direction) for direction in DIRECTIONS}
    records = records_of_cycles(cycles, name=spec.name, ion=spec.cell.ion, currents=currents)
    return _cycled(records, spec, cycles["cycle"].values)


def _cycled(records: Sequence[CyclingRecord], spec: Spec, cycle: NDArray[np.int64]) -> Cycled:
    shared = conditions_of(spec)
    cells = tuple(cell_of(r, role=ROLE, origin="simulated", conditions=shared) for r in records)
    return Cycled(cells=cells, cycle=np.asarray(cycle, dtype=np.int64))
