"""What virtual instruments saw of a paper's simulated electrode, and what that says of one claim."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from topotaxy.observables import Label, Observable

SURE = 2.0
"""Standard deviations from which a difference counts, and within which two numbers agree."""


@dataclass(frozen=True, kw_only=True)
class Computed:
    """What was computed for a claim: in words, whether it agrees, with what label and why."""

    computed: str
    agrees: bool | None
    label: Label | None
    why: str
    value: float | None = None
    uncertainty: float | None = None


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What instruments saw.

    Attributes
    ----------
    observables:
        Of the paper's electrode in its states.
    spots:
        Of images by state: phase and reflection of each spot.
    others:
        Observables of other materials, by their id in the ledger.
    missing:
        Materials that were not simulated, with the reason.
    folder:
        Where the instruments' files are.
    counted:
        Share of each cation that is metal in the discharged specimens, by counting; no instrument sees it.
    """

    observables: Sequence[Observable]
    spots: dict[str, set[tuple[str, str]]]
    others: dict[str, Sequence[Observable]]
    missing: dict[str, str]
    folder: Path
    counted: Mapping[str, float] = field(default_factory=dict)

    def one(self, quantity: str, state: str, **wanted: str) -> Observable | None:
        """Return the first observable of a quantity and state whose subject has these parts.

        Parameters
        ----------
        quantity : str
            Name of the quantity in the vocabulary.
        state : str
            State of the electrode.
        """
        for entry in self.observables:
            if entry.quantity != quantity or entry.state != state:
                continue
            subject = {name: getattr(entry.subject, name, None) for name in wanted if name != "method"}
            if all(subject[name] == value for name, value in wanted.items() if name != "method") and (
                wanted.get("method", "") in entry.method
            ):
                return entry
        return None


def of(value: Observable | None) -> tuple[float, float]:
    """Return a value and its standard deviation, all parts; not a number where there is none.

    Parameters
    ----------
    value : Observable | None
        An observable, if it was found.
    """
    if value is None:
        return math.nan, math.nan
    return value.value, math.hypot(value.uncertainty or 0.0, value.systematic or 0.0)
