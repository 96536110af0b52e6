"""On which pieces of the model each headline number rests, after an ablation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from topotaxy.content.numbers import is_percent, observable_text, quantity_text, unit_text
from topotaxy.content.section import Group, Items, Paragraph, Part, Table
from topotaxy.observables import Observable
from topotaxy.report.run.folder import RunFolder
from topotaxy.report.run.headline import headlines, name_of

NOT_ASKED = (
    "No ablation belongs to this run; topotaxy simulate with --ablate shows on which pieces of the model "
    "each number rests."
)


def reliance_parts(folder: RunFolder) -> list[Part]:
    """Return the reasons of the labels: what each number becomes without a piece of the model.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    """
    ablated = folder.labels.get("ablated")
    if not isinstance(ablated, Mapping):
        return [Paragraph(NOT_ASKED, note=True)]
    rows = []
    for entry in headlines(folder.observables):
        found = _reliances(folder, entry)
        if found:
            rows.append([name_of(entry), observable_text(entry), "; ".join(found)])
    arms = Items([f"{str(arm).replace('-', ' ')}: {what}." for arm, what in ablated.items()], note=True)
    if not rows:
        return [Paragraph("No arm of the ablation changes a headline number."), arms]
    listing = Table(
        caption="What the numbers rest on",
        head=["Quantity", "Value", "Changes without"],
        rows=rows,
        numeric=frozenset({1}),
    )
    return [Group(title=f"What the numbers rest on ({len(rows)})", parts=[listing], folded=True), arms]


def over_inputs(folder: RunFolder, entry: Observable) -> str:
    """Return how far a number goes over the ranges of the inputs, as text; empty where that was not studied.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    entry : Observable
        One observable.
    """
    found = _label_of(folder, entry).get("over_inputs")
    if not isinstance(found, Mapping):
        return ""
    low, high = found.get("low"), found.get("high")
    if not isinstance(low, (int, float)) or not isinstance(high, (int, float)):
        return ""
    lower, upper = (quantity_text(entry.quantity, float(x), None, entry.unit) for x in (low, high))
    unit = "%" if entry.unit == "1" and is_percent(entry.quantity) else unit_text(entry.unit)
    return f"{lower.removesuffix(unit).strip()} to {upper}"


def _label_of(folder: RunFolder, entry: Observable) -> Mapping[str, Any]:
    wanted = (entry.quantity, entry.subject.text, entry.state, entry.cycle)
    listed = folder.labels.get("labels")
    for label in listed if isinstance(listed, list) else []:
        if not isinstance(label, Mapping):
            continue
        if tuple(label.get(key) for key in ("quantity", "subject", "state", "cycle")) == wanted:
            return label
    return {}


def _reliances(folder: RunFolder, entry: Observable) -> list[str]:
    found = _label_of(folder, entry).get("rests_on")
    return [_change(entry, r) for r in found if isinstance(r, Mapping)] if isinstance(found, list) else []


def _change(entry: Observable, reliance: Mapping[str, Any]) -> str:
    value, uncertainty = reliance.get("value"), reliance.get("uncertainty")
    shown = "–"
    if isinstance(value, (int, float)) and isinstance(uncertainty, (int, float)):
        shown = quantity_text(entry.quantity, float(value), float(uncertainty), entry.unit)
    return f"{reliance.get('without', '')}: {shown}"
