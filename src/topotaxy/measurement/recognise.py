"""Which technique and which format a file is, by what it holds; never two."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from topotaxy.errors import InputError, choices
from topotaxy.files import regular_file
from topotaxy.measurement.files import archive, workbook
from topotaxy.measurement.files.delimited import DELIMITERS, HEAD_BYTES, fields, head_lines
from topotaxy.measurement.technique import Format, Technique, techniques

_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?")
_FEWEST_COLUMNS = 2
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAPPING_PAGE = "docs/cycler-formats.md#any-csv-a-mapping-file"
"""Where the documentation says what a mapping file is."""


class Recognised(NamedTuple):
    """What a file is."""

    technique: Technique[Any]
    format: Format[Any]


def first_bytes(path: Path) -> bytes:
    """Return the beginning of a file, 64 KiB at most.

    Parameters
    ----------
    path : path
        The file.

    Raises
    ------
    InputError
        Where there is no such file, it cannot be read, or it is empty.
    """
    regular_file(path, links=True)
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except ValueError as error:
        raise InputError(f"is no name of a file ({error!s:.80})", where=str(path)) from error
    if not head.strip():
        raise InputError("is empty", where=path.name)
    return head


MOST_NAMES = 200
"""Characters that a list of formats may take in a message."""

SEE_LIST = "'topotaxy list formats' names them"


def technique_named(name: str) -> Technique[Any]:
    """Return the technique of a name.

    Parameters
    ----------
    name : str
        As in ``diffraction``; words may be joined by hyphens.

    Raises
    ------
    InputError
        Where there is none.
    """
    known = techniques()
    found = known.get(name.replace("-", "_"))
    if found is None:
        raise InputError(f"no technique {name!r:.40}; {choices(name, sorted(known))}")
    return found


def format_named(name: str, among: Sequence[Technique[Any]] | None = None) -> Recognised:
    """Return the format of a name, in any case of letters, and its technique.

    Parameters
    ----------
    name : str
        As in ``Maccor text``, in any case of letters.
    among : sequence of Technique, optional
        The techniques that it may be of; all of them where not given.

    Raises
    ------
    InputError
        Where there is none.
    """
    every = _every(among)
    for one in every:
        if one.format.name.lower() == name.strip().lower():
            return one
    raise InputError(f"no format {name!r:.40}; {choices(name, [one.format.name for one in every])}")


def recognised(
    path: Path, *, among: Sequence[Technique[Any]] | None = None, format: str | None = None
) -> Recognised:
    """Return technique and format of a file, by its content.

    Parameters
    ----------
    path : path
        The file.
    among : sequence of Technique, optional
        The techniques that it may be of; all of them where not given.
    format : str, optional
        Name of the format, instead of recognising it.

    Raises
    ------
    InputError
        Where there is no such file, it is empty, no format takes it for its own or more than one does. The
        message names the columns that were found, what the nearest format would need, and the mapping file.
    """
    head = first_bytes(path)
    if format is not None:
        return format_named(format, among)
    if archive.is_zip(head):
        # What is refused as damaged or as a bomb is refused before any format looks into it.
        archive.opened(path).close()
        if workbook.is_workbook(head):
            workbook.sheets_headed(path, lambda header: False)
    takers = [one for one in _every(among) if one.format.recognises(head, path)]
    if len(takers) == 1:
        return takers[0]
    if takers:
        names = " and of ".join(one.format.name for one in takers)
        raise InputError(f"has the headers of {names}: tables of two instruments", where=path.name)
    raise InputError(_refusal(head, among), where=path.name)


def _every(among: Sequence[Technique[Any]] | None) -> list[Recognised]:
    chosen = tuple(techniques().values()) if among is None else among
    return [Recognised(technique, one) for technique in chosen for one in technique.formats()]


def _refusal(head: bytes, among: Sequence[Technique[Any]] | None) -> str:
    every = _every(among)
    columns = headings(head)
    if head.startswith(_OLE):
        return "is a workbook of the old kind (.xls): save it as .xlsx or csv"
    if not columns:
        kind = f"{among[0].title.lower()} data" if among is not None and len(among) == 1 else "file"
        # The formats of all techniques would be a page of names.
        names = ", ".join(one.format.name for one in every)
        return f"is no {kind} of a known format ({names if len(names) < MOST_NAMES else SEE_LIST})"
    nearest = _nearest(columns, every)
    return (
        f"is no known export; its columns are {', '.join(columns)[:200]}{nearest}: "
        f"say in a mapping file (--mapping) which is what, see {MAPPING_PAGE}"
    )


def _nearest(columns: Sequence[str], every: Sequence[Recognised]) -> str:
    """Return what the format that misses least would need, in words; nothing where none is near."""
    best: tuple[int, str, tuple[str, ...]] | None = None
    for one in every:
        if one.format.lacks is None:
            continue
        missing = one.format.lacks(columns)
        if missing is not None and (best is None or len(missing) < best[0]):
            best = (len(missing), one.format.name, tuple(missing))
    return f"; as {best[1]} it lacks {', '.join(best[2])[:120]}" if best is not None and best[2] else ""


def headings(head: bytes) -> list[str]:
    """Return the fields of the line that looks most like a header: text above a line of as many numbers.

    Parameters
    ----------
    head : bytes
        The file's first 64 kB.
    """
    lines = head_lines(head)
    for line, below in pairwise(lines):
        for delimiter in DELIMITERS:
            names, values = fields(line, delimiter), fields(below, delimiter)
            numeric = sum(bool(_NUMBER.fullmatch(value)) for value in values)
            enough = len(names) == len(values) >= _FEWEST_COLUMNS and numeric >= _FEWEST_COLUMNS
            if enough and not any(map(_NUMBER.fullmatch, names)):
                return [name for name in names if name]
    return []
