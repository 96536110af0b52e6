"""Drawing a page as Markdown, for notes and repositories; everything that others wrote is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from topotaxy.content.figure import Absent, Figure
from topotaxy.content.section import MARKS, Code, Group, Items, Page, Paragraph, Part, Table, Terms

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~&$-])")


def markdown(page: Page) -> str:
    """Return the page as Markdown; figures are linked as files in ``figures/``.

    Parameters
    ----------
    page : Page
        Content of the page.
    """
    lines = [f"# {escaped(page.title)}", "", f"*{escaped(page.kind)}*", "", escaped(page.verdict), ""]
    if page.key_numbers:
        rows = [[n.name, n.value, str(n.label or ""), n.note] for n in page.key_numbers]
        strip = Table(caption="Key numbers", head=["Quantity", "Value", "Label", "Beside it"], rows=rows)
        lines += _table(strip)
    for figure in page.main_figures():
        lines += _part(figure, 2)
    if page.remarks:
        lines += ["## Before quoting these numbers", "", *_items(page.remarks), ""]
    for section in page.sections:
        lines += [f"## {escaped(section.title)}", "", *_parts(section.parts, 3)]
    if page.limits:
        lines += ["## What this report cannot show", "", *_items(page.limits), ""]
    if page.provenance:
        lines += ["## Where the numbers come from", "", *_parts(page.provenance, 3)]
    if page.marks():
        lines += ["## What the labels mean", ""]
        lines += [*_items([f"{mark}: {MARKS[mark]}" for mark in page.marks()]), ""]
    return "\n".join(lines).rstrip() + "\n"


def escaped(text: str) -> str:
    """Return text of which nothing is read as markup; on one line.

    Parameters
    ----------
    text : str
        Text that may hold marks of Markdown.
    """
    return _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))


def _parts(parts: Sequence[Part], level: int) -> list[str]:
    return [line for part in parts for line in _part(part, level)]


def _part(part: Part, level: int) -> list[str]:
    return [*_lines(part, level), ""]


def _lines(part: Part, level: int) -> Iterator[str]:
    if isinstance(part, Table):
        yield from _table(part)
    elif isinstance(part, Paragraph):
        yield escaped(part.text)
    elif isinstance(part, Items):
        yield from _items(part.texts)
    elif isinstance(part, Terms):
        yield from _items([f"{word}: {meaning}" for word, meaning in part.meanings])
    elif isinstance(part, Code):
        # Indented, as a fence of any length could stand in the text.
        yield from (f"    {line}" for line in part.text.splitlines() or [""])
    elif isinstance(part, Group):
        yield from [f"{'#' * level} {escaped(part.title)}", "", *_parts(part.parts, level + 1)]
    elif isinstance(part, Absent):
        yield f"Absent, because {escaped(part.why)}."
    else:
        yield from _figure(part, level)


def _figure(figure: Figure, level: int) -> Iterator[str]:
    yield from [f"{'#' * level} {escaped(figure.title)}", "", escaped(figure.reading), ""]
    yield from [f"![{escaped(figure.alt)}](figures/{figure.name}.png)", "", escaped(figure.caption)]


def _items(texts: Sequence[str]) -> list[str]:
    return [f"- {escaped(text)}" for text in texts]


def _table(content: Table) -> list[str]:
    head = list(content.head) + (["Definition"] if any(content.details) else [])
    rules = ["---:" if i in content.numeric else "---" for i in range(len(head))]
    lines = [f"**{escaped(content.caption)}**", "", _row(head), f"| {' | '.join(rules)} |"]
    for index, row in enumerate(content.rows):
        detail = [content.details[index]] if any(content.details) else []
        lines.append(_row([*row, *detail]))
    return [*lines, *(["", escaped(content.note)] if content.note else []), ""]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(escaped(cell) for cell in cells)} |"
