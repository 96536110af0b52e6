"""Oxides and sulfates that cations can be left as when an oxysulfide is heated in air."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product as every_combination
from typing import NamedTuple

from topotaxy.errors import InputError
from topotaxy.tables import read_table

PACKAGE = "topotaxy.measurement.thermogravimetry"


class EndProduct(NamedTuple):
    """An oxide that a cation ends as."""

    element: str
    formula: str
    oxygen: float
    """Oxygen atoms for each atom of the cation."""
    lowest: float
    """K; final temperatures in which it can be what is weighed."""
    highest: float


@lru_cache(maxsize=1)
def end_products() -> tuple[EndProduct, ...]:
    """Return the oxides of ``tables/end_products.csv``."""
    return tuple(
        EndProduct(
            element=row["element"],
            formula=row["product"],
            oxygen=float(row["oxygens"]) / float(row["metals"]),
            lowest=float(row["lowest"]),
            highest=float(row["highest"]),
        )
        for row in read_table(PACKAGE, "end_products")
    )


def possible_products(
    elements: Sequence[str], temperature: float, known: Sequence[str] = ()
) -> dict[str, list[EndProduct]]:
    """Return the oxides that each cation may have ended as.

    Parameters
    ----------
    elements : sequence of str
        The cations.
    temperature : float
        Final temperature, K.
    known : sequence of str
        Formulas of oxides that were found at the end; they decide for their cation.

    Raises
    ------
    InputError
        Where the table has no oxide of a cation at this temperature, or a known one is not in it.
    """
    formulas = {one.formula: one for one in end_products()}
    fixed: dict[str, EndProduct] = {}
    for formula in known:
        if formula not in formulas:
            raise InputError(f"no end product {formula!r:.20}; there are {', '.join(sorted(formulas))}")
        if formulas[formula].element not in elements:
            raise InputError(f"the end product {formula} has no cation of the material")
        if fixed.setdefault(formulas[formula].element, formulas[formula]).formula != formula:
            raise InputError(f"two end products are given for {formulas[formula].element}")
    found: dict[str, list[EndProduct]] = {}
    for element in elements:
        every = [one for one in end_products() if one.element == element]
        near = [one for one in every if one.lowest <= temperature <= one.highest]
        if element in fixed:
            found[element] = [fixed[element]]
        elif near:
            found[element] = near
        else:
            what = f"at {temperature:.0f} K" if every else "at any temperature"
            raise InputError(f"the table of end products has no oxide of {element} {what}")
    return found


def combinations(possible: Mapping[str, Sequence[EndProduct]]) -> Iterator[dict[str, EndProduct]]:
    """Yield every combination of end products.

    Parameters
    ----------
    possible : mapping
        Cation to its possible oxides.
    """
    for chosen in every_combination(*possible.values()):
        yield dict(zip(possible, chosen, strict=True))


def sulfate_left(elements: Sequence[str], temperature: float) -> list[str]:
    """Return the cations that may be sulfates at a final temperature (K); one without a row always may.

    Parameters
    ----------
    elements : sequence of str
        The cations.
    temperature : float
        Final temperature, K.
    """
    gone = {row["element"]: float(row["gone_above"]) for row in read_table(PACKAGE, "sulfates")}
    return [element for element in elements if temperature <= gone.get(element, math.inf)]
