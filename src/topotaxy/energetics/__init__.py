"""The numbers that a lattice needs, each with its source."""

from topotaxy.energetics.assumptions import Assumption, assumptions_with
from topotaxy.energetics.handbook import BOLTZMANN, LatticeEnergies, lattice_energies

__all__ = ["BOLTZMANN", "Assumption", "LatticeEnergies", "assumptions_with", "lattice_energies"]
