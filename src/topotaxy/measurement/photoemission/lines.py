"""Lines of the table: which element and window a region is of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from topotaxy.tables import read_table

_NAME = re.compile(r"\s*([A-Z][a-z]?)\s*[-_ ]?\s*([1-5][spdf](?:[135]/2)?)", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line: element, level, window, and where metal and oxide have it (eV; None where not tabulated)."""

    element: str
    level: str
    low: float
    high: float
    metal: float | None
    oxide: float | None
    spread: float

    @property
    def name(self) -> str:
        """As in ``Ni 2p3/2``."""
        return f"{self.element} {self.level}"


@cache
def known_lines() -> tuple[Line, ...]:
    """Return the lines of ``lines.csv``, one for each element and level."""
    found: dict[tuple[str, str], dict[str, dict[str, str]]] = {}
    for row in read_table("topotaxy.measurement.photoemission", "lines"):
        kind = "metal" if row["state"] == "0" else "oxide"
        found.setdefault((row["element"], row["line"]), {})[kind] = row
    lines = []
    for (element, level), rows in found.items():
        any_row = next(iter(rows.values()))
        lines.append(
            Line(
                element=element,
                level=level,
                low=float(any_row["low"]),
                high=float(any_row["high"]),
                metal=float(rows["metal"]["energy"]) if "metal" in rows else None,
                oxide=float(rows["oxide"]["energy"]) if "oxide" in rows else None,
                spread=max(float(row["spread"]) for row in rows.values()),
            )
        )
    return tuple(lines)


def line_of(text: str, low: float, high: float) -> Line | None:
    """Return the line that a region is of: by its name, else by the one window that it covers.

    Parameters
    ----------
    text : str
        Name of the region, as in ``Ni2p`` or ``Ni 2p3/2``.
    low, high : float
        Binding energies (eV) between which it lies.
    """
    match = _NAME.match(text)
    if match is not None:
        for line in known_lines():
            if line.element == match[1] and line.level.startswith(match[2][:2]):
                return line
        return None
    covered = [line for line in known_lines() if low <= line.low + 2.0 and high >= line.high - 8.0]
    return covered[0] if len(covered) == 1 else None
