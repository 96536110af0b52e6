"""Binding energies of core levels."""

from __future__ import annotations

from functools import cache

from topotaxy.tables import read_table


@cache
def core_levels() -> dict[tuple[str, str], float]:
    """Return binding energies (eV) by element and level, as of ``core_levels.csv``."""
    rows = read_table("topotaxy.material", "core_levels")
    return {(row["element"], row["level"]): float(row["energy"]) for row in rows}


def core_level(element: str, level: str) -> float | None:
    """Return the binding energy of a level, eV; None where the table does not have it.

    Parameters
    ----------
    element : str
        Symbol of the element.
    level : str
        Name of the level, as ``L3``.
    """
    return core_levels().get((element, level))
