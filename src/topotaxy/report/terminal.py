"""Drawing content in a terminal: rich's tables and text, in columns that a terminal has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from topotaxy.content.figure import Absent, Figure
from topotaxy.content.section import Code, Group, Items, Page, Paragraph, Part, Section, Table, Terms

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table as Drawn

MOST_COLUMNS = 5
"""Columns up to which the words of a head fit beside each other."""

LONGEST_NUMBER = 18
"""Characters up to which a cell of a table is a number, and not broken."""


def page_lines(page: Page) -> list[RenderableType]:
    """Return a page for the terminal: title, verdict, key numbers, sections without their details, limits."""
    from rich.text import Text

    lines: list[RenderableType] = [Text(page.title, style="bold"), Text(page.verdict), Text()]
    if page.key_numbers:
        rows = [[n.name, n.value, str(n.label or ""), n.note] for n in page.key_numbers]
        head = ["Quantity", "Value", "Label", "Beside it"]
        strip = Table(caption="", head=head, rows=rows, numeric=frozenset({1}), label_column=2)
        lines += [table_lines(strip), Text()]
    lines += [Text(f"note: {remark}", style="dim") for remark in page.remarks]
    for section in page.sections:
        lines += section_lines(section)
    if page.limits:
        lines += [Text("What this report cannot show", style="bold")]
        lines += [Text(f"- {limit}") for limit in page.limits]
    return lines


def section_lines(section: Section) -> list[RenderableType]:
    """Return a section: its title and its parts."""
    from rich.text import Text

    return [Text(section.title, style="bold"), Text(), *part_lines(section.parts)]


def part_lines(parts: Sequence[Part]) -> list[RenderableType]:
    """Return parts, an empty line after each."""
    from rich.text import Text

    return [line for part in parts for line in (*_lines(part), Text())]


def _lines(part: Part) -> Iterator[RenderableType]:
    from rich.text import Text

    if isinstance(part, Table):
        if part.caption:
            yield Text(part.caption, style="bold")
        yield table_lines(part)
        if part.note:
            yield Text(part.note, style="dim")
    elif isinstance(part, Paragraph):
        yield Text(part.text, style="dim" if part.note else "")
    elif isinstance(part, Items):
        yield from (Text(f"- {text}", style="dim" if part.note else "") for text in part.texts)
    elif isinstance(part, Terms):
        yield from (Text(f"{word}: {meaning}", style="dim") for word, meaning in part.meanings)
    elif isinstance(part, Code):
        yield Text(part.text)
    elif isinstance(part, Group):
        yield Text(part.title, style="bold")
        # What a page folds away is left to the page.
        if not part.folded:
            yield from part_lines(part.parts)
    elif isinstance(part, Absent):
        yield Text(f"absent: {part.why}", style="dim")
    else:
        yield from _figure_lines(part)


def _figure_lines(figure: Figure) -> Iterator[RenderableType]:
    """A figure in words: its title and what it would show."""
    from rich.text import Text

    yield Text(f"{figure.title}: {figure.alt}", style="dim")


def table_lines(content: Table) -> Drawn:
    """Return a table set tight: numbers to the right and unbroken, details left to the page."""
    from rich import box
    from rich.table import Table as Drawn

    table = Drawn(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    tight = [[str(cell).replace(" ± ", "±") for cell in row] for row in content.rows]
    many = len(content.head) > MOST_COLUMNS
    for number, head in enumerate(content.head):
        longest = max((len(row[number]) for row in tight), default=0)
        right = number in content.numeric
        unbroken = (right and longest <= LONGEST_NUMBER) or number == content.label_column
        # A column that may not break takes the breaks of its head from the words.
        words = head.replace(" ", "\n") if many and right else head
        table.add_column(words, justify="right" if right else "left", no_wrap=unbroken)
    for row in tight:
        table.add_row(*row)
    return table
