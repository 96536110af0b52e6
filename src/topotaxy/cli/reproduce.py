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
        typer.Option("--recalibrate", help="Sample the posterior of the cell again first (minutes)."),
    ] = False,
    work: Annotated[
        Path | None, typer.Option(help="Folder where --recalibrate keeps what is done, and goes on from.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Threads of --recalibrate.")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Also write a report with rate map and ageing into this folder.")
    ] = None,
    instruments: Annotated[
        Path | None,
        typer.Option(
            help="Also the claims of instruments and of other materials, with the paper's figures: runs and "
            "files go into this folder, and are taken up again (minutes)."
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write the comparison as JSON.")] = False,
) -> None:
    """Predict what a paper states: 5, 50 and 95 %, label, and what all other numbers say of each.

    Which numbers were used and which are held out stands in the paper's file.

    Examples:

    topotaxy reproduce fang2022

    topotaxy reproduce fang2022 --out fang2022-cells

    topotaxy reproduce fang2022 --out fang2022-cells --instruments fang2022-seen

    topotaxy reproduce fang2022 --recalibrate --work fang2022-inference
    """
    from topotaxy.studies.reproduction import reproduce as compute
    from topotaxy.studies.reproduction_document import reproduction_document

    if out is not None:
        from topotaxy.studies.reproduction_folder import check_folder

        check_folder(out)
    found = compute(paper, recalibrate=recalibrate, work=work, workers=workers, progress=message)
    rows = None if instruments is None else _of_instruments(paper, instruments, found)
    if out is not None:
        _write(found, out)
    if json:
        write_json(reproduction_document(found) | ({} if rows is None else {"instruments": rows}))
    else:
        write_tables(*_tables(found))
        if rows is not None:
            from topotaxy.report.terminal import part_lines
            from topotaxy.studies.paper_page import short_parts

            write_tables(*part_lines(short_parts(rows)))


def _write(found: Reproduction, out: Path) -> None:
    """Write the predictions and their report into a folder."""
    from topotaxy.report import write_study_report
    from topotaxy.studies.reproduction_folder import write_reproduction

    with writing_to(out):
        write_reproduction(found, out)
        message(f"report: {write_study_report(out)}")


def _of_instruments(paper: str, folder: Path, found: Reproduction) -> list[dict[str, object]]:
    """Rows of the claims that the cells do not have; they and the figures make a page in the folder."""
    from topotaxy.evidence import load_ledger
    from topotaxy.report.page import write_page
    from topotaxy.studies.paper_cycles import cycling_figures
    from topotaxy.studies.paper_instruments import material_runs, rows_of_instruments, seen_folder
    from topotaxy.studies.paper_page import figures_page
    from topotaxy.studies.powder_orders import powder_orders

    done = {claim.id for claim in found.claims if claim.computed is not None}
    with writing_to(folder):
        ledger, runs = load_ledger(paper), material_runs(paper)
        powders = powder_orders(found, ledger)
        rows = rows_of_instruments(paper, folder, done=done, progress=message, known=powders)
        words = {short: ledger.material[short].name or short for short in runs}
        cells = cycling_figures(found.cells, ledger, folder, {words[m]: run for m, run in runs.items()})
        page = figures_page(
            ledger.paper.citation, seen_folder(paper, folder), rows, cells=cells, materials=words
        )
        message(f"report: {write_page(folder, page)}")
    return rows


def _tables(found: Reproduction) -> list[RenderableType]:
    from topotaxy.evidence import load_ledger
    from topotaxy.report.pages.study import short_parts
    from topotaxy.report.terminal import part_lines
    from topotaxy.studies.reproduction_folder import named_document

    return part_lines(short_parts(named_document(found, load_ledger(found.paper))))
