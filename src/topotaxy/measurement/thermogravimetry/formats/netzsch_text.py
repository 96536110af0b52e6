"""Netzsch Proteus text export: ``#KEY:value`` lines, then ``##Temp./°C;Time/min;Mass/%`` and rows."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.measurement.technique import Format
from topotaxy.measurement.thermogravimetry import rows
from topotaxy.measurement.thermogravimetry.options import ThermogravimetryOptions
from topotaxy.measurement.thermogravimetry.record import ZERO_CELSIUS, ThermogravimetryRecord, checked

NAME = "Netzsch text"
DECIMALS = {"POINT": ".", "COMMA": ","}
SEPARATORS = {"SEMICOLON": ";", "COMMA": ",", "TAB": "\t", "TABULATOR": "\t"}
_HEADING = re.compile(r"^\s*(?P<name>[^/]*)/(?P<unit>.+?)\s*$")
_NUMBER = re.compile(r"[-+]?\d+(?:[.,]\d+)?")


def recognises(head: bytes, path: Path) -> bool:
    """Whether the file says that Netzsch's program exported it.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Not used: the content decides.
    """
    text = rows.decoded(head)
    return text is not None and text.startswith("#EXPORTTYPE") and "#FORMAT:NETZSCH" in text


def read(path: Path, options: ThermogravimetryOptions | None) -> tuple[ThermogravimetryRecord, ...]:
    """Read the table; its mass may be in per cent of the sample's mass, which the header states.

    Parameters
    ----------
    path : Path
        Of the file.
    options : ThermogravimetryOptions, optional
        Not used: the file says all that a record holds.

    Raises
    ------
    InputError
        Where a column is missing, a row is no row of numbers, or a unit is not known.
    """
    lines = rows.lines_of(rows.text_of(path))
    at = next((k for k, line in enumerate(lines) if line.startswith("##")), None)
    if at is None:
        raise InputError("has no line of headings (##Temp./...): it is cut short", where=path.name)
    header, decimal, separator = _header(lines[:at], path.name)
    headings = [_split(text) for text in lines[at][2:].split(separator)]
    names = [name for name, _ in headings]
    places = {word: _place(names, word) for word in ("Temp.", "Time", "Mass", "Segment")}
    for word in ("Temp.", "Time", "Mass"):
        if places[word] is None:
            kind = header.get("MTYPE", "unknown")
            raise InputError(
                f"has no column {word}; it is a measurement of kind {kind:.20} with {', '.join(names)[:120]}",
                where=path.name,
            )
    wanted = [k for k in places.values() if k is not None]
    values, numbers, after = rows.table(
        lines,
        at + 1,
        wanted,
        source=path.name,
        delimiter=separator,
        decimal=decimal,
        count=len(names),
    )
    if any(line.strip() for line in lines[after:]):
        raise InputError("holds something that is not a number", where=f"{path.name}, line {after + 1}")
    columns = {word: values[:, wanted.index(k)] for word, k in places.items() if k is not None}
    stated = _mass(header.get("SAMPLE MASS /mg", ""), decimal)
    mass, absolute = _weighed(columns["Mass"], headings[wanted[2]][1], stated, path.name)
    return (
        checked(
            columns["Time"] * rows.scale(headings[wanted[1]][1], rows.TIME_UNITS, "time", source=path.name),
            rows.kelvin(columns["Temp."], headings[wanted[0]][1], source=path.name),
            mass,
            source=path.name,
            format=NAME,
            lines=numbers,
            segments=columns.get("Segment"),
            instrument=header.get("INSTRUMENT") or "Netzsch",
            stated_mass=stated,
            absolute=absolute,
            notes=_notes(header, absolute),
        ),
    )


def _header(lines: list[str], source: str) -> tuple[dict[str, str], str, str]:
    """Keys and values above the table, the decimal sign and the separator."""
    header = {
        key.strip(): value.strip()
        for key, _, value in (line[1:].partition(":") for line in lines if line.startswith("#"))
    }
    decimal = DECIMALS.get(header.get("DECIMAL", "POINT"))
    separator = SEPARATORS.get(header.get("SEPARATOR", "SEMICOLON"))
    if decimal is None or separator is None:
        raise InputError("names a decimal sign or a separator that is not known", where=source)
    return header, decimal, separator


def _split(text: str) -> tuple[str, str]:
    match = _HEADING.match(text)
    return (match["name"].strip(), match["unit"]) if match else (text.strip(), "")


def _place(names: list[str], word: str) -> int | None:
    found = [k for k, name in enumerate(names) if name == word or (word == "Mass" and name == "TG")]
    return found[0] if found else None


def _mass(text: str, decimal: str) -> float | None:
    match = _NUMBER.match(text)
    value = None if match is None else rows.number(match[0], decimal)
    return value if value is not None and value > 0.0 else None


def _weighed(values: rows.Floats, unit: str, stated: float | None, source: str) -> tuple[rows.Floats, bool]:
    """Return the mass in mg where it is known, else in per cent, and which of them."""
    if unit.strip() != "%":
        return values * rows.scale(unit, rows.MASS_UNITS, "mass", source=source), True
    return (values * (stated / 100.0), True) if stated is not None else (values, False)


def _notes(header: dict[str, str], absolute: bool) -> tuple[str, ...]:
    said = []
    if not absolute:
        said.append("the file states no sample mass; masses are in per cent of it")
    if not header.get("CORR. FILE"):
        said.append("the file names no correction by an empty crucible: buoyancy is in its masses")
    return tuple(said)


def write(record: ThermogravimetryRecord, path: Path) -> None:
    """Write a record as Netzsch's program would: mass in per cent of the stated one, else of the first.

    Parameters
    ----------
    record : ThermogravimetryRecord
        Times are written to 1e-8 min, temperatures to 1e-6 K, masses to 1e-8 %.
    path : Path
        Of the file; written whole or not at all.
    """
    stated = record.stated_mass or float(record.mass[0])
    lines = [
        "#EXPORTTYPE:DATA ALL",
        f"#FILE:{_plain(record.source)}",
        "#FORMAT:NETZSCH5",
        "#FTYPE:ANSI",
        "#DECIMAL:POINT",
        "#SEPARATOR:SEMICOLON",
        "#MTYPE:TG",
        f"#INSTRUMENT:{_plain(record.instrument or '')}",
        f"#SAMPLE MASS /mg:{stated:.9g}" if record.absolute else "#SAMPLE MASS /mg:",
        "",
        "##Temp./°C;Time/min;Mass/%;Segment",
    ]
    share = 100.0 / stated if record.absolute else 1.0
    segments = np.ones(len(record.time)) if record.segments is None else record.segments
    lines += [
        f"{t - ZERO_CELSIUS:.6f};{s / 60.0:.8f};{m * share:.8f};{n:.0f}"
        for t, s, m, n in zip(record.temperature, record.time, record.mass, segments, strict=True)
    ]
    write_atomically(path, ("\r\n".join(lines) + "\r\n").encode("latin-1", errors="replace"))


def _plain(text: str) -> str:
    return "".join(c for c in text if c.isprintable())


FORMAT = Format(NAME, (".txt", ".csv"), recognises, read, write)
