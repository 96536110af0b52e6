"""On which pieces of the model each headline number rests, after an ablation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from topotaxy.content.numbers import observable_text, quantity_text
from topotaxy.observables import Observable
from topotaxy.report.folder import RunFolder
from topotaxy.report.headline import headlines, name_of
from topotaxy.report.markup import Markup, joined, table, tag

NOT_ASKED = (
    "No ablation belongs to this run; topotaxy simulate with --ablate shows on which pieces of the model "
    "each number rests."
)


def reliance_section(folder: RunFolder) -> Markup:
    """Return the reasons of the labels: what each number becomes without a piece of the model."""
    ablated = folder.labels.get("ablated")
    if not isinstance(ablated, Mapping):
        return tag("p", NOT_ASKED, class_="note")
    rows = []
    for entry in headlines(folder):
        found = _reliances(folder, entry)
        if found:
            rows.append([name_of(entry), observable_text(entry), "; ".join(found)])
    arms = [tag("li", f"{str(arm).replace('-', ' ')}: {what}.") for arm, what in ablated.items()]
    note = tag("ul", *arms, class_="note definitions")
    if not rows:
        return joined(tag("p", "No arm of the ablation changes a headline number."), note)
    listing = table(
        ["Quantity", "Value", "Changes without"],
        rows,
        caption="What the numbers rest on",
        numeric=frozenset({1}),
    )
    return joined(tag("details", tag("summary", f"What the numbers rest on ({len(rows)})"), listing), note)


def _reliances(folder: RunFolder, entry: Observable) -> list[str]:
    wanted = (entry.quantity, entry.subject.text, entry.state, entry.cycle)
    listed = folder.labels.get("labels")
    for label in listed if isinstance(listed, list) else []:
        if not isinstance(label, Mapping):
            continue
        if tuple(label.get(key) for key in ("quantity", "subject", "state", "cycle")) == wanted:
            found = label.get("rests_on")
            return (
                [_change(entry, r) for r in found if isinstance(r, Mapping)]
                if isinstance(found, list)
                else []
            )
    return []


def _change(entry: Observable, reliance: Mapping[str, Any]) -> str:
    value, uncertainty = reliance.get("value"), reliance.get("uncertainty")
    shown = "–"
    if isinstance(value, (int, float)) and isinstance(uncertainty, (int, float)):
        shown = quantity_text(entry.quantity, float(value), float(uncertainty), entry.unit)
    return f"{reliance.get('without', '')}: {shown}"
