"""What of a curve is drawn: no padding, and no more points than can be seen."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from topotaxy.content.figure import Values

MAX_POINTS = 500
"""Points of a drawn curve; more cannot be seen and would make the report heavy."""


def without_padding(*columns: Values) -> tuple[Values, ...]:
    """Drop the points where any of the columns is NaN (the padding of short half cycles)."""
    kept = np.all([np.isfinite(c) for c in columns], axis=0)
    return tuple(np.asarray(c, dtype=float)[kept] for c in columns)


def thinned(*columns: Values, limit: int = MAX_POINTS) -> tuple[Values, ...]:
    """Keep at most ``limit`` points: the ends, and of each of equal stretches the lowest and the highest.

    Lowest and highest are those of the last column, so that no peak of a curve is lost between points
    that are kept. A stretch without a finite value keeps its first point, a gap.

    Parameters
    ----------
    columns:
        Arrays of one length; y is the last.
    limit:
        Points to keep, 4 or more.
    """
    count = len(columns[0])
    if count <= limit:
        return columns
    y = np.asarray(columns[-1], dtype=float)
    chosen = {0, count - 1}
    # Looking for gaps stretch by stretch takes ten times as long as looking for the extremes.
    whole = bool(np.isfinite(y).all())
    edges = np.linspace(0, count, (limit - 2) // 2 + 1).round().astype(int)
    for start, end in pairwise(edges.tolist()):
        part = y[start:end]
        if whole:
            chosen |= {start + int(part.argmin()), start + int(part.argmax())}
        elif np.isfinite(part).any():
            chosen |= {start + int(np.nanargmin(part)), start + int(np.nanargmax(part))}
        else:
            chosen.add(start)
    kept = np.array(sorted(chosen))
    return tuple(c[kept] for c in columns)
