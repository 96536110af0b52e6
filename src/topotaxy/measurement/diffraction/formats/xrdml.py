"""PANalytical XRDML: XML with positions, counting time, attenuation and counts or intensities."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.completing import completed
from topotaxy.measurement.diffraction.options import Options
from topotaxy.measurement.diffraction.reading import data_of
from topotaxy.measurement.diffraction.record import Pattern
from topotaxy.measurement.files.archive import no_entities
from topotaxy.measurement.technique import Format


def recognises(head: bytes, path: Path) -> bool:
    """Whether the root element is that of XRDML.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        The file.
    """
    return b"<xrdMeasurements" in head[:4096]


def read(path: Path, options: Options | None) -> tuple[Pattern, ...]:
    """Read every scan over 2θ.

    The attenuation factor multiplies ``counts`` only: ``intensities`` have been multiplied by the software.

    Parameters
    ----------
    path : Path
        The file.
    options : Options, optional
        What the user states of radiation, axis and sample.
    """
    from defusedxml import ElementTree
    from defusedxml.common import DefusedXmlException

    data = data_of(path)
    no_entities(data, path.name, where=path.name)
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise InputError(f"is damaged or cut XML ({error!s:.100})", where=path.name) from None
    for element in root.iter():
        if isinstance(element.tag, str):
            element.tag = element.tag.rsplit("}", 1)[-1]
    scans = root.findall(".//scan")
    if not scans:
        raise InputError("holds no scan", where=path.name)
    found = []
    for scan in scans:
        found.append(_scan(root, scan, path, options, alone=len(scans) == 1))
    return tuple(found)


def _scan(root: Any, scan: Any, path: Path, options: Options | None, *, alone: bool) -> Pattern:
    points = scan.find("dataPoints")
    if points is None:
        raise InputError("a scan holds no data points: it is cut short", where=path.name)
    counts, intensities = points.find("counts"), points.find("intensities")
    element = counts if counts is not None else intensities
    if element is None:
        raise InputError("a scan holds neither counts nor intensities", where=path.name)
    y = _floats(element.text, path)
    position = next((p for p in points.findall("positions") if p.get("axis") == "2Theta"), None)
    if position is None:
        raise InputError("a scan has no axis 2Theta: no powder pattern", where=path.name)
    if position.find("listPositions") is not None:
        x = _floats(position.findtext("listPositions"), path)
    else:
        ends = [_floats(position.findtext(name), path) for name in ("startPosition", "endPosition")]
        if any(len(end) != 1 for end in ends):
            raise InputError("its axis 2Theta lacks start or end (a fixed detector?)", where=path.name)
        x = np.linspace(ends[0][0], ends[1][0], len(y))
    if len(x) != len(y):
        raise InputError(f"has {len(x)} positions for {len(y)} intensities", where=path.name)
    notes: list[str] = []
    factors = points.findtext("beamAttenuationFactors")
    esd = None
    if factors:
        factor = _floats(factors, path)
        if len(factor) != len(y) or (factor <= 0).any():
            raise InputError("its attenuation factors do not fit its points", where=path.name)
        raw = y if counts is not None else y / factor
        if counts is not None:
            y = y * factor
        if (factor != 1.0).any():
            esd = factor * np.sqrt(np.maximum(raw, 1.0))
            notes.append("an attenuator was in the beam for some points: their counts are multiplied")
    used = root.find(".//usedWavelength")
    lines, anode = _lines(used, root, path)
    dwell = _floats(points.findtext("commonCountingTime") or "", path)
    fields: dict[str, Any] = {
        "source": path.name,
        "format": FORMAT.name,
        "axis": "two_theta",
        "x": x,
        "intensity": y,
        "esd": esd,
        "intensity_unit": "counts" if element.get("unit") == "counts" else "",
        "dwell": float(dwell[0]) if len(dwell) == 1 and dwell[0] > 0 else None,
        "radiation": "X-ray",
        "lines": lines,
        "anode": anode,
        "instrument": "PANalytical",
        "time": _clock(scan.findtext("header/startTimeStamp")),
        "notes": tuple(notes),
    }
    return completed(fields, options)


def _lines(used: Any, root: Any, path: Path) -> tuple[tuple[tuple[float, float], ...], str]:
    """Return the lines that the optics let through, as the file says, and the anode."""
    anode = (root.findtext(".//anodeMaterial") or "").strip()
    if used is None:
        return (), anode
    value = {}
    for name in ("kAlpha1", "kAlpha2", "ratioKAlpha2KAlpha1"):
        text = used.findtext(name)
        parsed = _floats(text or "", path)
        value[name] = float(parsed[0]) if len(parsed) == 1 else 0.0
    intended = used.get("intended", "")
    if not 0.01 < value["kAlpha1"] < 20.0:
        return (), anode
    if intended == "K-Alpha 1" or value["ratioKAlpha2KAlpha1"] <= 0.0 or value["kAlpha2"] <= 0.0:
        return ((value["kAlpha1"], 1.0),), anode
    return ((value["kAlpha1"], 1.0), (value["kAlpha2"], value["ratioKAlpha2KAlpha1"])), anode


def _floats(text: str | None, path: Path) -> Any:
    words = (text or "").split()
    if not all(re.fullmatch(r"[-+]?[\d.]+(?:[eE][-+]?\d+)?", w) and w.count(".") <= 1 for w in words):
        raise InputError("holds what is no number where numbers should stand", where=path.name)
    try:
        return np.array([float(w) for w in words])
    except ValueError:
        raise InputError("holds what is no number where numbers should stand", where=path.name) from None


def _clock(text: str | None) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp() if text else None
    except ValueError:
        return None


FORMAT: Format[Pattern] = Format(
    name="PANalytical XRDML", extensions=(".xrdml",), recognises=recognises, read=read
)
