"""Reading the folder of an analysis."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from topotaxy.content.figure import Values
from topotaxy.errors import InputError
from topotaxy.observables import Observable, from_json

if TYPE_CHECKING:
    import xarray as xr

DATA_FILE = "analysis.nc"
OBSERVABLES_FILE = "observables.json"


@dataclass(frozen=True, kw_only=True, eq=False)
class CellData:
    """One cell of an analysis: its dataset, and its observables. Two of them are never equal."""

    data: xr.Dataset
    observables: tuple[Observable, ...]

    def text(self, name: str) -> str:
        """Return an attribute as text; empty where the analysis does not say."""
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
        """Return a variable as numbers; empty where there is none."""
        if name not in self.data:
            return np.empty(0)
        return np.asarray(self.data[name].values, dtype=float)

    def observable(self, quantity: str, cycle: int | None = None) -> Observable | None:
        """Return the first observable of a quantity (and cycle), if there is one."""
        return next(
            (o for o in self.observables if o.quantity == quantity and cycle in (None, o.cycle)), None
        )


@dataclass(frozen=True, kw_only=True)
class AnalysisFolder:
    """The cells of an analysis, its document (differences, observables) and its provenance."""

    path: Path
    cells: tuple[CellData, ...]
    document: dict[str, Any]
    observables: tuple[Observable, ...]
    provenance: dict[str, Any]

    @property
    def measured(self) -> tuple[CellData, ...]:
        """The measured cells; the simulated ones where there are no others."""
        found = tuple(cell for cell in self.cells if not cell.simulated)
        return found or self.cells

    @property
    def overlaid(self) -> tuple[CellData, ...]:
        """The simulated cells, where measured ones stand beside them."""
        return tuple(cell for cell in self.cells if cell.simulated and cell not in self.measured)


def read_analysis_folder(path: Path) -> AnalysisFolder:
    """Read what an analysis wrote.

    Raises
    ------
    InputError
        Where one of its files is missing or cannot be read.
    """
    text = _text(path / OBSERVABLES_FILE)
    observables = tuple(from_json(text, where=str(path / OBSERVABLES_FILE)))
    groups = _groups(path / DATA_FILE)
    cells = []
    for dataset in groups:
        name = str(dataset.attrs.get("name", ""))
        mine = tuple(o for o in observables if o.source == name)
        cells.append(CellData(data=dataset, observables=mine))
    if not cells:
        raise InputError("holds no cell", where=str(path / DATA_FILE))
    return AnalysisFolder(
        path=path,
        cells=tuple(cells),
        document=json.loads(text),
        observables=observables,
        provenance=json.loads(_text(path / "provenance.json")),
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read ({error!s:.120})", where=str(path)) from None


def _groups(path: Path) -> list[xr.Dataset]:
    import xarray as xr

    try:
        with xr.open_datatree(path, engine="h5netcdf") as tree:
            return [tree[f"cell_{index}"].to_dataset().load() for index in range(len(tree.children))]
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"not a readable netCDF file ({error!s:.120})", where=str(path)) from None
