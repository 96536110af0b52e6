"""``topotaxy simulate``: run a specification and write its report."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from topotaxy.cli.output import message, write_json, write_tables
from topotaxy.cli.running import check_material, resumable, shown_progress, with_options, writing_to
from topotaxy.errors import InputError

if TYPE_CHECKING:
    from topotaxy.spec import Spec


def simulate(
    spec: Annotated[
        str, typer.Argument(help="A bundled name (heos-na, nio-na, ...) or a TOML file.", metavar="SPEC")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Folder of the run; by default the specification's name.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the random numbers.")] = None,
    cycles: Annotated[int | None, typer.Option(help="Cycles of discharge and charge.")] = None,
    replicas: Annotated[int | None, typer.Option(help="Independent boxes.")] = None,
    cells: Annotated[int | None, typer.Option(help="Conventional cells along the edge of a box.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue the run in the folder, if any.")] = False,
    ablate: Annotated[
        bool,
        typer.Option("--ablate", help="Also run it with one piece of the model gone at a time, and compare."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Write the observables as JSON.")] = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Leave out report.html.")] = False,
) -> None:
    """Cycle an electrode on the reactive lattice; write observables and a report.

    Options replace what the specification says. A run that was stopped continues with --resume.

    With --ablate the run is repeated, with the same seeds, without inert cations, sulfur or fluorine,
    disorder, coherency, mobility of metal, transport of ions, and the reach of exchange, one at a time
    and eight replicas each; a table shows what each of them does.

    Bundled: heos-na, heos-li, heof-na, heof-li, heo-na, heo-li, nio-na, nio-li, nios-na, nios-li, coo-na,
    coo-li, coos-na, coos-li, ni06mg04o-na, ni06mg04o-li, composite-na, composite-li.

    A cell (a file with \\[cell] and \\[\\[step]]) is cycled on PyBaMM instead, fed by what the lattice gave;
    of the options only --out, --resume, --json and --no-report apply. Bundled: heos-na-coin,
    heos-na-coarse, heos-li-coin, heos-nvp-full.

    Examples:

    topotaxy simulate heos-na

    topotaxy simulate heos-na-coin

    topotaxy simulate nio-na --cells 4 --cycles 2 --replicas 1 --out quick

    topotaxy simulate my-electrode.toml --seed 7 --json

    topotaxy simulate heos-na --ablate --cycles 20 --out heos-na-ablation
    """
    from topotaxy.cli.cell import cell_of

    cell = cell_of(spec)
    if cell is not None:
        _refuse_lattice_options(
            seed=seed, cycles=cycles, replicas=replicas, cells=cells, ablate=ablate or None
        )
        from topotaxy.cli.cell import simulate_cell_and_show

        folder = out if out is not None else Path(cell.name)
        simulate_cell_and_show(cell, folder, resume=resume, json=json, with_report=not no_report)
        return
    from topotaxy.spec import load_spec

    chosen = with_options(
        load_spec(spec),
        {"protocol": {"cycles": cycles}, "lattice": {"seed": seed, "replicas": replicas, "cells": cells}},
    )
    check_material(chosen, where=spec)
    if ablate:
        from topotaxy.cli.ablate import ablate_and_show

        folder = out if out is not None else Path(f"{chosen.name}-ablation")
        ablate_and_show(
            chosen, folder, resume=resume, json=json, with_report=not no_report, replicas=replicas
        )
        return
    folder = out if out is not None else Path(chosen.name)
    with resumable():
        report = _run(chosen, folder, resume=resume, with_report=not no_report)
    text = (folder / "observables.json").read_text(encoding="utf-8")
    if json:
        write_json(json_format.loads(text))
        message(f"run: {folder}" if report is None else f"report: {report}")
    else:
        from topotaxy.cli.headline import headline_tables
        from topotaxy.observables import from_json

        headline = [o for o in from_json(text, where=str(folder)) if o.label is not None]
        paths = [f"run     {folder}", *([f"report  {report}"] if report is not None else [])]
        write_tables(*headline_tables(chosen, headline), *paths)


def _refuse_lattice_options(**given: int | bool | None) -> None:
    for name, value in given.items():
        if value is not None:
            raise InputError(f"--{name} is an option of lattice runs; a cell has none", where="command line")


def _run(spec: Spec, folder: Path, *, resume: bool, with_report: bool) -> Path | None:
    from topotaxy.runs import run

    with writing_to(folder), shown_progress() as progress:
        run(spec, folder, resume=resume, progress=progress)
        if not with_report:
            return None
        from topotaxy.report import write_report

        return write_report(folder)
