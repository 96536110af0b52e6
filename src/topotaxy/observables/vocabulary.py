"""The words of the observables: unit, meaning, sign, how shown, across what they may be compared."""

from __future__ import annotations

import csv
from importlib import resources
from typing import Literal, NamedTuple, cast

Sign = Literal["any", "non-negative", "positive"]
Shown = Literal["number", "percent", "scientific"]


class Quantity(NamedTuple):
    """One word of the vocabulary."""

    unit: str
    """Canonical unit; "1" where there is none."""
    meaning: str
    """What it is, in a few words."""
    words: str
    """Its name for people."""
    order: int
    """Its place in lists."""
    sign: Sign
    """The values it can take."""
    shown: Shown
    """How it is printed."""
    across: frozenset[str]
    """Conditions that may differ between two numbers that are compared all the same."""


def _read() -> dict[str, Quantity]:
    text = (resources.files("topotaxy.observables") / "vocabulary.csv").read_text(encoding="utf-8")
    return {
        row["quantity"]: Quantity(
            unit=row["unit"],
            meaning=row["meaning"],
            words=row["words"],
            order=order,
            sign=cast(Sign, row["sign"]),
            shown=cast(Shown, row["shown"]),
            across=frozenset(row["across"].split()),
        )
        for order, row in enumerate(csv.DictReader(text.splitlines()))
    }


VOCABULARY: dict[str, Quantity] = _read()
"""Every quantity that an observable may carry, in the order of ``vocabulary.csv``."""
