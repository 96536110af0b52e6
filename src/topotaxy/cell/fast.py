"""The compiled cell as Python calls it: a draw of the lattice, parameters, legs of cycles; one row a
cycle back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from topotaxy.caching import use_compiled_code_folder
from topotaxy.errors import InputError

use_compiled_code_folder(Path(__file__).parent)

from topotaxy.cell.cycled import COLUMNS, SETTLED, cycle_through  # noqa: E402
from topotaxy.cell.draws import LatticeDraw  # noqa: E402
from topotaxy.cell.numbers import circuit_of, electrode_of, kernel_branches  # noqa: E402
from topotaxy.cell.structures import SIZE  # noqa: E402

Values = NDArray[np.float64]
STEPS, SHELLS = 40, 10
"""Steps of a full discharge at a low current and shells of a particle: halved, capacities move by less
than 0.5 %."""


class LegLike(Protocol):
    """So many cycles at one current (A/g)."""

    @property
    def cycles(self) -> int:
        """Number of cycles."""

    @property
    def current(self) -> float:
        """Current, A/g."""


@dataclass(frozen=True, kw_only=True)
class Cycles:
    """Simulated cycles, one row each with the columns of :data:`topotaxy.cell.cycled.COLUMNS`."""

    rows: Values

    def column(self, name: str) -> Values:
        """One column of all rows.

        Parameters
        ----------
        name : str
            One of :data:`topotaxy.cell.cycled.COLUMNS`.
        """
        return np.asarray(self.rows[:, COLUMNS.index(name)])

    def at(self, name: str, cycle: int) -> float:
        """Value of a column at a cycle; between simulated cycles interpolated.

        Parameters
        ----------
        name : str
            One of :data:`topotaxy.cell.cycled.COLUMNS`.
        cycle : int
            Number of the cycle, from 1.
        """
        return float(np.interp(cycle, self.column("cycle"), self.column(name)))


@dataclass(frozen=True, kw_only=True)
class FastCell:
    """One cell, ready to be cycled.

    Attributes
    ----------
    draw : LatticeDraw
        What the lattice gives the cell: capacity (mAh/g), losses and branches (V) against this alkali.
    values : mapping of str to float
        As :func:`topotaxy.cell.numbers.cell_values` returns them.
    full : bool
        Against Na3V2(PO4)3/C instead of the alkali metal.
    low, high : float
        Cut-offs of the half cell, V.
    temperature : float
        Temperature of the cell, K.
    """

    draw: LatticeDraw
    values: Mapping[str, float]
    full: bool = False
    low: float = 0.01
    high: float = 3.0
    temperature: float = 298.15

    def cycle(
        self, legs: Sequence[LegLike], *, growth: float = 0.0, steps: int = STEPS, shells: int = SHELLS
    ) -> Cycles:
        """Cycle a fresh cell.

        Parameters
        ----------
        legs : sequence
            Cycles and current (A/g) of each.
        growth : float
            Share of a leg's cycles so far that is skipped after each simulated one, the slow states
            carried over;
            0 simulates all.
        steps, shells : int
            Steps that a full discharge at a low current is cut into, and shells of a particle.

        Raises
        ------
        InputError
            Where there is no leg, or a current that is not positive.
        """
        table = np.array([[leg.cycles, leg.current, leg.current] for leg in legs], dtype=float)
        if table.size == 0 or (table <= 0.0).any():
            raise InputError("expected legs of at least one cycle at a positive current")
        e = electrode_of(self.draw, self.values, self.temperature)
        circuit = circuit_of(e, self.values, low=self.low, high=self.high, full=self.full)
        branches = kernel_branches(self.draw, low=self.low, high=self.high)
        room = int(table[:, 0].sum())
        if growth > 0.0:
            room = sum(simulated_cycles(int(n), growth, first=not i) for i, n in enumerate(table[:, 0]))
        record = np.zeros((room, len(COLUMNS)))
        state, c = np.zeros(SIZE), np.zeros(shells)
        rows = cycle_through(e, circuit, branches, table, shells, steps, growth, record, state, c)
        return Cycles(rows=record[:rows])


def simulated_cycles(cycles: int, growth: float, *, first: bool = True) -> int:
    """How many cycles of a leg are simulated.

    Parameters
    ----------
    cycles : int
        Number of cycles of the leg.
    growth : float
        Share of the cycles so far that is skipped each time.
    first : bool
        Whether it is the first leg.
    """
    done, count = 0, 0
    while done < cycles:
        done += 1
        count += 1
        if done >= (SETTLED if first else 1):
            done += min(int(growth * done), max(0, cycles - done - 1))
    return count
