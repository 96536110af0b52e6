"""Sheets of xlsx workbooks, read by calamine after a look at what they would unpack to."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.files import archive
from topotaxy.measurement.files.delimited import HEADER_LINES, place_of
from topotaxy.measurement.files.listening import panics_unprinted

Floats = np.ndarray[Any, np.dtype[np.float64]]

# Cells are laid out densely when a sheet is read: 100 bytes each, all in all.
MOST_CELLS = 12_000_000

_CELL = re.compile(rb'[<\s]r\s*=\s*["\']([A-Za-z]{1,9})(\d{1,12})["\']')
_ROW = re.compile(rb"<(?:\w{1,40}:)?row[\s>/]")
_ROW_NUMBER = re.compile(rb"""<(?:\w{1,40}:)?row\s(?:[^<>]{0,400}\s)?r\s*=\s*["'](\d{1,12})["']""")
_OPENED = re.compile(rb"<(?:\w{1,40}:)?c[\s>/]")
_PIECE, _OVERLAP = 4_000_000, 40
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)


def is_workbook(head: bytes) -> bool:
    """Whether a file begins like an xlsx (a zip with its parts among the first).

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    """
    return archive.is_zip(head) and (b"[Content_Types].xml" in head or b"xl/" in head or b"_rels/" in head)


@dataclass(frozen=True)
class SheetTable:
    """A header and the rows under it, of one sheet or of several that follow one another."""

    source: str
    header: tuple[str, ...]
    rows: list[list[Any]]
    numbers: Sequence[int]

    def column(self, name: str) -> list[str]:
        """Return a column as text; durations as h:mm:ss.

        Parameters
        ----------
        name : str
            Of the column.
        """
        place = place_of(self.header, name, self.source)
        return [_text(row[place]) for row in self.rows]

    def first(self, name: str) -> str:
        """Return a column's first value as text.

        Parameters
        ----------
        name : str
            Of the column.
        """
        return _text(self.rows[0][place_of(self.header, name, self.source)])

    def floats(self, names: Sequence[str]) -> dict[str, Floats]:
        """Return columns as numbers.

        Parameters
        ----------
        names : sequence of str
            Of the columns.

        Returns
        -------
        dict
            Name to array (rows,).

        Raises
        ------
        InputError
            Where a cell is no number; the message names row and column.
        """
        return {name: self._floats(name) for name in names}

    def _floats(self, name: str) -> Floats:
        place = place_of(self.header, name, self.source)
        cells = [row[place] for row in self.rows]
        if all(type(cell) in (float, int) for cell in cells):
            values = np.array(cells, dtype=np.float64)
            if np.isfinite(values).all():
                return values
        values = np.empty(len(cells))
        for k, cell in enumerate(cells):
            try:
                if isinstance(cell, bool) or not isinstance(cell, (int, float, str)):
                    raise ValueError(cell)
                values[k] = float(cell)
                if not np.isfinite(values[k]):
                    raise ValueError(cell)
            except (ValueError, OverflowError):
                what = "is empty" if cell in ("", None) else f"is {_text(cell)!r:.40}, not a number"
                raise InputError(
                    f"{name!r:.60} {what}", where=f"{self.source}, row {self.numbers[k]}"
                ) from None
        return values


def sheets_headed(path: Path, accepts: Callable[[list[str]], bool]) -> list[tuple[str, int]]:
    """Return the sheets that have an accepted header, each with the place of its row.

    Parameters
    ----------
    path : Path
        Of the workbook.
    accepts : callable
        Whether the filled cells of a row, as text, are the header's.

    Raises
    ------
    InputError
        Where the workbook is damaged or too large.
    """
    found = []
    for name, rows in _sheets(path).items():
        for place, row in enumerate(rows[:HEADER_LINES]):
            if accepts([_text(cell) for cell in row if cell != ""]):
                found.append((name, place))
                break
    return found


def table(path: Path, accepts: Callable[[list[str]], bool]) -> SheetTable:
    """Return the table under the accepted header, joined over the sheets that have the same one.

    Parameters
    ----------
    path : Path
        Of the workbook.
    accepts : callable
        Whether the filled cells of a row, as text, are the header's.

    Raises
    ------
    InputError
        Where there is none, or sheets have different headers.
    """
    header: tuple[str, ...] = ()
    rows: list[list[Any]] = []
    numbers: list[int] = []
    for name, own, filled in (found := _headed(path, accepts)):
        if header and own != header:
            raise InputError(
                f"its sheets {found[0][0]!r:.40} and {name!r:.40} have different columns", where=path.name
            )
        header = own
        numbers += [number for number, _ in filled]
        rows += [row for _, row in filled]
    if not rows:
        raise InputError("holds a header and no data rows", where=path.name)
    return SheetTable(path.name, header, rows, numbers)


def tables(path: Path, accepts: Callable[[list[str]], bool]) -> dict[str, SheetTable]:
    """Return the table of each sheet that has an accepted header, by the sheet's name.

    Parameters
    ----------
    path : Path
        Of the workbook.
    accepts : callable
        Whether the filled cells of a row, as text, are the header's.

    Raises
    ------
    InputError
        Where there is none, or one has no rows under its header.
    """
    read = {}
    for name, header, filled in _headed(path, accepts):
        source = f"{path.name}, sheet {name!r:.60}"
        if not filled:
            raise InputError("holds a header and no data rows", where=source)
        read[name] = SheetTable(source, header, [row for _, row in filled], [number for number, _ in filled])
    return read


def _headed(
    path: Path, accepts: Callable[[list[str]], bool]
) -> list[tuple[str, tuple[str, ...], list[tuple[int, list[Any]]]]]:
    """Name, header and filled rows with their numbers of each sheet that has an accepted header."""
    places = sheets_headed(path, accepts)
    if not places:
        raise InputError("has no sheet with the columns of this format", where=path.name)
    every, found = _sheets(path), []
    for name, place in places:
        cells = [_text(cell) for cell in every[name][place]]
        while cells and not cells[-1]:
            cells.pop()
        below = enumerate(every[name][place + 1 :], start=place + 2)
        filled = [(number, row) for number, row in below if any(cell != "" for cell in row)]
        found.append((name, tuple(cells), filled))
    _sheets_of.cache_clear()
    return found


def _sheets(path: Path) -> dict[str, list[list[Any]]]:
    state = path.stat()
    return _sheets_of(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=1)
def _sheets_of(path: Path, modified: int, size: int) -> dict[str, list[list[Any]]]:
    """Return the rows of each sheet; kept while one file is recognised and read."""
    _looked_at(path)
    import python_calamine

    try:
        with panics_unprinted(), python_calamine.CalamineWorkbook.from_path(str(path)) as book:
            return {
                name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
                for name in book.sheet_names
            }
    except MemoryError:
        raise
    except BaseException as error:
        # A panic of the compiled reader does not derive from Exception.
        if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
            raise
        raise InputError(f"is a damaged workbook ({error!s:.120})", where=path.name) from error


def _looked_at(path: Path) -> None:
    """Refuse a workbook that would not fit into memory, or whose XML declares entities."""
    with archive.opened(path) as book:
        names = [part.filename for part in book.infolist()]
        if not any(_SHEET.fullmatch(name) for name in names):
            raise InputError("is an archive without sheets: no xlsx workbook", where=path.name)
        cells = 0
        for name in names:
            if not name.lower().endswith((".xml", ".rels")):
                continue
            data = archive.part(book, name, where=path.name)
            archive.no_entities(data, name, where=path.name)
            cells += _cells(data)
        if cells > MOST_CELLS:
            raise InputError(
                f"spans {cells:.3g} cells, more than the {MOST_CELLS:.2g} read; export it as csv",
                where=path.name,
            )


def _cells(data: bytes) -> int:
    """Return the size of the block from A1 to the furthest cell of a sheet.

    A row and its cells need not say where they stand: they follow the one before.
    """
    letters: set[bytes] = set()
    row = unnumbered = widest = within = 0
    # In pieces, as a list of all references would take more memory than the sheet.
    for start in range(0, len(data), _PIECE):
        piece = data[start : start + _PIECE + _OVERLAP]
        references = _CELL.findall(piece)
        letters.update(name for name, _ in references)
        numbered = [int(digits) for digits in _ROW_NUMBER.findall(piece)]
        row = max(row, max((int(digits) for _, digits in references), default=0), max(numbered, default=0))
        first, *others = _ROW.split(data[start : start + _PIECE])
        unnumbered += max(0, len(others) - len(numbered))
        within += len(_OPENED.findall(first))
        for part in others:
            widest = max(widest, within)
            within = len(_OPENED.findall(part))
    widest = max(widest, within)
    return (row + unnumbered) * max(widest, max((_column_number(name) for name in letters), default=0))


def _column_number(letters: bytes) -> int:
    place = 0
    for letter in letters.upper():
        place = 26 * place + letter - 64
    return place


def _text(cell: Any) -> str:
    if isinstance(cell, datetime.timedelta):
        total = cell.total_seconds()
        return f"{int(total // 3600)}:{int(total % 3600 // 60):02d}:{total % 60:09.6f}"
    if isinstance(cell, datetime.time):
        return f"{cell.hour}:{cell.minute:02d}:{cell.second + cell.microsecond / 1e6:09.6f}"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell).strip()
