"""Scans of SSRL's EXAFS Data Collector: names of the columns stand one a line under ``Data:``."""

from __future__ import annotations

from pathlib import Path

from topotaxy.errors import InputError
from topotaxy.measurement.absorption.columns import Table, spectrum
from topotaxy.measurement.absorption.numbers import number_rows
from topotaxy.measurement.absorption.options import AbsorptionOptions
from topotaxy.measurement.absorption.record import AbsorptionRecord
from topotaxy.measurement.files.delimited import head_lines, read_text
from topotaxy.measurement.technique import Format

NAME = "SSRL EXAFS Data Collector"


def recognises(head: bytes, path: Path) -> bool:
    """Whether the first line says so.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Unused: files are known by content.
    """
    lines = head_lines(head)
    return bool(lines) and lines[0].startswith("SSRL") and "EXAFS" in lines[0]


def read(path: Path, options: AbsorptionOptions) -> tuple[AbsorptionRecord, ...]:
    """Read the spectrum; offsets of the counters are taken off by the collector.

    Parameters
    ----------
    path : Path
        The file.
    options : AbsorptionOptions
        What the file does not say.

    Raises
    ------
    InputError
        Where the list of columns is missing, or rows do not fit it.
    """
    lines = read_text(path).splitlines()
    start = next((n for n, line in enumerate(lines) if line.strip() == "Data:"), None)
    if start is None:
        raise InputError("has no line 'Data:', under which the columns are named", where=path.name)
    names: list[str] = []
    for line in lines[start + 1 :]:
        if not line.strip():
            break
        names.append(line.strip())
    first = start + 1 + len(names)
    values, notes = number_rows(lines[first:], source=path.name, first=first + 1)
    if values.shape[1] != len(names):
        raise InputError(f"names {len(names)} columns and has {values.shape[1]}", where=path.name)
    record = spectrum(
        Table(tuple(names), values, path.name),
        options,
        format_name=NAME,
        notes=notes,
        label=path.stem[:80],
        instrument="SSRL",
    )
    return (record,)


FORMAT = Format(name=NAME, extensions=(".dat", ".001"), recognises=recognises, read=read)
