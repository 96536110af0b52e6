"""Metrics of cycling: from a record to observables, each with its definition."""

from __future__ import annotations

from topotaxy.measurement.cycling.metrics.cell import Cell, cell_of
from topotaxy.measurement.cycling.metrics.cycles import ROLES, CycleTotals
from topotaxy.measurement.cycling.metrics.film_bounds import FilmBounds, SizedLoss, film_bounds
from topotaxy.measurement.cycling.metrics.observed import absences, observables_of_cell
from topotaxy.observables import Role

__all__ = [
    "ROLES",
    "Cell",
    "CycleTotals",
    "FilmBounds",
    "Role",
    "SizedLoss",
    "absences",
    "cell_of",
    "film_bounds",
    "observables_of_cell",
]
