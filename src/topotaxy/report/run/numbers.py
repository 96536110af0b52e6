"""The headline numbers as tables: of the whole electrode, by state and cycle, by element."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from topotaxy.content.figure import Absent
from topotaxy.content.numbers import is_percent, observable_text, unit_text
from topotaxy.content.section import Items, Paragraph, Part, Table, mark_of
from topotaxy.observables import VOCABULARY, Observable
from topotaxy.report.run.folder import RunFolder
from topotaxy.report.run.headline import (
    STATE_ORDER,
    bare_name,
    beside,
    capitalised,
    headlines,
    moment,
    name_of,
)
from topotaxy.report.run.reliance import over_inputs, reliance_parts

OVER_INPUTS = (
    "Over the inputs' ranges: between these ends lie nine points in ten of a design that takes all imposed "
    "and calibrated inputs through their ranges together. It says how well the number is known, as far as "
    "the form of the model is right."
)

AFTER_PLUS_MINUS = (
    "After ±: one standard error over the replicas, where there are four or more and they differ. It says "
    "how well the mean of this model is known, not how well the model describes the electrode."
)


def number_parts(folder: RunFolder) -> list[Part]:
    """Return the tables of the headline numbers, what ± means, and on what each number rests.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    """
    entries = headlines(folder.observables)
    if not entries:
        why = folder.missing.get("observables.json", "no entry of observables.json carries a label")
        return [Absent(why)]
    compared = [beside(folder, o) for o in entries]
    source = str(folder.spec_section("measured").get("source", "")).strip()
    caption = f"Whole electrode (measured values: {source})" if any(compared) and source else ""
    ranges = [over_inputs(folder, o) for o in entries]
    elements = folder.in_order(o.subject.element for o in entries if o.subject)
    return [
        *headline_parts(entries, elements=elements, compared=compared, ranges=ranges, caption=caption),
        Paragraph(AFTER_PLUS_MINUS, note=True),
        *([Paragraph(OVER_INPUTS, note=True)] if any(ranges) else []),
        *reliance_parts(folder),
    ]


def headline_parts(
    entries: Sequence[Observable],
    *,
    elements: Sequence[str] = (),
    compared: Sequence[str] = (),
    ranges: Sequence[str] = (),
    caption: str = "",
    definitions: bool = True,
) -> list[Part]:
    """Return labelled observables as tables.

    Parameters
    ----------
    entries:
        Observables in the order in which they are to stand.
    elements:
        Order of the columns of elements; those of the entries in their order where it is empty.
    compared:
        For each entry what was measured or stated beside it; empty texts for nothing.
    ranges:
        For each entry how far it goes over the ranges of the inputs; empty texts for nothing.
    caption:
        Of the first table; ``Whole electrode`` where empty.
    definitions:
        Whether definitions, and errors by element and state, stand with the numbers.
    """
    none = [""] * len(entries)
    whole = [
        (o, texts)
        for o, *texts in zip(entries, compared or none, ranges or none, strict=True)
        if not o.subject
    ]
    states = _repeated([o for o, _ in whole])
    by_element = [o for o in entries if o.subject]
    columns = list(elements) or list(dict.fromkeys(o.subject.element for o in by_element))
    single = [(o, texts) for o, texts in whole if o not in states]
    parts: list[Part] = []
    if single:
        parts.append(_whole_table(single, caption or "Whole electrode", definitions))
    if states:
        named = _moments(states)
        parts += _pivot(states, named, moment, "By state and cycle", definitions)
    if by_element:
        titled = "By element" if any(columns) else "By feature"
        parts += _pivot(by_element, columns, lambda o: o.subject.element, titled, definitions)
    return parts


def _whole_table(entries: list[tuple[Observable, list[str]]], caption: str, definitions: bool) -> Table:
    head = ["Quantity", "Value", "Label"]
    rows = [[name_of(o), observable_text(o), mark_of(o)] for o, _ in entries]
    for column, title in enumerate(("Measured or stated", "Over the inputs' ranges")):
        if any(texts[column] for _, texts in entries):
            head.insert(-1, title)
            for row, (_, texts) in zip(rows, entries, strict=True):
                row.insert(-1, texts[column])
    said = [f"{capitalised(o.method or VOCABULARY[o.quantity].meaning)}." for o, _ in entries]
    return Table(
        caption=caption,
        head=head,
        rows=rows,
        numeric=frozenset({1}),
        label_column=len(head) - 1,
        details=said if definitions else [],
    )


def _repeated(entries: list[Observable]) -> list[Observable]:
    """Return the entries of quantities that are given for several states or cycles."""
    with_state = [o for o in entries if o.state is not None]
    counts = Counter(o.quantity for o in with_state)
    return [o for o in with_state if counts[o.quantity] > 1]


def _moments(entries: list[Observable]) -> list[str]:
    ranked = sorted(entries, key=lambda o: (o.cycle or 0, STATE_ORDER[o.state]))
    return list(dict.fromkeys(moment(o) for o in ranked))


def _pivot(
    entries: list[Observable],
    columns: list[str],
    column_of: Callable[[Observable], str],
    caption: str,
    definitions: bool,
) -> list[Part]:
    """Return one row for what the column does not say, one cell an observable; definitions below."""
    rows: dict[tuple[str, str], dict[str, Observable]] = {}
    for o in entries:
        unit = _unit(o)
        name = f"{bare_name(o)} ({unit})" if unit else bare_name(o)
        if column_of is not moment:
            name = f"{name}, {moment(o).lower()}".rstrip(", ")
        rows.setdefault((name, mark_of(o)), {})[column_of(o)] = o
    cells = [
        [name, *[_bare(found[c], definitions) if c in found else "" for c in columns], label]
        for (name, label), found in rows.items()
    ]
    listing = Table(
        caption=caption,
        head=["Quantity", *(column or "Value" for column in columns), "Label"],
        rows=cells,
        numeric=frozenset(range(1, len(columns) + 1)),
        label_column=len(columns) + 1,
        wide=len(columns) > 4,
    )
    return [listing, *([_definitions(entries)] if definitions else [])]


def _unit(entry: Observable) -> str:
    """The unit that the text of an observable ends with."""
    percent = entry.unit == "1" and is_percent(entry.quantity)
    return "%" if percent else unit_text(entry.unit)


def _bare(entry: Observable, error: bool) -> str:
    """Value and, where asked for, error without the unit, which stands with the name."""
    text = observable_text(entry).removesuffix(_unit(entry)).strip()
    return text if error else text.partition(" ± ")[0]


def _definitions(entries: list[Observable]) -> Items:
    """Return each quantity's definition once, with state and cycle where these change it."""
    meanings: dict[str, dict[str, Observable]] = {}
    for o in entries:
        text = o.method or VOCABULARY[o.quantity].meaning
        meanings.setdefault(bare_name(o), {}).setdefault(text, o)
    return Items(
        [
            f"{name}{f', {moment(o).lower()}' if len(found) > 1 else ''}: {text}."
            for name, found in meanings.items()
            for text, o in found.items()
        ],
        note=True,
    )
