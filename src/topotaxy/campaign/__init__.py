"""Runs: one specification, many replicas, one folder."""

from topotaxy.campaign.run import run, simulate

__all__ = ["run", "simulate"]
