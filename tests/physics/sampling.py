"""How far a sampled mean may lie from its exact value, whatever the seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t as student

RISK = 1e-6
"""Probability that a right value is called wrong, for one comparison."""


def margin(samples: ArrayLike, risk: float = RISK) -> float:
    """Half the width of the interval that holds the mean but for ``risk``, from independent samples."""
    values = np.asarray(samples, dtype=float)
    error = values.std(ddof=1) / np.sqrt(len(values))
    return float(student.isf(0.5 * risk, len(values) - 1) * error)
