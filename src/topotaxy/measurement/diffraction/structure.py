"""A crystal structure, its reflections, and what each of them scatters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.scattering import Complexes, Floats, Radiation, amplitude

Cell = tuple[float, float, float, float, float, float]

MOST_REFLECTIONS = 20_000
"""Reflections of one phase beyond which a powder pattern is refused: nothing could be told apart."""


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


def inverse_spacings(hkl: NDArray[np.int64], cell: Cell) -> Floats:
    """Return 1/d of reflections, Å⁻¹.

    Parameters
    ----------
    hkl : array (n, 3)
        Miller indices.
    cell : tuple
        Å and degrees.
    """
    a, b, c = cell[:3]
    ca, cb, cg = (math.cos(math.radians(angle)) for angle in cell[3:])
    metric = np.array(
        [
            [a * a, a * b * cg, a * c * cb],
            [a * b * cg, b * b, b * c * ca],
            [a * c * cb, b * c * ca, c * c],
        ]
    )
    reciprocal = np.linalg.inv(metric)
    return np.asarray(np.sqrt(np.maximum(np.einsum("ni,ij,nj->n", hkl, reciprocal, hkl), 0.0)))


@dataclass(frozen=True, kw_only=True)
class Reflections:
    """Reflections of a structure down to a spacing, in order of falling spacing.

    ``geometry[s]`` is the sum of exp(2πi h·x) over the orbit of site ``s``, and ``atoms[s]`` the amplitude
    of each of its elements, by name.
    """

    structure: Structure
    radiation: Radiation
    hkl: NDArray[np.int64]
    multiplicity: Floats
    geometry: Complexes
    atoms: tuple[dict[str, Complexes], ...]
    s2: Floats

    def __len__(self) -> int:
        return len(self.hkl)

    def squared(
        self,
        displacements: Mapping[str, float] | None = None,
        shares: Mapping[tuple[str, str], float] | None = None,
    ) -> Floats:
        """Return |F|² of each reflection, electrons² or fm², the mean of it and its Friedel mate.

        The two differ in a structure without centre whose atoms absorb (Bijvoet pairs), and fall on one line
        of a powder.

        Parameters
        ----------
        displacements : mapping, optional
            B by site label, Å², where it is not the structure's.
        shares : mapping, optional
            Occupancy by (site label, element), where it is not the structure's.
        """
        total, mate = np.zeros((2, len(self.hkl)), dtype=np.complex128)
        for site, phase, atoms in zip(self.structure.sites, self.geometry, self.atoms, strict=True):
            b = (displacements or {}).get(site.label, site.displacement)
            mean = np.zeros(len(self.hkl), dtype=np.complex128)
            for element, share in site.shares.items():
                mean += (shares or {}).get((site.label, element), share) * atoms[element]
            mean *= np.exp(-b * self.s2)
            total += phase * mean
            mate += np.conj(phase) * mean
        return np.asarray((np.abs(total) ** 2 + np.abs(mate) ** 2) / 2.0)


def reflections(
    structure: Structure, *, shortest: float, radiation: Radiation, wavelength: float
) -> Reflections:
    """Return the reflections of a structure with spacings down to ``shortest`` (Å).

    Friedel pairs are taken as one family: powder multiplicities.

    Parameters
    ----------
    structure : Structure
    shortest : float
        Å.
    radiation : {"X-ray", "neutron"}
    wavelength : float
        Å, for the dispersion of X-rays.

    Raises
    ------
    InputError
        Where there would be more than :data:`MOST_REFLECTIONS`.
    """
    import gemmi

    group = structure.group
    expected = structure.volume * 4.0 / 3.0 * math.pi / shortest**3 / max(len(group.operations()), 1)
    if expected > MOST_REFLECTIONS:
        raise InputError(
            f"has about {expected:.0f} reflections, more than a powder shows", where=structure.name
        )
    unit_cell = gemmi.UnitCell(*structure.cell)
    hkl = np.asarray(gemmi.make_miller_array(unit_cell, group, shortest, 0, True), dtype=np.int64).reshape(
        -1, 3
    )
    operations = group.operations()
    allowed = [not operations.is_systematically_absent([int(i) for i in row]) for row in hkl]
    hkl = hkl[np.array(allowed, dtype=bool)]
    inverse = inverse_spacings(hkl, structure.cell)
    order = np.argsort(inverse, kind="stable")
    hkl, inverse = hkl[order], inverse[order]
    hkl, multiplicity = _families(hkl, operations)
    geometry = np.array([np.exp(2j * np.pi * (hkl @ orbit.T)).sum(axis=1) for orbit in structure.orbits])
    s2 = (inverse / 2.0) ** 2
    atoms = tuple(
        {
            element: amplitude(element, s2, radiation=radiation, wavelength=wavelength)
            for element in site.shares
        }
        for site in structure.sites
    )
    return Reflections(
        structure=structure,
        radiation=radiation,
        hkl=hkl,
        multiplicity=multiplicity,
        geometry=geometry,
        atoms=atoms,
        s2=s2,
    )


def _families(hkl: NDArray[np.int64], operations: Any) -> tuple[NDArray[np.int64], Floats]:
    """Return the representative of each family that people write, and how many reflections it has."""
    rotations = np.array([np.array(operation.rot) // operation.DEN for operation in operations.sym_ops])
    images = np.einsum("ni,oij->onj", hkl, rotations)
    multiplicity = np.array(
        [len({tuple(v) for v in images[:, n]} | {tuple(-v) for v in images[:, n]}) for n in range(len(hkl))],
        dtype=float,
    )
    # No negative index where one of the family has none, largest first.
    written = [
        max((tuple(v) for v in images[:, n]), key=lambda v: (sum(i >= 0 for i in v), v))
        for n in range(len(hkl))
    ]
    return np.array(written, dtype=np.int64).reshape(-1, 3), multiplicity
