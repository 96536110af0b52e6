"""The background: a Chebyshev series, and how many terms the data bear."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def chebyshev(x: Floats, terms: int) -> Floats:
    """Return the first Chebyshev polynomials over the range of x, (n, terms).

    Parameters
    ----------
    x : array (n,)
        Rising.
    terms : int
        Number of terms.
    """
    scaled = 2.0 * (x - x[0]) / (x[-1] - x[0]) - 1.0
    return np.asarray(np.polynomial.chebyshev.chebvander(scaled, terms - 1))


def blocks(x: Floats, width: float) -> NDArray[np.int64]:
    """Return the number of the block of each point; blocks are ``width`` wide in units of x.

    Parameters
    ----------
    x : array (n,)
        Rising.
    width : float
        In units of x.
    """
    return np.asarray(np.floor((x - x[0]) / width), dtype=np.int64)


def prediction_error(
    design: Floats, target: Floats, weights: Floats, block: NDArray[np.int64], folds: int
) -> float:
    """Return the weighted mean square error of predicting blocks that were left out.

    Whole blocks wider than a peak are left out together, so that a background that follows the peaks'
    misfit, or the noise, does not predict its neighbours.

    Parameters
    ----------
    design : array (n, terms)
    target, weights : arrays (n,)
        The data, and one over their standard deviation.
    block : array (n,)
    folds : int
        Every ``folds``-th block is left out at a time.
    """
    total = 0.0
    weighted, wanted = design * weights[:, None], target * weights
    normal, right = weighted.T @ weighted, weighted.T @ wanted
    for fold in range(folds):
        out = block % folds == fold
        if not out.any():
            continue
        a, b = weighted[out], wanted[out]
        rest = normal - a.T @ a
        solution = np.linalg.lstsq(rest, right - a.T @ b, rcond=1e-12)[0]
        total += float(((b - a @ solution) ** 2).sum())
    return total / len(target)
