"""What interatomic potentials say of this composition, beside the run."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from topotaxy.content.numbers import fixed, plain_number, with_uncertainty
from topotaxy.content.section import Group, Paragraph, Part, Table
from topotaxy.report.run.folder import RunFolder

HEADING = "What atoms say"


def atoms_parts(folder: RunFolder) -> list[Part]:
    """Return confined voltages by cation with their errors, or the sentence why there are none.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    """
    given = folder.provenance.get("atoms")
    parts: list[Part] = []
    if not isinstance(given, dict):
        why = folder.missing.get("provenance.json", "provenance.json has no entry 'atoms'")
        parts.append(Paragraph(f"Absent, because {why}."))
    elif not _records(given.get("tables")):
        parts.append(Paragraph(f"Nothing: {given.get('absent') or 'the run names no table'}."))
    else:
        parts += [part for table in _records(given["tables"]) for part in _one_table(folder, table)]
    return [Group(title=HEADING, parts=parts)]


def _number(entry: Mapping[str, Any], key: str) -> float | None:
    value = entry.get(key)
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
        return None
    return float(value)


def _records(value: Any) -> list[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _text(value: float | None, error: float | None = None) -> str:
    return "–" if value is None else with_uncertainty(value, error)


def _one_table(folder: RunFolder, entry: Mapping[str, Any]) -> list[Part]:
    cations = _records(entry.get("cations"))
    name = str(entry.get("name", ""))
    introduction = (
        f"Voltage at which a cation leaves the frame for bulk metal and two {folder.ion} take its place, "
        f"beside that of the bulk compound by the same potential ({entry.get('potential', '')}; "
        f"table {name}). These numbers stand beside the run; none of them enters it."
    )
    rows = []
    for c in cations:
        error = _number(c, "standard_error")
        rows.append(
            [
                str(c.get("element", "")),
                _text(_number(c, "displacement_voltage"), error),
                str(c.get("sites", "–")),
                f"{_text(_number(c, 'bulk_voltage'))} ({c['bulk']})" if c.get("bulk") else "–",
                _text(_number(c, "cost"), error),
            ]
        )
    listing = Table(
        caption=f"{HEADING}: {name}",
        head=["Cation", "In the frame (V)", "Sites", "In bulk (V)", "Cost of confinement (V)"],
        rows=rows,
        numeric=frozenset({1, 2, 3, 4}),
        details=[f"Row: {c['row']}." if c.get("row") else "" for c in cations],
        note=_errors(cations),
    )
    said = [_selectivity(cations, folder.claimed_active), _stiffness(folder, entry)]
    return [Paragraph(introduction), listing, *[Paragraph(text) for text in said if text]]


def _errors(cations: Sequence[Mapping[str, Any]]) -> str:
    """Say what the errors are; one systematic error is usually stated for the whole table."""
    text = "After ±: one standard error over sites."
    stated = {(_number(c, "systematic_error"), str(c.get("systematic_basis", ""))) for c in cations}
    for error, basis in sorted((e, b) for e, b in stated if e is not None):
        text += f" Systematic error of a voltage: {fixed(error, 2)} V ({basis})."
    if all(error is None for error, _ in stated):
        text += " No systematic error was determined."
    return text


def _mean(cations: Sequence[Mapping[str, Any]]) -> tuple[float, float] | None:
    """Mean cost and its standard error; None where a number is lacking."""
    costs = [_number(c, "cost") for c in cations]
    errors = [_number(c, "standard_error") for c in cations]
    known = [(c, e) for c, e in zip(costs, errors, strict=True) if c is not None and e is not None]
    if not known or len(known) < len(cations):
        return None
    return math.fsum(c for c, _ in known) / len(known), math.hypot(*(e for _, e in known)) / len(known)


def _selectivity(cations: Sequence[Mapping[str, Any]], claimed: Sequence[str]) -> str | None:
    """Say whether confinement costs the claimed cations less than the others."""
    inside = [c for c in cations if c.get("element") in claimed]
    outside = [c for c in cations if c.get("element") not in claimed]
    first, second = _mean(inside), _mean(outside)
    if first is None or second is None:
        return None
    difference, error = second[0] - first[0], math.hypot(first[1], second[1])
    if abs(difference) <= 2.0 * error:
        verdict = "within two standard errors: no difference can be claimed"
    elif difference > 0:
        verdict = "beyond two standard errors: confinement favours the claimed cations"
    else:
        verdict = "beyond two standard errors: confinement disfavours the claimed cations"
    names = [", ".join(str(c.get("element", "")) for c in group) for group in (inside, outside)]
    return (
        f"Confinement costs {names[0]} (claimed to react) {with_uncertainty(*first)} V on average "
        f"and {names[1]} {with_uncertainty(*second)} V. "
        f"The difference, {with_uncertainty(difference, error)} V, is {verdict}."
    )


def _stiffness(folder: RunFolder, entry: Mapping[str, Any]) -> str | None:
    """Say what valence stiffness the table asks for, beside the one of the run."""
    found = entry.get("stiffness")
    if not isinstance(found, dict):
        return None
    value = _number(found, "value")
    if value is None:
        return f"They give no valence stiffness K: {found.get('why') or 'no reason recorded'}."
    statistical, systematic = _number(found, "standard_error"), _number(found, "systematic_error")
    errors = [
        f" ± {fixed(error, 1)} ({what})"
        for error, what in ((statistical, "sites"), (systematic, "systematic"))
        if error is not None
    ]
    text = f"They ask for a valence stiffness K of {fixed(value, 1)}{''.join(errors)} eV"
    used = _used_stiffness(folder)
    text += "." if used is None else f"; the run has {plain_number(used)} eV."
    if found.get("agrees") is False:
        text += " That is outside the range of the assumption."
    return text


def _used_stiffness(folder: RunFolder) -> float | None:
    parameters = _records(folder.provenance.get("parameters"))
    found = (_number(p, "value") for p in parameters if p.get("name") == "valence_stiffness")
    return next(found, None)
