"""Galvanostatic and voltammetric cycling: any cycler's file to one table."""

from __future__ import annotations

from topotaxy.measurement.cycling.counters import capacity_difference
from topotaxy.measurement.cycling.record import ALWAYS, SOMETIMES, CyclingRecord, checked

__all__ = ["ALWAYS", "SOMETIMES", "CyclingRecord", "capacity_difference", "checked"]
