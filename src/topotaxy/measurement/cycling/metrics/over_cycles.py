"""Metrics over many cycles: retention, loss, knee and steps of the rate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from topotaxy.measurement.cycling.metrics.cycles import CycleTotals
from topotaxy.measurement.cycling.metrics.fade import Fade, comparable, fitted_fade, reference_cycle
from topotaxy.measurement.cycling.metrics.half_cycles import Values
from topotaxy.measurement.cycling.metrics.knee import Knee, knee_of
from topotaxy.measurement.cycling.metrics.rates import RateStep, rate_steps
from topotaxy.observables import Direction

SWEPT = "voltage was swept; this is a metric of galvanostatic cycles"
"""Why there is no metric of cycles where voltage was swept."""


@dataclass(frozen=True, kw_only=True)
class Retention:
    """``value`` of the delivered capacity of cycle ``last`` over that of cycle ``reference``."""

    value: float
    reference: int
    last: int


def over_cycles(
    totals: CycleTotals,
    capacity: Values,
    current: dict[Direction, Values],
    direction: Direction,
    reference: int | None,
    swept: bool,
    absent: dict[str, str],
) -> tuple[Fade | None, Knee | None, Retention | None, list[RateStep]]:
    """Return fade, knee, retention and rate steps; those that are not there go into ``absent``.

    Parameters
    ----------
    totals : CycleTotals
        Charge by cycle.
    capacity : array (cycles,)
        What is delivered.
    current : dict of array (cycles,)
        Typical currents by direction.
    direction : {"discharge", "charge"}
        The one that delivers.
    reference : int, optional
        The cycle that retention is held against.
    swept : bool
        Whether voltage was swept: then none of these is a metric.
    absent : dict
        Quantity to reason; what could not be computed is added.
    """
    if swept:
        for name in ("capacity_retention", "capacity_fade_rate", "knee_cycle", "rate_capacity"):
            absent[name] = SWEPT
        return None, None, None, []
    steps = rate_steps(totals.cycle, current["discharge"], current["charge"], capacity)
    if len(steps) < 2:
        absent["rate_capacity"] = "all cycles ran at one current" if steps else "no complete cycle"
    same = comparable(totals.cycle, capacity, current[direction])
    retention = _retention(totals, capacity, same, reference)
    begins = retention.reference if isinstance(retention, Retention) else 0
    later = same & (totals.cycle >= begins)
    knee = knee_of(totals.cycle[later], capacity[later])
    stretch = _longest(steps, totals, capacity)
    whole = stretch & (totals.cycle >= begins) if (stretch & (totals.cycle == begins)).any() else stretch
    fade = fitted_fade(totals.cycle[whole], capacity[whole])
    for name, found in (
        ("capacity_fade_rate", fade),
        ("knee_cycle", knee),
        ("capacity_retention", retention),
    ):
        if isinstance(found, str):
            absent[name] = found
    return (
        None if isinstance(fade, str) else fade,
        None if isinstance(knee, str) else knee,
        None if isinstance(retention, str) else retention,
        steps,
    )


def _longest(
    steps: list[RateStep], totals: CycleTotals, capacity: Values
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Cycles of the longest stretch at one current, the latest of several: others in between reset a cell."""
    if not steps:
        return np.zeros(len(totals.cycle), dtype=bool)
    step = max(reversed(steps), key=lambda s: s.count)
    return np.isfinite(capacity) & (totals.cycle >= step.first) & (totals.cycle <= step.last)


def _retention(
    totals: CycleTotals,
    capacity: Values,
    same: np.ndarray[tuple[int], np.dtype[np.bool_]],
    reference: int | None,
) -> Retention | str:
    chosen = reference_cycle(totals.cycle, same) if reference is None else reference
    if chosen is None:
        return "fewer than two complete cycles at the current of the last one"
    at = np.flatnonzero((totals.cycle == chosen) & np.isfinite(capacity))
    if not len(at):
        return f"the reference cycle {chosen} has no complete half-cycle"
    last = int(np.flatnonzero(same)[-1])
    if last == at[0]:
        return f"the reference cycle {chosen} is the last one"
    return Retention(
        value=float(capacity[last] / capacity[at[0]]), reference=chosen, last=int(totals.cycle[last])
    )
