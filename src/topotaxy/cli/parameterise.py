"""``topotaxy parameterise``: energies from atoms, by an interatomic potential."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from topotaxy.cli.describe import Ion
from topotaxy.cli.output import message, write_json, write_tables
from topotaxy.errors import InputError

if TYPE_CHECKING:
    from topotaxy.energetics.task import Task


class PotentialName(StrEnum):
    """The potentials that carry their weights in their packages."""

    CHGNET = "chgnet"
    SEVENNET = "sevennet"


WantedError = Annotated[
    float | None,
    typer.Option(
        min=0.01, help="Add sites, of further cells, where a voltage's standard error is above this, V."
    ),
]
Groups = Annotated[
    list[str] | None,
    typer.Option(
        help="Limit to removed, left, elastic, bonds, barriers, interfaces, loading or clusters; repeatable."
    ),
]

OtherRun = Annotated[
    Path | None, typer.Option(help="Run of another potential whose structures to start from.")
]


def parameterise(
    formula: Annotated[
        str | None, typer.Argument(help="Cations and anions with amounts.", metavar="FORMULA")
    ] = None,
    ion: Annotated[Ion, typer.Option(help="Alkali metal that reacts.")] = Ion.NA,
    potential: Annotated[PotentialName, typer.Option(help="Interatomic potential.")] = PotentialName.CHGNET,
    sites: Annotated[int, typer.Option(min=1, help="Sites per cation to average over.")] = 4,
    tries: Annotated[int, typer.Option(min=1, max=8, help="Directions to try at each site.")] = 1,
    cells: Annotated[int, typer.Option(min=1, help="Representative cells (64 atoms each).")] = 1,
    error: WantedError = None,
    out: Annotated[Path | None, typer.Option(help="Folder for checkpoints and the table.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with what the folder holds.")] = False,
    only: Groups = None,
    start_from: OtherRun = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes, each with one thread.")] = 1,
    scheduler: Annotated[
        str | None,
        typer.Option(help="Address of a Dask scheduler whose workers do the tasks.", metavar="ADDRESS"),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only compare both potentials with the handbook, on binaries.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Write the table as JSON.")] = False,
) -> None:
    """Compute the energies of a frame from its atoms and write them as a table.

    Every finished calculation is kept in OUT/tasks; a run that was stopped goes on with --resume.

    Examples:

    topotaxy parameterise --check

    topotaxy parameterise NiO --ion Li --sites 2 --only removed --out nio-li

    topotaxy parameterise "Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O" --potential chgnet --sites 6 --out heo-na
    """
    if check:
        _check(json=json)
        return
    if formula is None:
        raise InputError("expected a FORMULA, or --check; see 'topotaxy parameterise --help'")
    _refuse_contradictions(workers=workers, scheduler=scheduler, error=error, only=only)
    options = {
        "formula": formula,
        "ion": ion.value,
        "potential": potential.value,
        "sites": sites,
        "tries": tries,
        "cells": cells,
        "error": error,
        "only": only,
        "start_from": None if start_from is None else str(start_from),
    }
    folder = out or Path(f"parameterise-{_file_name(formula)}-{potential.value}")
    table = _computed(folder, options, resume=resume, workers=workers, scheduler=scheduler)
    if json:
        write_json(table)
    else:
        write_tables(*_shown(table))


def _refuse_contradictions(
    *, workers: int, scheduler: str | None, error: float | None, only: list[str] | None
) -> None:
    """Refuse options that exclude each other."""
    if scheduler is not None and workers > 1:
        raise InputError("--scheduler has workers of its own: leave --workers out")
    if error is not None and "removed" not in (only or ["removed"]):
        raise InputError("--error goes by the displacement voltages: add --only removed")


def _computed(
    folder: Path, options: dict[str, Any], *, resume: bool, workers: int, scheduler: str | None
) -> dict[str, Any]:
    """Run what the folder does not hold yet, publish the table there and return it."""
    from topotaxy.energetics.parameterise import finished_documents, publish_table, run_tasks
    from topotaxy.energetics.plan import GROUPS, all_tasks
    from topotaxy.energetics.potentials import load_potential
    from topotaxy.energetics.potentials.table import build_table
    from topotaxy.energetics.precision import extended
    from topotaxy.material import parse_formula

    composition, ion, potential = parse_formula(options["formula"]), options["ion"], options["potential"]
    error, tries, cells = options["error"], options["tries"], options["cells"]
    start_from = None if options["start_from"] is None else Path(options["start_from"])
    chosen = load_potential(potential)
    only = options["only"] or GROUPS
    tasks = all_tasks(composition, ion, sites=options["sites"], arrangements=cells, tries=tries, only=only)
    go_on = resume

    def run(planned: Sequence[Task]) -> dict[str, dict[str, Any]]:
        nonlocal go_on
        with _Bar(len(planned)) as bar:
            done = run_tasks(
                planned,
                folder,
                potential if workers > 1 or scheduler is not None else chosen,
                workers=workers,
                scheduler=scheduler,
                resume=go_on,
                starts=start_from,
                progress=bar,
            )
        go_on = True
        return done

    if error is None:
        documents = run(tasks)
    else:
        documents, above = extended(
            composition, ion, tasks, run, error=error, arrangements=cells, tries=tries
        )
        if above:
            message(f"still above {error:g} V with every site of further cells: {', '.join(above)}")
    compared = finished_documents(start_from) if start_from is not None else None
    table = build_table(composition, ion, documents, compared=compared)
    message(f"table: {publish_table(folder, table, ion=ion, options=options)}")
    return table


def _file_name(formula: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "_", formula)


class _Bar:
    """Progress on standard error: a bar on a terminal, a line a task elsewhere."""

    def __init__(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self._console = Console(stderr=True)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        )
        self._task = self._progress.add_task("starting", total=total)

    def __enter__(self) -> _Bar:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def __call__(self, name: str, done: int, total: int) -> None:
        self._progress.update(self._task, completed=done, description=name)
        if not self._console.is_terminal:
            message(f"{done}/{total} {name}")


def _check(*, json: bool) -> None:
    from topotaxy.energetics.potentials import POTENTIALS, load_potential
    from topotaxy.energetics.potentials.check import binary_check, check_errors

    potentials = [load_potential(name) for name in POTENTIALS]
    rows = [entry for potential in potentials for entry in binary_check(potential)]
    errors = check_errors(rows)
    if json:
        write_json({"rows": rows, "errors": errors})
    else:
        write_tables(_check_table(rows, [p.name for p in potentials]), *_error_lines(errors))


def _check_table(rows: list[dict[str, Any]], names: list[str]) -> Any:
    from rich.table import Table

    table = Table(title="Binaries beside the handbook", title_justify="left")
    table.add_column("quantity")
    table.add_column("of")
    for name in ("handbook", *names):
        table.add_column(name, justify="right")
    keys = dict.fromkeys((r["quantity"], r["subject"], r["unit"], r["handbook"]) for r in rows)
    for quantity, subject, unit, handbook in keys:
        digits = 3 if unit == "Å" else 2
        found = {
            r["potential"]: r["value"] for r in rows if (r["quantity"], r["subject"]) == (quantity, subject)
        }
        values = [f"{found[name]:.{digits}f}" if name in found else "" for name in names]
        table.add_row(f"{quantity} ({unit})", subject, f"{handbook:.{digits}f}", *values)
    return table


def _error_lines(errors: list[dict[str, Any]]) -> list[str]:
    return [
        f"{e['potential']}: largest error of a lattice parameter {100 * e['lattice_parameter']:.2f} % "
        f"(wanted 1.5), mean absolute error of the voltages {e['conversion_voltage']:.3f} V (wanted 0.1); "
        f"{e['version']}"
        for e in errors
    ]


def _shown(table: dict[str, Any]) -> list[Any]:
    from rich.table import Table

    shown = Table(
        title=f"{table['formula']} against {table['ion']}: {table['version']}", title_justify="left"
    )
    for name in ("quantity", "of", "condition"):
        shown.add_column(name)
    for name in ("value", "standard error", "sites", "systematic"):
        shown.add_column(name, justify="right")
    for entry in table["rows"]:
        errors = [entry["standard_error"], entry["systematic_error"]]
        texts = ["" if error is None else f"{error:.3f}" for error in errors]
        shown.add_row(
            f"{entry['quantity']} ({entry['unit']})",
            entry["subject"],
            entry["condition"],
            f"{entry['value']:.3f}",
            texts[0],
            str(entry["sites"]),
            texts[1],
        )
    return [shown, *(f"failed: {entry['task']}: {entry['reason']}" for entry in table["failed"])]
