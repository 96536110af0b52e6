"""Column headings of cyclers: which quantity, in which unit.

A heading such as ``Current(mA)``, ``Cap. [Ah]``, ``Voltage/V``, ``TestTime/Sec`` or ``test_time_s`` is a name
and a unit; a format says which names mean which column of the Battery Data Format.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

_SECONDS = {
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600.0),
    "ms": 1e-3,
}
_AMPERES = {"a": 1.0, "ma": 1e-3, "ua": 1e-6, "µa": 1e-6, "na": 1e-9}
_VOLTS = {"v": 1.0, "mv": 1e-3}
_AMPERE_HOURS = {"ah": 1.0, "mah": 1e-3, "uah": 1e-6, "µah": 1e-6, "c": 1 / 3600.0}
_WATT_HOURS = {"wh": 1.0, "mwh": 1e-3, "uwh": 1e-6, "µwh": 1e-6, "j": 1 / 3600.0}
_CELSIUS = {"c": 1.0, "°c": 1.0, "℃": 1.0, "degc": 1.0, "celsius": 1.0}
_OHMS = {"ohm": 1.0, "mohm": 1e-3, "ω": 1.0, "mω": 1e-3}

UNITS: dict[str, dict[str, float]] = {
    "test_time_second": _SECONDS,
    "unix_time_second": _SECONDS,
    "voltage_volt": _VOLTS,
    "current_ampere": _AMPERES,
    "charging_capacity_ah": _AMPERE_HOURS,
    "discharging_capacity_ah": _AMPERE_HOURS,
    "step_capacity_ah": _AMPERE_HOURS,
    "charging_energy_wh": _WATT_HOURS,
    "discharging_energy_wh": _WATT_HOURS,
    "step_energy_wh": _WATT_HOURS,
    "passed_capacity_ah": _AMPERE_HOURS,
    "passed_energy_wh": _WATT_HOURS,
    "ambient_temperature_celsius": _CELSIUS,
    "temperature_t1_celsius": _CELSIUS,
    "internal_resistance_ohm": _OHMS,
}
"""Column to the units it may come in, each with its size in the column's own unit."""

_CAPACITY = re.compile(r"cap|kapaz|容量|ladung|(?:^|[^a-z])m?a\.?h(?:[^a-z]|$)|(?:^|[^a-z])q(?:[^a-z]|$)")

_BRACKETED = re.compile(r"^(.*?)\s*[(\[]([^()\[\]]*)[)\]]\s*$")
_JOINED = re.compile(r"^([mu])(Amps|Amp-hr|Watt-hr|Volts)$")
_SLASHED = re.compile(r"^(.*?)\s*/\s*([^/]+)$")


@dataclass(frozen=True)
class Heading:
    """A name in lower case without marks, and a unit in lower case or none."""

    name: str
    unit: str | None


@dataclass(frozen=True)
class Found:
    """Where a column stands in a header, and what to multiply it with to have the column's unit."""

    heading: str
    scale: float
    unit: str | None


def heading(text: str) -> Heading:
    """Return the name and unit of a heading.

    Parameters
    ----------
    text : str
        As the file has it.
    """
    text = text.strip().replace("μ", "µ").replace("（", "(").replace("）", ")")
    joined = _JOINED.match(text)
    if joined:
        # Maccor's mAmps and mAmp-hr.
        quantity = plain(joined.group(2))
        return Heading(
            quantity, joined.group(1) + {"amps": "a", "amp hr": "ah", "watt hr": "wh", "volts": "v"}[quantity]
        )
    match = _BRACKETED.match(text) or _SLASHED.match(text)
    name, unit = (match.group(1), match.group(2)) if match else (text, None)
    if unit is not None:
        unit = unit.strip().rstrip(".").lower().replace("a.h", "ah").replace("w.h", "wh").replace("·", "")
    return Heading(plain(name), unit or None)


def like_capacities(header: Sequence[str], used: Collection[str]) -> tuple[str, ...]:
    """Return the headings that look like those of a capacity and are not read.

    Parameters
    ----------
    header : sequence of str
        Headings as the file has them.
    used : collection of str
        Those that are read.
    """
    return tuple(text for text in header if text not in used and _CAPACITY.search(text.lower()))


def plain(name: str) -> str:
    """Return a name in lower case with single blanks for marks.

    Parameters
    ----------
    name : str
        Name without its unit.
    """
    return " ".join(re.sub(r"[_\-.\s#]+", " ", name.strip().lower()).split())


def find(
    header: Sequence[str], names: Mapping[str, Sequence[str]], units: Mapping[str, str] | None = None
) -> dict[str, Found]:
    """Return where each column stands in a header.

    Parameters
    ----------
    header : sequence of str
        Headings as the file has them.
    names : mapping
        Column to the names it goes by (in the form of :func:`plain`), the best first. A heading counts
        where its unit is one of the column's, or where it has none and ``units`` gives one.
    units : mapping, optional
        Column to the unit it is in where its heading names none.
    """
    parsed = [(text, heading(text)) for text in header]
    found: dict[str, Found] = {}
    for column, wanted in names.items():
        known = UNITS.get(column)
        for name in wanted:
            for text, head in parsed:
                if head.name != name or column in found:
                    continue
                unit = head.unit if head.unit is not None else (units or {}).get(column)
                if known is None:
                    found[column] = Found(text, 1.0, unit)
                elif unit in known:
                    found[column] = Found(text, known[unit], unit)
                elif column == "test_time_second":
                    # A clock, as in 26:15:00, may carry a pattern such as h:min:s.ms for a unit.
                    found[column] = Found(text, 1.0, unit)
    return found
