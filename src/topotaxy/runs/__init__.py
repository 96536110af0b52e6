"""Runs: one specification, many replicas, one folder."""

from topotaxy.runs.run import run, simulate
from topotaxy.runs.specimens import specimens_of

__all__ = ["run", "simulate", "specimens_of"]
