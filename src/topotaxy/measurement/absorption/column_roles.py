"""What the columns of a scan mean by their names."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Literal

from topotaxy.measurement.absorption.record import Mode

Role = Literal[
    "energy",
    "achieved",
    "i0",
    "transmitted",
    "fluorescence",
    "reference",
    "mu_transmitted",
    "mu_fluorescence",
    "mu_reference",
    "normalised",
    "deviation",
    "angle",
    "chi",
    "wave_number",
]

Way = tuple[Mode, bool]
"""How an absorption is had from columns: the detection, and whether it is normalised already."""


@cache
def _patterns() -> dict[str, str]:
    text = (
        resources.files("topotaxy.measurement.absorption")
        .joinpath("tables/column_names.csv")
        .read_text("utf-8")
    )
    return {
        word: row["role"] for row in csv.DictReader(text.splitlines()) for word in row["pattern"].split("|")
    }


def role_of(name: str) -> Role | None:
    """Return what a column's name means by ``tables/column_names.csv``, None where nothing is known by it.

    Parameters
    ----------
    name : str
        As it stands in the file; case, quotes and a unit in brackets or after a blank do not matter.
    """
    plain = re.sub(r"\s*(\|\||#).*$", "", name.strip().strip('"').lower()).strip()
    if re.fullmatch(r"if(ch|_)?\d{1,2}", plain):
        # Channels of one detector; they are added.
        return "fluorescence"
    for candidate in (plain, re.sub(r"\s*[\[(](counts?|ev|kev|a\.u\.|arb\.? ?units?)[\])]$", "", plain)):
        for text in (candidate, re.sub(r"\s+(counts?|ev|kev|degrees?|deg)$", "", candidate)):
            found = _patterns().get(text)
            if found is not None:
                return found  # type: ignore[return-value]
    return None


def roles_of(names: Sequence[str]) -> dict[Role, int]:
    """Return the first column of each role, from 0.

    Parameters
    ----------
    names : (columns,) of str
        Headings of the columns.
    """
    found: dict[Role, int] = {}
    for place, name in enumerate(names):
        role = role_of(name)
        if role is not None:
            found.setdefault(role, place)
    return found


def has_spectrum(names: Sequence[str]) -> bool:
    """Whether columns of these names hold an absorption against an energy.

    Parameters
    ----------
    names : (columns,) of str
        Headings of the columns.
    """
    roles = roles_of(names)
    return "energy" in roles and ways(roles) != ()


def ways(roles: Mapping[Role, int]) -> tuple[Way, ...]:
    """Return how an absorption follows from the columns, best first.

    Parameters
    ----------
    roles : mapping from role to column, from 0
        By role, the number of the column, from 0.
    """
    found: list[Way] = []
    if "mu_transmitted" in roles or {"i0", "transmitted"} <= set(roles):
        found.append(("transmission", False))
    if "mu_fluorescence" in roles or {"i0", "fluorescence"} <= set(roles):
        found.append(("fluorescence", False))
    if "normalised" in roles:
        found.append(("unknown", True))
    return tuple(found)
