"""Runs: one specification, many replicas, one folder."""

from topotaxy.runs.run import run, simulate

__all__ = ["run", "simulate"]
