"""A small TOML file that says which column of any csv is what, where no format knows it.

technique = "cycling"            # found by the columns where not given
delimiter = ";"                  # found where not given
decimal = "."                    # found where not given
incomplete_last_line = "refuse"  # or "leave out"
instrument = "home-built"

[columns]
test_time_second = "test_time"                             # heading, in the unit of the name
current_ampere = { heading = "current", unit = "mA" }      # in another unit

[sample]                         # optional; keys are the technique's
mass_gram = 0.0012
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from topotaxy.errors import InputError
from topotaxy.files import regular_file
from topotaxy.measurement.files import clock, delimited

Floats = np.ndarray[Any, np.dtype[np.float64]]

CHOICES: dict[str, tuple[str, ...]] = {
    "delimiter": (",", ";", "\t", "|", " "),
    "decimal": (".", ","),
    "incomplete_last_line": ("refuse", "leave out"),
}
TEXTS = ("technique", "instrument")
LARGEST = 100_000


class Column(NamedTuple):
    """Where a column stands: its heading, and its unit where the mapping names one."""

    heading: str
    unit: str | None


@dataclass(frozen=True, kw_only=True)
class ColumnMapping:
    """What a mapping file says; names of columns, units and sample are checked by the technique.

    Attributes
    ----------
    where:
        Name of the mapping file.
    columns:
        Column of the record to heading and unit.
    options:
        The keys above the tables.
    sample:
        The table ``[sample]``.
    """

    where: str
    columns: Mapping[str, Column]
    options: Mapping[str, str] = field(default_factory=dict)
    sample: Mapping[str, Any] = field(default_factory=dict)

    @property
    def technique(self) -> str | None:
        """Name of the technique, where the file says it."""
        return self.options.get("technique")

    def scales(
        self, units: Mapping[str, Mapping[str, float]], required: Sequence[str]
    ) -> dict[str, tuple[str, float]]:
        """Return the heading of each column, and what to multiply it with to have the column's own unit.

        Parameters
        ----------
        units : mapping
            Columns of the technique, each with the units it may come in and their size in the column's own.
        required : sequence of str
            Columns that must be there.

        Raises
        ------
        InputError
            Where a column or a unit is none of these, or one is missing.
        """
        found = {}
        for name, (heading, unit) in self.columns.items():
            if name not in units:
                raise InputError(
                    f"[columns] has {name!r:.60}; the columns are {', '.join(units)}", where=self.where
                )
            size = 1.0 if unit is None else units[name].get(unit.strip().lower().replace("μ", "µ"))
            if size is None:
                raise InputError(
                    f"unit {unit!r:.40} of {name} is not one of {', '.join(units[name]) or 'none'}",
                    where=self.where,
                )
            found[name] = (heading, size)
        missing = [name for name in required if name not in found]
        if missing:
            raise InputError(f"[columns] lacks {', '.join(missing)}", where=self.where)
        return found


def load(path: Path, choices: Mapping[str, tuple[str, ...]] | None = None) -> ColumnMapping:
    """Return what a mapping file says.

    Parameters
    ----------
    path : path
        The TOML file.
    choices : mapping, optional
        Further keys that a technique knows, with the values they may have.

    Raises
    ------
    InputError
        Where it cannot be read, or says something that has no meaning; the message names the key.
    """
    where = path.name
    every = {**CHOICES, **(choices or {})}
    data = _document(path, where)
    known = {*every, *TEXTS, "columns", "sample"}
    unknown = sorted(set(data) - known)
    if unknown:
        raise InputError(f"unknown key {unknown[0]!r:.40}; there are {', '.join(sorted(known))}", where=where)
    for key, allowed in every.items():
        if key in data and data[key] not in allowed:
            raise InputError(
                f"{key} is {data[key]!r:.40}; it is one of {', '.join(map(repr, allowed))}", where=where
            )
    for key in TEXTS:
        if not isinstance(data.get(key, ""), str):
            raise InputError(f"{key} has to be text", where=where)
    sample = data.get("sample", {})
    if not isinstance(sample, dict):
        raise InputError("[sample] has to be a table", where=where)
    return ColumnMapping(
        where=where,
        columns=_columns(data.get("columns"), where),
        options={key: data[key] for key in (*every, *TEXTS) if key in data},
        sample=sample,
    )


def _document(path: Path, where: str) -> dict[str, Any]:
    regular_file(path, most=LARGEST, links=True)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"is no TOML ({error!s:.120})", where=where) from error


def _columns(given: Any, where: str) -> dict[str, Column]:
    if not isinstance(given, dict) or not given:
        raise InputError(
            "lacks the table [columns], of the record's columns to the file's headings", where=where
        )
    columns = {}
    for name, value in given.items():
        entry = {"heading": value} if isinstance(value, str) else value
        if (
            not isinstance(entry, dict)
            or not isinstance(entry.get("heading"), str)
            or not isinstance(entry.get("unit", ""), str)
            or set(entry) - {"heading", "unit"}
        ):
            raise InputError(
                f'{name} has to be "heading" or {{ heading = "...", unit = "..." }}', where=where
            )
        columns[name] = Column(entry["heading"].strip(), entry.get("unit"))
    return columns


def read_columns(
    path: Path, mapping: ColumnMapping, scales: Mapping[str, tuple[str, float]], *, clocks: Sequence[str] = ()
) -> tuple[dict[str, Floats], tuple[str, ...]]:
    """Return the columns of a csv by a mapping, in the record's units, and notes.

    Parameters
    ----------
    path : path
        The csv.
    mapping : ColumnMapping
        What the mapping file says.
    scales : mapping
        As :meth:`ColumnMapping.scales` returns them.
    clocks : sequence of str
        Columns of time, which may also be durations such as ``26:15:00``.

    Raises
    ------
    InputError
        Where the file has no header line with the headings of the mapping, or is damaged.
    """
    text = delimited.read_text(path)
    lines = text.splitlines()
    wanted = {heading for heading, _ in scales.values()}
    at = _header(lines, wanted, mapping.options.get("delimiter"))
    if at is None:
        raise InputError(_closest(lines, wanted), where=path.name)
    table = delimited.table(
        text,
        header_line=at[0],
        delimiter=at[1],
        source=path.name,
        decimal=mapping.options.get("decimal"),
        incomplete_last_line=mapping.options.get("incomplete_last_line", "refuse"),
    )
    clocked = {scales[name][0] for name in clocks if name in scales and ":" in table.first(scales[name][0])}
    arrays = table.floats(sorted(wanted - clocked))
    for heading in clocked:
        arrays[heading] = clock.seconds(
            table.column(heading), table.numbers, source=path.name, heading=heading
        )
    return {name: arrays[heading] * scale for name, (heading, scale) in scales.items()}, table.notes


def _header(lines: list[str], wanted: set[str], delimiter: str | None) -> tuple[int, str] | None:
    if delimiter is None:
        return delimited.find_header(lines, lambda header: wanted <= set(header))
    for place, line in enumerate(lines[: delimited.HEADER_LINES]):
        if wanted <= set(delimited.fields(line, delimiter)):
            return place, delimiter
    return None


def _closest(lines: list[str], wanted: set[str]) -> str:
    """Return what is missing in the line that has most of the headings."""
    best: tuple[int, int, set[str]] = (0, 0, wanted)
    for place, line in enumerate(lines[: delimited.HEADER_LINES]):
        for delimiter in delimited.DELIMITERS:
            have = wanted & set(delimited.fields(line, delimiter))
            if len(have) > best[0]:
                best = (len(have), place + 1, wanted - have)
    missing = ", ".join(sorted(best[2]))[:200]
    if best[0]:
        return f"its header, line {best[1]}, lacks the column {missing} of the mapping"
    return f"has no header line with the mapping's columns {missing}"
