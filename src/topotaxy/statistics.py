"""Means over replicas, and whether two of them differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]


FEWEST_REPLICAS = 4
"""Values below which no standard error is given: that of three is itself uncertain by half (it scatters by
1/sqrt(2(n - 1)); Squires, Practical Physics, 4th ed., 2001, ch. 3)."""


def mean_and_error(values: Values) -> tuple[float, float | None]:
    """Return the mean over replicas and its standard error.

    Parameters
    ----------
    values : array (replicas,)
        NaN where a replica does not have the number.

    Returns
    -------
    tuple of float and float or None
        NaN where no replica has it; no error from fewer than :data:`FEWEST_REPLICAS`.
    """
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return math.nan, None
    enough = len(known) >= FEWEST_REPLICAS
    return float(known.mean()), float(known.std(ddof=1) / math.sqrt(len(known))) if enough else None


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A difference of means, its standard error, and the two-sided p of none at all."""

    value: float
    error: float
    p: float


def paired_difference(values: Values, reference: Values) -> Difference | None:
    """Return the mean of ``values - reference`` over replicas of the same seeds (Student's paired test).

    None where fewer than :data:`FEWEST_REPLICAS` pairs are known.

    Parameters
    ----------
    values : Values
        One value a replica; shape (replicas,).
    reference : Values
        The value of the same replica without the change; shape (replicas,).
    """
    from scipy.stats import ttest_rel

    known = np.isfinite(values - reference)
    value, error = mean_and_error((values - reference)[known])
    if error is None:
        return None
    if _certain(value, error):
        return _without_spread(value)
    found = ttest_rel(values[known], reference[known])
    return Difference(value=value, error=error, p=float(found.pvalue))


def welch_difference(
    value: float, error: float, count: int, other: float, other_error: float, other_count: int
) -> Difference:
    """Return ``value - other`` for independent means with standard errors (Welch 1947, Biometrika 34, 28).

    ``count`` and ``other_count`` are the replicas behind either mean.

    Parameters
    ----------
    value : float
        Mean of the first sample.
    error : float
        Standard error of that mean, in its unit.
    count : int
        Values behind the first mean.
    other : float
        Mean of the second sample.
    other_error : float
        Standard error of the second mean.
    other_count : int
        Values behind the second mean.
    """
    from scipy.stats import ttest_ind_from_stats

    spread = math.hypot(error, other_error)
    if _certain(value - other, spread):
        return _without_spread(value - other)
    found = ttest_ind_from_stats(
        value,
        error * math.sqrt(count),
        count,
        other,
        other_error * math.sqrt(other_count),
        other_count,
        equal_var=False,
    )
    return Difference(value=value - other, error=spread, p=float(found.pvalue))


def _certain(value: float, error: float) -> bool:
    """Whether every replica says the same, so that a test would divide by zero or by rounding."""
    return error <= 1e-12 * abs(value)


def _without_spread(value: float) -> Difference:
    return Difference(value=value, error=0.0, p=0.0 if value else 1.0)


def holm(p: Sequence[float], level: float) -> list[bool]:
    """Which of several tests are significant together (Holm 1979, Scand. J. Stat. 6, 65).

    Parameters
    ----------
    p : Sequence[float]
        Two-sided p-values of the comparisons, each from 0 to 1.
    level : float
        Chance of one false rejection or more that is accepted.
    """
    found = [False] * len(p)
    order = sorted(range(len(p)), key=lambda index: p[index])
    for rank, index in enumerate(order):
        if p[index] > level / (len(p) - rank):
            break
        found[index] = True
    return found


def false_discoveries_below(p: Sequence[float], share: float) -> list[bool]:
    """Which tests to name so that ``share`` of those named are expected to be false.

    Benjamini and Hochberg 1995, J. R. Stat. Soc. B 57, 289.

    Parameters
    ----------
    p : Sequence[float]
        Two-sided p-values of the comparisons, each from 0 to 1.
    share : float
        Expected share of false ones among those that are called different.
    """
    if not p:
        return []
    from scipy.stats import false_discovery_control

    return [bool(adjusted <= share) for adjusted in false_discovery_control(p)]
