"""What a calculation needs of an interatomic potential, and where to find one by its name."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any, Protocol

from topotaxy.errors import InputError

POTENTIALS = ("chgnet", "sevennet")
INSTALL = 'pip install "topotaxy[potentials]"'

_MODULES = {"chgnet": ("torch", "ase", "chgnet"), "sevennet": ("torch", "ase", "pymatgen", "sevenn")}


class Potential(Protocol):
    """An interatomic potential whose energies of different compounds may be compared.

    ``name`` as on the command line; ``version`` names weights and package, for the record.
    """

    name: str
    version: str

    def calculator(self) -> Any:
        """Return a new ASE calculator with energy, forces and stress (eV, Å)."""

    def correction(self, symbols: Sequence[str]) -> float:
        """Return what to add to the calculator's energy, eV, so that compounds compare.

        Parameters
        ----------
        symbols : sequence of str
            Symbols of all atoms of the cell.
        """

    def moments(self, atoms: Any) -> Sequence[float] | None:
        """Return the magnetic moment of each atom (Bohr magnetons), None where it has no idea of them.

        Parameters
        ----------
        atoms : ase.Atoms
            Atoms with positions and a periodic cell, Å.
        """


def load_potential(name: str) -> Potential:
    """Return the potential of that name.

    Parameters
    ----------
    name : str
        Name of a potential: ``chgnet`` or ``sevennet``.

    Raises
    ------
    InputError
        For an unknown name, and where a package it needs is not installed; the message
        says what to install.
    """
    if name not in POTENTIALS:
        raise InputError(f"unknown potential {name!r:.40}; expected one of {', '.join(POTENTIALS)}")
    missing = [module for module in _MODULES[name] if find_spec(module) is None]
    if missing:
        raise InputError(f"the potential {name} needs {missing[0]}, which is not installed: {INSTALL}")
    if name == "chgnet":
        from topotaxy.energetics.potentials.chgnet import CHGNetPotential

        return CHGNetPotential()
    from topotaxy.energetics.potentials.sevennet import SevenNetPotential

    return SevenNetPotential()
