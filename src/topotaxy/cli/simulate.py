"""``topotaxy simulate``: run a specification and write its report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from topotaxy.cli.output import message
from topotaxy.errors import InputError

if TYPE_CHECKING:
    from topotaxy.spec import Spec


def simulate(
    spec: Annotated[
        str,
        typer.Argument(
            help="A bundled name (heos-na, ...; see 'topotaxy list'), a TOML file, or a formula.",
            metavar="SPEC",
        ),
    ],
    ion: Annotated[str | None, typer.Option(help="Li, Na or K; a formula needs it.", metavar="ION")] = None,
    current: Annotated[
        str | None,
        typer.Option(help="Per gram, as 100mA/g, or C/10 of the capacity of all cations.", metavar="CURRENT"),
    ] = None,
    lower_cutoff: Annotated[
        str | None, typer.Option(help="Volts, or with a unit.", metavar="VOLTAGE")
    ] = None,
    upper_cutoff: Annotated[
        str | None, typer.Option(help="Volts, or with a unit.", metavar="VOLTAGE")
    ] = None,
    temperature: Annotated[
        str | None, typer.Option(help="Kelvin, or with a unit, as 60degC.", metavar="TEMPERATURE")
    ] = None,
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
    workers: Annotated[int, typer.Option(min=1, help="With --ablate: runs at once.")] = 1,
    scheduler: Annotated[
        str | None,
        typer.Option(help="With --ablate: address of a Dask scheduler to run on.", metavar="ADDRESS"),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Write the observables as JSON.")] = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Leave out report.html.")] = False,
) -> None:
    """Cycle an electrode on the reactive lattice; write observables and a report.

    Options replace what the specification says. A run that was stopped continues with --resume.

    With --ablate the run is repeated, with the same seeds, without inert cations, sulfur or fluorine,
    disorder, coherency, mobility of metal, transport of ions, and the reach of exchange, one at a time
    and eight replicas each; a table shows what each of them does.

    A cell (a file with \\[cell] and \\[\\[step]]) is cycled on PyBaMM instead, fed by what the lattice gave;
    of the options only --out, --resume, --json and --no-report apply.

    Examples:

    topotaxy simulate heos-na

    topotaxy simulate Ni0.8Mg0.2O --ion Na --current C/10 --cycles 3

    topotaxy simulate heos-na-coin

    topotaxy simulate nio-na --cells 4 --cycles 2 --replicas 1 --out quick

    topotaxy simulate my-electrode.toml --seed 7 --json

    topotaxy simulate heos-na --ablate --cycles 20 --out heos-na-ablation
    """
    from topotaxy.runs.asked import specification_or_cell
    from topotaxy.spec import Spec

    options = {
        "ion": ion,
        "current": current,
        "lower_cutoff": lower_cutoff,
        "upper_cutoff": upper_cutoff,
        "temperature": temperature,
        "seed": seed,
        "cycles": cycles,
        "replicas": replicas,
        "cells": cells,
    }
    chosen = specification_or_cell(spec, options)
    shown = {"resume": resume, "json": json, "with_report": not no_report}
    if not isinstance(chosen, Spec):
        _refuse("is an option of lattice runs; a cell has none", ablate=ablate or None)
        _refuse_places(workers, scheduler)
        from topotaxy.cli.cell import simulate_cell_and_show

        simulate_cell_and_show(chosen, out or Path(chosen.name), **shown)
        return
    _check_and_tell(chosen, spec, current)
    if not ablate:
        _refuse_places(workers, scheduler)
        from topotaxy.cli.lattice import simulate_lattice_and_show

        simulate_lattice_and_show(chosen, out or Path(chosen.name), **shown)
        return
    from topotaxy.cli.ablate import ablate_and_show
    from topotaxy.studies.execution import Where

    where = Where(workers=workers, scheduler=scheduler)
    folder = out or Path(f"{chosen.name}-ablation")
    ablate_and_show(chosen, folder, **shown, replicas=replicas, where=where)


def _check_and_tell(chosen: Spec, asked: str, current: str | None) -> None:
    """Refuse a material that the lattice does not hold; say what a C-rate comes to."""
    from topotaxy.material import electrode_composition
    from topotaxy.material.capacity import current_of_rate, is_rate
    from topotaxy.runs.asked import check_material

    check_material(chosen, where=asked)
    if current is not None and is_rate(current):
        _, whole = current_of_rate(current, electrode_composition(chosen.electrode))
        message(
            f"{current} of {whole:.0f} mAh/g (all cations to the metal): {chosen.protocol.current:.4g} A/g"
        )


def _refuse_places(workers: int, scheduler: str | None) -> None:
    given = {"workers": None if workers == 1 else workers, "scheduler": scheduler}
    _refuse("is for many runs: it goes with --ablate", **given)


def _refuse(why: str, **given: int | str | bool | None) -> None:
    for name, value in given.items():
        if value is not None:
            raise InputError(f"--{name} {why}", where="command line")
