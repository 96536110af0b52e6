"""``topotaxy simulate`` of a specification: run the lattice, write its report, show the headline."""

from __future__ import annotations

import json as json_format
from pathlib import Path
from typing import TYPE_CHECKING

from topotaxy.cli.output import message, write_json, write_tables
from topotaxy.cli.progress import resumable, shown_progress, writing_to

if TYPE_CHECKING:
    from topotaxy.spec import Spec


def simulate_lattice_and_show(
    spec: Spec, folder: Path, *, resume: bool, json: bool, with_report: bool
) -> None:
    """Run a specification into ``folder`` and show it.

    Parameters
    ----------
    spec : Spec
        What is to be run.
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

    with resumable():
        report = _run(spec, folder, resume=resume, with_report=with_report)
    text = stored_text(folder / "observables.json")
    if json:
        write_json(json_format.loads(text))
        message(f"run: {folder}" if report is None else f"report: {report}")
        return
    from topotaxy.cli.headline import headline_tables
    from topotaxy.observables import from_json

    headline = [o for o in from_json(text, where=str(folder)) if o.label is not None]
    paths = [f"run     {folder}", *([f"report  {report}"] if report is not None else [])]
    write_tables(*headline_tables(spec, headline), *paths)


def _run(spec: Spec, folder: Path, *, resume: bool, with_report: bool) -> Path | None:
    from topotaxy.runs import run

    with writing_to(folder), shown_progress() as progress:
        run(spec, folder, resume=resume, progress=progress)
        if not with_report:
            return None
        from topotaxy.report import write_report

        return write_report(folder)
