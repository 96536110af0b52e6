"""A crystal structure: space group, cell, and who sits on its sites."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.scattering import Floats

Cell = tuple[float, float, float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class Site:
    """One crystallographic site and who sits on it."""

    label: str
    shares: Mapping[str, float]
    """Occupancy of each element; a sum below 1 leaves vacancies."""
    position: tuple[float, float, float]
    """Fractional."""
    displacement: float = 0.5
    """Isotropic B, Å²."""


@dataclass(frozen=True, kw_only=True)
class Structure:
    """A phase: space group, conventional cell (Å, degrees) and sites of the asymmetric unit."""

    name: str
    space_group: str
    cell: Cell
    sites: tuple[Site, ...]
    source: str = ""

    @cached_property
    def group(self) -> Any:
        """The space group, of gemmi.

        Raises
        ------
        InputError
            Where there is none of that name.
        """
        import gemmi

        try:
            return gemmi.SpaceGroup(self.space_group)
        except ValueError:
            raise InputError(f"{self.space_group!r:.30} is no space group", where=self.name) from None

    @cached_property
    def free_lengths(self) -> tuple[str, ...]:
        """Names of the cell's free parameters, as symmetry leaves them."""
        system = self.group.crystal_system_str()
        if system == "cubic":
            return ("a",)
        if system in ("tetragonal", "hexagonal"):
            return ("a", "c")
        if system == "trigonal":
            return ("a", "c") if abs(self.cell[5] - 120.0) < 1e-3 else ("a", "alpha")
        if system == "orthorhombic":
            return ("a", "b", "c")
        if system == "monoclinic":
            angles = {"alpha": self.cell[3], "beta": self.cell[4], "gamma": self.cell[5]}
            unique = max(angles, key=lambda name: abs(angles[name] - 90.0))
            return ("a", "b", "c", unique if abs(angles[unique] - 90.0) > 1e-6 else "beta")
        return ("a", "b", "c", "alpha", "beta", "gamma")

    def cell_of(self, values: Mapping[str, float]) -> Cell:
        """Return the whole cell from its free parameters.

        Parameters
        ----------
        values : mapping
            Its free parameters by name.
        """
        names = ("a", "b", "c", "alpha", "beta", "gamma")
        cell = dict(zip(names, self.cell, strict=True)) | dict(values)
        free = self.free_lengths
        if "b" not in free:
            cell["b"] = cell["a"]
        if "c" not in free:
            cell["c"] = cell["a"]
        if free == ("a", "alpha"):
            cell["beta"] = cell["gamma"] = cell["alpha"]
        return (cell["a"], cell["b"], cell["c"], cell["alpha"], cell["beta"], cell["gamma"])

    def with_cell(self, cell: Cell) -> Structure:
        """Return the same structure with another cell.

        Parameters
        ----------
        cell : tuple
            Å and degrees.
        """
        return replace(self, cell=cell)

    @cached_property
    def orbits(self) -> tuple[Floats, ...]:
        """Fractional positions of every site's equivalents, each (n, 3)."""
        operations = list(self.group.operations())
        found = []
        for site in self.sites:
            kept: list[NDArray[np.float64]] = []
            for operation in operations:
                point = np.array(operation.apply_to_xyz(list(site.position))) % 1.0
                if not any(np.abs((point - other + 0.5) % 1.0 - 0.5).max() < 1e-4 for other in kept):
                    kept.append(point)
            found.append(np.array(kept))
        return tuple(found)

    @property
    def mass(self) -> float:
        """Mass of the cell's content, g/mol: the ZM of quantitative phase analysis."""
        import gemmi

        return float(
            sum(
                len(orbit) * share * gemmi.Element(element).weight
                for site, orbit in zip(self.sites, self.orbits, strict=True)
                for element, share in site.shares.items()
            )
        )

    @property
    def volume(self) -> float:
        """Volume of the cell, Å³."""
        import gemmi

        return float(gemmi.UnitCell(*self.cell).volume)

    @property
    def cations(self) -> float:
        """Atoms in the cell that are not O, S, Se, F, Cl or N."""
        return float(
            sum(
                len(orbit) * share
                for site, orbit in zip(self.sites, self.orbits, strict=True)
                for element, share in site.shares.items()
                if element not in ANIONS
            )
        )


ANIONS = frozenset({"O", "S", "Se", "F", "Cl", "N"})


def has_anion(structure: Structure) -> bool:
    """Whether a phase holds an anion.

    Parameters
    ----------
    structure : Structure
        A phase: space group, cell (Å, °) and sites of the asymmetric unit.
    """
    return any(element in ANIONS for site in structure.sites for element in site.shares)
