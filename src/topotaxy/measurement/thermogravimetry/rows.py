"""Lines of numbers in balances' text exports, and the units of their columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.measurement.files.delimited import LARGEST_TEXT
from topotaxy.measurement.thermogravimetry.record import ZERO_CELSIUS

Floats = NDArray[np.float64]

TIME_UNITS = {"s": 1.0, "sec": 1.0, "min": 60.0, "h": 3600.0}
MASS_UNITS = {"mg": 1.0, "g": 1000.0, "µg": 1e-3, "ug": 1e-3}
_BREAK = re.compile(r"\r\n|\n|\r")


def text_of(path: Path) -> str:
    """Return the text of a file: UTF-16 with its mark, UTF-8, else Latin-1, as balances' programs write it.

    Parameters
    ----------
    path : Path
        Of the file.

    Raises
    ------
    InputError
        Where the file is empty, too large, or no text.
    """
    if path.stat().st_size > LARGEST_TEXT:
        raise InputError(f"is larger than the {LARGEST_TEXT / 1e6:.0f} MB of text read", where=path.name)
    text = decoded(path.read_bytes())
    if text is None:
        raise InputError("holds zero bytes in its text: it is damaged", where=path.name)
    if not text.strip():
        raise InputError("is empty", where=path.name)
    return text


def decoded(data: bytes) -> str | None:
    """Return the text of bytes, None where they are none; a character cut at the end is left out.

    Parameters
    ----------
    data : bytes
        Of a file, or its first ones.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = data[: len(data) - len(data) % 2].decode("utf-16", errors="replace")
        return None if "\x00" in text else text
    if b"\x00" in data:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return (
            data[: error.start].decode("utf-8-sig")
            if error.start >= len(data) - 4
            else data.decode("latin-1")
        )


def lines_of(text: str) -> list[str]:
    """Return the lines of a text whatever their ends, none of them empty because of a doubled mark.

    Parameters
    ----------
    text : str
        Of a file.
    """
    return _BREAK.split(text)


def number(text: str, decimal: str = ".") -> float | None:
    """Return the number of a field, or None.

    Parameters
    ----------
    text : str
        A field; digits with underscores are none.
    decimal : {".", ","}
        The decimal sign.
    """
    plain = text.strip()
    if decimal == ",":
        plain = plain.replace(",", ".")
    if not plain or "_" in plain or plain[-1] not in "0123456789.":
        return None
    try:
        return float(plain)
    except ValueError:
        return None


def table(
    lines: Sequence[str],
    first: int,
    wanted: Sequence[int],
    *,
    source: str,
    delimiter: str | None,
    decimal: str = ".",
    count: int | None = None,
) -> tuple[Floats, list[int], int]:
    """Return the numbers of some columns, from a line on up to the first whose first wanted is no number.

    Parameters
    ----------
    lines : sequence of str
        All lines of the file.
    first : int
        Place of the first line of numbers, from 0.
    wanted : sequence of int
        Places of the columns; others may hold anything.
    source : str
        Name of the file.
    delimiter : str, optional
        None for any blanks.
    decimal : {".", ","}
        The decimal sign.
    count : int, optional
        Fields that a whole line has.

    Returns
    -------
    numbers : array (rows, len(wanted))
    places : list of int
        Number of each row's line in the file, from 1.
    after : int
        Place of the line that follows.

    Raises
    ------
    InputError
        Where a line has a number in the first wanted column and none in another; the message names it.
    """
    rows: list[list[float]] = []
    places: list[int] = []
    at = first
    while at < len(lines):
        fields = lines[at].split(delimiter)
        # A table saved by a spreadsheet may have rows of separators alone.
        if not lines[at].strip(f"{delimiter or ''} \t\r"):
            at += 1
            continue
        if wanted[0] >= len(fields) or number(fields[wanted[0]], decimal) is None:
            break
        rows.append(_row(fields, wanted, decimal=decimal, count=count, where=f"{source}, line {at + 1}"))
        places.append(at + 1)
        at += 1
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(wanted)), places, at


def _row(
    fields: list[str], wanted: Sequence[int], *, decimal: str, count: int | None, where: str
) -> list[float]:
    """The numbers of one line, or its refusal."""
    if count is not None and len(fields) < count:
        raise InputError(
            f"has {len(fields)} fields where the header has {count}: it is cut short", where=where
        )
    row = []
    for column in wanted:
        shown = fields[column] if column < len(fields) else ""
        value = number(shown, decimal)
        if value is None:
            raise InputError(f"column {column + 1} is {shown!r:.40}, not a number", where=where)
        row.append(value)
    return row


def kelvin(values: Floats, unit: str, *, source: str) -> Floats:
    """Return temperatures in K; the degree sign may be lost, as it depends on the code page.

    Parameters
    ----------
    values : array (n,)
        In ``unit``.
    unit : str
        °C or K, as the file writes it.
    source : str
        Name of the file, for messages.

    Raises
    ------
    InputError
        Where the unit is neither °C nor K.
    """
    plain = unit.strip().strip("[]()")
    if plain == "K":
        return values
    if re.fullmatch(r"(?:[^\x00-\x7f]{0,3}|deg ?)C", plain):
        return values + ZERO_CELSIUS
    raise InputError(f"its temperature is in {unit!r:.20}, expected °C or K", where=source)


def scale(unit: str, units: dict[str, float], what: str, *, source: str) -> float:
    """Return what to multiply a column with to have its canonical unit (s, mg).

    Parameters
    ----------
    unit : str
        As the file writes it, in brackets or not.
    units : dict
        Unit to its size in the canonical one.
    what : str
        Name of the column, for messages.
    source : str
        Name of the file, for messages.

    Raises
    ------
    InputError
        Where the unit is not one of these.
    """
    plain = unit.strip().strip("[]()").replace("μ", "µ")
    if plain not in units:
        raise InputError(f"its {what} is in {unit!r:.20}, expected one of {', '.join(units)}", where=source)
    return units[plain]
