"""What a page says of cells: the answer, voltage curves, cycle by cycle, as content.

It is made from the dataset and the observables of an analysis alone, so that a report can be made again
from the folder of results.
"""

from __future__ import annotations

from topotaxy.measurement.cycling.shown.data import CyclingData, cycling_data
from topotaxy.measurement.cycling.shown.page import (
    analysis_page,
    cycling_page,
    read_cycling,
    sections_of,
    shown,
)

__all__ = [
    "CyclingData",
    "analysis_page",
    "cycling_data",
    "cycling_page",
    "read_cycling",
    "sections_of",
    "shown",
]
