"""The knee of a fade curve: where slow loss turns into fast loss, or none.

Two lines that meet (Bacon and Watts 1971, Biometrika 58, 525; for cells Fermín-Cueto et al. 2020,
Energy and AI 1, 100006) against one straight line. A knee is called one only where the second
line is markedly steeper and the fit markedly better.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from topotaxy.measurement.cycling.metrics.half_cycles import Values, Whole

FEWEST = 12
"""Cycles below which no knee is looked for: a line needs a few on either side of it."""

MARGIN = 4
"""Cycles on either side of a knee, at least."""

MOST_PLACES = 400
"""Places that are tried for the bend; a knee is no sharper than a few hundredths of a life."""

STEEPER = 2.0
"""How many times the first loss a cycle the second has to be (a bend below that is called none)."""

EVIDENCE = 10.0
"""Difference of the Bayesian information criterion that counts as very strong (Kass and Raftery 1995,
J. Am. Stat. Assoc. 90, 773)."""


@dataclass(frozen=True, kw_only=True)
class Knee:
    """A knee at ``cycle`` with its ``uncertainty``; losses of a cycle before and after it, as shares of the
    first capacity; ``fitted`` (cycles,) is the pair of lines at ``cycles``.
    """

    cycle: float
    uncertainty: float
    before: float
    after: float
    cycles: Whole
    fitted: Values


def knee_of(cycle: Whole, capacity: Values) -> Knee | str:
    """Return the knee of capacities (cycles,), or the reason why there is none.

    Parameters
    ----------
    cycle : array (cycles,)
        Cycle numbers, rising.
    capacity : array (cycles,)
        Capacities, NaN where a half-cycle is missing.
    """
    count = len(cycle)
    if count < FEWEST:
        return f"{count} comparable cycles, {FEWEST} are needed"
    x = cycle.astype(float)
    places = min(4 * (count - 2 * MARGIN) + 1, MOST_PLACES)
    bends = np.linspace(x[MARGIN - 1], x[-MARGIN], places)
    squares = np.array([_bent(x, capacity, bend)[1] for bend in bends])
    best = int(np.argmin(squares))
    straight = float(((capacity - np.polyval(np.polyfit(x, capacity, 1), x)) ** 2).sum())
    floor = 1e-12 * float(capacity @ capacity)
    # Four parameters (two slopes, a level, the bend) against two.
    gain = count * math.log((straight + floor) / (squares[best] + floor)) - 2.0 * math.log(count)
    if gain < EVIDENCE:
        return "none: one straight line describes the fade as well"
    (level, slope, change), _ = _bent(x, capacity, bends[best])
    if change >= 0.0 or (slope < 0.0 and slope + change > STEEPER * slope):
        return "none: the loss slows down or steepens by less than a factor of two"
    start = level + slope * x[0]
    return Knee(
        cycle=float(bends[best]),
        uncertainty=_width(bends, squares, squares[best] + floor, count),
        before=float(-slope / start),
        after=float(-(slope + change) / start),
        cycles=cycle,
        fitted=level + slope * x + change * np.maximum(x - bends[best], 0.0),
    )


def _bent(x: Values, y: Values, bend: float) -> tuple[Values, float]:
    design = np.stack([np.ones_like(x), x, np.maximum(x - bend, 0.0)], axis=1)
    coefficients, *_ = np.linalg.lstsq(design, y, rcond=None)
    residual = y - design @ coefficients
    return coefficients, float(residual @ residual)


def _width(bends: Values, squares: Values, least: float, count: int) -> float:
    """Half the range of bends whose sum of squares lies within one standard error of the least."""
    allowed = least * (1.0 + 1.0 / max(count - 4, 1))
    inside = bends[squares <= allowed]
    step = float(bends[1] - bends[0]) if len(bends) > 1 else 1.0
    return max(0.5 * float(inside.max() - inside.min()), 0.5 * step) if len(inside) else 0.5 * step
