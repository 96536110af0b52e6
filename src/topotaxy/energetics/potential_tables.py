"""Reading the tables that interatomic potentials made, shipped or one's own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from topotaxy.errors import InputError
from topotaxy.files import regular_file

SCHEMA = "topotaxy/potential-table/1"

MOST_TABLE = 10_000_000
"""Bytes of a table up to which it is read."""

FIELDS = {
    "quantity": str,
    "subject": str,
    "condition": str,
    "value": float,
    "unit": str,
    "standard_error": (float, type(None)),
    "sites": int,
    "systematic_error": (float, type(None)),
    "systematic_basis": str,
    "method": str,
}


@dataclass(frozen=True, kw_only=True)
class PotentialNumber:
    """One row: a number with its standard error over sites and its stated systematic error.

    An error that nobody determined is ``None``. ``origin`` names table, potential and version.
    """

    quantity: str
    subject: str
    condition: str
    value: float
    unit: str
    standard_error: float | None
    sites: int
    systematic_error: float | None
    systematic_basis: str
    method: str
    origin: str


@dataclass(frozen=True, kw_only=True)
class PotentialTable:
    """The numbers of one composition against one alkali metal by one potential."""

    name: str
    formula: str
    ion: str
    potential: str
    version: str
    cells: tuple[Mapping[str, Any], ...]
    rows: tuple[PotentialNumber, ...]
    failed: tuple[Mapping[str, str], ...]

    def number(self, quantity: str, subject: str = "", condition: str = "") -> PotentialNumber | None:
        """Return the row, or None where it was not computed.

        Parameters
        ----------
        quantity : str
            Name of the quantity, as ``displacement_voltage``.
        subject : str
            What it is of, as an element or a phase; empty for the frame as a whole.
        condition : str
            Under which condition, as ``removed``; empty where there is but one.
        """
        wanted = (quantity, subject, condition)
        found = (row for row in self.rows if (row.quantity, row.subject, row.condition) == wanted)
        return next(found, None)


def shipped_tables() -> tuple[str, ...]:
    """Names of the tables inside the package, such as ``heo-na-chgnet``."""
    folder = resources.files("topotaxy.energetics") / "tables" / "potentials"
    if not folder.is_dir():
        return ()
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in names if name.endswith(".json")))


def potential_table(name: str | Path) -> PotentialTable:
    """Read a shipped table by its name, or a file by its path.

    Parameters
    ----------
    name : str or Path
        Name of a shipped table, or a file.

    Raises
    ------
    InputError
        Where there is neither, or the file is not such a table; names the row at fault.
    """
    if str(name) in shipped_tables():
        folder = resources.files("topotaxy.energetics") / "tables" / "potentials"
        text = (folder / f"{name}.json").read_text(encoding="utf-8")
    elif Path(name).is_file():
        text = _text(Path(name))
    else:
        known = ", ".join(shipped_tables()) or "none"
        raise InputError(f"no table {str(name)!r:.80}: neither a file nor shipped (shipped: {known})")
    return read_table_text(text, where=str(name))


def _text(path: Path) -> str:
    regular_file(path, most=MOST_TABLE, links=True)
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError("not UTF-8 text", where=str(path)) from None


def read_table_text(text: str, *, where: str) -> PotentialTable:
    """Read the text of a table; errors as in :func:`potential_table`.

    Parameters
    ----------
    text : str
        The table as JSON.
    where : str
        Name of the table or file, for messages.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON ({error!s:.200})", where=where) from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise InputError(f'expected an object with "schema": "{SCHEMA}"', where=where)
    texts = {}
    for key in ("name", "formula", "ion", "potential", "version"):
        if not isinstance(document.get(key), str):
            raise InputError(f'expected text under "{key}"', where=where)
        texts[key] = document[key]
    for key in ("rows", "cells", "failed"):
        if not isinstance(document.get(key), list):
            raise InputError(f'expected a list under "{key}"', where=where)
    origin = f"{texts['name']}, {texts['version']}"
    rows = tuple(_row(entry, index, origin, where) for index, entry in enumerate(document["rows"]))
    return PotentialTable(
        **texts, cells=tuple(document["cells"]), failed=tuple(document["failed"]), rows=rows
    )


def _row(entry: Any, index: int, origin: str, where: str) -> PotentialNumber:
    if not isinstance(entry, dict) or set(entry) != set(FIELDS):
        raise InputError(f"row {index}: expected the fields {', '.join(FIELDS)}", where=where)
    values = {
        key: float(value) if isinstance(value, int) and FIELDS[key] is not int else value
        for key, value in entry.items()
        if not isinstance(value, bool)
    }
    for key, kind in FIELDS.items():
        if not isinstance(values.get(key), kind):  # type: ignore[arg-type]
            raise InputError(f"row {index}, {key}: unexpected {entry[key]!r:.40}", where=where)
    return PotentialNumber(**values, origin=origin)  # type: ignore[arg-type]
