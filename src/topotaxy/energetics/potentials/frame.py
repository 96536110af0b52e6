"""Bulk phases, the frame of a composition and its stiffness."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics.cells import RockSaltCell
from topotaxy.energetics.potentials.crystals import crystal, prototype_crystal
from topotaxy.energetics.potentials.interface import Potential
from topotaxy.energetics.potentials.relaxation import Relaxed, atoms_of, corrected_energy, relax

REFERENCE_FORCE = 0.02
"""eV/Å to which bulk phases are relaxed."""

FRAME_FORCE = 0.03
"""eV/Å to which the frame is relaxed; its energy enters every displacement."""

ANNEAL = {"temperature": 800.0, "steps": 40, "timestep": 2.0}
"""K, steps and fs of the molecular dynamics that lets a frame leave the symmetric positions.

Relaxed from ideal positions alone, a frame with Cu or S stops in a shallow basin, and the
first defect then pays for its descent."""


HALF_WAY = math.sqrt(3.0) / 8.0
"""Half the way from an octahedral site to a tetrahedral one, in lattice parameters.

A cation beyond it sits in no octahedron any more: a displacement in such a cell is not one in a
rock-salt frame, and is not computed."""


def reference(potential: Potential, phase: str) -> dict[str, Any]:
    """Relax a bulk phase; ``energy_per_unit`` is per formula unit (per atom of an element).

    Parameters
    ----------
    potential : Potential
        Interatomic potential: energies (eV), forces (eV/Å), stress (eV/Å³).
    phase : str
        Formula of a tabulated phase.
    """
    atoms = crystal(phase)
    relaxed = relax(atoms, potential, cell="full", fmax=REFERENCE_FORCE, steps=300)
    units = formula_units(atoms.get_chemical_symbols(), phase)
    return relaxed.document() | {
        "energy_per_unit": relaxed.energy / units,
        "volume_per_unit": relaxed.atoms.get_volume() / units,
    }


def formula_units(symbols: list[str], phase: str) -> int:
    """Formula units of ``phase`` in a cell: atoms of the cell over atoms of the formula.

    Parameters
    ----------
    symbols : list of str
        Symbols of all atoms of the cell.
    phase : str
        Formula of a phase, as NiO or Li2O.
    """
    from ase.formula import Formula

    atoms: int = sum(Formula(phase).count().values())
    return len(symbols) // atoms


def rock_salt_binary(potential: Potential, cation: str, anion: str, start: float) -> dict[str, Any]:
    """Relax the rock salt of one cation, whatever its stable structure is.

    Parameters
    ----------
    potential : Potential
        Interatomic potential: energies (eV), forces (eV/Å), stress (eV/Å³).
    cation : str
        Symbol of the cation.
    anion : str
        Symbol of the anion.
    start : float
        Lattice parameter that the relaxation starts from, Å.
    """
    atoms = prototype_crystal(f"{cation}{anion}", "rocksalt", start)
    relaxed = relax(atoms, potential, cell="volume", fmax=REFERENCE_FORCE, steps=300)
    return relaxed.document() | {
        "energy_per_unit": relaxed.energy / 4.0,
        "lattice_parameter": float(relaxed.atoms.get_volume() ** (1.0 / 3.0)),
    }


def atoms_from_cell(cell: RockSaltCell) -> Any:
    """Return the ASE atoms of a representative cell.

    Parameters
    ----------
    cell : RockSaltCell
        Which site of a rock-salt cell holds what.
    """
    from ase import Atoms

    edge = cell.cells * cell.lattice_parameter
    return Atoms(list(cell.symbols), positions=cell.positions, cell=[edge] * 3, pbc=True)


def frame(potential: Potential, cell: RockSaltCell, start: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Anneal the cell shortly and relax it; or relax ``start``, which another potential found.

    Parameters
    ----------
    potential : Potential
        Interatomic potential: energies (eV), forces (eV/Å), stress (eV/Å³).
    cell : RockSaltCell
        Which site of a rock-salt cell holds what.
    start : mapping, optional
        Structure that the relaxation starts from, as :func:`~.relaxation.structure_document` has it.
    """
    atoms = atoms_from_cell(cell) if start is None else atoms_of(start)
    if start is None:
        atoms = _annealed(atoms, potential, cell.seed)
    best = relax(atoms, potential, cell="volume", fmax=FRAME_FORCE, steps=250)
    outcome = best.document() | {
        "lattice_parameter": float(best.atoms.get_volume() ** (1.0 / 3.0) / cell.cells),
        "energy_per_cation": best.energy / cell.cations,
        "annealing_steps": int(ANNEAL["steps"]) if start is None else 0,
        "mismatch": cell.mismatch,
        "formula": cell.formula,
        "cells": cell.cells,
    }
    away = off_sites(cell, outcome["structure"])
    farthest = int(np.argmax(away[: cell.cations]))
    if away[farthest] > HALF_WAY * outcome["lattice_parameter"]:
        outcome["unusable"] = (
            f"left the rock salt: {cell.symbols[farthest]} {away[farthest]:.2f} Å off its site, "
            "nearer to a tetrahedron"
        )
    return outcome


def off_sites(cell: RockSaltCell, structure: Mapping[str, Any]) -> NDArray[np.float64]:
    """Distance (Å) of each relaxed atom from its site in rock salt, in the order of ``cell``.

    Parameters
    ----------
    cell : RockSaltCell
        Which site of a rock-salt cell holds what.
    structure : mapping
        The relaxed cell as :func:`~.relaxation.structure_document` has it: symbols, cell and positions, Å.
    """
    edge = float(structure["cell"][0][0])
    away = np.array(structure["positions"]) - cell.fractional * edge
    away -= edge * np.rint(away / edge)
    away -= away.mean(axis=0)
    lengths: NDArray[np.float64] = np.linalg.norm(away, axis=1)
    return lengths


def _annealed(atoms: Any, potential: Potential, seed: int) -> Any:
    from ase import units
    from ase.md.langevin import Langevin

    moving = atoms.copy()
    moving.calc = potential.calculator()
    rng = np.random.default_rng(seed)
    thermal = np.sqrt(moving.get_masses() * units.kB * ANNEAL["temperature"])
    moving.set_momenta(thermal[:, None] * rng.standard_normal((len(moving), 3)))
    Langevin(
        moving,
        ANNEAL["timestep"] * units.fs,
        temperature_K=ANNEAL["temperature"],
        friction=0.02 / units.fs,
        rng=rng,
        fixcm=False,
    ).run(int(ANNEAL["steps"]))
    return moving.copy()


STRAIN = 0.005
"""Strain of the finite differences that give elastic constants."""


def elastic(potential: Potential, host: Mapping[str, Any]) -> dict[str, Any]:
    """Elastic constants of a relaxed frame (GPa), cubic averages, ions relaxed at each strain.

    C11 and C12 from ±ε along one axis, averaged over the three axes; C44 from ±γ shears;
    B = (C11 + 2 C12)/3. Central differences of the stress.

    Parameters
    ----------
    potential : Potential
        Interatomic potential: energies (eV), forces (eV/Å), stress (eV/Å³).
    host : mapping
        Result of the relaxed frame, as :func:`~.potentials.frame.frame` returns it: structure (Å), energy
        (eV).
    """
    eye = np.eye(3)
    start = atoms_of(host["structure"])
    constants = np.zeros((3, 6))
    shear = np.zeros(3)
    converged = True
    pairs = ((1, 2), (0, 2), (0, 1))
    for axis in range(3):
        for deformation, index in ((_axial(axis), axis), (_shear(*pairs[axis]), 3 + axis)):
            stresses = []
            for sign in (1.0, -1.0):
                strained = start.copy()
                strained.set_cell(start.cell.array @ (eye + sign * STRAIN * deformation), scale_atoms=True)
                done = relax(strained, potential, cell="fixed", fmax=0.05, steps=60)
                converged &= done.converged
                probe = done.atoms.copy()
                probe.calc = potential.calculator()
                stresses.append(probe.get_stress() * 160.21766208)
            slope = (stresses[0] - stresses[1]) / (2.0 * STRAIN)
            if index < 3:
                constants[axis] = slope
            else:
                shear[axis] = slope[index]
    c11 = np.array([constants[i, i] for i in range(3)])
    c12 = np.array([constants[i, j] for i in range(3) for j in range(3) if i != j])
    return {
        "c11": float(c11.mean()),
        "c12": float(c12.mean()),
        "c44": float(shear.mean()),
        "bulk_modulus": float((c11.mean() + 2.0 * c12.mean()) / 3.0),
        "spread": {
            "c11": float(c11.std(ddof=1)),
            "c12": float(c12.std(ddof=1)),
            "c44": float(shear.std(ddof=1)),
        },
        "converged": converged,
    }


def _axial(axis: int) -> Any:
    deformation = np.zeros((3, 3))
    deformation[axis, axis] = 1.0
    return deformation


def _shear(i: int, j: int) -> Any:
    """Symmetric deformation of engineering shear 1, as the Voigt stress expects."""
    deformation = np.zeros((3, 3))
    deformation[i, j] = deformation[j, i] = 0.5
    return deformation


__all__ = [
    "Relaxed",
    "atoms_from_cell",
    "corrected_energy",
    "elastic",
    "frame",
    "off_sites",
    "reference",
    "rock_salt_binary",
]
