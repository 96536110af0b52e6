"""What is judged, from its sources; and the folder of a judgement."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from topotaxy.content.section import Section
from topotaxy.errors import InputError
from topotaxy.evidence.judgement import Case
from topotaxy.evidence.verdict import Verdict, document
from topotaxy.files import is_folder, write_atomically
from topotaxy.observables import Observable
from topotaxy.results.folder import check_folder
from topotaxy.results.reading import stored_object, stored_text
from topotaxy.version import __version__

JUDGEMENT_FILE = "judgement.json"

MOST_OBSERVABLES = 5_000
"""Numbers that one judgement takes: beyond, its sampling would go on for minutes without an end in sight."""


def check_judgement_folder(out: Path) -> None:
    """Refuse a folder that cannot take a judgement, before anything is computed.

    Parameters
    ----------
    out : Path
        A folder that is new, empty, or holds an earlier judgement.

    Raises
    ------
    InputError
        Where ``out`` is no folder, or holds something else.
    """
    check_folder(out, what="judgement", recorded=JUDGEMENT_FILE)


def write_judgement(verdict: Verdict, out: Path, *, seed: int) -> Path:
    """Write ``judgement.json`` into a folder and return its path.

    Parameters
    ----------
    verdict : Verdict
        The judged case: shares of the mechanisms, and what they rest on.
    out : Path
        A folder that is new, empty, or holds an earlier judgement.
    seed : int
        Of the random numbers; recorded.

    Raises
    ------
    InputError
        Where ``out`` is no folder, or holds something else.
    """
    check_judgement_folder(out)
    target = out / JUDGEMENT_FILE
    out.mkdir(parents=True, exist_ok=True)
    made_by = {"topotaxy": __version__, "seed": seed}
    whole = document(verdict) | {"made_by": made_by}
    write_atomically(target, json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False))
    return target


def case_of_sources(
    sources: Sequence[str],
    *,
    material: str | None = None,
    cell: str | None = None,
    formula: str | None = None,
    ion: str | None = None,
) -> Case:
    """Return what is to be judged: a paper, files of observables and results folders, or all together.

    Parameters
    ----------
    sources : sequence of str
        A bundled name or the path of a ledger; or paths of observables and of folders that hold them.
    material, cell : str, optional
        Of a ledger, as in :func:`~topotaxy.evidence.cases.case_of_ledger`.
    formula, ion : str, optional
        Of observables that do not say them.

    Raises
    ------
    InputError
        Where a source cannot be read, or something is not said.
    """
    from topotaxy.evidence.cases import case_of_ledger, case_of_observables, with_observables

    papers, paths = _sorted(sources)
    if len(papers) > 1:
        raise InputError(f"one paper is judged at a time, got {' and '.join(papers)!s:.80}")
    # Read first: what is no path at all has no place in the file system to compare.
    observables = [one for path in paths for one in _observables(path)]
    for path in paths:
        if sum(path.resolve() == other.resolve() for other in paths) > 1:
            raise InputError("is given twice; its numbers would count double", where=str(path))
    if len(observables) > MOST_OBSERVABLES:
        told = f"{len(observables):,} numbers, expected at most {MOST_OBSERVABLES:,}: leave records out"
        raise InputError(told, where=", ".join(path.name for path in paths)[:200])
    name = ", ".join(path.name for path in paths)
    if papers:
        from topotaxy.evidence import load_ledger

        if formula is not None or ion is not None:
            raise InputError("--formula and --ion are for observables; a paper has --material and --cell")
        case = case_of_ledger(load_ledger(papers[0]), material=material or "", cell=cell or "")
        return with_observables(case, observables, name=name) if paths else case
    samples = {_formula_first(o.conditions.sample) for o in observables if o.conditions.sample}
    ions = {o.conditions.electrode for o in observables if o.conditions.electrode in ("Li", "Na", "K")}
    return case_of_observables(
        observables,
        formula=formula or _only(samples, "--formula", "sample"),
        ion=ion or _only(ions, "--ion", "electrode"),
        name=name,
    )


def beside_the_verdict(sources: Sequence[str], reproduction: Path | None = None) -> list[Section]:
    """Return what else is known of a judged paper: its inconsistencies, and what of it was reproduced.

    Parameters
    ----------
    sources : sequence of str
        As of :func:`case_of_sources`.
    reproduction : path, optional
        Folder that ``topotaxy reproduce --out`` wrote.

    Raises
    ------
    InputError
        Where the folder holds no reproduction.
    """
    from topotaxy.evidence.beside import audit_section, reproduction_section

    found = []
    papers, _ = _sorted(sources)
    if papers:
        from topotaxy.evidence import audit

        found.append(audit_section(audit(papers[0])))
    if reproduction is not None:
        found.append(reproduction_section(stored_object(reproduction / "reproduction.json")))
    return found


def _sorted(sources: Sequence[str]) -> tuple[list[str], list[Path]]:
    """Papers, and paths of observables and of folders that hold them."""
    held = [s for s in sources if is_folder(Path(s)) or s.endswith((".json", ".csv"))]
    return [s for s in sources if s not in held], [Path(s) for s in held]


def _observables(path: Path) -> list[Observable]:
    from topotaxy.observables import from_csv, from_json

    file = path / "observables.json" if is_folder(path) else path
    if is_folder(path) and not os.path.lexists(file):
        raise InputError(
            "holds no observables.json; expected a folder that analyse, probe or simulate wrote",
            where=str(path),
        )
    text = stored_text(file, links=not is_folder(path))
    return list((from_csv if file.suffix == ".csv" else from_json)(text, where=str(file)))


def _only(found: set[str], option: str, condition: str) -> str:
    if len(found) == 1:
        return next(iter(found))
    said = f"say {', '.join(sorted(found))} as their {condition}" if found else "do not say it"
    raise InputError(f"{option} is needed: the observables {said}")


def _formula_first(sample: str) -> str:
    """The formula that a sample's name begins with, as in "NiO, discharged, cycle 2"; else the name."""
    from topotaxy.material import parse_formula

    first = sample.split(",")[0].strip()
    try:
        return parse_formula(first).formula
    except InputError:
        return sample
