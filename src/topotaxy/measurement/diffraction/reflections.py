"""The reflections of a structure, and what each of them scatters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.scattering import Complexes, Floats, Radiation, amplitude
from topotaxy.measurement.diffraction.structure import Cell, Structure

MOST_REFLECTIONS = 20_000
"""Reflections of one phase beyond which a powder pattern is refused: nothing could be told apart."""


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
        A phase: space group, cell (Å, °) and sites of the asymmetric unit.
    shortest : float
        Å.
    radiation : {"X-ray", "neutron"}
        By which the amplitudes of atoms are taken.
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
