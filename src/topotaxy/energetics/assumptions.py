"""Parameters that no handbook gives: value, range, label and source of each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from topotaxy.errors import InputError, choices
from topotaxy.tables import read_table


@dataclass(frozen=True, kw_only=True)
class Assumption:
    """One row of ``tables/assumptions.csv``; ``low`` and ``high`` bound what is defensible."""

    name: str
    value: float
    unit: str
    low: float
    high: float
    label: str
    meaning: str
    source: str

    def document(self) -> dict[str, str | float]:
        """Return the row as plain data, for the provenance of a run."""
        return asdict(self)


def assumptions_with(overrides: Mapping[str, float] | None = None) -> dict[str, Assumption]:
    """Return the shipped assumptions, with ``overrides`` put in and labelled imposed.

    Parameters
    ----------
    overrides : mapping of str to float, optional
        Values by name, in the unit that the table of assumptions has; each is labelled imposed then.

    Raises
    ------
    InputError
        Where an override names no known parameter, or its value is not finite or not
        positive where it must be.
    """
    table = {}
    for row in read_table("topotaxy.energetics", "assumptions"):
        numbers = {key: float(row[key]) for key in ("value", "low", "high")}
        texts = {key: row[key] for key in ("name", "unit", "label", "meaning", "source")}
        table[row["name"]] = Assumption(**numbers, **texts)  # type: ignore[arg-type]
    for name, value in (overrides or {}).items():
        if name not in table:
            raise InputError(
                f"unknown parameter {name!r:.60}; {choices(name, table)}", where="lattice.parameters"
            )
        signed = table[name].low < 0
        if not math.isfinite(value) or (not signed and value < 0):
            wanted = "a finite number" if signed else "a finite number of at least 0"
            raise InputError(f"{name} must be {wanted}, got {value}", where="lattice.parameters")
        table[name] = replace(
            table[name], value=float(value), label="imposed", source="set in the specification"
        )
    return table
