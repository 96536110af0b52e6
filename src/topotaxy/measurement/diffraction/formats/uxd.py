"""Bruker UXD: keys with an underscore, then one or more ranges of counts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.completing import completed
from topotaxy.measurement.diffraction.options import Options
from topotaxy.measurement.diffraction.reading import numbers, read_text, text_of
from topotaxy.measurement.diffraction.record import Pattern
from topotaxy.measurement.technique import Format

KEY = re.compile(r"^_([A-Z0-9_]+)\s*=\s*'?([^'\n]*)'?", re.M)
DATA = re.compile(r"^_(2THETA)?(COUNTS|CPS|CNT)\s*$", re.M)
RANGE = re.compile(r"^; \(Data for Range number", re.M)
SCANS = ("COUPLED", "2THETA", "TWOTHETA", "THETA-2THETA", "LOCKED COUPLED")
"""Drives whose axis is 2θ; any other (PHI, KHI, THETA) is a rocking curve or a pole figure."""


def recognises(head: bytes, path: Path) -> bool:
    """Whether keys of the format stand near the top.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        The file.
    """
    text = text_of(head)
    return text is not None and re.search(r"^_FILEVERSION\s*=", text.replace("\r", "\n"), re.M) is not None


def read(path: Path, options: Options | None) -> tuple[Pattern, ...]:
    """Read every range of a scan in 2θ; a pole figure or rocking curve is refused by name.

    Parameters
    ----------
    path : Path
        The file.
    options : Options, optional
        What the user states of radiation, axis and sample.
    """
    text = read_text(path)
    starts = [m.start() for m in RANGE.finditer(text)] or [0]
    common = dict(KEY.findall(text[: starts[0]]))
    found = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        found.append(_range(text[start:end], common, path, options, alone=len(starts) == 1))
    return tuple(found)


def _range(text: str, common: dict[str, str], path: Path, options: Options | None, *, alone: bool) -> Pattern:
    keys = common | dict(KEY.findall(text))
    drive = keys.get("DRIVE", "COUPLED").strip().upper()
    if drive not in SCANS:
        raise InputError(
            f"is a scan of {drive} (a pole figure or rocking curve), not of 2θ: no powder pattern",
            where=path.name,
        )
    data = DATA.search(text)
    if data is None:
        raise InputError("holds no data: it is cut short", where=path.name)
    rows = []
    for line in text[data.end() :].split("\n"):
        row = numbers(line)
        if row is not None:
            rows.append(row)
        elif line.strip() and not line.startswith(";"):
            break
    if not rows:
        raise InputError("holds no counts: it is cut short", where=path.name)
    if data[1]:
        pairs = [row[:2] for row in rows if len(row) >= 2]
        if len(pairs) != len(rows):
            raise InputError("has rows without an angle or without counts", where=path.name)
        x, y = np.array(pairs).T
    else:
        y = np.concatenate([np.array(row) for row in rows])
        x = _number(keys, "START", path) + _number(keys, "STEPSIZE", path) * np.arange(len(y))
    per_second = data[2] == "CPS"
    lines: tuple[tuple[float, float], ...] = ()
    if "WL1" in keys:
        lines = ((_number(keys, "WL1", path), 1.0),)
        if "WL2" in keys and keys.get("WLRATIO"):
            lines = (*lines, (_number(keys, "WL2", path), _number(keys, "WLRATIO", path)))
    fields: dict[str, Any] = {
        "source": path.name,
        "format": FORMAT.name,
        "axis": "two_theta",
        "x": x,
        "intensity": y,
        "intensity_unit": "counts/s" if per_second else "counts",
        "dwell": _number(keys, "STEPTIME", path) if "STEPTIME" in keys else None,
        "lines": lines,
        "radiation": "X-ray" if keys.get("ANODE") else None,
        "anode": keys.get("ANODE", "").strip(),
    }
    return completed(fields, options)


def _number(keys: dict[str, str], name: str, path: Path) -> float:
    try:
        value = float(keys[name])
        if np.isfinite(value):
            return value
    except (KeyError, ValueError):
        pass
    raise InputError(f"its key _{name} is missing or no number", where=path.name)


FORMAT: Format[Pattern] = Format(name="Bruker UXD", extensions=(".uxd",), recognises=recognises, read=read)
