"""The numbers that a lattice needs, each with its source."""

from topotaxy.constants import BOLTZMANN
from topotaxy.energetics.assumptions import Assumption, assumptions_with
from topotaxy.energetics.coherency import CoherencyEnergies, coherency_energies
from topotaxy.energetics.handbook import LatticeEnergies, lattice_energies
from topotaxy.energetics.inputs import LatticeInput, atoms_document, lattice_inputs
from topotaxy.energetics.potential_tables import (
    PotentialNumber,
    PotentialTable,
    potential_table,
    shipped_tables,
)

__all__ = [
    "BOLTZMANN",
    "Assumption",
    "CoherencyEnergies",
    "LatticeEnergies",
    "LatticeInput",
    "PotentialNumber",
    "PotentialTable",
    "assumptions_with",
    "atoms_document",
    "coherency_energies",
    "lattice_energies",
    "lattice_inputs",
    "potential_table",
    "shipped_tables",
]
