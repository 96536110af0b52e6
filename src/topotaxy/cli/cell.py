"""``topotaxy simulate`` of a cell: run its protocol, write its folder, show its first and last cycles."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import TYPE_CHECKING

from topotaxy.cli.output import message, write_json, write_tables
from topotaxy.cli.progress import Progress, shown_progress, writing_to

if TYPE_CHECKING:
    from topotaxy.cell.protocol import CellSpec


def simulate_cell_and_show(
    spec: CellSpec, folder: Path, *, resume: bool, json: bool, with_report: bool
) -> None:
    """Run a cell into ``folder`` and show it.

    Parameters
    ----------
    spec : CellSpec
        The cell that is to be cycled.
    folder : Path
        Folder of the run.
    resume : bool
        Whether a run that was stopped is continued.
    json : bool
        Whether standard output takes JSON in place of tables.
    with_report : bool
        Whether the report is written too.
    """
    from topotaxy.results.reading import stored_text
    from topotaxy.runs.cell_run import run_cell_into

    with writing_to(folder):
        with shown_progress() as progress:
            run = run_cell_into(spec, folder, resume=resume, progress=_announced(progress))
        if with_report and (run is not None or not (folder / "report.html").is_file()):
            from topotaxy.report import write_cell_report

            write_cell_report(folder)
    text = stored_text(folder / "observables.json")
    if json:
        write_json(json_format.loads(text))
        message(f"run: {folder}")
        return
    from topotaxy.content.section import Part
    from topotaxy.observables import from_json
    from topotaxy.report.run.headline import headlines
    from topotaxy.report.run.numbers import headline_parts
    from topotaxy.report.terminal import part_lines

    paths = [f"run     {folder}"]
    if (folder / "report.html").is_file():
        paths.append(f"report  {folder / 'report.html'}")
    found = headlines(from_json(text, where=str(folder)))
    last = max((o.cycle or 0 for o in found), default=0)
    shown = sorted((o for o in found if o.cycle in (None, 1, last)), key=lambda o: o.cycle or 0)
    caption = f"{spec.name}, per gram of pristine conversion material"
    parts: list[Part] = headline_parts(shown, caption=caption, definitions=False)
    write_tables(*part_lines(parts), *paths)


def _announced(progress: Progress) -> Progress:
    """The same, and one line that says what is begun: without a terminal others come late."""
    begun = False

    def show(done: int, total: int, text: str) -> None:
        nonlocal begun
        if not begun:
            begun = True
            message(f"{text}: {total - done} cycles of the lattice, once; the tables are kept")
        progress(done, total, text)

    return show
