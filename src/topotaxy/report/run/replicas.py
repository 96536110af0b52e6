"""Mean and range over the replicas of a run."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from topotaxy.content.figure import Values


class Spread(NamedTuple):
    """Mean, smallest and largest over the replicas; NaN where no replica has a value."""

    mean: Values
    low: Values
    high: Values


def over_replicas(values: Values) -> Spread:
    """Return the spread along the first axis, leaving out NaN.

    Parameters
    ----------
    values : Values
        Values; the first axis is that of replicas.
    """
    values = np.asarray(values, dtype=float)
    known = np.isfinite(values)
    count = known.sum(axis=0)
    total = np.where(known, values, 0.0).sum(axis=0)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    low = np.where(count > 0, np.where(known, values, np.inf).min(axis=0), np.nan)
    high = np.where(count > 0, np.where(known, values, -np.inf).max(axis=0), np.nan)
    return Spread(mean, low, high)
