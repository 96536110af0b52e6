"""Which format a file is in, by what it holds."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import formats
from topotaxy.measurement.cycling.contents import Contents
from topotaxy.measurement.files import archive, workbook
from topotaxy.measurement.files.delimited import DELIMITERS, HEAD_BYTES, fields, head_lines

_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Format:
    """A format of cycling data: how to know it and how to read it."""

    name: str
    """As in "Neware ndax"."""
    extensions: tuple[str, ...]
    """Endings such files usually have; they do not decide."""
    recognises: Callable[[bytes, Path], bool]
    """Whether a file that begins with these bytes is of this format; never raises for any content."""
    read: Callable[[Path], Contents]
    """Read it; anything that cannot be read raises InputError."""


@lru_cache(maxsize=1)
def known_formats() -> tuple[Format, ...]:
    """Return the formats, one for each module of the package ``formats`` (by its attribute ``FORMAT``)."""
    found = []
    for module in pkgutil.iter_modules(formats.__path__):
        described = importlib.import_module(f"{formats.__name__}.{module.name}").FORMAT
        found.append(described)
    return tuple(found)


def first_bytes(path: Path) -> bytes:
    """Return the beginning of a file.

    Raises
    ------
    InputError
        Where there is no such file, it cannot be read, or it is empty.
    """
    if path.is_dir():
        raise InputError("is a folder, not a file of cycling data", where=path.name)
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
    if not head.strip():
        raise InputError("is empty", where=path.name)
    return head


def recognised(path: Path) -> Format:
    """Return the format of a file, by its content.

    Raises
    ------
    InputError
        Where there is no such file, it is empty, or no format or more than one takes it for its own.
    """
    head = first_bytes(path)
    if archive.is_zip(head):
        # What is refused as damaged or as a bomb is refused before any format looks into it.
        archive.opened(path).close()
        if workbook.is_workbook(head):
            workbook.sheets_headed(path, lambda header: False)
    mine = [one for one in known_formats() if one.recognises(head, path)]
    if len(mine) == 1:
        return mine[0]
    if mine:
        raise InputError(
            f"has the headers of {' and of '.join(one.name for one in mine)}: tables of two instruments",
            where=path.name,
        )
    columns = _columns(head)
    if columns:
        raise InputError(
            f"is no known export; its columns are {', '.join(columns)[:200]}: "
            "say in a mapping file which is what",
            where=path.name,
        )
    names = ", ".join(one.name for one in known_formats())
    raise InputError(f"is no cycling data of a known format ({names})", where=path.name)


def _columns(head: bytes) -> list[str]:
    """Return the fields of the line that looks most like a header: text above a line of as many numbers."""
    lines = head_lines(head)
    for line, below in pairwise(lines):
        for delimiter in DELIMITERS:
            names, values = fields(line, delimiter), fields(below, delimiter)
            numeric = sum(bool(_NUMBER.fullmatch(value)) for value in values)
            if len(names) == len(values) >= 3 and numeric >= 3 and not any(map(_NUMBER.fullmatch, names)):
                return [name for name in names if name]
    return []


def named(name: str) -> Format:
    """Return the format of a name.

    Raises
    ------
    InputError
        Where there is none.
    """
    for one in known_formats():
        if one.name.lower() == name.strip().lower():
            return one
    raise InputError(f"no format {name!r:.40}; there are {', '.join(one.name for one in known_formats())}")
