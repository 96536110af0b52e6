"""A small TOML file that says which column of any csv is what, where no format knows it.

delimiter = ";"                  # found where not given
decimal = "."                    # found where not given
incomplete_last_line = "refuse"  # or "leave out"
instrument = "home-built"
charging_current = "positive"    # or "negative": what the file's sign means for the object under test

[columns]
test_time_second = "test_time"                             # heading, in the unit of the name
current_ampere = { heading = "current", unit = "mA" }      # in another unit
voltage_volt = "voltage"
cycle_count = "cycle"

[sample]                         # all of it optional
mass_gram = 0.0012
basis = "active material"
reference = "Li+/Li"
area_cm2 = 1.13
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import headings
from topotaxy.measurement.cycling.contents import Contents
from topotaxy.measurement.cycling.record import ALWAYS, EITHER_WAY, SOMETIMES
from topotaxy.measurement.files import clock, delimited

_COLUMNS = (*ALWAYS, *SOMETIMES, *EITHER_WAY)
_KEYS = {
    "delimiter",
    "decimal",
    "incomplete_last_line",
    "instrument",
    "charging_current",
    "columns",
    "sample",
}
_SAMPLE = {"mass_gram": float, "basis": str, "reference": str, "area_cm2": float}
_CHOICES = {
    "delimiter": (",", ";", "\t", "|", " "),
    "decimal": (".", ","),
    "incomplete_last_line": ("refuse", "leave out"),
    "charging_current": ("positive", "negative"),
}
LARGEST_MAPPING = 100_000


@dataclass(frozen=True)
class ColumnMapping:
    """What a mapping file says."""

    columns: Mapping[str, tuple[str, float]]
    """Column of the record to heading and scale."""
    options: Mapping[str, str] = field(default_factory=dict)
    sample: Mapping[str, Any] = field(default_factory=dict)


def load(path: Path) -> ColumnMapping:
    """Return what a mapping file says.

    Raises
    ------
    InputError
        Where it cannot be read, or says something that has no meaning; the message names the key.
    """
    where = path.name
    try:
        if path.stat().st_size > LARGEST_MAPPING:
            raise InputError(f"is larger than {LARGEST_MAPPING} bytes: no mapping file", where=where)
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"is no TOML ({error!s:.120})", where=where) from error
    unknown = sorted(set(data) - _KEYS)
    if unknown:
        raise InputError(f"unknown key {unknown[0]!r:.40}; there are {', '.join(sorted(_KEYS))}", where=where)
    for key, allowed in _CHOICES.items():
        if key in data and data[key] not in allowed:
            raise InputError(
                f"{key} is {data[key]!r:.40}; it is one of {', '.join(map(repr, allowed))}", where=where
            )
    if not isinstance(data.get("instrument", ""), str):
        raise InputError("instrument has to be text", where=where)
    options = {key: data[key] for key in (*_CHOICES, "instrument") if key in data}
    return ColumnMapping(
        _columns(data.get("columns"), where), options, _sample(data.get("sample", {}), where)
    )


def _columns(given: Any, where: str) -> dict[str, tuple[str, float]]:
    if not isinstance(given, dict) or not given:
        raise InputError(
            "lacks the table [columns], of the record's columns to the file's headings", where=where
        )
    columns: dict[str, tuple[str, float]] = {}
    for name, value in given.items():
        if name not in _COLUMNS:
            raise InputError(
                f"[columns] has {name!r:.60}; the columns are {', '.join(_COLUMNS)}",
                where=where,
            )
        entry = {"heading": value} if isinstance(value, str) else value
        if (
            not isinstance(entry, dict)
            or not isinstance(entry.get("heading"), str)
            or set(entry) - {"heading", "unit"}
        ):
            raise InputError(
                f'{name} has to be "heading" or {{ heading = "...", unit = "..." }}', where=where
            )
        columns[name] = (entry["heading"].strip(), _scale(name, entry.get("unit"), where))
    missing = [n for n in ("test_time_second", "voltage_volt", "current_ampere") if n not in columns]
    if missing:
        raise InputError(f"[columns] lacks {', '.join(missing)}", where=where)
    return columns


def _scale(name: str, unit: Any, where: str) -> float:
    if unit is None:
        return 1.0
    known = headings.UNITS.get(name, {})
    size = known.get(unit.strip().lower().replace("μ", "µ")) if isinstance(unit, str) else None
    if size is None:
        raise InputError(
            f"unit {unit!r:.40} of {name} is not one of {', '.join(known) or 'none'}", where=where
        )
    return size


def _sample(given: Any, where: str) -> dict[str, Any]:
    if not isinstance(given, dict) or set(given) - set(_SAMPLE):
        raise InputError(f"[sample] may have {', '.join(_SAMPLE)}", where=where)
    for key, value in given.items():
        if isinstance(value, bool) or not isinstance(value, (int, float) if _SAMPLE[key] is float else str):
            raise InputError(f"[sample] {key} is {value!r:.40}, not {_SAMPLE[key].__name__}", where=where)
    return given


def read_mapped(path: Path, mapping: ColumnMapping) -> Contents:
    """Return the contents of a csv by a mapping.

    Raises
    ------
    InputError
        Where the file has no header line with the headings of the mapping, or is damaged.
    """
    text = delimited.read_text(path)
    lines = text.splitlines()
    wanted = {heading for heading, _ in mapping.columns.values()}
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
    time_heading, time_scale = mapping.columns["test_time_second"]
    clocked = ":" in table.first(time_heading)
    arrays = table.floats(sorted(wanted - {time_heading} if clocked else wanted))
    columns: dict[str, Any] = {
        name: arrays[heading] * scale
        for name, (heading, scale) in mapping.columns.items()
        if heading in arrays
    }
    if clocked:
        columns["test_time_second"] = time_scale * clock.seconds(
            table.column(time_heading), table.numbers, source=path.name, heading=time_heading
        )
    if mapping.options.get("charging_current") == "negative":
        columns["current_ampere"] = -columns["current_ampere"]
    sample = mapping.sample
    return Contents(
        columns,
        instrument=mapping.options.get("instrument"),
        notes=table.notes,
        mass=sample.get("mass_gram"),
        basis=sample.get("basis"),
        reference=sample.get("reference"),
        area=sample.get("area_cm2"),
    )


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
