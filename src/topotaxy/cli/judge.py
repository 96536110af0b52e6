"""``topotaxy judge``: which mechanism a paper, files or runs support."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from topotaxy.cli.options import ReportFolder
from topotaxy.cli.output import message, write_json, write_tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from topotaxy.content.section import Section
    from topotaxy.evidence.verdict import Verdict


def judge(
    sources: Annotated[
        list[str],
        typer.Argument(
            help="A paper (bundled name or TOML), files of observables, results folders, or all together.",
            metavar="SOURCE...",
        ),
    ],
    material: Annotated[
        str | None, typer.Option(help="Material of the ledger (the one most is said of).")
    ] = None,
    cell: Annotated[str | None, typer.Option(help="Anode half cell of the ledger, as na.")] = None,
    formula: Annotated[
        str | None, typer.Option(help="The pristine material, where observables do not say it.")
    ] = None,
    ion: Annotated[str | None, typer.Option(help="Li, Na or K, where observables do not say it.")] = None,
    out: ReportFolder = None,
    reproduction: Annotated[
        Path | None, typer.Option(help="Folder of 'topotaxy reproduce', for the page of a paper.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the random numbers.")] = 1,
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Sample every other assumption as finely as the main one.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Write the judgement as JSON.")] = False,
) -> None:
    """Judge which mechanism of conversion the observables support, and what would decide.

    Candidates are intercalation, lattice-confined conversion, inlaid incoherent domains, a metal network,
    a frame that vanishes and recovers, collapse, an unreacted core, mixtures; "undecided" is an answer.

    Examples:

    topotaxy judge fang2022

    topotaxy judge fang2022 --cell li --json

    topotaxy judge xrd-analysis xas-analysis --formula NiO --ion Li

    topotaxy judge fang2022 own-xrd-analysis --out fang2022-judged
    """
    one_thread()
    from topotaxy.cli.progress import shown_progress, writing_to
    from topotaxy.evidence.verdict import document
    from topotaxy.evidence.verdict import judge as judged
    from topotaxy.studies.judging import beside_the_verdict, case_of_sources, check_judgement_folder

    if out is not None:
        with writing_to(out):
            check_judgement_folder(out)
    case = case_of_sources(sources, material=material, cell=cell, formula=formula, ion=ion)
    with shown_progress() as progress:
        verdict = judged(case, seed=seed, thorough=thorough, progress=progress)
    if out is not None:
        _write(verdict, out, beside_the_verdict(sources, reproduction), seed=seed)
    if json:
        write_json(document(verdict))
    else:
        from topotaxy.evidence.shown import short_parts
        from topotaxy.report.terminal import part_lines

        write_tables(*part_lines(short_parts(verdict)))


def one_thread() -> None:
    """Keep linear algebra to one thread where the user asked for no number, before it is loaded.

    The matrices of a judgement are small: more threads take a third more of the processor and no less time.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def _write(verdict: Verdict, out: Path, beside: Sequence[Section], *, seed: int) -> None:
    """Write the judgement and its page into a folder."""
    from topotaxy.cli.progress import writing_to
    from topotaxy.evidence.shown import judgement_page
    from topotaxy.report.page import write_page
    from topotaxy.studies.judging import write_judgement

    page = judgement_page(verdict, beside)
    with writing_to(out):
        write_judgement(verdict, out, seed=seed)
        message(f"report: {write_page(out, page)}")
