"""``topotaxy reproduce``: a paper's numbers of cells beside what the model computes."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from topotaxy.cli.output import message, write_json, write_tables
from topotaxy.cli.running import writing_to

if TYPE_CHECKING:
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
        from topotaxy.cli.reproduction_report import write_reproduction

        with writing_to(out):
            message(f"report: {write_reproduction(found, out)}")
    if json:
        write_json(reproduction_document(found))
    else:
        write_tables(*_tables(found))


def _tables(found: Reproduction) -> list[Any]:
    from rich.table import Table

    table = Table(title=f"{found.paper}: cells", title_justify="left")
    for name in ("claim", "stated", "computed", "error", "label", "how"):
        table.add_column(name, justify="right" if name in ("stated", "computed", "error") else "left")
    for c in found.claims:
        if c.computed is None:
            continue
        error = "" if c.error is None or c.label == "imposed" else f"{100 * c.error:+.1f} %"
        stated = "" if c.stated is None else _shown(c.stated, c.unit)
        computed = _shown(c.computed, c.unit, c.uncertainty)
        table.add_row(c.id, stated, computed, error, c.label or "", c.why)
    lines = [
        f"Held-out numbers: median absolute error {100 * found.held_out_error:.1f} %. All capacities per "
        "gram of pristine oxysulfide."
    ]
    return [table, *lines, _parameters(found), *_fit_lines(found)]


def _shown(value: float, unit: str, uncertainty: float | None = None) -> str:
    """A number with its uncertainty and unit; shares in per cent."""
    factor, words = (100.0, "%") if unit == "1" else (1.0, unit)
    digits = {"1": 1, "V": 2}.get(unit, 0)
    spread = "" if uncertainty is None else f" ± {factor * uncertainty:.{digits}f}"
    return f"{factor * value:.{digits}f}{spread} {words}"


def _parameters(found: Reproduction) -> Any:
    from rich.table import Table

    from topotaxy.cell.inputs import calibration

    table = Table(title="Calibrated parameters", title_justify="left")
    for name in ("parameter", "value", "bounds", "unit", "meaning"):
        table.add_column(name, justify="right" if name == "value" else "left")
    for p in calibration().parameters:
        table.add_row(
            p.name, f"{found.parameters[p.name]:.4g}", f"{p.low:g} to {p.high:g}", p.unit, p.meaning
        )
    return table


def _fit_lines(found: Reproduction) -> list[str]:
    if found.fit is None:
        return []
    from topotaxy.cell.inputs import calibration

    lines = []
    names = [p.name for p in found.fit.parameters]
    logarithmic = {p.name for p in calibration().parameters if p.scale == "log"}
    for p in found.fit.parameters:
        bound = f"; at its {p.at_bound} bound" if p.at_bound else ""
        spread = f"a factor of {math.exp(p.deviation):.3g}" if p.name in logarithmic else f"{p.deviation:.2g}"
        lines.append(f"{p.name}: one standard deviation {spread}{bound}")
    for i, name in enumerate(names):
        for j in range(i):
            lines.append(f"correlation {names[j]}, {name}: {found.fit.correlations[i][j]:+.2f}")
    return lines
