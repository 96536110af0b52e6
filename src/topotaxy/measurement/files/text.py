"""Text files of spectrometers: bounded, in the encodings that their makers use."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from topotaxy.errors import InputError

MOST_BYTES = 100_000_000


def text_of(path: Path, *, nulls: bool = False) -> str:
    """Return a text file's content; with ``nulls`` those that end a line are left out.

    Parameters
    ----------
    path : Path
        Of the file.
    nulls : bool
        Whether zero bytes before the end of a line are left out; elsewhere they are refused.

    Raises
    ------
    InputError
        Where it cannot be read, is too large, empty, or no text.
    """
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MOST_BYTES else b""
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=path.name) from None
    if size > MOST_BYTES:
        raise InputError(f"holds {size} bytes; at most {MOST_BYTES} are read", where=path.name)
    if not data.strip():
        raise InputError("is empty", where=path.name)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            raise InputError("is cut short within a character", where=path.name) from None
    if nulls:
        data = re.sub(rb"\0+(?=[\r\n])", b"", data)
    if b"\0" in data:
        raise InputError("is no text", where=path.name)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def rows_of(
    lines: list[str], first: int, *, least: int, source: str, delimiter: str | None = None
) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.float64]], int]:
    """Return rows of numbers from a line on, and the line after them.

    Parameters
    ----------
    lines : list of str
        All lines.
    first : int
        Index of the first row.
    least : int
        Numbers that a row has at least; further ones are left out.
    source : str
        For messages.
    delimiter : str, optional
        White space where not given.
    """
    found: list[list[float]] = []
    at = first
    while at < len(lines):
        parts = [part for part in lines[at].strip().split(delimiter) if part.strip()]
        if len(parts) < least:
            break
        try:
            found.append([float(part) for part in parts[:least]])
        except ValueError:
            break
        at += 1
    if not found:
        raise InputError("has no row of numbers where they should begin", where=f"{source}, line {first + 1}")
    return np.array(found), at


def energy_of(text: str) -> float | None:
    """Return the energy (eV) that a text begins with; None where there is none below 100 keV.

    Parameters
    ----------
    text : str
        As ``1486.6 eV``; what follows the number is not looked at.
    """
    try:
        value = float(text.split()[0])
    except (ValueError, IndexError):
        return None
    return value if 0.0 < value < 1e5 else None
