"""The report of an analysis of cycling data: figures, tables, and what could not be computed."""

from __future__ import annotations

from topotaxy.report.measured.write import write_cycling_report

__all__ = ["write_cycling_report"]
