"""Interatomic potentials behind one interface; nothing here imports torch until it is used."""

from topotaxy.energetics.potentials.interface import INSTALL, POTENTIALS, Potential, load_potential

__all__ = ["INSTALL", "POTENTIALS", "Potential", "load_potential"]
