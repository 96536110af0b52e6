"""Relaxing atoms and cells, with an account of whether it converged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics.potentials.interface import Potential

CellFreedom = Literal["fixed", "height", "volume", "full"]


@dataclass(frozen=True, kw_only=True)
class Relaxed:
    """Outcome of a relaxation.

    ``energy`` is corrected (comparable), eV, ``raw`` is not; ``force`` is the largest that remains, eV/Å;
    ``pressure`` in GPa.
    """

    atoms: Any
    energy: float
    raw: float
    steps: int
    force: float
    converged: bool
    pressure: float

    def document(self) -> dict[str, Any]:
        """Return plain data with the structure, for a checkpoint."""
        return {
            "energy": self.energy,
            "steps": self.steps,
            "force": self.force,
            "converged": self.converged,
            "pressure": self.pressure,
            "structure": structure_document(self.atoms),
        }


def relax(
    atoms: Any, potential: Potential, *, cell: CellFreedom, fmax: float, steps: int, maxstep: float = 0.2
) -> Relaxed:
    """Relax a copy of ``atoms`` until no force exceeds ``fmax`` (eV/Å).

    ``cell``: ``fixed``; ``height``, where only the third edge changes; ``volume``, where the cell
    keeps its shape and goes to zero pressure; ``full``, to zero stress.

    Parameters
    ----------
    atoms : ase.Atoms
        Atoms with positions and a periodic cell, Å.
    potential : Potential
        Interatomic potential: energies (eV), forces (eV/Å), stress (eV/Å³).
    cell : str
        ``fixed``, ``height``, ``volume`` or ``full``: what of the cell is free.
    fmax : float
        Force on an atom at which the relaxation ends, eV/Å.
    steps : int
        Iterations at most.
    maxstep : float
        Largest step of an atom in one iteration, Å.
    """
    from ase.filters import FrechetCellFilter
    from ase.optimize import LBFGS

    moving = atoms.copy()
    moving.calc = potential.calculator()
    if cell == "fixed":
        degrees: Any = moving
    elif cell == "height":
        degrees = FrechetCellFilter(moving, mask=[False, False, True, False, False, False])
    else:
        degrees = FrechetCellFilter(moving, hydrostatic_strain=cell == "volume")
    optimiser = LBFGS(degrees, maxstep=maxstep, logfile=None)
    converged = bool(optimiser.run(fmax=fmax, steps=steps))
    force = float(np.linalg.norm(moving.get_forces(), axis=1).max())
    stress = moving.get_stress()
    result = Relaxed(
        atoms=moving.copy(),
        energy=corrected_energy(moving, potential),
        raw=float(moving.get_potential_energy()),
        steps=int(optimiser.nsteps),
        force=force,
        converged=converged,
        pressure=float(-stress[:3].mean() * 160.21766208),
    )
    moving.calc = None
    return result


def corrected_energy(atoms: Any, potential: Potential) -> float:
    """Return the energy of atoms that carry a calculator, with the potential's correction, eV.

    Parameters
    ----------
    atoms : ase.Atoms
        Atoms with positions and a periodic cell, Å.
    potential : Potential
        Interatomic potential: energies (eV), forces (eV/Å), stress (eV/Å³).
    """
    return float(atoms.get_potential_energy()) + potential.correction(atoms.get_chemical_symbols())


def structure_document(atoms: Any) -> dict[str, Any]:
    """Return symbols, cell and positions as plain data, to 1e-5 Å.

    Parameters
    ----------
    atoms : ase.Atoms
        Atoms with positions and a periodic cell, Å.
    """
    return {
        "symbols": atoms.get_chemical_symbols(),
        "cell": [[round(x, 6) for x in row] for row in atoms.cell.tolist()],
        "positions": [[round(x, 5) for x in row] for row in atoms.positions.tolist()],
    }


def atoms_of(document: Mapping[str, Any]) -> Any:
    """Return the ASE atoms of a :func:`structure_document`.

    Parameters
    ----------
    document : mapping
        As :func:`structure_document` returns it; Å.
    """
    from ase import Atoms

    return Atoms(document["symbols"], positions=document["positions"], cell=document["cell"], pbc=True)


def with_atoms(cell: Any, symbol: str, places: Sequence[NDArray[np.float64]] | NDArray[np.float64]) -> Any:
    """Return a copy of a cell with further atoms of one element, which come last.

    Parameters
    ----------
    cell : ase.Atoms
        Left as it is.
    symbol : str
        Of the element.
    places : array, shape (n, 3), or sequence of array, shape (3,)
        Positions, Å; none is no atom more.
    """
    from ase import Atoms

    return cell + Atoms([symbol] * len(places), positions=np.reshape(places, (-1, 3)))
