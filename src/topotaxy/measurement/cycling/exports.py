"""Exported tables, as delimited text or as a sheet of a workbook, behind one face."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.cycling.contents import Table, Vocabulary
from topotaxy.measurement.files import delimited, workbook

Floats = np.ndarray[Any, np.dtype[np.float64]]


def head(path: Path) -> bytes:
    """Return the first bytes of a file, as recognition sees them.

    Parameters
    ----------
    path : path
        The file.
    """
    with path.open("rb") as file:
        return file.read(delimited.HEAD_BYTES)


def is_headed(first: bytes, path: Path, words: Vocabulary) -> bool:
    """Whether a header line of the text, or of a sheet of the workbook, has a maker's columns.

    Parameters
    ----------
    first : bytes
        The file's first 64 kB.
    path : path
        The file.
    words : Vocabulary
        How the maker heads its columns.
    """
    if workbook.is_workbook(first):
        try:
            return bool(workbook.sheets_headed(path, words.knows))
        except InputError:
            # A workbook that cannot be opened is nobody's; what is wrong is said when it is read.
            return False
    return delimited.find_header(delimited.head_lines(first), words.knows) is not None


def table(path: Path, words: Vocabulary) -> Table:
    """Return the table under a maker's header.

    Parameters
    ----------
    path : path
        The file.
    words : Vocabulary
        How the maker heads its columns.

    Raises
    ------
    InputError
        Where there is no such header, or what is under it is damaged; in a workbook, also where the tables
        of several sheets do not follow one another.
    """
    if workbook.is_workbook(head(path)):
        return workbook.table(path, words.knows)
    text = delimited.read_text(path)
    at = delimited.find_header(text.splitlines(), words.knows)
    if at is None:
        raise InputError("has no header line with the columns of this format", where=path.name)
    return delimited.table(text, header_line=at[0], delimiter=at[1], source=path.name)


def notes(read: Table) -> tuple[str, ...]:
    """Return what was noted while a table was read.

    Parameters
    ----------
    read : Table
        A table that was read.
    """
    return tuple(getattr(read, "notes", ()))
