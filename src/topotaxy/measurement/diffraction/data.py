"""What is fitted: an axis, intensities, and the variance of a unit of intensity."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Data:
    """What is fitted: 2θ (degrees, rising), intensity, and the variance that one unit of intensity has."""

    x: Floats
    y: Floats
    per_count: Floats
    """Variance over expected intensity, (n,): 1 for counts, 1/t for counts per second, 1/n for averages."""
    floor: float = 1.0
    """The least expected intensity that a weight is made from."""

    def weights(self, expected: Floats) -> Floats:
        """Return one over the standard deviation, from an expected pattern.

        Parameters
        ----------
        expected : array (n,)
            Intensity.
        """
        return np.asarray(1.0 / np.sqrt(np.maximum(expected, self.floor) * self.per_count))


def smoothed(y: Floats, width: int = 7) -> Floats:
    """Return a running mean, for weights before there is a model.

    Parameters
    ----------
    y : array (n,)
        Intensity.
    width : int
        Points.
    """
    kernel = np.ones(width) / width
    padded = np.pad(y, width // 2, mode="edge")
    return np.asarray(np.convolve(padded, kernel, mode="valid"))
