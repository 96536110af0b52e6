"""Reading the folder of a cell's run."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from topotaxy.content.figure import Values
from topotaxy.errors import InputError
from topotaxy.observables import Observable, from_json
from topotaxy.results import DATA_FILE, read_dataset
from topotaxy.results.reading import stored_object, stored_text

if TYPE_CHECKING:
    import xarray as xr

CYCLES_FILE = "cycles.csv"
RECORD_FILE = "record.bdf.csv"
NEEDED_CYCLES = (
    "cycle",
    "current_A_per_g",
    "discharge_mAh_per_g",
    "charge_mAh_per_g",
    "discharge_voltage_V",
    "charge_voltage_V",
    "film_mAh_per_g",
    "trapped_mAh_per_g",
    "active_fraction",
)
NEEDED_RECORD = (
    "voltage_volt",
    "current_ampere",
    "cycle_count",
    "charging_capacity_ah",
    "discharging_capacity_ah",
)


@dataclass(frozen=True, kw_only=True)
class CellFolder:
    """The parts of a cell's folder that a report draws on.

    ``cycles`` and ``record`` are columns by name, those of :data:`NEEDED_CYCLES` and
    :data:`NEEDED_RECORD` at least; directions are those of the cell. ``groups`` are those of the dataset.
    """

    path: Path
    cycles: Mapping[str, Values]
    record: Mapping[str, Values]
    observables: tuple[Observable, ...]
    provenance: Mapping[str, Any]
    groups: Mapping[str, xr.Dataset] = field(default_factory=dict)

    def section(self, name: str) -> Mapping[str, Any]:
        """Return one section of the specification as run; empty where it is not there.

        Parameters
        ----------
        name : str
            Name of the section of ``spec.toml``.
        """
        spec = self.provenance.get("spec")
        found = spec.get(name) if isinstance(spec, dict) else None
        return found if isinstance(found, dict) else {}

    @property
    def is_full(self) -> bool:
        """Whether the counter electrode is another one than the alkali metal."""
        return str(self.section("cell").get("counter", "metal")) != "metal"

    @property
    def mass(self) -> float:
        """Mass of the conversion material in g; NaN where the run does not say."""
        found = self.provenance.get("mass_g")
        if isinstance(found, (int, float)) and not isinstance(found, bool) and found > 0:
            return float(found)
        return math.nan


def read_cell_folder(path: Path) -> CellFolder:
    """Read the folder of a cell's run.

    Parameters
    ----------
    path : Path
        Folder to read.

    Raises
    ------
    InputError
        Where one of its files is missing or cannot be read.
    """
    observables = from_json(stored_text(path / "observables.json"), where=str(path / "observables.json"))
    provenance = stored_object(path / "provenance.json")
    return CellFolder(
        path=path,
        cycles=_columns(path / CYCLES_FILE, NEEDED_CYCLES),
        record=_columns(path / RECORD_FILE, NEEDED_RECORD),
        observables=tuple(observables),
        provenance=provenance,
        groups=_groups(path / DATA_FILE),
    )


def _groups(path: Path) -> dict[str, xr.Dataset]:
    if not path.is_file():
        return {}
    return {str(name): node.to_dataset() for name, node in read_dataset(path).children.items()}


def _columns(path: Path, needed: Sequence[str]) -> dict[str, Values]:
    lines = csv.reader(stored_text(path).splitlines())
    head = next(lines, [])
    missing = [name for name in needed if name not in head]
    if missing:
        raise InputError(f"has no column {missing[0]}", where=str(path))
    places = [head.index(name) for name in needed]
    try:
        rows = [[float(row[place]) for place in places] for row in lines if row]
    except (ValueError, IndexError):
        raise InputError("has a row that is not numbers", where=str(path)) from None
    if not rows:
        raise InputError("has no row", where=str(path))
    table = np.array(rows, dtype=float)
    return {name: table[:, column] for column, name in enumerate(needed)}
