"""Reduced metal inside the product: what M0 costs in A2X, and what its neighbours give back.

The octahedral holes of antifluorite A2X are the cation sites of the rock salt that it came from,
and no other metal can take the electrons there: M0 on such a hole is the coherent product that
a lattice model assumes. All cells are 2x2x2 of the antifluorite, 32 X and 64 A.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics.potentials.interface import Potential
from topotaxy.energetics.potentials.relaxation import Relaxed, atoms_of, corrected_energy, relax, with_atoms

CELLS = 2
"""Conventional cells along an edge."""

FORCE = 0.05
STEPS = 250
OFF_CENTRE = 0.4
"""Å that M0 starts off its hole, so that symmetry does not hold it there."""

RATTLE = 0.03
"""Å, standard deviation of the random displacement of all other atoms at the start."""

NEIGHBOUR = np.array([0.5, 0.5, 0.0])
"""From a hole to the nearest other, in units of the lattice parameter."""

CLOSE = 2.4
"""Å between two metal atoms that start as a dimer: nearly the bond of bulk Co, Ni and Cu."""


def product(salt: Mapping[str, Any], strain: float = 0.0) -> tuple[Any, float, NDArray[np.float64]]:
    """Return the A2X cell at a linear strain, its lattice parameter (Å) and one octahedral hole.

    ``salt`` is the outcome of the antifluorite's own relaxation; strain 0 is its size.

    Parameters
    ----------
    salt : mapping
        Result of the relaxed antifluorite A2X, as :func:`~.potentials.frame.reference` returns it.
    strain : float
        Linear strain of the cell, dimensionless; 0 is its relaxed size.
    """
    unit = atoms_of(salt["structure"])
    a = float(unit.get_volume() ** (1.0 / 3.0)) * (1.0 + strain)
    unit.set_cell(unit.cell.array * (1.0 + strain), scale_atoms=True)
    hole = unit.positions[_anion(unit)] + np.array([0.5 * a, 0.0, 0.0])
    return unit * (CELLS, CELLS, CELLS), a, hole


def embedding(
    potential: Potential,
    salt: Mapping[str, Any],
    *,
    metal: str,
    starts: int,
    neighbour: str | None = None,
) -> dict[str, Any]:
    """Relax one M0 in A2X from several starts and keep the lowest minimum.

    ``neighbour`` replaces one of the six anions around the hole, in the cell without M0 too.
    ``energy_change`` (eV) is that of the cell on taking up M0; subtract the energy of bulk
    metal. ``minima`` lists all starts; ``moment`` is what the potential assigns to M0 (Bohr
    magnetons; None where it assigns none).

    Parameters
    ----------
    potential : Potential
        Interatomic potential: energies (eV), forces (eV/Å), stress (eV/Å³).
    salt : mapping
        Result of the relaxed antifluorite A2X, as :func:`~.potentials.frame.reference` returns it.
    metal : str
        Symbol of the reduced metal.
    starts : int
        Number of places off the hole that it is started from.
    neighbour : str, optional
        Symbol of an anion that replaces one of the six around the hole.
    """
    cell, a, hole = product(salt)
    if neighbour is not None:
        cell.symbols[_nearest(cell, hole, cell.symbols[_anion(cell)])] = neighbour
        host = relax(cell, potential, cell="fixed", fmax=FORCE, steps=STEPS)
        cell, before, sound = host.atoms, host.energy, host.converged
    else:
        before, sound = _energy(cell, potential), True
    found: list[Relaxed] = []
    for number in range(starts):
        rng = np.random.default_rng([number, len(cell)])
        way = rng.standard_normal(3)
        way *= OFF_CENTRE / np.linalg.norm(way)
        found.append(_relaxed(cell, potential, metal, [hole + way], seed=number))
    settled = [done for done in found if done.converged]
    best = min(settled or found, key=lambda done: done.energy)
    return best.document() | {
        "converged": bool(settled) and sound,
        "energy_change": best.energy - before,
        "host_energy": before,
        "minima": [round(done.energy - before, 4) for done in found],
        "lattice_parameter": a,
        "metal": metal,
        "neighbour": neighbour,
        "surroundings": surroundings(best.atoms, len(cell)),
        "moment": _moment(best.atoms, potential, len(cell)),
    }


def pair(
    potential: Potential, salt: Mapping[str, Any], single: Mapping[str, Any], *, metal: str
) -> dict[str, Any]:
    """Relax two M0, once from neighbouring holes and once from a dimer between them.

    ``bond`` (eV, positive where they attract) is 2 E(one) - E(none) - E(two) of the lower;
    ``distance`` (Å) is where they ended.

    Parameters
    ----------
    potential : Potential
        Interatomic potential: energies (eV), forces (eV/Å), stress (eV/Å³).
    salt : mapping
        Result of the relaxed antifluorite A2X, as :func:`~.potentials.frame.reference` returns it.
    single : mapping
        Outcome of :func:`~topotaxy.energetics.potentials.product.embedding`.
    metal : str
        Symbol of the reduced metal.
    """
    cell, a, hole = product(salt)
    way = a * NEIGHBOUR
    along = way / np.linalg.norm(way)
    middle = hole + 0.5 * way
    sites = {
        "holes": [hole, hole + way],
        "dimer": [middle - 0.5 * CLOSE * along, middle + 0.5 * CLOSE * along],
    }
    found = {
        name: _relaxed(cell, potential, metal, places, seed=number)
        for number, (name, places) in enumerate(sites.items())
    }
    settled = {name: done for name, done in found.items() if done.converged}
    name, best = min((settled or found).items(), key=lambda item: item[1].energy)
    changes = {key: round(done.energy - single["host_energy"], 4) for key, done in found.items()}
    return best.document() | {
        "converged": bool(settled),
        "bond": 2.0 * single["energy_change"] - (best.energy - single["host_energy"]),
        "started": name,
        "minima": changes,
        "distance": float(best.atoms.get_distance(len(cell), len(cell) + 1, mic=True)),
        "lattice_parameter": a,
        "metal": metal,
    }


def held(potential: Potential, salt: Mapping[str, Any], *, metal: str, strain: float) -> dict[str, Any]:
    """M0 kept on its holes while A and X relax: one, two neighbours, and every hole filled.

    ``one`` and ``two`` are changes of energy (eV) on adding them to the cell at this strain;
    ``full`` is the change per M0 where every hole is filled, ``metal_only`` the energy of the
    same fcc lattice of M without the salt, per atom.

    Parameters
    ----------
    potential : Potential
        Interatomic potential: energies (eV), forces (eV/Å), stress (eV/Å³).
    salt : mapping
        Result of the relaxed antifluorite A2X, as :func:`~.potentials.frame.reference` returns it.
    metal : str
        Symbol of the reduced metal.
    strain : float
        Linear strain of the cell, dimensionless; 0 is its relaxed size.
    """
    from ase.constraints import FixAtoms

    cell, a, hole = product(salt, strain)
    before = _energy(cell, potential)
    outcome: dict[str, Any] = {"metal": metal, "strain": strain, "lattice_parameter": a, "converged": True}
    for name, places in (("one", [hole]), ("two", [hole, hole + a * NEIGHBOUR])):
        filled = with_atoms(cell, metal, places)
        filled.set_constraint(FixAtoms(list(range(len(cell), len(filled)))))
        done = relax(filled, potential, cell="fixed", fmax=FORCE, steps=STEPS)
        outcome[name] = done.energy - before
        outcome["converged"] = outcome["converged"] and done.converged
    return outcome | {
        "full": _energy(_full(salt, metal, strain), potential) / 4.0 - before / (4 * CELLS**3),
        "metal_only": _stretched(potential, metal, a),
    }


def _full(salt: Mapping[str, Any], metal: str, strain: float) -> Any:
    """One conventional cell of MA2X, every hole filled; symmetry leaves nothing to relax."""
    from ase import Atoms

    unit = atoms_of(salt["structure"])
    unit.set_cell(unit.cell.array * (1.0 + strain), scale_atoms=True)
    anions = [i for i, s in enumerate(unit.get_chemical_symbols()) if s == unit.symbols[_anion(unit)]]
    half = 0.5 * unit.cell.array[0]
    return unit + Atoms(f"{metal}{len(anions)}", positions=unit.positions[anions] + half)


def _stretched(potential: Potential, metal: str, a: float) -> float:
    from topotaxy.energetics.potentials.crystals import prototype_crystal

    return _energy(prototype_crystal(metal, "fcc", a), potential) / 4.0


def _energy(atoms: Any, potential: Potential) -> float:
    probe = atoms.copy()
    probe.calc = potential.calculator()
    return corrected_energy(probe, potential)


def _relaxed(
    cell: Any, potential: Potential, metal: str, places: Sequence[NDArray[np.float64]], *, seed: int
) -> Relaxed:
    shaken = cell.copy()
    shaken.rattle(RATTLE, seed=seed)
    return relax(with_atoms(shaken, metal, places), potential, cell="fixed", fmax=FORCE, steps=STEPS)


def _anion(cell: Any) -> int:
    """Index of an anion: the element of which antifluorite holds fewer."""
    symbols = cell.get_chemical_symbols()
    return int(symbols.index(min(set(symbols), key=symbols.count)))


def _nearest(cell: Any, place: NDArray[np.float64], symbol: str) -> int:
    offsets = cell.positions - place
    offsets -= np.rint(offsets @ np.linalg.inv(cell.cell.array)) @ cell.cell.array
    far = np.array([s != symbol for s in cell.get_chemical_symbols()])
    return int(np.argmin(np.linalg.norm(offsets, axis=1) + 1e3 * far))


def surroundings(atoms: Any, index: int) -> list[list[Any]]:
    """Elements and distances (Å) of the eight nearest atoms.

    Parameters
    ----------
    atoms : ase.Atoms
        Atoms with positions and a periodic cell, Å.
    index : int
        Index of the atom that is looked at.
    """
    distances = atoms.get_distances(index, range(len(atoms)), mic=True)
    order = np.argsort(distances)[1:9]
    return [[atoms.symbols[int(i)], round(float(distances[i]), 3)] for i in order]


def _moment(atoms: Any, potential: Potential, index: int) -> float | None:
    moments = potential.moments(atoms)
    return None if moments is None else round(float(moments[index]), 3)
