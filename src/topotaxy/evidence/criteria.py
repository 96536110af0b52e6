"""The numbers by which checks grade what they find, and the cathodes they know."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from topotaxy.tables import read_table


class Criterion(NamedTuple):
    """One threshold: its value (unit in the table) and where it comes from."""

    value: float
    source: str


class Cathode(NamedTuple):
    """Mean potential of a cathode on discharge, V against its alkali metal."""

    voltage: float
    half_width: float
    source: str


@cache
def criterion(name: str) -> Criterion:
    """Return the threshold called ``name`` from ``tables/criteria.csv``.

    Parameters
    ----------
    name : str
        Name of the criterion in ``criteria.csv``.
    """
    for row in read_table("topotaxy.evidence", "criteria"):
        if row["name"] == name:
            return Criterion(float(row["value"]), row["source"])
    raise KeyError(name)


def cathode(formula: str, ion: str) -> Cathode | None:
    """Return the tabulated cathode, or ``None`` where the table does not hold it.

    What stands behind a slash (``Na3V2(PO4)3/C``) is a coating and is ignored.

    Parameters
    ----------
    formula : str
        Of the pristine material.
    ion : str
        Li, Na or K.
    """
    bare = formula.split("/", 1)[0].strip()
    for row in read_table("topotaxy.evidence", "cathodes"):
        if row["formula"] == bare and row["ion"] == ion:
            return Cathode(float(row["voltage"]), float(row["half_width"]), row["source"])
    return None
