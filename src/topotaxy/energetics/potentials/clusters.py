"""Clusters of reduced metal in the product, beside what the lattice says that an object costs.

A sphere of whole formula units is taken out of antifluorite A2X and as many metal atoms as fill its room are
put in, so that the count of A and X stays neutral. What the cluster costs above bulk metal and bulk salt is
its interface, edges and strain together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics.potentials.interface import Potential
from topotaxy.energetics.potentials.relaxation import atoms_of, corrected_energy, relax, with_atoms

CELLS = 3
"""Conventional cells of the salt along an edge: 324 atoms."""

FORCE = 0.1
STEPS = 250

CLEARANCE = 1.8
"""Å between a metal atom and an ion of the salt at the start, at least: the shortest bonds of M0 in Na2O."""


def cluster(
    potential: Potential,
    salt: Mapping[str, Any],
    bulk: Mapping[str, Any],
    *,
    metal: str,
    atoms: int,
    seed: int,
) -> dict[str, Any]:
    """Relax a cluster of metal in A2X at zero pressure, the cell's shape kept.

    Parameters
    ----------
    potential : Potential
        Interatomic potential: energies (eV), forces (eV/Å), stress (eV/Å³).
    salt, bulk : mapping
        Results of the relaxed antifluorite and of the bulk metal, as :func:`~.potentials.frame.reference`
        returns them.
    metal : str
        Symbol of the reduced metal.
    atoms : int
        Number of atoms of the cluster.
    seed : int
        Of its orientation and of the displacements at the start.

    Returns
    -------
    dict
        ``excess_energy`` (eV): of the cell with the cluster, over bulk salt and bulk metal; ``units``:
        formula units of salt that were taken out; with the relaxation.
    """
    unit = atoms_of(salt["structure"])
    cell = unit * (CELLS, CELLS, CELLS)
    room = atoms * float(bulk["volume_per_unit"]) / float(salt["volume_per_unit"])
    centre = _hole(cell)
    shape = _sphere_of_metal(atoms, float(bulk["volume_per_unit"]), np.random.default_rng([seed, atoms]))
    hollow, units = _hollowed(cell, centre, shape, round(room))
    filled = with_atoms(hollow, metal, centre + shape)
    filled.rattle(0.03, seed=seed)
    done = relax(filled, potential, cell="volume", fmax=FORCE, steps=STEPS)
    host = cell.copy()
    host.calc = potential.calculator()
    salt_units = len(cell) // 3
    before = corrected_energy(host, potential)
    excess = done.energy - before * (salt_units - units) / salt_units - atoms * float(bulk["energy_per_unit"])
    return done.document() | {
        "excess_energy": excess,
        "units": units,
        "metal": metal,
        "atoms": atoms,
        "volume_change": float(done.atoms.get_volume() - cell.get_volume()),
    }


def _hole(cell: Any) -> NDArray[np.float64]:
    """An octahedral hole near the middle of the cell: half a lattice parameter from an anion."""
    anion = min(set(cell.get_chemical_symbols()), key=cell.get_chemical_symbols().count)
    places = cell.positions[[s == anion for s in cell.get_chemical_symbols()]]
    a = float(cell.get_volume() ** (1.0 / 3.0)) / CELLS
    middle = cell.cell.array.sum(axis=0) / 2.0
    return np.asarray(places[np.argmin(((places - middle) ** 2).sum(axis=1))] + np.array([0.5 * a, 0.0, 0.0]))


def _sphere_of_metal(atoms: int, volume: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Positions (Å) of the so many atoms of fcc metal that lie nearest to one of them, turned at random."""
    a = (4.0 * volume) ** (1.0 / 3.0)
    steps = np.arange(-6, 7)
    grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    grid = grid[grid.sum(axis=1) % 2 == 0]
    order = np.lexsort((*grid.T, (grid**2).sum(axis=1)))
    chosen = 0.5 * a * grid[order[:atoms]]
    turn, triangle = np.linalg.qr(rng.standard_normal((3, 3)))
    return np.asarray((chosen - chosen.mean(axis=0)) @ (turn * np.sign(np.diag(triangle))))


def _hollowed(
    cell: Any, centre: NDArray[np.float64], shape: NDArray[np.float64], least: int
) -> tuple[Any, int]:
    """Take whole formula units out where the metal will be, as few as leave it room."""
    symbols = cell.get_chemical_symbols()
    anion = min(set(symbols), key=symbols.count)
    offsets = cell.positions - centre
    offsets -= np.rint(offsets @ np.linalg.inv(cell.cell.array)) @ cell.cell.array
    near = np.sqrt(((offsets[:, None, :] - shape[None]) ** 2).sum(axis=2)).min(axis=1)
    order = np.lexsort((np.arange(len(cell)), near))
    anions = [int(i) for i in order if symbols[i] == anion]
    alkali = [int(i) for i in order if symbols[i] != anion]
    units = max(least, 1)
    while min(near[anions[units]], near[alkali[2 * units]]) < CLEARANCE:
        units += 1
    out = set(anions[:units]) | set(alkali[: 2 * units])
    kept = cell.copy()
    del kept[sorted(out)]
    return kept, units
