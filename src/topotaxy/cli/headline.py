"""The tables that ``topotaxy simulate`` ends with: content of the report, drawn for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType

from topotaxy.content.section import MARKS, Paragraph, Part, Table
from topotaxy.observables import Observable
from topotaxy.spec import Spec

ELSEWHERE = "Errors by state and by element stand in the report and in observables.csv."


def headline_tables(spec: Spec, headline: Sequence[Observable]) -> list[RenderableType]:
    """Return a title, the labelled numbers of the whole and by element, and what the labels mean.

    Parameters
    ----------
    spec : Spec
        What is to be run.
    headline : Sequence[Observable]
        Observables that carry a label.
    """
    from rich.text import Text

    from topotaxy.report.run.headline import headlines
    from topotaxy.report.run.numbers import AFTER_PLUS_MINUS, headline_parts
    from topotaxy.report.terminal import part_lines

    title = f"{spec.title or spec.name}: {spec.electrode.formula} | {spec.cell.ion}"
    entries = headlines(headline)
    used = [f"{mark}: {meaning}" for mark, meaning in MARKS.items() if any(o.label == mark for o in entries)]
    meanings = ". ".join(text[:1].upper() + text[1:] for text in used)
    parts: list[Part] = [
        *headline_parts(entries, definitions=False),
        Paragraph(f"{meanings}. {AFTER_PLUS_MINUS} {ELSEWHERE}", note=True),
    ]
    return [Text(title, style="bold"), Text(), *part_lines(parts)]


def plain_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> RenderableType:
    """Return a table of text set tight: all columns but the first to the right, numbers unbroken.

    Parameters
    ----------
    head : Sequence[str]
        Words above the columns.
    rows : Sequence[Sequence[str]]
        Cells, row by row.
    """
    from topotaxy.report.terminal import Fitted

    return Fitted(Table(caption="", head=head, rows=rows, numeric=frozenset(range(1, len(head)))))
