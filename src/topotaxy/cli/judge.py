"""``topotaxy judge``: which mechanism a paper, files or runs support."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from topotaxy.cli.output import message, write_json, write_tables
from topotaxy.errors import InputError

if TYPE_CHECKING:
    from topotaxy.evidence.judgement import Case
    from topotaxy.evidence.verdict import Verdict


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
        from topotaxy.cli.running import writing_to
        from topotaxy.evidence.shown import judgement_page
        from topotaxy.report.page import write_page
        from topotaxy.studies.judging import write_judgement

        with writing_to(out):
            write_judgement(verdict, out, seed=seed)
            message(f"report: {write_page(out, judgement_page(verdict))}")
    if json:
        write_json(document(verdict))
    else:
        write_tables(*_lines(verdict))


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


def _lines(verdict: Verdict) -> list[str]:
    case = verdict.case
    techniques = {term.technique for term in case.terms}
    lines = [
        f"{case.name}   {case.reaction.formula} | {case.reaction.ion}",
        f"{len(case.terms)} statements and numbers, {len(techniques)} techniques, "
        f"origin: {', '.join(case.origins)}",
        "",
        verdict.sentence.upper() if verdict.decided == "undecided" else verdict.sentence,
        "",
        f"{'what the data say (90 %)':44s}{'median':>8s}{'after':>18s}{'before':>18s}  driven by",
    ]
    for t in verdict.told:
        after, before = f"{t.low:.3g} to {t.high:.3g}", f"{t.prior_low:.3g} to {t.prior_high:.3g}"
        lines.append(f"  {t.words:42s}{t.median:8.3g}{after:>18s}{before:>18s}  {', '.join(t.driven_by[:2])}")
    lines += ["", f"{'mechanism':26s}{'p':>6s}   ln B to {verdict.reference} [over assumptions]"]
    for m in verdict.mechanisms:
        sign = "  sign changes" if m.sign_changes else ""
        lines.append(
            f"  {m.name:24s}{m.probability:6.2f}   {m.log_ratio:+6.1f} [{m.low:+.1f} .. {m.high:+.1f}]{sign}"
        )
    lines += ["", "agree least with the rest"]
    lines += [f"  {c.term.name}: p = {c.probability:.2f}" for c in verdict.checks[:4]]
    lines += ["", "would decide next (information, nats)"]
    lines += [f"  {c.nats:5.2f}  {c.measurement}" for c in verdict.next_measurements[:5]]
    lines += [
        "",
        f"set aside: {len(case.aside)}; ln Z {verdict.base.total:.2f} ± {verdict.evidence_error:.2f}",
    ]
    return lines
