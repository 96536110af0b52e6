"""``topotaxy simulate`` of a cell: run its protocol, write its folder, show its first and last cycles."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topotaxy.cli.output import message, write_json, write_tables
from topotaxy.cli.running import writing_to
from topotaxy.errors import InputError

if TYPE_CHECKING:
    from topotaxy.cell.protocol import CellSpec


def cell_of(name_or_path: str) -> CellSpec | None:
    """Return the cell that a name or a file means; ``None`` where it is a run of the lattice.

    What cannot be read at all is left to the lattice's loader, which says why.
    """
    from topotaxy.spec import bundled_names, parse_toml, read_text

    if name_or_path in bundled_names("specs"):
        return None
    try:
        text, where = read_text(name_or_path, folder="cells")
        document = parse_toml(text, where=where)
    except InputError:
        return None
    from topotaxy.cell.protocol import cell_spec_from_text, is_cell

    return cell_spec_from_text(text, where=where) if is_cell(document) else None


def simulate_cell_and_show(
    spec: CellSpec, folder: Path, *, resume: bool, json: bool, with_report: bool
) -> None:
    """Run a cell into ``folder`` and show it."""
    from topotaxy.runs.cell_run import run_cell_into

    with writing_to(folder):
        run = run_cell_into(spec, folder, resume=resume)
        if run is not None and with_report:
            from topotaxy.cli.cell_report import write_report_of_cell

            write_report_of_cell(run, folder)
    text = (folder / "observables.json").read_text(encoding="utf-8")
    if json:
        write_json(json_format.loads(text))
        message(f"run: {folder}")
        return
    from topotaxy.observables import from_json

    paths = [f"run     {folder}"]
    if (folder / "report.html").is_file():
        paths.append(f"report  {folder / 'report.html'}")
    write_tables(_table(spec, from_json(text, where=str(folder))), *paths)


def _table(spec: CellSpec, found: list[Any]) -> Any:
    from rich.table import Table

    table = Table(title=f"{spec.name}, per gram of pristine conversion material", title_justify="left")
    for name in ("quantity", "cycle", "value", "unit", "label"):
        table.add_column(name, justify="right" if name in ("cycle", "value") else "left")
    last = max(o.cycle or 0 for o in found)
    for o in found:
        if o.cycle in (1, last):
            digits = 1 if o.unit == "mAh/g" else 3
            table.add_row(
                o.quantity.replace("_", " "), str(o.cycle), f"{o.value:.{digits}f}", o.unit, o.label or ""
            )
    return table
