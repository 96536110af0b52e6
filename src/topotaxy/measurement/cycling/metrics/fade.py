"""Retention, and the loss of a cycle fitted with its uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from topotaxy.measurement.cycling.metrics.half_cycles import Values, Whole

SAME_CURRENT = 0.1
"""Relative difference of currents within which capacities may be compared."""

FEWEST = 5
"""Cycles below which no loss is fitted: two parameters, and something left to judge them by."""


@dataclass(frozen=True, kw_only=True)
class Fade:
    """Loss of capacity over cycles ``first`` to ``last``, as a share of the capacity at ``first``.

    ``rate`` is the mean loss of one cycle and ``uncertainty`` its standard error; ``law`` says which
    curve was fitted; ``capacity`` its value at ``first``; ``fitted`` (cycles,) the curve.
    """

    rate: float
    uncertainty: float
    law: str
    first: int
    last: int
    capacity: float
    cycle: Whole
    fitted: Values


def comparable(cycle: Whole, capacity: Values, current: Values) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Which cycles ran at the current of the last one (within :data:`SAME_CURRENT`) and are complete.

    Parameters
    ----------
    cycle : array (cycles,)
        Cycle numbers, rising.
    capacity : array (cycles,)
        Capacities, NaN where a half-cycle is missing.
    current : array (cycles,)
        Typical currents, NaN where unknown.
    """
    known = np.isfinite(capacity) & np.isfinite(current)
    if not known.any():
        return known
    last = current[np.flatnonzero(known)[-1]]
    return np.asarray(known & (np.abs(current - last) <= SAME_CURRENT * last))


def reference_cycle(cycle: Whole, same: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> int | None:
    """The cycle that retention is held against unless one is given.

    The second of the comparable cycles where there are more than two (the first differs in kind:
    film and formation), else the first; None where fewer than two are there.

    Parameters
    ----------
    cycle : array (cycles,)
        Cycle numbers, rising.
    same : array of bool (cycles,)
        Which cycles are comparable.
    """
    found = cycle[same]
    if len(found) < 2:
        return None
    return int(found[1] if len(found) > 2 and found[0] == cycle[0] else found[0])


def fitted_fade(cycle: Whole, capacity: Values) -> Fade | str:
    """Fit the loss of capacity: in proportion to the number of cycles, or to its square root.

    The law with the smaller sum of squares is taken (both have two parameters). Residuals of
    successive cycles resemble each other; their number is reduced to n (1 - r) / (1 + r), r being
    their correlation at lag one (Bartlett, J. R. Stat. Soc. 98, 536, 1935), before the standard
    error is taken. Returns a reason where nothing can be fitted.

    Parameters
    ----------
    cycle : array (cycles,)
        Cycle numbers, rising.
    capacity : array (cycles,)
        Capacities, NaN where a half-cycle is missing.
    """
    if len(cycle) < FEWEST:
        return f"{len(cycle)} comparable cycles, {FEWEST} are needed"
    since = (cycle - cycle[0]).astype(float)
    span = since[-1]
    best: tuple[float, str, Values, Values, float] | None = None
    for law, x in (("linear in the cycle number", since), ("as the square root of cycles", np.sqrt(since))):
        design = np.stack([np.ones_like(x), x], axis=1)
        coefficients, *_ = np.linalg.lstsq(design, capacity, rcond=None)
        residual = capacity - design @ coefficients
        squares = float(residual @ residual)
        if best is None or squares < best[0]:
            best = (squares, law, coefficients, x, float(x[-1]))
    assert best is not None
    squares, law, coefficients, x, reach = best
    if not coefficients[0] > 0.0:
        return "the fitted capacity at the start is not positive"
    residual = capacity - coefficients[0] - coefficients[1] * x
    independent = _independent(residual)
    variance = squares / max(independent - 2.0, 1.0)
    spread = float(((x - x.mean()) ** 2).sum()) * independent / len(x)
    per_cycle = reach / span / coefficients[0]
    return Fade(
        rate=float(-coefficients[1] * per_cycle),
        uncertainty=float(math.sqrt(variance / spread) * per_cycle),
        law=law,
        first=int(cycle[0]),
        last=int(cycle[-1]),
        capacity=float(coefficients[0]),
        cycle=cycle,
        fitted=np.asarray(coefficients[0] + coefficients[1] * x),
    )


def _independent(residual: Values) -> float:
    """Number of independent residuals, at least three."""
    count = len(residual)
    power = float(residual @ residual)
    if not power > 0.0:
        return float(count)
    correlation = min(max(float(residual[1:] @ residual[:-1]) / power, 0.0), 0.95)
    return max(count * (1.0 - correlation) / (1.0 + correlation), 3.0)
