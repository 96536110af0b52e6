"""The page of a comparison, from its folder: materials side by side, beside what a publication states."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from topotaxy.content.figure import Absent, Bar, BarPanel, Figure
from topotaxy.content.numbers import fixed, is_percent, number_text, quantity_text, signed_text, unit_text
from topotaxy.content.section import KeyNumber, Page, Paragraph, Part, Section, Table
from topotaxy.report.pages.listed import listed, number, stored_study

DOCUMENT_FILE = "comparison.json"

COMPUTED, STATED = "#0072B2", "#b9bec6"
WIDE = 2.0
"""Standard errors to each side that a bar's range has."""

MOST_NUMBERS = 6

_VERDICTS = {
    "comes out": ("comes out", "come out"),
    "comes out the other way round": ("comes out the other way round", "come out the other way round"),
    "not resolved": ("is not resolved", "are not resolved"),
}

LIMITS = [
    "Boxes of the lattice are grains of their own, far smaller than a paper's particles, and have no film, "
    "binder or electrolyte.",
    "Stated values were measured at currents, cycle numbers and loadings of their own; the table says where "
    "these differ.",
    "An order that is not resolved may still exist: more replicas or larger boxes would tell.",
]


def comparison_page(folder: Path) -> Page:
    """Return the page of a comparison: which claimed orders come out, then every number.

    Parameters
    ----------
    folder : Path
        Folder of the comparison; its tables in JSON are read.

    Raises
    ------
    InputError
        Where the folder holds no comparison, or its tables cannot be read.
    """
    document = stored_study(folder / DOCUMENT_FILE, ("materials", "orders", "outcomes"))
    notes = [Paragraph(str(note), note=True) for note in document.get("notes", [])]
    orders: list[Part] = [_orders_table(document)] if listed(document, "orders") else []
    return Page(
        kind="report of a comparison",
        title=f"{len(listed(document, 'materials'))} materials side by side",
        verdict=verdict(document),
        key_numbers=key_numbers(document),
        main=outcomes_figure(document),
        remarks=[str(document.get("conditions", "")), f"Stated: {document.get('claims', '')}."],
        sections=[
            Section(anchor="numbers", title="Every outcome", parts=[_values_table(document), *notes]),
            *([Section(anchor="orders", title="Orders that are claimed", parts=orders)] if orders else []),
        ],
        limits=LIMITS,
    )


def verdict(document: Mapping[str, Any]) -> str:
    """Return how many of the claimed orders come out, and how the materials' first cycles compare.

    Parameters
    ----------
    document : Mapping[str, Any]
        The comparison's document, as its JSON has it.
    """
    orders = listed(document, "orders")
    text = _range_text(document, "efficiency")
    if not orders:
        return f"{text} No order between these materials is claimed.".strip()
    counts = {words: sum(o.get("verdict") == words for o in orders) for words in _VERDICTS}
    found = [
        f"{count} {one if count == 1 else many}"
        for (one, many), count in zip(_VERDICTS.values(), counts.values(), strict=True)
        if count
    ]
    plural = "order" if len(orders) == 1 else "orders"
    return f"Of {len(orders)} claimed {plural} between these materials {', '.join(found)}. {text}".strip()


def _range_text(document: Mapping[str, Any], outcome: str) -> str:
    known = _known(document, outcome)
    words = {name: text for name, text, _ in _outcomes(document)}.get(outcome, outcome)
    if len(known) < 2:
        return ""
    (low, least), (high, most) = min(known), max(known)
    shown = [quantity_text(outcome, value, None, "1") for value in (high, low)]
    return f"The {words} goes from {shown[0]} ({most}) to {shown[1]} ({least})."


def _known(document: Mapping[str, Any], outcome: str) -> list[tuple[float, str]]:
    """Values of an outcome with the names of the materials that have it."""
    found = []
    for material in listed(document, "materials"):
        row = _outcome(material, outcome)
        if row is not None and math.isfinite(number(row, "value")):
            found.append((number(row, "value"), str(material.get("name"))))
    return found


def key_numbers(document: Mapping[str, Any]) -> list[KeyNumber]:
    """Return the range of each outcome over the materials, with those at its ends.

    Parameters
    ----------
    document : Mapping[str, Any]
        The comparison's document, as its JSON has it.
    """
    found = []
    for name, words, unit in _outcomes(document):
        known = _known(document, name)
        if not known:
            continue
        (low, least), (high, most) = min(known), max(known)
        share = unit == "1" and is_percent(name)
        ends = [number_text(100.0 * v if share else v, 2) for v in (low, high)]
        same = ends[0] == ends[1]
        value = f"{ends[0] if same else ' to '.join(ends)} {'%' if share else unit_text(unit)}"
        note = "all alike" if same else f"least {least}, most {most}"
        found.append(KeyNumber(name=words.capitalize(), value=value.rstrip(), note=note))
    return found[:MOST_NUMBERS]


def outcomes_figure(document: Mapping[str, Any]) -> Figure | Absent:
    """Return each outcome of each material as a bar, what is stated of it as a grey one below.

    Parameters
    ----------
    document : Mapping[str, Any]
        The comparison's document, as its JSON has it.
    """
    panels = []
    for name, words, unit in _outcomes(document):
        bars = [bar for material in listed(document, "materials") for bar in _bars(material, name)]
        if any(math.isfinite(bar.value) for bar in bars):
            label = unit_text(unit) or "fraction"
            panels.append(BarPanel(title=words.capitalize(), x_label=label, bars=tuple(bars), wide=False))
    if not panels:
        return Absent("No material has any of the outcomes.")
    return Figure(
        name="outcomes",
        title="Outcomes of each material",
        reading="A blue bar is the model's, a grey one what the publication states of the same material.",
        caption="Means over replicas, ranges two standard errors to each side. Of several stated values the "
        "order is that of the table below, which says under which conditions they hold and which are bounds.",
        alt="Bars of each outcome, one for each material, with stated values beside them.",
        panels=tuple(panels),
    )


def _bars(material: Mapping[str, Any], outcome: str) -> list[Bar]:
    row = _outcome(material, outcome)
    if row is None or not math.isfinite(number(row, "value")):
        return []
    name, value, error = str(material.get("name")), number(row, "value"), number(row, "uncertainty")
    own = Bar(name=name, value=value, low=value - WIDE * error, high=value + WIDE * error, colour=COMPUTED)
    claims = listed(row, "stated")
    which = [f" ({place})" if len(claims) > 1 else "" for place in range(1, len(claims) + 1)]
    stated = [
        Bar(name=f"{name}, stated{place}", value=number(claim, "value"), colour=STATED)
        for place, claim in zip(which, claims, strict=True)
    ]
    return [own, *stated]


def _values_table(document: Mapping[str, Any]) -> Table:
    shown = [(name, words, unit) for name, words, unit in _outcomes(document) if _known(document, name)]
    materials = listed(document, "materials")
    return Table(
        caption="Outcomes by material",
        head=["Material", *[words.capitalize() for _, words, _ in shown]],
        rows=[
            [str(material.get("name")), *[_cell(material, name, unit) for name, _, unit in shown]]
            for material in materials
        ],
        numeric=frozenset(range(1, len(shown) + 1)),
        wide=True,
        details=[_detail(material, shown) for material in materials],
    )


def _cell(material: Mapping[str, Any], outcome: str, unit: str) -> str:
    row = _outcome(material, outcome)
    if row is None or not math.isfinite(number(row, "value")):
        return "–"
    return quantity_text(outcome, number(row, "value"), row.get("uncertainty"), unit)


def _detail(material: Mapping[str, Any], shown: Sequence[tuple[str, str, str]]) -> str:
    text = f"{material.get('formula')} against {material.get('ion')}."
    for name, words, _ in shown:
        row = _outcome(material, name)
        for claim in listed(row or {}, "stated"):
            text += f" Stated {words}: {claim.get('words')}"
            text += f" (model against paper: {claim['unlike']})." if claim.get("unlike") else "."
    return text


def _orders_table(document: Mapping[str, Any]) -> Table:
    units = {name: unit for name, _, unit in _outcomes(document)}
    words = {name: text for name, text, _ in _outcomes(document)}
    rows = []
    for order in listed(document, "orders"):
        outcome = str(order.get("outcome"))
        sign = ">" if order.get("relation") == "greater" else "<"
        rows.append(
            [
                f"{words.get(outcome, outcome)}: {order.get('left')} {sign} {order.get('right')}",
                signed_text(
                    outcome, number(order, "difference"), order.get("uncertainty"), units.get(outcome, "1")
                ),
                _chance(number(order, "p")),
                str(order.get("verdict")),
            ]
        )
    return Table(
        caption="Claimed orders in the model",
        head=["Claimed", "Left minus right", "p", "In the model"],
        rows=rows,
        numeric=frozenset({1, 2}),
    )


def _chance(p: float) -> str:
    return "< 0.001" if p < 0.001 else fixed(p, 3)


def _outcome(material: Mapping[str, Any], outcome: str) -> dict[str, Any] | None:
    return next((row for row in listed(material, "outcomes") if row.get("outcome") == outcome), None)


def _outcomes(document: Mapping[str, Any]) -> Sequence[tuple[str, str, str]]:
    return [(str(o["outcome"]), str(o["words"]), str(o["unit"])) for o in listed(document, "outcomes")]
