"""What the header of a text file says: axis, wavelengths, anode, instrument, dwell, temperature, clock."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.lines import doublet_of
from topotaxy.measurement.diffraction.reading import VIRTUAL, number_of, numbers
from topotaxy.measurement.diffraction.record import Axis

# What a header calls the axis; the first that matches decides.
AXES: tuple[tuple[re.Pattern[str], Axis, float], ...] = (
    (re.compile(r"2\s*-?_?\s*(?:theta|th\b|θ)|two[\s_-]*theta|2θ|^\s*tth\b", re.I), "two_theta", 1.0),
    (re.compile(r"\bq\b[^\n]{0,12}(?:nm|1/nm|nm\^?-1)", re.I), "q", 0.1),
    (re.compile(r"\bq\b[^\n]{0,12}(?:å|\bA\b|ang)", re.I), "q", 1.0),
    (re.compile(r"\bd[\s_-]*spacing", re.I), "d", 1.0),
    (re.compile(r"\btof\b|time[\s_-]*of[\s_-]*flight", re.I), "tof", 1.0),
)
COLUMN_AXES: dict[str, Axis] = {"theta": "two_theta", "2t": "two_theta"}
"""First words of column names that say less than they mean: a bare theta over a range beyond 90°."""

WAVELENGTHS = (
    re.compile(r"\blambda\s*1\s*=\s*([\d.]+)", re.I),
    re.compile(r"\bk[^\s\d]{0,3}1\s*:\s*([\d.]+)", re.I),
    re.compile(r"(?:calibrated\s+)?wavelength\s*(?:\(.{0,12}\))?\s*[=:]\s*([\d.]+)", re.I),
    re.compile(r"\blambda\s*[=:]\s*([\d.]+)", re.I),
)
SECOND = (
    re.compile(r"\blambda\s*2\s*=\s*([\d.]+)", re.I),
    re.compile(r"\bk[^\s\d]{0,3}2\s*:\s*([\d.]+)", re.I),
)
RATIO = re.compile(r"^\s*R\s*=\s*([\d.]+)", re.M)
ANODE = re.compile(r"\banode\s*:?\s*=?\s*\"?([A-Z][a-z]?)\b", re.I)
TEMPERATURE = re.compile(r"temp\w*\s*\(K\)\s*=\s*([\d.]+)", re.I)
DWELL = re.compile(r"(?:TimePerStep|TOTAL_TIME_PER_STEP)\s*:\s*\"?([\d.]+)", re.I)
CLOCK = re.compile(r"^\s*(\d{4})\.(\d\d)\.(\d\d)\s+(\d\d):(\d\d):(\d\d)", re.M)


def axis_of(header: Sequence[str]) -> tuple[Axis | None, float]:
    """Return which axis a header names, None where it names none, and the factor to the record's unit.

    Parameters
    ----------
    header : sequence of str
        Lines before the first row of numbers.
    """
    for line in header:
        for pattern, axis, factor in AXES:
            if pattern.search(line) and not re.search(r"(?i)(?:start|end|nominal|actual).*2theta", line):
                return axis, factor
    if header:
        first = re.split(r"[\s,;]+", header[-1].strip().strip("#").strip().lower())[0]
        if first in COLUMN_AXES:
            return COLUMN_AXES[first], 1.0
    # A header that gives start and end in 2θ gives the axis.
    if any(re.search(r"(?i)2theta", line) for line in header):
        return "two_theta", 1.0
    return None, 1.0


def facts_of(header: Sequence[str], source: str) -> dict[str, Any]:
    """Return what a header says of beam, instrument, dwell, temperature and clock, by field of the record.

    Parameters
    ----------
    header : sequence of str
        Lines before the first row of numbers.
    source : str
        Name for messages.

    Raises
    ------
    InputError
        Where a wavelength that it states is none.
    """
    joined = "\n".join(header)
    found: dict[str, Any] = {}
    for pattern in WAVELENGTHS:
        match = pattern.search(joined)
        if match:
            found["lines"] = ((_wavelength(match[1], source), 1.0),)
            break
    for pattern in SECOND:
        match = pattern.search(joined)
        if match and "lines" in found:
            ratio = RATIO.search(joined)
            weight = (number_of(ratio[1]) if ratio else None) or 0.5
            found["lines"] = (*found["lines"], (_wavelength(match[1], source), weight))
    alone = [numbers(line) for line in header]
    if "lines" not in found and len(alone) == 1 and alone[0] is not None and len(alone[0]) == 1:
        value = alone[0][0]
        if 0.05 < value < 10.0:
            found["lines"], found["alone"] = ((value, 1.0),), True
            emission = doublet_of(value)
            if emission is not None:
                found["notes"] = (
                    f"the file gives one wavelength, that of {emission}1: if the beam held both, say so "
                    f"with the option emission = '{emission}'",
                )
    if match := ANODE.search(joined):
        found["anode"] = match[1].capitalize()
        found["radiation"] = "X-ray"
    if match := VIRTUAL.search(joined):
        found["instrument"] = match[1].strip()
    if match := TEMPERATURE.search(joined):
        found["temperature"] = number_of(match[1])
    if match := DWELL.search(joined):
        found["dwell"] = number_of(match[1]) or None
    if match := CLOCK.search(joined):
        try:
            year, month, day, hour, minute, second = (int(match[k]) for k in range(1, 7))
            found["time"] = datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
        except ValueError:
            # A header without a clock that can be: the pattern has no time.
            found["time"] = None
    return found


def _wavelength(text: str, source: str) -> float:
    value = number_of(text) or 0.0
    if not 0.01 < value < 20.0:
        raise InputError(f"the header's wavelength {text!r:.20} is no wavelength in Å", where=source)
    return value
