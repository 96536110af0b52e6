"""``topotaxy export``: write the specimens of a run, the atoms that its lattice ended with."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from topotaxy.cli.output import message, write_json
from topotaxy.errors import InputError

if TYPE_CHECKING:
    from topotaxy.specimen import State


class Format(StrEnum):
    """File formats of specimens."""

    XYZ = "xyz"
    CIF = "cif"


class When(StrEnum):
    """States of an electrode."""

    PRISTINE = "pristine"
    DISCHARGED = "discharged"
    CHARGED = "charged"


def export(
    run: Annotated[Path, typer.Argument(help="Folder of a finished run.", metavar="RUN")],
    format: Annotated[Format, typer.Option(help="Extended XYZ, or CIF.")] = Format.XYZ,
    out: Annotated[Path | None, typer.Option(help="Folder to write to; by default RUN/specimens.")] = None,
    replica: Annotated[int | None, typer.Option(help="This replica only, from 0.")] = None,
    cycle: Annotated[int | None, typer.Option(help="This cycle only; 0 is pristine.")] = None,
    state: Annotated[When | None, typer.Option(help="This state only.")] = None,
    json: Annotated[bool, typer.Option("--json", help="List the files as JSON.")] = False,
) -> None:
    """Write the atoms of a simulated electrode: every replica, pristine and after each kept half-cycle.

    Elements, valences, phases, identities and clusters of metal go with them; other programs (OVITO, ASE,
    VESTA) open the files, and topotaxy reads them back without loss.

    Examples:

    topotaxy export heos-na --state discharged --cycle 1

    topotaxy export heos-na --format cif --replica 0
    """
    from topotaxy.specimen.exchange import write
    from topotaxy.specimen.kept import STATES, specimens_of

    wanted: State | None = None if state is None else STATES[list(When).index(state)]
    folder = out if out is not None else run / "specimens"
    written: list[dict[str, object]] = []
    for specimen in specimens_of(run, replica=replica, cycle=cycle, state=wanted):
        if not written:
            _made(folder)
        # What a dataset calls itself is no path.
        material = re.sub(r"[^A-Za-z0-9().]", "", specimen.formula).lstrip(".")[:80] or "specimen"
        name = f"{material}-replica{specimen.replica}-cycle{specimen.cycle}-{specimen.state}.{format.value}"
        write(specimen, folder / name)
        message(f"{name}: {len(specimen)} atoms")
        written.append(
            {
                "file": str(folder / name),
                "replica": specimen.replica,
                "cycle": specimen.cycle,
                "state": specimen.state,
                "formula": specimen.formula,
                "atoms": specimen.counts(),
                "metal_pieces": len(specimen.clusters),
                "volume": specimen.volume,
            }
        )
    if not written:
        raise InputError("kept no specimen of that replica, cycle and state", where=str(run))
    if json:
        write_json({"schema": "topotaxy/export/1", "specimens": written})
    else:
        for entry in written:
            typer.echo(entry["file"])


def _made(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"cannot be made ({error.strerror})", where=str(folder)) from None
