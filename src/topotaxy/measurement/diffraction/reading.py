"""What every reader of patterns needs: bytes, text, columns of numbers, deviations that can serve."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError

Floats = NDArray[np.float64]

LARGEST = 180_000_000
"""Bytes of a file; a pattern of a million points takes 40 MB as text."""

VIRTUAL = re.compile(r"(?im)^\s*#?\s*instrument\s*[:=]\s*(virtual [^\n]{1,80})$")
"""How a file says that a virtual instrument made it."""

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][-+]?\d+)?")
_PERSONAL = re.compile(
    r"[\w.+-]+@[\w-]+\.[\w.-]+|(?i:\b(?:user|e-?mail\S*|proposal number|operator|owner|author)\b\s*[:=(].*)"
)


def data_of(path: Path) -> bytes:
    """Return the bytes of a file.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    InputError
        Where it cannot be read, is empty, or larger than :data:`LARGEST`.
    """
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise InputError(
                f"is {size / 1e6:.0f} MB, more than the {LARGEST / 1e6:.0f} MB read", where=path.name
            )
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
    if not data.strip():
        raise InputError("is empty", where=path.name)
    return data


def text_of(data: bytes) -> str | None:
    """Return the text of bytes, or None where they hold what no text has. Never raises.

    Parameters
    ----------
    data : bytes
        Content of a file.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    if b"\x00" in data:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start >= len(data) - 4:
            return data[: error.start].decode("utf-8", errors="replace")
    return data.decode("cp1251" if _cyrillic(data) else "latin-1", errors="replace")


def _cyrillic(data: bytes) -> bool:
    """Whether bytes above 127 come in runs, as words of the code page 1251 do."""
    return re.search(rb"[\xc0-\xff]{4,}", data[:4096]) is not None


def read_text(path: Path) -> str:
    """Return the text of a file, whatever ends its lines.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    InputError
        Where the file is empty, too large, or no text.
    """
    text = text_of(data_of(path))
    if text is None:
        raise InputError("holds zero bytes in its text: it is damaged or no text", where=path.name)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def numbers(line: str) -> list[float] | None:
    """Return the numbers of a line that holds nothing else (blanks, tabs, commas, semicolons), or None.

    Parameters
    ----------
    line : str
        One line of a file.
    """
    parts = re.split(r"[\s,;]+", line.strip())
    if parts and parts[-1] == "":
        parts.pop()
    if not parts or len(parts) > 12:
        return None
    found = []
    for part in parts:
        if not _NUMBER.fullmatch(part):
            return None
        value = float(part.replace("d", "e").replace("D", "e"))
        if not math.isfinite(value):
            return None
        found.append(value)
    return found


def number_of(text: str) -> float | None:
    """Return the finite number that a text is, or None.

    Parameters
    ----------
    text : str
        Any text of a file.
    """
    found = numbers(text)
    return found[0] if found is not None and len(found) == 1 else None


def columns(
    lines: Sequence[str], *, source: str, first_line: int = 1, least: int = 2, most: int = 3
) -> tuple[Floats, tuple[str, ...]]:
    """Return lines of numbers as an array (rows, columns), with notes.

    An incomplete last line is left out and noted: a file that was cut while it was written.

    Parameters
    ----------
    lines : sequence of str
        Lines of a file.
    source : str
        Name for messages.
    first_line : int
        Number of the first of them in the file.
    least : int
        Fewest columns.
    most : int
        Most columns that are kept.

    Raises
    ------
    InputError
        Where a line within is no row of numbers, or of another length; the message names it.
    """
    rows: list[list[float]] = []
    notes: list[str] = []
    width = 0
    filled = [k for k, line in enumerate(lines) if line.strip()]
    for k in filled:
        row = numbers(lines[k])
        if row is not None and not width:
            width = min(len(row), most)
        if row is None or len(row) < max(least, width):
            if k == filled[-1] and rows:
                notes.append(f"the last line, {k + first_line}, is incomplete and left out")
                break
            raise InputError(
                f"expected {max(width, least)} numbers, found {lines[k].strip()!r:.40}",
                where=f"{source}, line {k + first_line}",
            )
        rows.append(row[:width])
    if not rows:
        raise InputError("holds no rows of numbers", where=source)
    return np.array(rows), tuple(notes)


def usable_esd(
    esd: Floats | None, intensity: Floats, *, source: str
) -> tuple[Floats | None, tuple[str, ...]]:
    """Return standard deviations that can serve, and what is to be said.

    Zeros among them would be infinite weights: those of a whole column are dropped with a note, single ones
    are replaced by the largest of their neighbours' for the same intensity.

    Parameters
    ----------
    esd : array (n,), optional
        Standard deviation of each intensity, as the file states it.
    intensity : array (n,)
        Intensity as the file has it.
    source : str
        Name for messages.

    Raises
    ------
    InputError
        Where one is below zero.
    """
    if esd is None:
        return None, ()
    if (esd < 0.0).any():
        place = int(np.argmax(esd < 0.0)) + 1
        raise InputError(f"the standard deviation of point {place} is below zero", where=source)
    zero = esd == 0.0
    if zero.all():
        return None, ("the file's standard deviations are all zero: they are not used",)
    if zero.any():
        fixed = esd.copy()
        fixed[zero] = np.max(esd)
        return fixed, (
            f"{int(zero.sum())} standard deviations are zero and taken as the largest of the others",
        )
    return esd, ()


def are_counts(intensity: Floats, esd: Floats | None) -> bool:
    """Whether numbers are whole and, where they have deviations, these are their square roots.

    Parameters
    ----------
    intensity : array (n,)
        Intensity as the file has it.
    esd : array (n,), optional
        Standard deviation of each intensity, as the file states it.
    """
    whole = bool((intensity >= 0).all() and (intensity == np.round(intensity)).all())
    if not whole or esd is None:
        return whole
    large = intensity > 20
    return bool(large.any() and np.abs(esd[large] ** 2 / intensity[large] - 1.0).max() < 0.05)


def scrubbed(text: str) -> str:
    """Return a line of a header without names, addresses and proposal numbers.

    Parameters
    ----------
    text : str
        Any text of a file.
    """
    return _PERSONAL.sub("", text).strip()
