"""The headline numbers as tables, and the meaning of their labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from topotaxy.content.numbers import observable_text
from topotaxy.observables import VOCABULARY, Observable
from topotaxy.report.folder import RunFolder
from topotaxy.report.headline import STATE_ORDER, bare_name, beside, headlines, moment, name_of
from topotaxy.report.markup import Markup, escaped, joined, table, tag
from topotaxy.report.reliance import reliance_section

LABELS = {
    "emergent": "follows from tabulated data and the model; nothing was adjusted to obtain it",
    "calibrated": "was fitted: the model was adjusted until it gave this number, so it confirms nothing",
    "held-out": "was predicted after the model had been calibrated on other numbers",
    "imposed": "was put in by hand",
}


def chip(label: str) -> Markup:
    """Return a label as a small mark."""
    known = label if label in LABELS else "other"
    return tag("span", label, class_=f"chip {known}")


def headline_table(folder: RunFolder) -> Markup:
    """Return the tables (whole electrode, by state, by element) and the meaning of the labels."""
    entries = headlines(folder)
    if not entries:
        why = folder.missing.get("observables.json", "no entry of observables.json carries a label")
        return tag("p", f"Headline numbers are absent, because {why}.", class_="absent")
    whole = [o for o in entries if not o.subject]
    states = _repeated(whole)
    note = (
        "After ±: one standard error over the replicas, where they differ. It says how well the mean of this "
        "model is known, not how well the model describes the electrode."
    )
    by_state = _pivot(states, columns=_moments(states), column_of=moment, caption="By state and cycle")
    by_element = [o for o in entries if o.subject]
    elements = folder.in_order(o.subject.element for o in by_element)
    return joined(
        _whole_table(folder, [o for o in whole if o not in states]),
        by_state,
        _pivot(
            by_element,
            columns=elements,
            column_of=lambda o: o.subject.element,
            caption="By element",
        ),
        tag("p", note, class_="note"),
        label_legend(),
        reliance_section(folder),
    )


def _whole_table(folder: RunFolder, entries: list[Observable]) -> Markup | None:
    if not entries:
        return None
    compared = [beside(folder, o) for o in entries]
    head = ["Quantity", "Value", "Label", "Definition"]
    rows = [
        [name_of(o), observable_text(o), chip(o.label or ""), o.method or VOCABULARY[o.quantity].meaning]
        for o in entries
    ]
    caption = "Whole electrode"
    if any(compared):
        head.insert(2, "Measured or stated")
        for row, text in zip(rows, compared, strict=True):
            row.insert(2, text or "–")
        source = str(folder.spec_section("measured").get("source", "")).strip()
        caption += f" (measured values: {source})" if source else ""
    return table(head, rows, caption=caption, numeric=frozenset({1}))


def _repeated(entries: list[Observable]) -> list[Observable]:
    """Return the entries of quantities that are given for several states or cycles."""
    with_state = [o for o in entries if o.state is not None]
    counts = Counter(o.quantity for o in with_state)
    return [o for o in with_state if counts[o.quantity] > 1]


def _moments(entries: list[Observable]) -> list[str]:
    ranked = sorted(entries, key=lambda o: (o.cycle or 0, STATE_ORDER[o.state]))
    return list(dict.fromkeys(moment(o) for o in ranked))


def _pivot(
    entries: list[Observable], *, columns: list[str], column_of: Callable[[Observable], str], caption: str
) -> Markup | None:
    """Return one row for what the column does not say, one cell an observable; definitions below."""
    if not entries:
        return None
    rows: dict[tuple[str, str], dict[str, Observable]] = {}
    for o in entries:
        name = bare_name(o) if column_of is moment else f"{bare_name(o)}, {moment(o).lower()}".rstrip(", ")
        rows.setdefault((name, o.label or ""), {})[column_of(o)] = o
    cells = [
        [name, *[observable_text(found[c]) if c in found else "–" for c in columns], chip(label)]
        for (name, label), found in rows.items()
    ]
    numeric = frozenset(range(1, len(columns) + 1))
    listing = table(["Quantity", *columns, "Label"], cells, caption=caption, numeric=numeric)
    return joined(listing, _definitions(entries))


def _definitions(entries: list[Observable]) -> Markup:
    """Return each quantity's definition once, with state and cycle where these change it."""
    meanings: dict[str, dict[str, Observable]] = {}
    for o in entries:
        text = o.method or VOCABULARY[o.quantity].meaning
        meanings.setdefault(bare_name(o), {}).setdefault(text, o)
    items = [
        tag("li", f"{name}{f', {moment(o).lower()}' if len(found) > 1 else ''}: {text}.")
        for name, found in meanings.items()
        for text, o in found.items()
    ]
    return tag("ul", *items, class_="note definitions")


def label_legend() -> Markup:
    """Return the meaning of the four labels."""
    items = [tag("div", tag("dt", chip(word)), tag("dd", escaped(text))) for word, text in LABELS.items()]
    return tag("dl", *items, class_="labels")
