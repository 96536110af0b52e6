"""``topotaxy compare``: materials side by side, and beside what a publication states."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from topotaxy.cli.options import BoxCells, NoReport, Seed
from topotaxy.cli.output import message, write_json, write_tables
from topotaxy.cli.progress import resumable, shown_progress, writing_to
from topotaxy.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import RenderableType

    from topotaxy.spec import Spec
    from topotaxy.studies.comparison import Comparison

REPLICAS, CYCLES = 8, 100
"""Of every material, unless asked otherwise."""


Materials = Annotated[
    list[str], typer.Argument(help="Bundled names (heos-na, nio-na, ...) or TOML files.", metavar="SPEC...")
]


def compare(
    specs: Materials,
    replicas: Annotated[int, typer.Option(help="Independent boxes of each material.")] = REPLICAS,
    cycles: Annotated[int, typer.Option(help="Cycles of discharge and charge.")] = CYCLES,
    seed: Seed = None,
    cells: BoxCells = None,
    claims: Annotated[
        str | None,
        typer.Option(help="Whose claims to set beside: a bundled name or a file (the first bundled one)."),
    ] = None,
    runs: Annotated[Path, typer.Option(help="Folder for the folders of the runs.")] = Path("compare"),
    out: Annotated[Path | None, typer.Option(help="Also write the tables to this Markdown file.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue the runs, if any.")] = False,
    workers: Annotated[int, typer.Option(min=1, help="Materials at once.")] = 1,
    scheduler: Annotated[
        str | None, typer.Option(help="Address of a Dask scheduler to run on.", metavar="ADDRESS")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write the tables as JSON.")] = False,
    no_report: NoReport = False,
) -> None:
    """Cycle several materials alike; show efficiency, domains, frame and retention side by side.

    Beside each number stands what the publication states for that material, where it does, and below
    the table whether the orders that it claims come out, and how surely. The folder of the runs gets a
    report.

    Examples:

    topotaxy compare heos-na heof-na heo-na nios-na coos-na composite-na --out order.md

    topotaxy compare heos-na nio-na --cycles 10 --replicas 4 --runs short --json
    """
    from topotaxy.evidence import load_ledger
    from topotaxy.files import write_atomically
    from topotaxy.report import write_comparison_report
    from topotaxy.studies.comparison import run_comparison
    from topotaxy.studies.comparison_files import write_comparison
    from topotaxy.studies.comparison_table import comparison_markdown
    from topotaxy.studies.execution import Where
    from topotaxy.toml_documents import bundled_names

    options: dict[str, dict[str, int | None]] = {
        "protocol": {"cycles": cycles},
        "lattice": {"seed": seed, "replicas": replicas, "cells": cells},
    }
    chosen = _specifications(specs, options)
    ledger = load_ledger(bundled_names("claims")[0] if claims is None else claims)
    if out is not None:
        _check_file(out, runs)
    with resumable(), writing_to(runs), shown_progress() as progress:
        where_to = Where(workers=workers, scheduler=scheduler)
        comparison = run_comparison(chosen, ledger, runs, resume=resume, where=where_to, progress=progress)
        document = write_comparison(comparison, runs)
        if not no_report:
            write_comparison_report(runs)
    if out is not None:
        with writing_to(out.parent):
            write_atomically(out, comparison_markdown(comparison))
        message(f"table: {out}")
    if json:
        write_json(document)
        message(f"comparison: {runs}")
    else:
        write_tables(*_shown(comparison), f"comparison  {runs}")


def _check_file(out: Path, runs: Path) -> None:
    """Refuse a file for the tables that cannot be written, before anything is run."""
    if not out.parent.is_dir():
        raise InputError("there is no such folder to write into", where=str(out.parent))
    if out.is_dir() or out.absolute() == runs.absolute():
        raise InputError(
            "--out names a folder; expected a file for the tables (the folder of the runs is --runs)",
            where=str(out),
        )


def _specifications(names: Sequence[str], options: Mapping[str, Mapping[str, int | None]]) -> list[Spec]:
    """Load what is to be compared, as asked for; refuse a material that the lattice does not hold."""
    from topotaxy.runs.asked import check_material, with_options
    from topotaxy.spec import load_spec

    chosen = [with_options(load_spec(name), options) for name in names]
    for spec, name in zip(chosen, names, strict=True):
        check_material(spec, where=name)
    return chosen


def _shown(comparison: Comparison) -> list[RenderableType]:
    from rich.text import Text

    from topotaxy.cli.headline import plain_table
    from topotaxy.runs.outcomes import NOTES
    from topotaxy.studies.comparison_table import (
        HOW,
        comparison_cells,
        conditions,
        order_cells,
        stated_lines,
    )

    table = plain_table(*comparison_cells(comparison, stated=False))
    parts: list[RenderableType] = [Text(conditions(comparison)), Text(), table, Text()]
    parts += [Text(line) for line in stated_lines(comparison)]
    if comparison.orders:
        parts += [Text(), plain_table(*order_cells(comparison))]
    source = f"Stated values and orders: {comparison.ledger.paper.citation}."
    return [*parts, Text(), Text(f"{HOW} {source} {NOTES}", style="dim"), Text()]
