"""Rate steps: stretches of cycles at one current, found and summarised."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from topotaxy.measurement.cycling.metrics.half_cycles import Values, Whole
from topotaxy.observables import Direction

STEP = 0.1
"""Relative change of current that begins a new step; cyclers hold theirs to a part in a thousand."""


@dataclass(frozen=True, kw_only=True)
class RateStep:
    """Cycles ``first`` to ``last`` at one pair of currents.

    ``discharge_current`` and ``charge_current`` are magnitudes in the unit of the currents given;
    ``capacity`` is the mean of the capacities given, ``spread`` their standard deviation, None for
    a single cycle; ``count`` the cycles with a capacity.
    """

    first: int
    last: int
    discharge_current: float
    charge_current: float
    capacity: float
    spread: float | None
    count: int

    @property
    def cycles(self) -> str:
        """The cycles in words."""
        return f"cycle {self.first}" if self.first == self.last else f"cycles {self.first} to {self.last}"

    def current(self, direction: Direction) -> float:
        """Magnitude of the current of a direction.

        Parameters
        ----------
        direction : {"discharge", "charge"}
            Of the cell.
        """
        return self.discharge_current if direction == "discharge" else self.charge_current


def rate_steps(
    cycle: Whole, discharge_current: Values, charge_current: Values, capacity: Values
) -> list[RateStep]:
    """Split cycles into stretches of one current; all arrays (cycles,), NaN where unknown.

    Cycles without a capacity open no step of their own.

    Parameters
    ----------
    cycle : array (cycles,)
        Cycle numbers, rising.
    discharge_current : array (cycles,)
        Currents of the discharges, NaN where unknown.
    charge_current : array (cycles,)
        Those of the charges.
    capacity : array (cycles,)
        Capacities, NaN where a half-cycle is missing.
    """
    steps: list[RateStep] = []
    known = np.flatnonzero(np.isfinite(capacity))
    if not len(known):
        return steps
    bounds = [0]
    for place in range(1, len(known)):
        start = known[bounds[-1]]
        here = known[place]
        if _differs(discharge_current[start], discharge_current[here]) or _differs(
            charge_current[start], charge_current[here]
        ):
            bounds.append(place)
    for begin, end in zip(bounds, [*bounds[1:], len(known)], strict=True):
        mine = known[begin:end]
        values = capacity[mine]
        steps.append(
            RateStep(
                first=int(cycle[mine[0]]),
                last=int(cycle[mine[-1]]),
                discharge_current=_middle(discharge_current[mine]),
                charge_current=_middle(charge_current[mine]),
                capacity=float(values.mean()),
                spread=float(values.std(ddof=1)) if len(values) > 1 else None,
                count=len(values),
            )
        )
    return steps


def _differs(a: float, b: float) -> bool:
    return bool(abs(a - b) > STEP * max(a, b)) if np.isfinite(a) and np.isfinite(b) else False


def _middle(values: Values) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else float("nan")
