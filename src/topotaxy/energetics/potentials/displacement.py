"""Confined displacement: one cation of the frame gives way to two alkali ions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from topotaxy.energetics.cells import diagonal
from topotaxy.energetics.potentials.interface import Potential
from topotaxy.energetics.potentials.relaxation import atoms_of, relax

State = Literal["removed", "left", "held"]
"""Where the parts are: ``removed``, M in bulk metal and its place free for the alkali ions;
``left``, M0 still at its place; ``held``, M in bulk metal and the alkali ions kept in their
tetrahedra."""

FORCE = 0.15
"""eV/Å. Going on to 0.05 lowers a displaced cell by 0.03 to 0.07 eV, 0.015 to 0.035 V."""

STEPS = 160

START_STRAIN = {"Li": 0.006, "Na": 0.013, "K": 0.02}
"""Linear strain of the cell where the relaxation starts; it ends at zero pressure."""


def displacement(
    potential: Potential,
    host: Mapping[str, Any],
    *,
    site: int,
    ion: str,
    state: State,
    direction: int,
    lattice_parameter: float,
    start: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Relax the frame after M -> 2 A at cation ``site``, cell shape kept, at zero pressure.

    ``removed`` starts with one A in an adjacent tetrahedron and one near the vacated site:
    from two opposite tetrahedra, a saddle, it goes there anyway. ``left`` and ``held`` start
    from opposite tetrahedra; M0 starts 0.1 a off its site, so that symmetry holds nothing.
    ``start`` replaces all this by a structure, such as the one that another potential found.

    Parameters
    ----------
    potential : Potential
        Interatomic potential: energies (eV), forces (eV/Å), stress (eV/Å³).
    host : mapping
        Result of the relaxed frame, as :func:`~.potentials.frame.frame` returns it: structure (Å), energy
        (eV).
    site : int
        Index of the cation among the atoms of the cell.
    ion : str
        The alkali metal: Li, Na or K.
    state : str
        ``removed``: M in bulk metal, A+ free; ``left``: M0 left at its place; ``held``: M in bulk metal, A+
        kept in tetrahedra.
    direction : int
        Body diagonal along which the first A+ starts, 0 to 7 (:func:`~topotaxy.energetics.cells.diagonal`).
    lattice_parameter : float
        Lattice parameter of the rock salt by the handbook, Å: the scale of the first positions.
    start : mapping, optional
        Structure that the relaxation starts from, as :func:`~.relaxation.structure_document` has it.
    """
    from ase.constraints import FixAtoms

    frame = atoms_of(host["structure"])
    if start is None:
        moved = vacated(frame, site, ion, state, 0.25 * lattice_parameter * diagonal(direction))
    else:
        moved = atoms_of(start)
    if state == "held":
        moved.set_constraint(FixAtoms([len(moved) - 2, len(moved) - 1]))
    done = relax(moved, potential, cell="volume", fmax=FORCE, steps=STEPS)
    outcome = done.document() | {
        "energy_change": done.energy - host["energy"],
        "volume_change": float(done.atoms.get_volume() - frame.get_volume()),
        "element": frame.symbols[site],
    }
    if state == "left":
        outcome |= _surroundings(done.atoms, site, ion)
    return outcome


def vacated(frame: Any, site: int, ion: str, state: State, half: Any) -> Any:
    """Return the atoms after the exchange, unrelaxed; ``half`` (Å) leads from the site to a tetrahedron.

    Parameters
    ----------
    frame : ase.Atoms
        Atoms of the relaxed frame, before the exchange.
    site : int
        Index of the cation among the atoms of the cell.
    ion : str
        The alkali metal: Li, Na or K.
    state : str
        ``removed``: M in bulk metal, A+ free; ``left``: M0 left at its place; ``held``: M in bulk metal, A+
        kept in tetrahedra.
    half : array, shape (3,)
        Vector from the site to the centre of a tetrahedron beside it, Å.
    """
    import numpy as np
    from ase import Atoms

    offsets = [half, -0.2 * half] if state == "removed" else [half, -half]
    moved = frame.copy() + Atoms(f"{ion}2", positions=[frame.positions[site] + step for step in offsets])
    if state == "left":
        across = np.cross(half, [0.0, 0.0, 1.0])
        moved.positions[site] += 0.2 * np.linalg.norm(half) / np.sqrt(0.75) * across / np.linalg.norm(across)
    else:
        del moved[site]
    moved.set_cell(frame.cell.array * (1.0 + START_STRAIN[ion]), scale_atoms=True)
    return moved


def _surroundings(atoms: Any, site: int, ion: str) -> dict[str, Any]:
    """What is near a reduced atom (Å)."""
    distances = atoms.get_distances(site, range(len(atoms)), mic=True)
    near = [
        (float(d), symbol)
        for i, (d, symbol) in enumerate(zip(distances, atoms.get_chemical_symbols(), strict=True))
        if i != site
    ]
    anions = [d for d, symbol in near if symbol in {"O", "S", "F"}]
    metals = [d for d, symbol in near if symbol not in {"O", "S", "F", ion}]
    return {
        "anions_within_2.6": sum(d < 2.6 for d in anions),
        "nearest_anion": min(anions),
        "nearest_cation": min(metals),
    }


def returned(
    potential: Potential, host: Mapping[str, Any], displaced: Mapping[str, Any], *, site: int, ion: str
) -> dict[str, Any]:
    """Put M back, take A out, relax: how far the frame itself drifted to another minimum.

    The energy relative to the host is zero where the frame kept its basin; a negative value
    is energy that the displacement did not cause.

    Parameters
    ----------
    potential : Potential
        Interatomic potential: energies (eV), forces (eV/Å), stress (eV/Å³).
    host : mapping
        Result of the relaxed frame, as :func:`~.potentials.frame.frame` returns it: structure (Å), energy
        (eV).
    displaced : mapping
        Result that :func:`displacement` returned.
    site : int
        Index of the cation among the atoms of the cell.
    ion : str
        The alkali metal: Li, Na or K.
    """
    from ase import Atoms

    start = atoms_of(host["structure"])
    symbol = start.symbols[site]
    after = atoms_of(displaced["structure"])
    scale = after.cell.array[0, 0] / start.cell.array[0, 0]
    keep = [i for i, s in enumerate(after.get_chemical_symbols()) if s != ion]
    back = after[keep] + Atoms(symbol, positions=[start.positions[site] * scale])
    back.set_cell(start.cell.array, scale_atoms=True)
    done = relax(back, potential, cell="volume", fmax=0.05, steps=200)
    return done.document() | {"energy_change": done.energy - host["energy"], "element": symbol}
