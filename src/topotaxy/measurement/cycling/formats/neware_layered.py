"""Neware's layered text: rows of a cycle, under them those of its steps, under them those of its records."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import headings
from topotaxy.measurement.cycling.contents import Contents
from topotaxy.measurement.cycling.formats.neware_export import WORDS
from topotaxy.measurement.cycling.reading import cycler_format
from topotaxy.measurement.files import delimited

_LAYERS = ("cycle_count", "step_index", "record")
_RECORD = tuple(WORDS.needs[0])
_STEP_NUMBERS = ("step number", "step index", "step id", "工步序号", "工步号")


def _headers(lines: list[str]) -> tuple[str, list[list[str]]] | None:
    """Return the delimiter and the headings of the three layers: each begins one field further in."""
    for delimiter in ("\t", ","):
        rows = [delimited.fields(line, delimiter) for line in lines[:3]]
        if len(rows) < 3 or any(row[:k] != [""] * k or len(row) <= k + 1 for k, row in enumerate(rows)):
            continue
        first = [headings.heading(row[k]).name for k, row in enumerate(rows)]
        if (
            first[0] in WORDS.names["cycle_count"]
            and first[1] in WORDS.names["step_index"]
            and first[2] in _RECORD
        ):
            return delimiter, [row[k:] for k, row in enumerate(rows)]
    return None


def recognises(head: bytes, path: Path) -> bool:
    """Whether the first three lines head cycles, steps and records, one further in than the other.

    Parameters
    ----------
    head : bytes
        The file's first 64 kB.
    path : path
        The file.
    """
    return _headers(delimited.head_lines(head)) is not None


def read(path: Path) -> Contents:
    """Read the records, each with the numbers of the cycle and the step that it stands under.

    Parameters
    ----------
    path : path
        The file.

    Raises
    ------
    InputError
        Where a record stands under no step, or a row has another number of fields than its layer.
    """
    text = delimited.read_text(path)
    lines = text.splitlines()
    found = _headers(lines)
    if found is None:
        raise InputError("has no three lines of headings of Neware's layers", where=path.name)
    delimiter, (cycle_header, step_header, record_header) = found
    names = [headings.heading(name).name for name in step_header]
    number = next((names.index(name) for name in _STEP_NUMBERS if name in names), 0)
    kind = next((names.index(name) for name in WORDS.kinds if name in names), None)
    flat = [delimiter.join(["Cycle Index", "Step Index", "Step Type", *record_header])]
    numbers: list[int] = []
    cycle, step, way = "", "", ""
    for line_number, line in enumerate(lines[3:], start=4):
        fields = line.rstrip("\r\n").split(delimiter)
        if fields[0].strip():
            cycle = fields[0]
            # The first step of a cycle may stand in the cycle's own line.
            fields = ["", *fields[len(cycle_header) :]]
        if len(fields) > 1 and fields[1].strip():
            if len(fields) - 1 < len(step_header):
                raise InputError(
                    f"has {len(fields) - 1} fields where a step has {len(step_header)}: it is damaged",
                    where=f"{path.name}, line {line_number}",
                )
            step = fields[1 + number]
            way = "" if kind is None else fields[1 + kind]
        elif len(fields) > 2 and any(field.strip() for field in fields[2:]):
            if not cycle or not step:
                raise InputError("is a record under no step", where=f"{path.name}, line {line_number}")
            flat.append(delimiter.join([cycle, step, way, *fields[2:]]))
            numbers.append(line_number)
    table = delimited.table("\n".join(flat), header_line=0, delimiter=delimiter, source=path.name)
    table = replace(table, numbers=[numbers[k - 2] for k in table.numbers])
    return WORDS.contents(table, instrument="Neware")


FORMAT = cycler_format("Neware layered", (".csv", ".txt"), recognises, read)
