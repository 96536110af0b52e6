"""The page of a reproduction, from its folder: what a paper states of cells beside what is computed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.content.figure import Marker, Values
from topotaxy.content.numbers import fixed, quantity_text
from topotaxy.content.section import KeyNumber, Page, Paragraph, Part, Section, Table
from topotaxy.errors import InputError
from topotaxy.report.cell.figures import (
    AgeingLine,
    RateLine,
    StatedPoint,
    VoltageCurve,
    ageing_figure,
    rate_figure,
    voltage_figure,
)
from topotaxy.report.cell.inference import budget_parts, knockout_parts, listed, parameter_parts
from topotaxy.results.reading import stored_object

DOCUMENT_FILE = "reproduction.json"

MOST_NAMED = 3
"""Misses that the verdict names, the largest first."""

UNLIMITED = "The study records no list of what its model leaves out."


def study_page(folder: Path) -> Page:
    """Return the page of a reproduction: the verdict names the misses, every number carries its label.

    Parameters
    ----------
    folder : Path
        Folder of the results; the report is written into it.

    Raises
    ------
    InputError
        Where the folder holds no reproduction, or its file cannot be read.
    """
    document = _document(folder / DOCUMENT_FILE)
    claims = _claims(document)
    stated = [s for s in document.get("stated", []) if isinstance(s, dict)]
    limits = document.get("limits")
    return Page(
        kind="report of a reproduction",
        title=f"{document.get('citation', document['paper'])}: stated and computed numbers of cells",
        verdict=verdict(document, claims),
        key_numbers=key_numbers(claims),
        main=rate_figure(_rates(document), _points(stated, "rate")),
        remarks=[
            "All capacities are per gram of pristine conversion material, also in the full cell.",
            *used_and_outside(claims),
        ],
        sections=[
            Section(anchor="claims", title="Stated and computed", parts=[claims_table(claims)]),
            Section(
                anchor="ageing",
                title="Ageing, and where the lost charge went",
                parts=[ageing_figure(_ageing(document), _points(stated, "ageing"))],
            ),
            Section(
                anchor="voltage",
                title="Voltage curves of the cell",
                parts=[voltage_figure(_curves(document), voltage="Cell voltage (V)", stated=_lines(stated))],
            ),
            Section(anchor="budget", title="Where the charge is held", parts=budget_parts(document)),
            Section(anchor="mechanisms", title="Mechanisms that are needed", parts=knockout_parts(document)),
            Section(anchor="parameters", title="Parameters", parts=parameter_parts(document)),
        ],
        limits=[str(text) for text in limits] if isinstance(limits, list) and limits else [UNLIMITED],
    )


def short_parts(document: Mapping[str, Any]) -> list[Part]:
    """Return what a terminal shows of a reproduction: the verdict, the numbers, budgets, mechanisms,
    parameters.

    Parameters
    ----------
    document : Mapping[str, Any]
        The reproduction's document, as its JSON has it.
    """
    claims = _claims(document)
    return [
        Paragraph(verdict(document, claims)),
        *map(Paragraph, used_and_outside(claims)),
        claims_table(claims),
        *budget_parts(document),
        *knockout_parts(document),
        *parameter_parts(document),
    ]


def _document(path: Path) -> dict[str, Any]:
    document = stored_object(path)
    needed = ("paper", "claims", "parameters")
    if any(key not in document for key in needed):
        raise InputError(f"expected an object with {', '.join(needed)}", where=str(path))
    return document


def _claims(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The claims that have a computed number, each with its name in words."""
    names = document.get("names")
    words = names if isinstance(names, dict) else {}
    return [
        {**claim, "name": str(words.get(claim.get("id"), claim.get("id", "")))}
        for claim in document["claims"]
        if isinstance(claim, dict) and claim.get("computed") is not None
    ]


def verdict(document: Mapping[str, Any], claims: Sequence[Mapping[str, Any]]) -> str:
    """Return how many numbers the others predict, which they do not, and what cannot be had together.

    Parameters
    ----------
    document : Mapping[str, Any]
        The reproduction's document, as its JSON has it.
    claims : Sequence[Mapping[str, Any]]
        The rows of the reproduction, one a claim.
    """
    left = [c for c in claims if isinstance(c.get("leave_one_out_z"), (int, float))]
    misses = sorted((c for c in left if c.get("agrees") is False), key=lambda c: -abs(c["leave_one_out_z"]))
    held = [c for c in claims if c.get("label") == "held-out"]
    within = document.get("agreement_within", "their scatter")
    text = _above_theory(document)
    agreeing = len(left) - len(misses)
    text += f"Of {len(left)} numbers, each predicted from the others, {agreeing} agree within {within}"
    text += f"; {len(held)} of them were used in no way."
    if misses:
        named = [f"{_lower(str(c['name']))} ({_z(c)})" for c in misses[:MOST_NAMED]]
        more = f", and {len(misses) - MOST_NAMED} more" if len(misses) > MOST_NAMED else ""
        text += f" Not predicted: {'; '.join(named)}{more}."
    return text


def used_and_outside(claims: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a remark on the numbers that were used and lie outside their own interval; empty for none.

    Parameters
    ----------
    claims : Sequence[Mapping[str, Any]]
        The rows of the reproduction, one a claim.
    """
    outside = [_lower(str(c["name"])) for c in claims if _missed_though_used(c)]
    return [f"Used, and outside 5 to 95 % all the same: {'; '.join(outside)}."] if outside else []


def _missed_though_used(claim: Mapping[str, Any]) -> bool:
    """Whether a number that was used, or follows from such, lies outside its own interval."""
    found = [claim.get(key) for key in ("low", "stated", "high")]
    known = [float(v) for v in found if isinstance(v, (int, float))]
    return claim.get("label") == "calibrated" and len(known) == len(found) and known != sorted(known)


def _above_theory(document: Mapping[str, Any]) -> str:
    """What heads the verdict where more comes back than the couples can hold."""
    found = []
    for budget in listed(document, "budgets"):
        terms = budget.get("terms")
        couples = terms.get("couples of the lattice") if isinstance(terms, dict) else None
        stated = budget.get("stated")
        if isinstance(couples, (list, tuple)) and isinstance(stated, (int, float)) and stated > couples[2]:
            found.append(
                f"{fixed(stated, 0)} mAh g⁻¹ with {budget.get('ion')}, couples {fixed(couples[0], 0)} to "
                f"{fixed(couples[2], 0)}"
            )
    return f"Stated capacity is above what the couples hold ({'; '.join(found)}). " if found else ""


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _z(claim: Mapping[str, Any]) -> str:
    z = claim.get("leave_one_out_z")
    if not isinstance(z, (int, float)):
        return ""
    text = fixed(float(z), 1)
    return f"z {'+' if z > 0 and text.strip('0.') else ''}{text}"


def key_numbers(claims: Sequence[Mapping[str, Any]]) -> list[KeyNumber]:
    """Return two numbers that were used, then the held-out ones that lie farthest off: six in all, with
    labels.

    Parameters
    ----------
    claims : Sequence[Mapping[str, Any]]
        The rows of the reproduction, one a claim.
    """
    used = [c for c in claims if c.get("label") == "calibrated"][:2]
    held = sorted(
        (c for c in claims if c.get("label") == "held-out"),
        key=lambda c: -abs(c.get("leave_one_out_z") or 0.0),
    )
    return [
        KeyNumber(
            name=str(c["name"]),
            value=_shown(c, "computed"),
            label=c.get("label"),
            note=f"stated: {_shown(c, 'stated')}" + (f", {_z(c)}" if _z(c) else ""),
        )
        for c in [*used, *held][:6]
    ]


def _shown(claim: Mapping[str, Any], key: str) -> str:
    value, unit = claim.get(key), str(claim.get("unit", "1"))
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        return ""
    error = claim.get("uncertainty") if key == "computed" else None
    return quantity_text(str(claim.get("quantity", "")), float(value), error, unit)


def _interval(claim: Mapping[str, Any]) -> str:
    """5 to 95 % of a prediction, in the unit of the number."""
    low, high = ({**claim, "computed": claim.get(end), "uncertainty": None} for end in ("low", "high"))
    ends = [_shown(end, "computed") for end in (low, high)]
    return " to ".join(ends) if all(ends) else ""


def claims_table(claims: Sequence[Mapping[str, Any]]) -> Table:
    """Return the claims with stated and predicted number, label, and z from all other numbers.

    Parameters
    ----------
    claims : Sequence[Mapping[str, Any]]
        The rows of the reproduction, one a claim.
    """
    return Table(
        caption="Numbers of cells",
        head=["Claim", "Stated", "Predicted", "5 to 95 %", "z, left out", "Label"],
        rows=[
            [
                str(c["name"]),
                _shown(c, "stated"),
                _shown({**c, "uncertainty": None}, "computed"),
                _interval(c),
                _z(c).removeprefix("z "),
                str(c.get("label") or ""),
            ]
            for c in claims
        ],
        numeric=frozenset({1, 2, 3, 4}),
        label_column=5,
        wide=True,
        details=[_detail(c) for c in claims],
        note="z: predicted from all other numbers less stated, over the standard deviation of that "
        "prediction and of the scatter together. A number without z was put in, follows from others, or "
        "rests on too few points.",
    )


def _detail(claim: Mapping[str, Any]) -> str:
    text = _sentence(str(claim.get("why", "")))
    if claim.get("condition"):
        text += f" It also depends on: {claim['condition']}."
    prior = claim.get("prior_predicted")
    if isinstance(prior, list) and len(prior) == 3:
        shown = [_shown({**claim, "computed": v, "uncertainty": None}, "computed") for v in prior]
        text += f" Before any number was used: {shown[0]} to {shown[2]}."
    return text


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _numbers(entry: Mapping[str, Any], key: str) -> Values:
    found = entry.get(key)
    return np.asarray(found if isinstance(found, list) else [], dtype=float)


def _rates(document: Mapping[str, Any]) -> list[RateLine]:
    return [
        RateLine(name=str(e.get("name")), current=_numbers(e, "current"), capacity=_numbers(e, "capacity"))
        for e in listed(document, "rate_map")
    ]


def _ageing(document: Mapping[str, Any]) -> list[AgeingLine]:
    return [
        AgeingLine(
            name=str(e.get("name")),
            cycle=_numbers(e, "cycle"),
            capacity=_numbers(e, "capacity"),
            trapped=_numbers(e, "trapped"),
            film=_numbers(e, "film"),
            active=_numbers(e, "active"),
        )
        for e in listed(document, "ageing")
    ]


def _curves(document: Mapping[str, Any]) -> list[VoltageCurve]:
    return [
        VoltageCurve(
            name=str(e.get("name")),
            direction=str(e.get("direction")),
            capacity=_numbers(e, "capacity"),
            voltage=_numbers(e, "voltage"),
        )
        for e in listed(document, "curves")
    ]


def _points(stated: Sequence[Mapping[str, Any]], figure: str) -> list[StatedPoint]:
    return [
        StatedPoint(x=float(s["x"]), y=float(s["y"]), name=str(s["name"]))
        for s in stated
        if s.get("figure") == figure
    ]


def _lines(stated: Sequence[Mapping[str, Any]]) -> list[Marker]:
    found = []
    for s in stated:
        if s.get("figure") == "voltage: rate_capacity":
            found.append(Marker(at=float(s["y"]), text=f"stated: {s['y']:g} mAh g⁻¹", axis="x"))
        elif s.get("figure") == "voltage: cell_voltage":
            found.append(Marker(at=float(s["y"]), text=f"stated mean: {s['y']:g} V", axis="y"))
    return found
