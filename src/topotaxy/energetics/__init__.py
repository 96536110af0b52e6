"""The numbers that a lattice needs, each with its source."""

from topotaxy.energetics.assumptions import Assumption, assumptions_with
from topotaxy.energetics.handbook import BOLTZMANN, LatticeEnergies, lattice_energies
from topotaxy.energetics.potential_tables import (
    PotentialNumber,
    PotentialTable,
    potential_table,
    shipped_tables,
)

__all__ = [
    "BOLTZMANN",
    "Assumption",
    "LatticeEnergies",
    "PotentialNumber",
    "PotentialTable",
    "assumptions_with",
    "lattice_energies",
    "potential_table",
    "shipped_tables",
]
