"""Measured less simulated: means over the cells of each kind, where their conditions are alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from topotaxy.observables import Observable, unlike_conditions
from topotaxy.statistics import FEWEST_REPLICAS


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One observable of measured and of simulated cells: means over the cells of each kind.

    The uncertainties are standard errors over cells, None for fewer than four. ``unlike`` says in words under
    which conditions the two differ; empty where they are alike, or not stated on both sides.
    """

    quantity: str
    unit: str
    cycle: int | None
    subject: str
    measured: float
    measured_uncertainty: float | None
    simulated: float
    simulated_uncertainty: float | None
    unlike: str = ""

    @property
    def difference(self) -> float | None:
        """Measured less simulated; None where the conditions are unlike, as it would mean nothing."""
        return None if self.unlike else self.measured - self.simulated

    @property
    def uncertainty(self) -> float | None:
        """Standard error of the difference, from the kinds of cell whose own is known."""
        known = [u for u in (self.measured_uncertainty, self.simulated_uncertainty) if u is not None]
        return math.hypot(*known) if known and not self.unlike else None


def differences_of(
    measured: Sequence[Sequence[Observable]], simulated: Sequence[Sequence[Observable]]
) -> list[Difference]:
    """Return the difference of every quantity that both kinds of cell have.

    Parameters
    ----------
    measured, simulated : sequence of sequence of Observable
        The observables of each cell.
    """
    theirs = _gathered(simulated)
    found = []
    for key, mine in _gathered(measured).items():
        # Peaks are ranked by height, which need not name the same peak in both.
        if key not in theirs or key[0] == "differential_capacity_peak":
            continue
        (value, error), (other, other_error) = _mean(mine), _mean(theirs[key])
        quantity, unit, cycle, subject = key
        found.append(
            Difference(
                quantity=quantity,
                unit=unit,
                cycle=cycle,
                subject=subject,
                measured=value,
                measured_uncertainty=error,
                simulated=other,
                simulated_uncertainty=other_error,
                unlike=_unlike(mine, theirs[key]),
            )
        )
    return found


_Key = tuple[str, str, int | None, str]


def _gathered(cells: Sequence[Sequence[Observable]]) -> dict[_Key, list[Observable]]:
    found: dict[_Key, list[Observable]] = {}
    for mine in cells:
        for o in mine:
            found.setdefault((o.quantity, o.unit, o.cycle, o.subject.text), []).append(o)
    return found


def _unlike(measured: Sequence[Observable], simulated: Sequence[Observable]) -> str:
    """Return the conditions that differ between any two of the cells, in words, each once."""
    first = measured[0]
    pairs = [(first, other) for other in (*measured[1:], *simulated)]
    said = [found.text for one, other in pairs for found in unlike_conditions(one, other) if found.differs]
    return "; ".join(dict.fromkeys(said))


def _mean(entries: Sequence[Observable]) -> tuple[float, float | None]:
    values = [entry.value for entry in entries]
    mean = math.fsum(values) / len(values)
    if len(values) < FEWEST_REPLICAS:
        return mean, None
    variance = math.fsum((v - mean) ** 2 for v in values) / (len(values) - 1)
    return mean, math.sqrt(variance / len(values))
