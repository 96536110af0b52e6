"""The report of a run: what happened, in words, figures and tables that stand on their own."""

from __future__ import annotations

from topotaxy.report.write import write_report

__all__ = ["write_report"]
