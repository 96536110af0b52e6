"""``topotaxy reproduce``: a paper's numbers of cells beside what the model computes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from topotaxy.cli.output import message, write_json, write_tables
from topotaxy.cli.progress import writing_to

if TYPE_CHECKING:
    from rich.console import RenderableType

    from topotaxy.studies.reproduction import Reproduction


def reproduce(
    paper: Annotated[str, typer.Argument(help="A bundled paper (fang2022).", metavar="PAPER")],
    recalibrate: Annotated[
        bool,
        typer.Option("--recalibrate", help="Fit the calibrated parameters again first (minutes)."),
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Also write a report with rate map and ageing into this folder.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write the comparison as JSON.")] = False,
) -> None:
    """Compute the cell numbers that a paper states: stated, computed, error and label for each.

    Four numbers were fitted to (label calibrated); all others are held out.

    Examples:

    topotaxy reproduce fang2022

    topotaxy reproduce fang2022 --out fang2022-cells

    topotaxy reproduce fang2022 --recalibrate --json
    """
    from topotaxy.studies.reproduction import reproduce as compute
    from topotaxy.studies.reproduction import reproduction_document

    found = compute(paper, recalibrate=recalibrate, progress=message)
    if out is not None:
        from topotaxy.report import write_study_report
        from topotaxy.studies.reproduction_folder import write_reproduction

        with writing_to(out):
            write_reproduction(found, out)
            message(f"report: {write_study_report(out)}")
    if json:
        write_json(reproduction_document(found))
    else:
        write_tables(*_tables(found))


def _tables(found: Reproduction) -> list[RenderableType]:
    from topotaxy.evidence import load_ledger
    from topotaxy.report.pages.study import short_parts
    from topotaxy.report.terminal import part_lines
    from topotaxy.studies.reproduction_folder import named_document

    return part_lines(short_parts(named_document(found, load_ledger(found.paper))))
