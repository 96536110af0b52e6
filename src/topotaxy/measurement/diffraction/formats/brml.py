"""Bruker BRML: a zip archive with one or more RawData XML parts."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.completing import completed
from topotaxy.measurement.diffraction.options import Options
from topotaxy.measurement.diffraction.record import Pattern
from topotaxy.measurement.files import archive
from topotaxy.measurement.technique import Format

RAW = re.compile(r"^Experiment\d+/RawData\d+\.xml$")
FIELDS_BEFORE_AXES = 2
"""A row is: counting time, a flag, then the scan axes in order of their description, then the counts."""


def recognises(head: bytes, path: Path) -> bool:
    """Whether the first part of a zip archive is one of a BRML's.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        The file.
    """
    return (
        archive.is_zip(head)
        and re.search(rb"Experiment\d+/(?:RawData|MeasurementContainer|Data)", head[:8192]) is not None
    )


def read(path: Path, options: Options | None) -> tuple[Pattern, ...]:
    """Read every raw-data part.

    Parameters
    ----------
    path : Path
        The file.
    options : Options, optional
        What the user states of radiation, axis and sample.
    """
    with archive.opened(path) as parts:
        names = sorted(name for name in parts.namelist() if RAW.match(name))
        if not names:
            raise InputError("holds no RawData part", where=path.name)
        found = []
        for name in names:
            data = archive.part(parts, name, where=path.name)
            archive.no_entities(data, name, where=path.name)
            found.append(_pattern(data, name, path, options, alone=len(names) == 1))
    return tuple(found)


def _pattern(data: bytes, name: str, path: Path, options: Options | None, *, alone: bool) -> Pattern:
    from defusedxml import ElementTree
    from defusedxml.common import DefusedXmlException

    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise InputError(f"its part {name} is damaged XML ({error!s:.80})", where=path.name) from None
    route = root.find(".//DataRoute")
    rows = [] if route is None else route.findall("Datum")
    if not rows:
        raise InputError(f"its part {name} holds no data", where=path.name)
    try:
        table = np.array([[float(v) for v in (row.text or "").split(",")] for row in rows])
    except ValueError:
        raise InputError(
            f"its part {name} holds rows of unequal length or no numbers", where=path.name
        ) from None
    axes = [axis.get("AxisId", "") for axis in root.findall(".//ScanAxes/ScanAxisInfo")]
    place = next((k for k, axis in enumerate(axes) if axis in ("TwoTheta", "2Theta")), None)
    if place is None or table.ndim != 2 or table.shape[1] < FIELDS_BEFORE_AXES + len(axes) + 1:
        raise InputError(
            f"its part {name} is no scan of 2θ (its axes: {', '.join(axes) or 'none'})", where=path.name
        )
    if not np.isfinite(table).all():
        raise InputError(f"its part {name} holds numbers that are not finite", where=path.name)
    wave = {
        key: _value(root, f".//{tag}")
        for key, tag in (("1", "WaveLengthAlpha1"), ("2", "WaveLengthAlpha2"), ("ratio", "WaveLengthRatio"))
    }
    lines: tuple[tuple[float, float], ...] = ()
    if wave["1"] is not None and 0.01 < wave["1"] < 20.0:
        lines = ((wave["1"], 1.0),)
        if wave["2"] is not None and wave["ratio"]:
            lines = (*lines, (wave["2"], wave["ratio"]))
    tube = root.find(".//TubeMaterial")
    fields: dict[str, Any] = {
        "source": path.name,
        "format": FORMAT.name,
        "axis": "two_theta",
        "x": table[:, FIELDS_BEFORE_AXES + place],
        "intensity": table[:, -1],
        "intensity_unit": "counts",
        "dwell": float(np.median(table[:, 0])) or None,
        "radiation": "X-ray",
        "lines": lines,
        "anode": "" if tube is None else (tube.text or "").strip(),
        "instrument": "Bruker",
        "time": _clock(root.findtext("TimeStampStarted")),
        "notes": () if alone else (f"part {name}",),
    }
    return completed(fields, options)


def _value(root: Any, tag: str) -> float | None:
    element = root.find(tag)
    try:
        return float(element.get("Value")) if element is not None else None
    except (TypeError, ValueError):
        return None


def _clock(text: str | None) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp() if text else None
    except ValueError:
        return None


FORMAT: Format[Pattern] = Format(name="Bruker BRML", extensions=(".brml",), recognises=recognises, read=read)
