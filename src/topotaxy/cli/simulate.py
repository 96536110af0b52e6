"""``topotaxy simulate``: run a specification and write its report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from topotaxy.cli.options import BoxCells, NoReport, ObservablesAsJson, Seed
from topotaxy.cli.output import message
from topotaxy.errors import InputError

if TYPE_CHECKING:
    from topotaxy.cell.protocol import CellSpec
    from topotaxy.spec import Spec


WhatToRun = Annotated[
    str,
    typer.Argument(
        help="A bundled name (heos-na, ...; see 'topotaxy list'), a TOML file, or a formula.", metavar="SPEC"
    ),
]
IonOfFormula = Annotated[str | None, typer.Option(help="Li, Na or K; a formula needs it.", metavar="ION")]
Current = Annotated[
    str | None,
    typer.Option(help="Per gram, as 100mA/g, or C/10 of the capacity of all cations.", metavar="CURRENT"),
]
ChargeCurrent = Annotated[
    str | None, typer.Option(help="Of charges, where it differs; as --current.", metavar="CURRENT")
]
Voltage = Annotated[str | None, typer.Option(help="Volts, or with a unit.", metavar="VOLTAGE")]
Temperature = Annotated[
    str | None, typer.Option(help="Kelvin, or with a unit, as 60degC.", metavar="TEMPERATURE")
]
RunFolder = Annotated[
    Path | None, typer.Option(help="Folder of the run; by default the specification's name.")
]
Cycles = Annotated[int | None, typer.Option(help="Cycles of discharge and charge.")]
Replicas = Annotated[int | None, typer.Option(help="Independent boxes.")]
Ablate = Annotated[
    bool,
    typer.Option("--ablate", help="Also run it with one piece of the model gone at a time, and compare."),
]
AblationWorkers = Annotated[int, typer.Option(min=1, help="With --ablate: runs at once.")]
AblationScheduler = Annotated[
    str | None, typer.Option(help="With --ablate: address of a Dask scheduler to run on.", metavar="ADDRESS")
]


def simulate(
    spec: WhatToRun,
    ion: IonOfFormula = None,
    current: Current = None,
    charge_current: ChargeCurrent = None,
    lower_cutoff: Voltage = None,
    upper_cutoff: Voltage = None,
    temperature: Temperature = None,
    out: RunFolder = None,
    seed: Seed = None,
    cycles: Cycles = None,
    replicas: Replicas = None,
    cells: BoxCells = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue the run in the folder, if any.")] = False,
    ablate: Ablate = False,
    workers: AblationWorkers = 1,
    scheduler: AblationScheduler = None,
    json: ObservablesAsJson = False,
    no_report: NoReport = False,
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

    drive = {"ion": ion, "current": current, "charge_current": charge_current, "temperature": temperature}
    cutoffs = {"lower_cutoff": lower_cutoff, "upper_cutoff": upper_cutoff}
    box = {"seed": seed, "cycles": cycles, "replicas": replicas, "cells": cells}
    chosen = specification_or_cell(spec, {**drive, **cutoffs, **box})
    shown: _Shown = {"resume": resume, "json": json, "with_report": not no_report}
    _check_and_tell(chosen, spec, {"current": current, "charge_current": charge_current}, ablate=ablate)
    if ablate and isinstance(chosen, Spec):
        _ablated(chosen, out, shown, replicas=replicas, workers=workers, scheduler=scheduler)
        return
    _refuse_places(workers, scheduler)
    _once(chosen, out or Path(chosen.name), shown)


class _Shown(TypedDict):
    """What becomes of a run that is there already, and of the results."""

    resume: bool
    json: bool
    with_report: bool


def _once(chosen: Spec | CellSpec, folder: Path, shown: _Shown) -> None:
    from topotaxy.spec import Spec

    if isinstance(chosen, Spec):
        from topotaxy.cli.lattice import simulate_lattice_and_show

        simulate_lattice_and_show(chosen, folder, **shown)
    else:
        from topotaxy.cli.cell import simulate_cell_and_show

        simulate_cell_and_show(chosen, folder, **shown)


def _ablated(
    spec: Spec, out: Path | None, shown: _Shown, *, replicas: int | None, workers: int, scheduler: str | None
) -> None:
    from topotaxy.cli.ablate import ablate_and_show
    from topotaxy.studies.execution import Where

    where = Where(workers=workers, scheduler=scheduler)
    ablate_and_show(spec, out or Path(f"{spec.name}-ablation"), **shown, replicas=replicas, where=where)


def _check_and_tell(
    chosen: Spec | CellSpec, asked: str, currents: Mapping[str, str | None], *, ablate: bool
) -> None:
    """Refuse a material that the lattice does not hold, and arms of a cell; say what a C-rate comes to."""
    from topotaxy.material import electrode_composition
    from topotaxy.material.capacity import current_of_rate, is_rate
    from topotaxy.runs.asked import check_material
    from topotaxy.spec import Spec

    if not isinstance(chosen, Spec):
        _refuse("is an option of lattice runs; a cell has none", ablate=ablate or None)
        return
    check_material(chosen, where=asked)
    for name, asked_for in currents.items():
        if asked_for is not None and is_rate(asked_for):
            _, whole = current_of_rate(asked_for, electrode_composition(chosen.electrode))
            current = getattr(chosen.protocol, name)
            message(f"{asked_for} of {whole:.0f} mAh/g (all cations to the metal): {current:.4g} A/g")


def _refuse_places(workers: int, scheduler: str | None) -> None:
    given = {"workers": None if workers == 1 else workers, "scheduler": scheduler}
    _refuse("is for many runs: it goes with --ablate", **given)


def _refuse(why: str, **given: int | str | bool | None) -> None:
    for name, value in given.items():
        if value is not None:
            raise InputError(f"--{name} {why}", where="command line")
