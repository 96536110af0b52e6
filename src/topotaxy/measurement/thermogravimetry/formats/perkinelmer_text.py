"""PerkinElmer Pyris text export: a long head, then steps ``1) TGA ...``, the first with headings, and rows.

The columns name no units; the head does, far above: the sample's weight in mg, temperatures in °C and times
in min. A file whose head has other units is refused.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.technique import Format
from topotaxy.measurement.thermogravimetry import rows
from topotaxy.measurement.thermogravimetry.options import ThermogravimetryOptions
from topotaxy.measurement.thermogravimetry.record import ThermogravimetryRecord, checked

NAME = "PerkinElmer text"
_STEP = re.compile(r"^\d+\)\s+TGA ")
_WEIGHT = re.compile(r"^Sample Weight:\s*([\d.]+)\s*(\S+)", re.MULTILINE)
_TEMPERATURE = re.compile(r"^Temperature:\s*[-\d.]+\s*(\S+)", re.MULTILINE)
_MINUTES = re.compile(r"Hold for [\d.]+ (\S+)|/(\S+)\s*$", re.MULTILINE)
_POINTS = re.compile(r"^Total Points in Run:\s*(\d+)", re.MULTILINE)


def recognises(head: bytes, path: Path) -> bool:
    """Whether the head has Pyris' keys and a step of a TGA.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Not used: the content decides.
    """
    text = rows.decoded(head)
    return text is not None and text.startswith("Filename:") and "Sample Weight:" in text and "TGA" in text


def read(path: Path, options: ThermogravimetryOptions | None) -> tuple[ThermogravimetryRecord, ...]:
    """Read the rows of all steps: unsubtracted weight less the baseline.

    Parameters
    ----------
    path : Path
        Of the file.
    options : ThermogravimetryOptions, optional
        Not used: the file says all that a record holds.

    Raises
    ------
    InputError
        Where points are fewer than the head promises, or it names no units.
    """
    text = rows.text_of(path)
    lines = rows.lines_of(text)
    starts = [k for k, line in enumerate(lines) if _STEP.match(line)]
    if not starts:
        raise InputError("has no step of a TGA: it is cut short", where=path.name)
    head = "\n".join(lines[: starts[0]])
    weight, degrees, minutes = _units(head, path.name)
    parts, numbers, segments = [], [], []
    columns, width = _columns(lines, starts[0], path.name)
    for count, start in enumerate(starts, start=1):
        begins = start + (3 if count == 1 else 1)
        values, places, _ = rows.table(lines, begins, columns, source=path.name, delimiter="\t", count=width)
        parts.append(values)
        numbers += places
        segments += [count] * len(places)
    data = np.concatenate(parts)
    points = _POINTS.search(head)
    if points is not None and int(points[1]) != len(data):
        raise InputError(
            f"its head promises {points[1][:12]} points and it holds {len(data)}: it is cut or damaged",
            where=path.name,
        )
    stated = _WEIGHT.search(head)
    return (
        checked(
            data[:, 0] * minutes,
            rows.kelvin(data[:, 3], degrees, source=path.name),
            (data[:, 1] - data[:, 2]) * weight,
            source=path.name,
            format=NAME,
            lines=numbers,
            segments=segments,
            instrument="PerkinElmer",
            stated_mass=None if stated is None else float(stated[1]) * weight,
        ),
    )


def _units(head: str, source: str) -> tuple[float, str, float]:
    weight, temperature, time = (p.search(head) for p in (_WEIGHT, _TEMPERATURE, _MINUTES))
    if weight is None or temperature is None or time is None:
        raise InputError("its head does not name the units of weight, temperature and time", where=source)
    unit = (time[1] or time[2]).strip()
    return (
        rows.scale(weight[2], rows.MASS_UNITS, "weight", source=source),
        temperature[1],
        rows.scale(unit, rows.TIME_UNITS, "time", source=source),
    )


def _columns(lines: list[str], start: int, source: str) -> tuple[list[int], int]:
    """Return the places of time, unsubtracted weight, baseline and sample temperature, and all fields."""
    if start + 2 >= len(lines):
        raise InputError("ends within the head of a step: it is cut short", where=source)
    upper, lower = ([text.strip() for text in lines[start + k].split("\t")] for k in (1, 2))
    # Lines begin with a tab, so that the first field of each is empty.
    names = [" ".join((a, b)).strip() for a, b in zip(upper, lower, strict=False)]
    wanted = ("Time", "Unsubtracted Weight", "Baseline Weight", "Sample Temperature")
    missing = [name for name in wanted if name not in names]
    if missing:
        raise InputError(f"its step lacks the column {missing[0]}", where=f"{source}, line {start + 2}")
    return [names.index(name) for name in wanted], len(names)


FORMAT = Format(NAME, (".txt",), recognises, read)
