"""Sections, tables and pages: what a report says, in reading order, before anyone draws it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from topotaxy.content.figure import Absent, Figure
from topotaxy.observables import Label, Observable, Origin

Mark = Label | Origin
"""Where a number comes from, as a report shows it: its label, or its origin where it carries none."""

MARKS: dict[str, str] = {
    "handbook": "a table of the literature says so",
    "imposed": "was put in by hand, or is set by the resolution of the model",
    "calibrated": "was fitted: the model was adjusted until it gave this number, so it confirms nothing",
    "bounded": "a one-sided bound on it was used in a fit",
    "held-out": "was predicted after the model had been calibrated on other numbers",
    "emergent": "follows from tabulated data and the model; no fit touched what it rests on",
    "measured": "computed from what an instrument recorded",
    "simulated": "from a simulation that gave it no label",
    "stated": "a publication or a user says so",
}
"""What each mark means, in words."""


def mark_of(entry: Observable) -> Mark:
    """Return the label of an observable; its origin where it has none.

    Parameters
    ----------
    entry : Observable
        One observable.
    """
    return entry.label or entry.origin


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table whose first column heads its rows.

    Attributes
    ----------
    caption:
        What the table holds; every table has one.
    head, rows:
        Words of the columns, and the cells of each row, as many as the head has.
    numeric:
        Columns that align right and whose cells are not broken.
    label_column:
        The column that holds marks (:data:`Mark`), if any.
    details:
        For each row a sentence that stands under it over the whole width (definition, source).
        Empty for none.
        Long texts belong here: in a narrow column they would stand twenty lines tall.
    note:
        Stands below the table.
    wide:
        Many short columns: scrolls sideways where it does not fit, and keeps its rows on a phone.
    """

    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    numeric: frozenset[int] = frozenset()
    label_column: int | None = None
    details: Sequence[str] = ()
    note: str = ""
    wide: bool = False

    def __post_init__(self) -> None:
        """Refuse rows that do not fit the head: a fault of whoever made the table."""
        if any(len(row) != len(self.head) for row in self.rows):
            raise ValueError(f"table {self.caption!r}: a row has not the {len(self.head)} cells of the head")
        if self.details and len(self.details) != len(self.rows):
            raise ValueError(f"table {self.caption!r}: {len(self.details)} details, {len(self.rows)} rows")

    def least_width(self) -> int:
        """Return the characters that the columns need side by side, numbers unbroken and words whole."""
        total = 0
        for column, head in enumerate(self.head):
            cells = [str(row[column]) for row in self.rows]
            unbroken = column in self.numeric or column == self.label_column
            words = cells if unbroken else [word for cell in cells for word in cell.split()]
            total += min(40, max(map(len, [*words, *head.split(), ""]))) + 2
        return total


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of plain text; drawers escape it. A ``note`` is set smaller than what it explains."""

    text: str
    note: bool = False


@dataclass(frozen=True)
class Items:
    """A list of short texts."""

    texts: Sequence[str]
    note: bool = False


@dataclass(frozen=True)
class Terms:
    """Words and their meanings."""

    meanings: Sequence[tuple[str, str]]
    marks: bool = False
    """Whether the words are marks (:data:`Mark`)."""


@dataclass(frozen=True)
class Code:
    """Text as a machine reads it: a command, a specification."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Group:
    """Parts under a heading of their own; ``folded`` ones open on request."""

    title: str
    parts: Sequence[Part]
    folded: bool = False


@dataclass(frozen=True, kw_only=True)
class KeyNumber:
    """A number of the strip that stands under the verdict: name, value as printed, and where it comes from.

    ``note`` is one short line, as for the claim that the number stands against.
    """

    name: str
    value: str
    label: Mark | None = None
    note: str = ""


Part = Paragraph | Items | Terms | Code | Table | Figure | Absent | Group


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
        The figure, or the figures, that stand directly below them.
    remarks:
        What a reader must know before quoting a number.
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
    main: Figure | Absent | Sequence[Figure | Absent] | None = None
    remarks: Sequence[str] = ()
    sections: Sequence[Section] = ()
    limits: Sequence[str] = ()
    provenance: Sequence[Part] = ()

    def main_figures(self) -> tuple[Figure | Absent, ...]:
        """Return what stands below the key numbers."""
        if self.main is None:
            return ()
        return (self.main,) if isinstance(self.main, Figure | Absent) else tuple(self.main)

    def figures(self) -> tuple[Figure, ...]:
        """Return all figures of the page in reading order."""
        parts = [*self.main_figures(), *(p for s in self.sections for p in s.parts), *self.provenance]
        return tuple(part for part in every_part(parts) if isinstance(part, Figure))

    def marks(self) -> tuple[str, ...]:
        """Return the marks that the page uses, in the order of :data:`MARKS`."""
        used = {str(number.label) for number in self.key_numbers if number.label is not None}
        parts: list[Part] = [*(p for s in self.sections for p in s.parts), *self.provenance]
        for part in every_part(parts):
            if isinstance(part, Table) and part.label_column is not None:
                used |= {row[part.label_column] for row in part.rows}
        return tuple(mark for mark in MARKS if mark in used)


def every_part(parts: Sequence[Part]) -> Iterator[Part]:
    """Yield parts and, after each group, the parts within it.

    Parameters
    ----------
    parts : Sequence[Part]
        Parts in their order.
    """
    for part in parts:
        yield part
        if isinstance(part, Group):
            yield from every_part(part.parts)
