"""The reports: content of pages, and what draws it for screen, print, terminal and Markdown."""

from __future__ import annotations

from topotaxy.report.write import (
    write_ablation_report,
    write_cell_report,
    write_comparison_report,
    write_report,
    write_study_report,
)

__all__ = [
    "write_ablation_report",
    "write_cell_report",
    "write_comparison_report",
    "write_report",
    "write_study_report",
]
