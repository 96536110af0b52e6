"""The page of a reproduction, from its folder: what a paper states of cells beside what is computed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.content.figure import Marker, Values
from topotaxy.content.numbers import fixed, number_text, plain_number, quantity_text, unit_text
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
from topotaxy.results.reading import stored_object

DOCUMENT_FILE = "reproduction.json"

MOST_NAMED = 3
"""Misses that the verdict names, the largest first."""

UNLIMITED = "The study records no list of what its model leaves out."


def study_page(folder: Path) -> Page:
    """Return the page of a reproduction: the verdict names the misses, every number carries its label.

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
        remarks=["All capacities are per gram of pristine conversion material, also in the full cell."],
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
            Section(anchor="parameters", title="Parameters", parts=_parameters(document)),
        ],
        limits=[str(text) for text in limits] if isinstance(limits, list) and limits else [UNLIMITED],
    )


def short_parts(document: Mapping[str, Any]) -> list[Part]:
    """Return what a terminal shows of a reproduction: the verdict, the numbers, the parameters."""
    claims = _claims(document)
    return [Paragraph(verdict(document, claims)), claims_table(claims), *_parameters(document)]


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
    """Return how many held-out numbers agree, how far they lie on the average, and which miss."""
    held = [c for c in claims if c.get("label") == "held-out"]
    agreeing = [c for c in held if c.get("agrees")]
    misses = sorted((c for c in held if c.get("agrees") is False), key=lambda c: -abs(c.get("error") or 0.0))
    fitted = document.get("fitted_to")
    count = len(fitted) if isinstance(fitted, list) else 0
    within = document.get("agreement_within")
    text = f"After a fit to {count} numbers, {len(agreeing)} of {len(held)} held-out numbers agree"
    if isinstance(within, (int, float)):
        text += f" within {fixed(100 * within, 0)} %"
    error = document.get("held_out_median_absolute_error")
    if isinstance(error, (int, float)):
        text += f" (median error {fixed(100 * error, 1)} %)"
    if not misses:
        return f"{text}."
    named = [f"{_lower(str(c['name']))} ({_error(c)})" for c in misses[:MOST_NAMED]]
    more = f", and {len(misses) - MOST_NAMED} more" if len(misses) > MOST_NAMED else ""
    return f"{text}; it misses {'; '.join(named)}{more}."


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def key_numbers(claims: Sequence[Mapping[str, Any]]) -> list[KeyNumber]:
    """Return the numbers fitted to, then the held-out ones of largest error: six in all, with labels."""
    fitted = [c for c in claims if c.get("label") == "calibrated"][:2]
    held = sorted(
        (c for c in claims if c.get("label") == "held-out"), key=lambda c: -abs(c.get("error") or 0.0)
    )
    return [
        KeyNumber(
            name=str(c["name"]),
            value=_shown(c, "computed"),
            label=c.get("label"),
            note=f"stated: {_shown(c, 'stated')}" + (f", {_error(c)}" if c.get("error") is not None else ""),
        )
        for c in [*fitted, *held][:6]
    ]


def _shown(claim: Mapping[str, Any], key: str) -> str:
    value, unit = claim.get(key), str(claim.get("unit", "1"))
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        return ""
    error = claim.get("uncertainty") if key == "computed" else None
    return quantity_text(str(claim.get("quantity", "")), float(value), error, unit)


def _error(claim: Mapping[str, Any]) -> str:
    error = claim.get("error")
    if not isinstance(error, (int, float)) or claim.get("label") == "imposed":
        return ""
    text = fixed(100 * error, 1)
    return f"{'+' if error > 0 and float(text) else ''}{text} %"


def claims_table(claims: Sequence[Mapping[str, Any]]) -> Table:
    """Return the claims with stated and computed number, error and label."""
    return Table(
        caption="Numbers of cells",
        head=["Claim", "Stated", "Computed", "Error", "Label"],
        rows=[
            [
                str(c["name"]),
                _shown(c, "stated"),
                _shown(c, "computed"),
                _error(c),
                str(c.get("label") or ""),
            ]
            for c in claims
        ],
        numeric=frozenset({1, 2, 3}),
        label_column=4,
        details=[f"{_sentence(str(c.get('why', '')))}" for c in claims],
        note="After ±: one standard deviation from the calibrated parameters alone, where these were fitted "
        "again.",
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _numbers(entry: Mapping[str, Any], key: str) -> Values:
    found = entry.get(key)
    return np.asarray(found if isinstance(found, list) else [], dtype=float)


def _listed(document: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found = document.get(key)
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _rates(document: Mapping[str, Any]) -> list[RateLine]:
    return [
        RateLine(name=str(e.get("name")), current=_numbers(e, "current"), capacity=_numbers(e, "capacity"))
        for e in _listed(document, "rate_map")
    ]


def _ageing(document: Mapping[str, Any]) -> list[AgeingLine]:
    return [
        AgeingLine(
            name=str(e.get("name")),
            cycle=_numbers(e, "cycle"),
            capacity=_numbers(e, "capacity"),
            trapped=_numbers(e, "trapped"),
            film=_numbers(e, "film"),
            incoherent=_numbers(e, "incoherent"),
        )
        for e in _listed(document, "ageing")
    ]


def _curves(document: Mapping[str, Any]) -> list[VoltageCurve]:
    return [
        VoltageCurve(
            name=str(e.get("name")),
            direction=str(e.get("direction")),
            capacity=_numbers(e, "capacity"),
            voltage=_numbers(e, "voltage"),
        )
        for e in _listed(document, "curves")
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


def _parameters(document: Mapping[str, Any]) -> list[Part]:
    given = _listed(document, "parameters")
    fit = document.get("calibration")
    fitted = {p["name"]: p for p in _listed(fit, "parameters")} if isinstance(fit, dict) else {}
    rows = []
    for p in given:
        deviation = fitted.get(p.get("name"), {}).get("deviation")
        rows.append(
            [
                str(p.get("name", "")).replace("_", " "),
                _measure(p, "value"),
                "" if deviation is None else f"{deviation:.2g}",
                f"{_plain(p.get('low'))} to {_plain(p.get('high'))}",
                "calibrated",
            ]
        )
    head = ["Parameter", "Value", "Deviation", "Bounds", "Label"]
    if not any(row[2] for row in rows):
        # The shipped values were fitted elsewhere: --recalibrate gives deviations.
        head, rows = [*head[:2], *head[3:]], [[*row[:2], *row[3:]] for row in rows]
    listing = Table(
        caption="Calibrated parameters",
        head=head,
        rows=rows,
        numeric=frozenset(range(1, len(head) - 1)),
        label_column=len(head) - 1,
        details=[
            f"{_sentence(str(p.get('meaning', '')))} Bounds from: {p.get('source', 'not recorded')}."
            for p in given
        ],
    )
    parts: list[Part] = [_fitted_to(document), listing]
    return [*parts, *_correlations(fit)] if isinstance(fit, dict) else parts


def _plain(value: Any) -> str:
    if isinstance(value, (int, float)) and math.isfinite(value):
        return plain_number(float(value))
    return "–"


def _measure(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    text = number_text(float(value)) if isinstance(value, (int, float)) else "–"
    return f"{text} {unit_text(str(entry.get('unit', '')))}".strip()


def _fitted_to(document: Mapping[str, Any]) -> Paragraph:
    names = document.get("names")
    words = names if isinstance(names, dict) else {}
    fitted = [str(words.get(i, i)) for i in document.get("fitted_to", [])]
    return Paragraph(f"Fitted to: {'; '.join(_lower(f) for f in fitted)}. Everything else is held out.")


def _correlations(fit: Mapping[str, Any]) -> list[Part]:
    names = [str(p["name"]).replace("_", " ") for p in _listed(fit, "parameters")]
    matrix = fit.get("correlations")
    if not isinstance(matrix, list) or len(matrix) != len(names):
        return []
    rows = [[name, *(f"{value:+.2f}" for value in row)] for name, row in zip(names, matrix, strict=True)]
    return [
        Table(
            caption="Correlations of the calibrated parameters",
            head=["", *names],
            rows=rows,
            numeric=frozenset(range(1, len(names) + 1)),
            wide=True,
        )
    ]
