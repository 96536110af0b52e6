"""The tables that ``topotaxy simulate`` ends with: the headline numbers and their labels."""

from __future__ import annotations

import math
from collections.abc import Sequence

from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from topotaxy.observables import Observable
from topotaxy.spec import Spec

LABELS = (
    "emergent: follows from tables and model; calibrated: was fitted; held-out: predicted after a fit to "
    "others; imposed: put in by hand. After ±: one standard error over the replicas, where they differ; "
    "by element it stands in observables.csv."
)
MOST_DECIMALS = 6
MOST_COLUMNS = 5
"""Columns up to which the words of a head fit beside each other."""
LONGEST_NUMBER = 18
"""Characters up to which a cell of a table is a number, and not broken."""


def headline_tables(spec: Spec, headline: Sequence[Observable]) -> list[RenderableType]:
    """Return a title, a table of the numbers of the whole, one by element, and what labels mean."""
    title = f"{spec.title or spec.name}: {spec.electrode.formula} | {spec.cell.ion}"
    parts: list[RenderableType] = [Text(title, style="bold"), Text()]
    whole = [item for item in headline if not item.subject]
    parts += [_whole(whole), Text()] if whole else []
    elements = [item for item in headline if item.subject]
    parts += [_by_element(elements), Text()] if elements else []
    return [*parts, Text(LABELS, style="dim"), Text()]


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for column in columns:
        table.add_column(column)
    return table


def plain_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """Return a table of text, set tight: all columns but the first to the right, numbers unbroken."""
    table = _table(head[0])
    tight = [[cell.replace(" ± ", "±").replace(" *", "*") for cell in row] for row in rows]
    many = len(head) > MOST_COLUMNS
    for number, column in enumerate(head[1:], start=1):
        longest = max((len(row[number]) for row in tight), default=0)
        unbroken = longest <= LONGEST_NUMBER
        # A column that may not break takes the breaks of its head from the words.
        table.add_column(
            column.replace(" ", "\n") if unbroken and many else column, justify="right", no_wrap=unbroken
        )
    for row in tight:
        table.add_row(*row)
    return table


def _whole(items: Sequence[Observable]) -> Table:
    table = _table("quantity", "cycle", "state")
    table.add_column("value", justify="right", no_wrap=True)
    table.add_column("unit")
    table.add_column("label")
    for item in items:
        unit = "" if item.unit == "1" else item.unit
        table.add_row(_name(item), _cycle(item), item.state or "", _value(item), unit, item.label)
    return table


def _by_element(items: Sequence[Observable]) -> Table:
    """One row for a quantity, cycle, state and label; one column for an element."""
    elements = list(dict.fromkeys(item.subject.element for item in items))
    rows: dict[tuple[str, str, str, str], dict[str, str]] = {}
    for item in items:
        key = (_name(item), _cycle(item), item.state or "", item.label or "")
        rows.setdefault(key, {})[item.subject.element] = _value_alone(item)
    table = _table("by element", "cycle", "state")
    table.columns[0].no_wrap = True
    for element in elements:
        table.add_column(element, justify="right", no_wrap=True)
    table.add_column("label")
    for (name, cycle, state, label), values in rows.items():
        table.add_row(name, cycle, state, *(values.get(element, "-") for element in elements), label)
    return table


def _name(item: Observable) -> str:
    """The quantity in words, with its unit where the table has no column for one, and its shell."""
    shell = item.subject.shell
    words = item.quantity.replace("_", " ") + (f", {shell}" if shell else "")
    return f"{words}, {item.unit}" if item.subject and item.unit != "1" else words


def _cycle(item: Observable) -> str:
    return "" if item.cycle is None else str(item.cycle)


def _value(item: Observable) -> str:
    """The value to the digit that its uncertainty leaves, and the uncertainty."""
    decimals = _decimals(item)
    if decimals is None or not item.uncertainty:
        return f"{item.value:.4g}"
    return f"{item.value:.{decimals}f} ± {item.uncertainty:.{decimals}f}"


def _value_alone(item: Observable) -> str:
    decimals = _decimals(item)
    return f"{item.value:.3g}" if decimals is None else f"{item.value:.{min(decimals, 3)}f}"


def _decimals(item: Observable) -> int | None:
    """Decimals down to the first digit of the uncertainty; none where it says nothing."""
    if not item.uncertainty:
        return None
    decimals = max(0, -math.floor(math.log10(item.uncertainty)))
    return decimals if decimals <= MOST_DECIMALS else None
