"""Draws of the lattice as one table: for each set of lattice inputs, every alkali's branches together.

What a draw gives belongs together: branches, early loss, interface and reduced shares of one set of inputs,
for all alkalis. The cell takes them from one draw and never moves one of them alone.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.cell.archive import read_archive, write_archive
from topotaxy.cell.branches import BRANCHES, POINTS
from topotaxy.errors import InputError

Values = NDArray[np.float64]
SCHEMA = "topotaxy/cell-draws/1"

_ARRAYS: Mapping[str, tuple[str, ...]] = {
    "inputs": ("draw", "input"),
    "capacity": ("draw", "ion"),
    "early_loss": ("draw", "ion"),
    "later_loss": ("draw", "ion"),
    "interface_area": ("draw", "ion"),
    "domain_size": ("draw", "ion"),
    "reduced": ("draw", "ion", "cation"),
    "branches": ("draw", "ion", "branch", "point"),
}


@dataclass(frozen=True, kw_only=True)
class LatticeDraw:
    """What one draw of the lattice gives the cell for one alkali.

    Attributes
    ----------
    capacity : float
        Charge of the first slow discharge, mAh per gram of pristine host: stoichiometry 1.
    early_loss, later_loss : float
        Share of it that is still held after the first cycle, and after some more, at 0.1 A/g.
    interface_area : float
        Surface of metal objects at the end of the first discharge, m² per gram of pristine host.
    zinc : float
        Zn that is metal at the end of the first discharge, as the charge of one electron each, mAh/g; zero
        without Zn.
    first_discharge, discharge, charge : array (101,)
        Voltage (V), falling, at equidistant stoichiometries from 0 to 1.
    density : float
        Of the pristine host, g/cm³.
    """

    ion: str
    capacity: float
    early_loss: float
    later_loss: float
    interface_area: float
    zinc: float
    first_discharge: Values
    discharge: Values
    charge: Values
    density: float


@dataclass(frozen=True, kw_only=True)
class DrawTable:
    """All draws of one material; arrays as ``_ARRAYS`` has them, units as in :class:`LatticeDraw`.

    ``cation_capacity`` is the charge of one electron for each cation, mAh/g; ``reduced`` the share of
    each cation
    that is metal at the end of the first discharge. The first draw has the shipped inputs.
    """

    formula: str
    ions: tuple[str, ...]
    temperature: float
    lower_cutoff: float
    upper_cutoff: float
    molar_mass: float
    density: float
    cations: tuple[str, ...]
    cation_capacity: tuple[float, ...]
    input_names: tuple[str, ...]
    inputs: Values
    capacity: Values
    early_loss: Values
    later_loss: Values
    interface_area: Values
    domain_size: Values
    reduced: Values
    branches: Values
    provenance: Mapping[str, Any]

    def __len__(self) -> int:
        return len(self.capacity)

    def draw(self, index: int, ion: str) -> LatticeDraw:
        """Return one draw for one alkali.

        Parameters
        ----------
        index : int
            Number of the draw; 0 has the shipped inputs.
        ion : str
            Symbol of the alkali metal: Li, Na or K.

        Raises
        ------
        InputError
            Where the table has no such draw or alkali.
        """
        if ion not in self.ions:
            raise InputError(f"no draws of {self.formula} with {ion!r:.20}; there are {', '.join(self.ions)}")
        if not 0 <= index < len(self):
            raise InputError(f"no draw {index}; there are {len(self)}")
        i = self.ions.index(ion)
        first, later, up = (self.branches[index, i, b] for b in range(len(BRANCHES)))
        zinc = 0.0
        if "Zn" in self.cations:
            z = self.cations.index("Zn")
            zinc = float(self.reduced[index, i, z]) * self.cation_capacity[z]
        return LatticeDraw(
            ion=ion,
            capacity=float(self.capacity[index, i]),
            early_loss=float(self.early_loss[index, i]),
            later_loss=max(float(self.early_loss[index, i]), float(self.later_loss[index, i])),
            interface_area=float(self.interface_area[index, i]),
            zinc=zinc,
            first_discharge=first,
            discharge=later,
            charge=up,
            density=self.density,
        )


def write_draws(table: DrawTable, path: Path) -> None:
    """Write a table as an archive of plain arrays (no pickled object).

    Parameters
    ----------
    table : DrawTable
        Draws of the lattice with the inputs of each.
    path : Path
        File to write; ends in ``.npz``.
    """
    arrays = {
        name: getattr(table, name).astype(np.float32 if name == "branches" else float) for name in _ARRAYS
    }
    facts = {f.name: getattr(table, f.name) for f in fields(table) if f.name not in _ARRAYS}
    write_archive(path, SCHEMA, facts, arrays)


def read_draws(data: bytes, *, where: str) -> DrawTable:
    """Read what :func:`write_draws` wrote, everything checked.

    Parameters
    ----------
    data : bytes
        Content of the file.
    where : str
        Name of the file in messages.

    Raises
    ------
    InputError
        Where it is no such table.
    """
    facts, arrays = read_archive(data, SCHEMA, _ARRAYS, what="a table of draws", where=where)
    lists = ("ions", "cations", "cation_capacity", "input_names")
    try:
        named: dict[str, Any] = {k: tuple(v) if k in lists else v for k, v in facts.items()}
        table = DrawTable(**named, **arrays)
        _check(table, where)
    except InputError:
        raise
    except (ValueError, TypeError) as error:
        raise InputError(f"not a table of draws ({error!s:.100})", where=where) from None
    return table


def _check(table: DrawTable, where: str) -> None:
    sizes = {
        "draw": len(table.capacity),
        "input": len(table.input_names),
        "ion": len(table.ions),
        "cation": len(table.cations),
        "branch": len(BRANCHES),
        "point": POINTS,
    }
    for name, dims in _ARRAYS.items():
        values = getattr(table, name)
        expected = tuple(sizes[d] for d in dims)
        if values.shape != expected or not (name == "domain_size" or np.isfinite(values).all()):
            raise InputError(f"{name}: expected {expected} finite numbers, got {values.shape}", where=where)
    if len(table) < 1 or (table.capacity <= 0.0).any() or (np.diff(table.branches, axis=3) > 1e-6).any():
        raise InputError("expected draws of positive capacity and falling branches", where=where)
    if len(table.cation_capacity) != len(table.cations) or not all(map(math.isfinite, table.cation_capacity)):
        raise InputError("expected one capacity a cation", where=where)


def draw_names() -> list[str]:
    """Names of the tables of draws that ship, such as ``heos``."""
    root = resources.files("topotaxy.cell") / "tables"
    return sorted(item.name.removesuffix(".npz") for item in root.iterdir() if item.name.endswith(".npz"))


@cache
def load_draws(name: str) -> DrawTable:
    """Load a table of draws that ships with the package.

    Parameters
    ----------
    name : str
        Name of the draws, as ``heos``.

    Raises
    ------
    InputError
        Where there is none of that name.
    """
    if name not in draw_names():
        raise InputError(
            f"no table of draws named {name!r:.60}; there are {', '.join(draw_names())}, and "
            "'python -m topotaxy.studies.draws NAME --specs SPEC... --work DIR' makes one"
        )
    item = resources.files("topotaxy.cell") / "tables" / f"{name}.npz"
    return read_draws(item.read_bytes(), where=name)
