"""Runs: one specification, many replicas, one folder."""

from topotaxy.runs.cell_material import lattice_material
from topotaxy.runs.run import run, simulate
from topotaxy.runs.specimens import specimens_of

__all__ = ["lattice_material", "run", "simulate", "specimens_of"]
