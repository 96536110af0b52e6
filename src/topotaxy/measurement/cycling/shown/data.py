"""What figures and tables of cells are made from: datasets and observables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from topotaxy.content.figure import Values
from topotaxy.observables import Observable

if TYPE_CHECKING:
    import xarray as xr


@dataclass(frozen=True, kw_only=True, eq=False)
class CellData:
    """One cell of an analysis: its dataset, and its observables. Two of them are never equal."""

    data: xr.Dataset
    observables: tuple[Observable, ...]

    def text(self, name: str) -> str:
        """Return an attribute as text; empty where the analysis does not say.

        Parameters
        ----------
        name : str
            Name of the attribute.
        """
        return str(self.data.attrs.get(name, ""))

    @property
    def name(self) -> str:
        """Name of the cell."""
        return self.text("name")

    @property
    def simulated(self) -> bool:
        """Whether it comes from a simulation."""
        return self.text("origin") == "simulated"

    @property
    def swept(self) -> bool:
        """Whether voltage was swept."""
        return self.text("technique") == "voltage sweeps"

    @property
    def unit(self) -> str:
        """Unit of its capacities: mAh/g, or mAh without a mass."""
        return self.text("unit")

    @property
    def notes(self) -> list[str]:
        """What a reader of its numbers must know."""
        return [str(note) for note in json.loads(self.text("notes") or "[]")]

    @property
    def absent(self) -> dict[str, str]:
        """What could not be computed, and why."""
        return {str(k): str(v) for k, v in json.loads(self.text("absent") or "{}").items()}

    @property
    def cycle(self) -> Values:
        """Cycle numbers."""
        return np.asarray(self.data["cycle"].values, dtype=float)

    def values(self, name: str) -> Values:
        """Return a variable as numbers; empty where there is none.

        Parameters
        ----------
        name : str
            Name of the variable.
        """
        if name not in self.data:
            return np.empty(0)
        return np.asarray(self.data[name].values, dtype=float)

    def observable(self, quantity: str, cycle: int | None = None) -> Observable | None:
        """Return the first observable of a quantity (and cycle), if there is one.

        Parameters
        ----------
        quantity : str
            Word of the vocabulary.
        cycle : int, optional
            Of which cycle.
        """
        return next(
            (o for o in self.observables if o.quantity == quantity and cycle in (None, o.cycle)), None
        )


@dataclass(frozen=True, kw_only=True)
class CyclingData:
    """The cells of an analysis, its observables, and measured less simulated where both are there.

    ``differences`` are plain data, as in the document of an analysis.
    """

    cells: tuple[CellData, ...]
    observables: tuple[Observable, ...]
    differences: tuple[Mapping[str, Any], ...] = ()

    @property
    def measured(self) -> tuple[CellData, ...]:
        """The measured cells; the simulated ones where there are no others."""
        found = tuple(cell for cell in self.cells if not cell.simulated)
        return found or self.cells

    @property
    def overlaid(self) -> tuple[CellData, ...]:
        """The simulated cells, where measured ones stand beside them."""
        return tuple(cell for cell in self.cells if cell.simulated and cell not in self.measured)


def cycling_data(
    tree: xr.DataTree, observables: Sequence[Observable], differences: Sequence[Mapping[str, Any]] = ()
) -> CyclingData:
    """Return the cells of a tree (groups ``cell_0``, ``cell_1``, ...) with the observables of each.

    Parameters
    ----------
    tree : DataTree
        Groups of an analysis, one a cell.
    observables : sequence of Observable
        Those of all cells.
    differences : sequence of mapping
        Measured less simulated, as plain data.
    """
    cells: list[CellData] = []
    while f"cell_{len(cells)}" in tree.children:
        dataset = tree[f"cell_{len(cells)}"].to_dataset()
        name = str(dataset.attrs.get("name", ""))
        own = tuple(o for o in observables if o.source == name)
        cells.append(CellData(data=dataset, observables=own))
    return CyclingData(cells=tuple(cells), observables=tuple(observables), differences=tuple(differences))
