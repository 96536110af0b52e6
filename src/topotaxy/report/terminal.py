"""Drawing content in a terminal: rich's tables and text, in columns that a terminal has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from topotaxy.content.figure import Absent, Figure
from topotaxy.content.section import Code, Group, Items, Page, Paragraph, Part, Section, Table, Terms

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table as Drawn

MOST_COLUMNS = 5
"""Columns up to which the words of a head fit beside each other."""

BETWEEN_COLUMNS = 3
"""Characters that a table sets between two columns."""

LONGEST_NUMBER = 18
"""Characters up to which a cell of a table is a number, and not broken."""


def page_lines(page: Page) -> list[RenderableType]:
    """Return a page for the terminal: title, verdict, key numbers, sections without their details, limits.

    Parameters
    ----------
    page : Page
        Content of the page.
    """
    from rich.text import Text

    lines: list[RenderableType] = [Text(page.title, style="bold"), Text(page.verdict), Text()]
    if page.key_numbers:
        rows = [[n.name, n.value, str(n.label or ""), n.note] for n in page.key_numbers]
        head = ["Quantity", "Value", "Label", "Beside it"]
        strip = Table(caption="", head=head, rows=rows, numeric=frozenset({1}), label_column=2)
        lines += [Fitted(strip), Text()]
    lines += [Text(f"note: {remark}", style="dim") for remark in page.remarks]
    for section in page.sections:
        lines += section_lines(section)
    if page.limits:
        lines += [Text("What this report cannot show", style="bold")]
        lines += [Text(f"- {limit}") for limit in page.limits]
    return lines


def section_lines(section: Section) -> list[RenderableType]:
    """Return a section: its title and its parts.

    Parameters
    ----------
    section : Section
        Content of the section.
    """
    from rich.text import Text

    return [Text(section.title, style="bold"), Text(), *part_lines(section.parts)]


def part_lines(parts: Sequence[Part]) -> list[RenderableType]:
    """Return parts, an empty line after each.

    Parameters
    ----------
    parts : Sequence[Part]
        Parts in their order.
    """
    from rich.text import Text

    return [line for part in parts for line in (*_lines(part), Text())]


def _lines(part: Part) -> Iterator[RenderableType]:
    from rich.text import Text

    if isinstance(part, Table):
        if part.caption:
            yield Text(part.caption, style="bold")
        yield Fitted(part)
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


class Fitted:
    """A table that a console of any width can show: where its columns do not fit beside each other,
    they stand in several tables below each other, each with the first column."""

    def __init__(self, content: Table) -> None:
        self.content = content

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[RenderableType]:
        """Yield one table for each group of columns that fits the width of the console."""
        for number, columns in enumerate(column_groups(self.content, options.max_width)):
            if number:
                yield ""
            yield table_lines(self.content, columns)


def column_groups(content: Table, width: int) -> list[list[int]]:
    """Return the columns of each of the tables that show a table within a width.

    Parameters
    ----------
    content : Table
        The table; its first column says what a row is and stands in every group.
    width : int
        Characters of the console.
    """
    least = [_least_width(content, number) for number in range(len(content.head))]
    groups = _within(least, width)
    # As many tables as are needed, and none of them with one column left over for itself.
    for narrower in range(width - 1, max(least, default=0), -1):
        tighter = _within(least, narrower)
        if len(tighter) > len(groups):
            break
        groups = tighter
    return groups


def _within(least: Sequence[int], width: int) -> list[list[int]]:
    """As many columns beside the first as fit, in each group; one at least."""
    groups, used = [[0]], least[0]
    for number in range(1, len(least)):
        if used + BETWEEN_COLUMNS + least[number] > width and len(groups[-1]) > 1:
            groups.append([0])
            used = least[0]
        groups[-1].append(number)
        used += BETWEEN_COLUMNS + least[number]
    return groups


def _least_width(content: Table, number: int) -> int:
    """The characters below which a column's numbers, or the longest word of its text, would be broken."""
    cells = [_tight(row[number]) for row in content.rows]
    if _unbroken(content, number, cells):
        lines = [*_head(content, number).split("\n"), *cells]
    else:
        lines = [word for text in (content.head[number], *cells) for word in text.split()]
    return max((len(text) for text in lines), default=0)


def _head(content: Table, number: int) -> str:
    """A head; over a column that may not break, where there are many, its words below each other."""
    broken = len(content.head) > MOST_COLUMNS and number in content.numeric
    return content.head[number].replace(" ", "\n") if broken else content.head[number]


def _tight(cell: object) -> str:
    return str(cell).replace(" ± ", "±")


def _unbroken(content: Table, number: int, cells: Sequence[str]) -> bool:
    """Whether a column holds numbers, or labels, that are not to be broken."""
    longest = max((len(text) for text in cells), default=0)
    return (number in content.numeric and longest <= LONGEST_NUMBER) or number == content.label_column


def table_lines(content: Table, columns: Sequence[int] | None = None) -> Drawn:
    """Return a table set tight: numbers to the right and unbroken, details left to the page.

    Parameters
    ----------
    content : Table
        The table.
    columns : sequence of int, optional
        The columns to draw; all without it.
    """
    from rich import box
    from rich.table import Table as Drawn

    columns = range(len(content.head)) if columns is None else columns
    table = Drawn(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for number in columns:
        right = number in content.numeric
        unbroken = _unbroken(content, number, [_tight(row[number]) for row in content.rows])
        table.add_column(_head(content, number), justify="right" if right else "left", no_wrap=unbroken)
    for row in content.rows:
        table.add_row(*[_tight(row[number]) for number in columns])
    return table
