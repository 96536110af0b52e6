"""Text of delimited columns, as cyclers export it: found, counted and turned into numbers, or refused."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError

Floats = np.ndarray[Any, np.dtype[np.float64]]

# A million rows of eight columns are about 80 MB, and take ten times that in memory while they are read.
LARGEST_TEXT = 180_000_000
# How much of a file recognition looks at, and how far down a header may stand.
HEAD_BYTES = 65_536
HEADER_LINES = 400
# In how many lines a decimal comma may show first: a test begins with zeros.
DECIMAL_LINES = 50

_HIGH = re.compile(rb"[\x80-\xff]+")

DELIMITERS = ("\t", ";", ",")
MOST_COLUMNS = 16_384
"""Columns of a table: as many as a spreadsheet has."""


def place_of(header: Sequence[str], name: str, source: str) -> int:
    """Return the place of a column.

    Parameters
    ----------
    header : sequence of str
        Names of the columns.
    name : str
        The one that is looked for.
    source : str
        Name of the file, for messages.

    Raises
    ------
    InputError
        Where the header names it twice, or not at all.
    """
    if name not in header:
        found = ", ".join(repr(one)[:40] for one in header[:20])
        raise InputError(f"has no column {name!r:.60}; the columns are {found}", where=source)
    if header.count(name) > 1:
        raise InputError(f"the header names {name!r:.60} twice", where=source)
    return header.index(name)


@dataclass(frozen=True)
class Delimited:
    """A header and the lines under it; every line has the header's fields."""

    source: str
    header: tuple[str, ...]
    lines: list[str]
    numbers: list[int]
    """Number of each line in the file, from 1."""
    delimiter: str
    decimal: str
    notes: tuple[str, ...] = ()

    def column(self, name: str) -> list[str]:
        """Return a column as text, stripped of blanks and quotes.

        Parameters
        ----------
        name : str
            Of the column.
        """
        return self._texts(name, self.lines)

    def first(self, name: str) -> str:
        """Return a column's first value as text.

        Parameters
        ----------
        name : str
            Of the column.
        """
        return self._texts(name, self.lines[:1])[0]

    def _texts(self, name: str, lines: Sequence[str]) -> list[str]:
        place = place_of(self.header, name, self.source)
        return [line.split(self.delimiter)[place].strip().strip('"') for line in lines]

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
            Where a value is not a number; the message names line and column.
        """
        import pandas as pd

        places = [place_of(self.header, name, self.source) for name in names]
        text = "\n".join(self.lines)
        try:
            frame = pd.read_csv(
                io.StringIO(text),
                sep=self.delimiter,
                decimal=self.decimal,
                header=None,
                index_col=False,
                usecols=sorted(places),
                dtype=np.float64,
                keep_default_na=False,
                skipinitialspace=True,
            )
            arrays = {n: frame[p].to_numpy(np.float64) for n, p in zip(names, places, strict=True)}
        except (ValueError, OverflowError, pd.errors.ParserError):
            arrays = {name: self._float_by_line(name) for name in names}
        if any(len(array) != len(self.lines) for array in arrays.values()):
            arrays = {name: self._float_by_line(name) for name in names}
        for name, array in arrays.items():
            if not np.isfinite(array).all():
                row = int(np.argmax(~np.isfinite(array)))
                raise InputError(
                    f"{name!r:.60} is {self.column(name)[row]!r:.40}, not a finite number",
                    where=f"{self.source}, line {self.numbers[row]}",
                )
        return arrays

    def _float_by_line(self, name: str) -> Floats:
        values = np.empty(len(self.lines))
        for row, text in enumerate(self.column(name)):
            try:
                if "_" in text:
                    raise ValueError(text)
                values[row] = float(text.replace(",", ".") if self.decimal == "," else text)
            except ValueError:
                what = f"is {text!r:.40}, not a number" if text else "is empty"
                raise InputError(
                    f"{name!r:.60} {what}", where=f"{self.source}, line {self.numbers[row]}"
                ) from None
        return values


def decoded(data: bytes) -> str | None:
    """Return the text of bytes that look like text, or None.

    Parameters
    ----------
    data : bytes
        UTF-16 with its mark, UTF-8, GB 18030, CP 1252 or Latin-1.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    if b"\x00" in data:
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        if encoding == "gb18030" and _is_western(data):
            return data.decode("cp1252", errors="replace")
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            # A head may be cut within a character.
            if error.start >= len(data) - 4:
                return data[: error.start].decode(encoding)
    return data.decode("latin-1")


def _is_western(data: bytes) -> bool:
    """Whether bytes beyond ASCII stand alone, as µ, ° and ü do; a Chinese character takes two of them."""
    odd = [len(run) % 2 for run in _HIGH.findall(data[:HEAD_BYTES])]
    return 2 * sum(odd) > len(odd)


def head_lines(head: bytes) -> list[str]:
    """Return the first lines of a file's first bytes, none where they are no text.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    """
    text = decoded(head)
    return [] if text is None else text.splitlines()[:HEADER_LINES]


def read_text(path: Path) -> str:
    """Return the text of a file.

    Parameters
    ----------
    path : Path
        Of the file.

    Raises
    ------
    InputError
        Where the file is empty, larger than :data:`LARGEST_TEXT`, or no text.
    """
    size = path.stat().st_size
    if size > LARGEST_TEXT:
        raise InputError(
            f"is {size / 1e6:.0f} MB of text, more than the {LARGEST_TEXT / 1e6:.0f} MB read; use parquet",
            where=path.name,
        )
    data = path.read_bytes()
    if not data.strip():
        raise InputError("is empty", where=path.name)
    text = decoded(data)
    if text is None:
        raise InputError("holds zero bytes in its text: it is damaged", where=path.name)
    return text


def fields(line: str, delimiter: str) -> list[str]:
    """Return the stripped fields of a line.

    Parameters
    ----------
    line : str
        Of the file.
    delimiter : str
        Between fields.
    """
    return [field.strip().strip('"').strip() for field in line.split(delimiter)]


def find_header(lines: Sequence[str], accepts: Callable[[list[str]], bool]) -> tuple[int, str] | None:
    """Return the place of the header line and its delimiter: the first line whose fields are accepted.

    Parameters
    ----------
    lines : sequence of str
        Of the file.
    accepts : callable
        Whether stripped fields are the header's.
    """
    for place, line in enumerate(lines[:HEADER_LINES]):
        for delimiter in DELIMITERS:
            if delimiter in line and accepts(fields(line, delimiter)):
                return place, delimiter
    return None


def table(
    text: str,
    *,
    header_line: int,
    delimiter: str,
    source: str,
    decimal: str | None = None,
    incomplete_last_line: str = "refuse",
) -> Delimited:
    """Return the table under a header line.

    A line may have one empty field more than the header, as some instruments end each with a delimiter.

    Parameters
    ----------
    header_line : int
        Place of the header among the lines, from 0.
    decimal : {".", ","}, optional
        The decimal sign; where not given, a comma if the delimiter is none and one of the first data lines
        has numbers with one.
    incomplete_last_line : {"refuse", "leave out"}
        What to do where the last line has not the header's fields, or ends within its last field.

    Raises
    ------
    InputError
        Where a line has not as many fields as the header, or no line follows it.
    """
    every = text.splitlines()
    names = fields(every[header_line], delimiter)
    while names and not names[-1]:
        names.pop()
    if len(names) > MOST_COLUMNS:
        raise InputError(f"has {len(names)} columns, more than the {MOST_COLUMNS} read", where=source)
    numbers = [n for n in range(header_line + 2, len(every) + 1) if every[n - 1].strip()]
    lines = [every[n - 1] for n in numbers]
    if not lines:
        raise InputError("holds a header and no data rows", where=source)
    if any('"' in line for line in lines):
        lines = [_unquoted(line, delimiter) for line in lines]
    notes: list[str] = []
    counts = [line.count(delimiter) + 1 for line in lines]
    if incomplete_last_line == "leave out" and len(lines) > 1 and counts[-1] < min(len(names), counts[0]):
        notes.append(f"the last line, {numbers[-1]}, is incomplete and left out")
        lines, numbers, counts = lines[:-1], numbers[:-1], counts[:-1]
    for number, line, count in zip(numbers, lines, counts, strict=True):
        if count == len(names) or (
            count > len(names) and not line.split(delimiter, len(names))[-1].strip(delimiter + " ")
        ):
            continue
        hint = "it is cut short" if number == numbers[-1] and count < len(names) else "it is damaged"
        raise InputError(
            f"has {count} field{'s' if count > 1 else ''} where the header has {len(names)}: {hint}",
            where=f"{source}, line {number}",
        )
    if decimal is None:
        shown = any(re.search(r"\d,\d", line) for line in lines[:DECIMAL_LINES])
        decimal = "," if delimiter != "," and shown else "."
    return Delimited(source, tuple(names), lines, numbers, delimiter, decimal, tuple(notes))


def _unquoted(line: str, delimiter: str) -> str:
    """Return a line without quotes; a delimiter within them becomes a blank."""
    parts = line.split('"')
    return "".join(part.replace(delimiter, " ") if k % 2 else part for k, part in enumerate(parts))
