"""The tables that ``topotaxy analyse`` ends with: content of the report, drawn for a terminal."""

from __future__ import annotations

from rich.console import RenderableType

from topotaxy.measurement.cycling.shown import CyclingData
from topotaxy.measurement.cycling.shown.short import short_parts


def analysis_tables(data: CyclingData) -> list[RenderableType]:
    """Return the answer, cycles, remarks and absences of every cell, then the differences."""
    from topotaxy.report.terminal import part_lines

    return part_lines(short_parts(data))
