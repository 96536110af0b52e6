"""Means over replicas, and whether two of them differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


def mean_and_error(values: Values) -> tuple[float, float | None]:
    """Mean over replicas and its standard error; the error of a single replica is unknown."""
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return math.nan, None
    error = float(known.std(ddof=1) / math.sqrt(len(known))) if len(known) > 1 else None
    return float(known.mean()), error


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A difference of means, its standard error, and the two-sided p of none at all."""

    value: float
    error: float
    p: float


def paired_difference(values: Values, reference: Values) -> Difference | None:
    """Mean of ``values - reference`` over replicas of the same seeds (Student's paired test).

    None where fewer than two pairs are known.
    """
    pairs = values - reference
    pairs = pairs[np.isfinite(pairs)]
    if len(pairs) < 2:
        return None
    error = float(pairs.std(ddof=1) / math.sqrt(len(pairs)))
    return _difference(float(pairs.mean()), error, len(pairs) - 1)


def welch_difference(
    value: float, error: float, count: int, other: float, other_error: float, other_count: int
) -> Difference:
    """``value - other`` for independent means with standard errors (Welch 1947, Biometrika 34, 28)."""
    variance = error**2 + other_error**2
    spread = error**4 / (count - 1) + other_error**4 / (other_count - 1)
    freedom = variance**2 / spread if spread > 0.0 else float(count + other_count - 2)
    return _difference(value - other, math.sqrt(variance), freedom)


def _difference(value: float, error: float, freedom: float) -> Difference:
    from scipy.special import stdtr

    if error > 1e-12 * abs(value):
        p = 2.0 * float(stdtr(freedom, -abs(value) / error))
    else:  # every replica says the same
        p = 0.0 if value else 1.0
    return Difference(value=value, error=error, p=p)


def holm(p: Sequence[float], level: float) -> list[bool]:
    """Which of several tests are significant together (Holm 1979, Scand. J. Stat. 6, 65)."""
    found = [False] * len(p)
    order = sorted(range(len(p)), key=lambda index: p[index])
    for rank, index in enumerate(order):
        if p[index] > level / (len(p) - rank):
            break
        found[index] = True
    return found


def benjamini_hochberg(p: Sequence[float], share: float) -> list[bool]:
    """Which tests to name so that ``share`` of those named are expected to be false.

    Benjamini and Hochberg 1995, J. R. Stat. Soc. B 57, 289.
    """
    order = sorted(range(len(p)), key=lambda index: p[index])
    last = max(
        (rank for rank, index in enumerate(order, start=1) if p[index] <= share * rank / len(p)), default=0
    )
    found = [False] * len(p)
    for index in order[:last]:
        found[index] = True
    return found
