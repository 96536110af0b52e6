"""``topotaxy judge``: which mechanism a paper, files or runs support."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from topotaxy.cli.output import message, write_json, write_tables
from topotaxy.errors import InputError

if TYPE_CHECKING:
    from topotaxy.evidence.judgement import Case


def judge(
    sources: Annotated[
        list[str],
        typer.Argument(
            help="A paper (bundled name or TOML), or files of observables and results folders.",
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
    out: Annotated[Path | None, typer.Option(help="Folder of the report.")] = None,
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
    """
    from topotaxy.evidence.verdict import document
    from topotaxy.evidence.verdict import judge as judged

    case = _case(sources, material=material, cell=cell, formula=formula, ion=ion)
    verdict = judged(case, seed=seed, thorough=thorough)
    if out is not None:
        from topotaxy.cli.progress import writing_to
        from topotaxy.evidence.shown import judgement_page
        from topotaxy.report.page import write_page
        from topotaxy.studies.judging import write_judgement

        with writing_to(out):
            write_judgement(verdict, out, seed=seed)
            message(f"report: {write_page(out, judgement_page(verdict))}")
    if json:
        write_json(document(verdict))
    else:
        from topotaxy.evidence.shown import short_parts
        from topotaxy.report.terminal import part_lines

        write_tables(*part_lines(short_parts(verdict)))


def _case(
    sources: list[str], *, material: str | None, cell: str | None, formula: str | None, ion: str | None
) -> Case:
    from topotaxy.evidence.cases import case_of_ledger, case_of_observables

    folders = [Path(s) for s in sources if Path(s).is_dir() or s.endswith((".json", ".csv"))]
    if not folders:
        if len(sources) != 1:
            raise InputError("one paper is judged at a time; several sources have to be observables")
        from topotaxy.evidence import load_ledger

        if formula is not None or ion is not None:
            raise InputError("--formula and --ion are for observables; a paper has --material and --cell")
        return case_of_ledger(load_ledger(sources[0]), material=material or "", cell=cell or "")
    if len(folders) != len(sources):
        raise InputError("a paper and observables cannot be judged together yet; judge them one by one")
    from topotaxy.observables import from_csv, from_json

    observables = []
    for path in folders:
        file = path / "observables.json" if path.is_dir() else path
        try:
            text = file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
            raise InputError(f"cannot be read: {reason}", where=str(file)) from None
        observables += (from_csv if file.suffix == ".csv" else from_json)(text, where=str(file))
    samples = {o.conditions.sample for o in observables if o.conditions.sample}
    ions = {o.conditions.electrode for o in observables if o.conditions.electrode in ("Li", "Na", "K")}
    return case_of_observables(
        observables,
        formula=formula or _only(samples, "--formula", "sample"),
        ion=ion or _only(ions, "--ion", "electrode"),
        name=", ".join(path.name for path in folders),
    )


def _only(found: set[str], option: str, condition: str) -> str:
    if len(found) == 1:
        return next(iter(found))
    said = f"say {', '.join(sorted(found))}" if found else "do not say it"
    raise InputError(f"{option} is needed: the observables' {condition} {said}")
