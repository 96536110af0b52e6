"""Sections, tables and pages: what a report says, in reading order, before anyone draws it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from topotaxy.content.figure import Absent, Figure
from topotaxy.observables import Label


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table whose first column heads its rows.

    ``numeric`` columns align right; ``note`` stands below; a ``wide`` table may scroll sideways, others
    break their words to fit.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[int] = frozenset()
    note: str = ""
    wide: bool = False


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of plain text; drawers escape it."""

    text: str


@dataclass(frozen=True)
class Items:
    """A list of short texts."""

    texts: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class KeyNumber:
    """A number of the strip that stands under the verdict: name, value as printed, and its label.

    ``note`` is one short line, as for the claim that the number stands against.
    """

    name: str
    value: str
    label: Label | None = None
    note: str = ""


Part = Paragraph | Items | Table | Figure | Absent


@dataclass(frozen=True, kw_only=True)
class Section:
    """A titled stretch of a page; ``anchor`` is its address in it, lower case with hyphens."""

    anchor: str
    title: str
    parts: Sequence[Part]


@dataclass(frozen=True, kw_only=True)
class Page:
    """A whole report: the answer first, what it cannot show below the results.

    Attributes
    ----------
    kind:
        What kind of report, as in ``Run``, ``Cell``, ``Diffraction``.
    title:
        The specimen or the files.
    verdict:
        The answer in one sentence, with numbers.
    key_numbers:
        Four to six numbers with their labels.
    main:
        The figure that stands directly below them.
    sections:
        Everything else, in reading order.
    limits:
        What this report cannot show.
    provenance:
        Where the numbers come from: versions, files, seeds.
    """

    kind: str
    title: str
    verdict: str
    key_numbers: Sequence[KeyNumber] = ()
    main: Figure | Absent | None = None
    sections: Sequence[Section] = ()
    limits: Sequence[str] = ()
    provenance: Sequence[Table] = ()
