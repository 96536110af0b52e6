"""Reading the CSV tables that ship inside the package, each row with its source."""

from __future__ import annotations

import csv
from functools import cache
from importlib import resources


@cache
def read_table(package: str, name: str) -> tuple[dict[str, str], ...]:
    """Return the rows of ``<package>/tables/<name>.csv`` as dictionaries of text.

    Lines that begin with ``#`` are comments. Every table has a ``source`` column.

    Parameters
    ----------
    package : str
        Package in whose folder ``tables`` it stands.
    name : str
        Name of the table, without ``.csv``.
    """
    text = (resources.files(package) / "tables" / f"{name}.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return tuple(csv.DictReader(lines))
