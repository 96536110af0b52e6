"""``topotaxy simulate --ablate``: what each piece of the model does to the results."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from topotaxy.cli.output import message, write_json, write_tables
from topotaxy.cli.progress import resumable, shown_progress, writing_to

if TYPE_CHECKING:
    from rich.console import RenderableType

    from topotaxy.spec import Spec
    from topotaxy.studies.ablation import Ablation
    from topotaxy.studies.execution import Where


def ablate_and_show(
    spec: Spec,
    folder: Path,
    *,
    resume: bool,
    json: bool,
    with_report: bool,
    replicas: int | None,
    where: Where,
) -> None:
    """Run every arm into ``folder``, write the table beside them and show it.

    ``replicas`` as asked for on the command line; otherwise as many as the specification says,
    and at least eight.

    Parameters
    ----------
    spec : Spec
        What is to be run.
    folder : Path
        Folder for the folders of the arms.
    resume : bool
        Whether a run that was stopped is continued.
    json : bool
        Whether standard output takes JSON in place of tables.
    with_report : bool
        Whether the report is written too.
    replicas : int | None
        Replicas of every arm, if asked for.
    where : Where
        Where the runs are executed.
    """
    from topotaxy.runs.asked import with_options
    from topotaxy.studies.ablation import REPLICAS, run_ablation
    from topotaxy.studies.ablation_files import write_ablation

    if replicas is None:
        spec = with_options(spec, {"lattice": {"replicas": max(REPLICAS, spec.lattice.replicas)}})
    with resumable(), writing_to(folder), shown_progress() as progress:
        ablation = run_ablation(spec, folder, resume=resume, where=where, progress=progress)
        document = write_ablation(ablation, folder)
        if with_report:
            _write_reports(ablation, folder)
    if json:
        write_json(document)
        message(f"ablation: {folder}")
    else:
        write_tables(*_shown(ablation), f"ablation  {folder}")


def _write_reports(ablation: Ablation, folder: Path) -> None:
    from topotaxy.report import write_ablation_report, write_report

    for arm in ablation.arms:
        if arm.spec is not None:
            write_report(folder / arm.name)
    write_ablation_report(folder)


def _shown(ablation: Ablation) -> list[RenderableType]:
    from rich.text import Text

    from topotaxy.cli.headline import plain_table
    from topotaxy.runs.outcomes import NOTES
    from topotaxy.studies.ablation_table import HOW, ablation_cells, arms_lines

    spec = ablation.spec
    title = f"{spec.title or spec.name}: {spec.electrode.formula} | {spec.cell.ion}"
    head, rows = ablation_cells(ablation)
    return [
        Text(title, style="bold"),
        Text(),
        plain_table(head, rows),
        Text(),
        *[Text(line) for line in arms_lines(ablation)],
        Text(),
        Text(f"{HOW} {NOTES}", style="dim"),
        Text(),
    ]
