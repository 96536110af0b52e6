"""What a format's reader hands over: columns as the file has them, in the names and units of the record."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import direction, headings
from topotaxy.measurement.cycling.record import KIND, SPARE
from topotaxy.measurement.files import clock
from topotaxy.measurement.recognise import MAPPING_PAGE

Floats = np.ndarray[Any, np.dtype[np.float64]]


CLOCK_PATTERN = re.compile(r"(d+[:\s-])?h+:m(m|in)?:s+(\.\w+)?", re.IGNORECASE)
"""What a heading may have for a unit over a clock, as in h:min:s.ms; over numbers the last place counts."""


@dataclass(frozen=True)
class Contents:
    """Columns of a file and what it says of the cell.

    The names are those of a record (``ALWAYS``, ``SOMETIMES``, ``EITHER_WAY``); positive current charges.
    """

    columns: Mapping[str, Any]
    instrument: str | None = None
    notes: tuple[str, ...] = ()
    mass: float | None = None
    basis: str | None = None
    reference: str | None = None
    area: float | None = None
    totals: Mapping[int, tuple[float, float]] | None = None
    first_row: int = 1
    """Number of the first data row, as the file counts."""
    time_resolution: float = 1e-3
    """Steps back of the clock up to this, in s, are rounding."""
    sign_stated: bool = False
    """Whether the user said what the sign of the current means."""
    stated_mass: float | None = None
    """Mass, in g, that the file states without saying of what; it is held against the one given."""
    counts_loops: bool = False
    """Whether the file's cycle number is known to count loops of the schedule, which may hold several
    cycles."""
    unread: tuple[str, ...] = ()
    """Headings that look like those of a capacity and are not understood."""


class Table(Protocol):
    """Columns by their headings, from text or a workbook."""

    @property
    def source(self) -> str:
        """Name of the file."""

    @property
    def header(self) -> tuple[str, ...]:
        """The headings."""

    @property
    def numbers(self) -> Sequence[int]:
        """Number of each row in the file."""

    def column(self, name: str) -> list[str]:
        """Return a column as text.

        Parameters
        ----------
        name : str
            A heading.
        """

    def first(self, name: str) -> str:
        """Return a column's first value as text.

        Parameters
        ----------
        name : str
            A heading.
        """

    def floats(self, names: Sequence[str]) -> dict[str, Floats]:
        """Return columns as numbers.

        Parameters
        ----------
        names : sequence of str
            Headings.
        """


@dataclass(frozen=True)
class Vocabulary:
    """How one maker heads the columns of its exports."""

    names: Mapping[str, Sequence[str]]
    """Column to the names it goes by, in the form of :func:`headings.plain`, the best first."""
    needs: Sequence[Sequence[str]]
    """Names of which a header has at least one each, by which it is known to be this maker's."""
    units: Mapping[str, str] = field(default_factory=dict)
    """Units of columns whose heading names none."""
    excludes: Sequence[str] = ()
    """Names by which a header is known to be another maker's."""
    kinds: Sequence[str] = ("step type", "step name", "step state", "status", "工步类型", "工步状态")
    """Names of the column that says what a step does."""

    def knows(self, header: Sequence[str]) -> bool:
        """Whether a header is one of this maker's.

        Parameters
        ----------
        header : sequence of str
            Headings as the file has them.
        """
        names = {headings.heading(text).name for text in header}
        if any(name in names for name in self.excludes):
            return False
        return all(any(name in names for name in some) for some in self.needs)

    def columns(self, table: Table) -> dict[str, Any]:
        """Return the columns of a table that are known, in the record's units.

        Parameters
        ----------
        table : Table
            Under a header.

        Raises
        ------
        InputError
            Where time, voltage or current is not among them, or a value is no number.
        """
        found = self._found(table)
        for column, word in (
            ("test_time_second", "time of the test"),
            ("voltage_volt", "voltage"),
            ("current_ampere", "current"),
        ):
            if column not in found:
                raise InputError(
                    f"has no column for the {word} that is understood; its columns are "
                    f"{', '.join(table.header)[:300]}: say in a mapping file (--mapping) which is what, see "
                    f"{MAPPING_PAGE}",
                    where=table.source,
                )
        kind = next((text for text in table.header if headings.heading(text).name in self.kinds), None)
        clocked = [
            c for c, at in found.items() if c == "test_time_second" and self._clocked(table, at.heading)
        ]
        time = found["test_time_second"]
        if (
            not clocked
            and time.unit not in headings.UNITS["test_time_second"]
            and not CLOCK_PATTERN.fullmatch(time.unit or "")
        ):
            raise InputError(
                f"its column {time.heading!r:.60} names no unit of time that is known, and holds no times "
                "such as 26:15:00",
                where=table.source,
            )
        needed = [at.heading for column, at in found.items() if column not in (*clocked, *SPARE)]
        arrays = table.floats(list(dict.fromkeys(needed)))
        for column in SPARE:
            if column in found and found[column].heading not in arrays:
                arrays[found[column].heading] = spare(table, found[column].heading)
        # What overflows is infinite, and refused with its row.
        with np.errstate(over="ignore"):
            columns: dict[str, Any] = {
                column: arrays[at.heading] * at.scale for column, at in found.items() if column not in clocked
            }
        for column in clocked:
            at = found[column]
            columns[column] = clock.seconds(
                table.column(at.heading), table.numbers, source=table.source, heading=at.heading
            )
        if kind is not None and table.header.count(kind) == 1:
            columns[KIND] = direction.ways_of_kinds(table.column(kind))
        return columns

    def contents(self, table: Table, *, instrument: str, **known: Any) -> Contents:
        """Return the contents of a table, with the notes of its reading.

        Parameters
        ----------
        table : Table
            Under a header of this maker's.
        instrument : str
            Name of the maker.
        **known
            Further fields of :class:`Contents`.

        Raises
        ------
        InputError
            As :meth:`columns`.
        """
        every = headings.find(table.header, self.names, self.units)
        found = self._found(table)
        used = {at.heading for at in found.values()}
        bare = [at.heading for at in every.values() if at.heading not in used]
        notes = [f"its column {name!r:.60} is empty, and left out" for name in dict.fromkeys(bare)]
        time = found.get("test_time_second")
        if (
            time is not None
            and CLOCK_PATTERN.fullmatch(time.unit or "")
            and not self._clocked(table, time.heading)
        ):
            notes.append(f"{time.heading!r:.60} is a clock's pattern over plain numbers: taken as seconds")
        return Contents(
            self.columns(table),
            instrument=instrument,
            notes=(*getattr(table, "notes", ()), *notes),
            unread=headings.like_capacities(table.header, {*used, *bare}),
            **known,
        )

    def _found(self, table: Table) -> dict[str, headings.Found]:
        """Return where the known columns stand; one without a single value is as good as not there."""
        every = headings.find(table.header, self.names, self.units)
        bare = set(empty(table, [at.heading for at in every.values()]))
        return headings.find([name for name in table.header if name not in bare], self.names, self.units)

    def lacks(self, header: Sequence[str]) -> list[str] | None:
        """Return what a header would need besides to be this maker's; None where it has less than half.

        Parameters
        ----------
        header : sequence of str
            Headings as the file has them.
        """
        names = {headings.heading(text).name for text in header}
        missing = [some[0] for some in self.needs if not any(name in names for name in some)]
        return missing if 2 * len(missing) <= len(self.needs) else None

    @staticmethod
    def _clocked(table: Table, name: str) -> bool:
        return ":" in table.first(name)


def empty(table: Table, names: Sequence[str]) -> list[str]:
    """Return the columns of these that hold not a single value.

    Parameters
    ----------
    table : Table
        Under a header.
    names : sequence of str
        Headings.
    """
    once = [name for name in dict.fromkeys(names) if table.header.count(name) == 1]
    return [name for name in once if not table.first(name) and not any(table.column(name))]


def spare(table: Table, name: str) -> Floats:
    """Return a column that no metric needs; all of it NaN where it cannot be read, which the record notes.

    Parameters
    ----------
    table : Table
        Under a header.
    name : str
        A heading.
    """
    try:
        return table.floats([name])[name]
    except InputError:
        return np.full(len(table.numbers), np.nan)
