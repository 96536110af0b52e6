"""Differential capacity from charge counted by voltage, which needs no monotonic voltage.

The charge of every step between two rows is spread evenly over the voltages that the step spans,
summed in levels of equal width and divided by it (level-evaluation analysis: Feng et al. 2020,
eTransportation 3, 100051), then smoothed by a Gaussian window. The integral over voltage is the
capacity whatever the window.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from topotaxy.measurement.cycling.metrics.half_cycles import Values

LEVELS = 400
"""Levels across the voltages of a half-cycle, unless the file's resolution is coarser than they are."""

WINDOW = 3.0
"""Standard deviation of the Gaussian window, in levels."""

PROMINENCE = 0.1
"""Share of the highest maximum by which a maximum has to rise above its surroundings to be one."""


@dataclass(frozen=True, kw_only=True)
class DifferentialCapacity:
    """``value`` (levels,) in the unit of charge per V at ``voltage`` (levels,), never negative.

    ``level`` is the width of a level and ``window`` the standard deviation of the smoothing, V;
    ``peaks`` the voltages of its maxima, by height.
    """

    voltage: Values
    value: Values
    level: float
    window: float
    peaks: Values


def differential_capacity(voltage: Values, charge: Values) -> DifferentialCapacity | None:
    """Return |dQ/dV| of one half-cycle; None where its voltage does not change.

    ``charge`` (rows,) is what passed before each row since the one before, ``voltage`` (rows,) that
    at the row.

    Parameters
    ----------
    voltage : array (rows,)
        V.
    charge : array (rows,)
        What each row adds, in mAh or mAh/g.
    """
    span = float(np.ptp(voltage)) if len(voltage) > 2 else 0.0
    if not span > 0.0:
        return None
    level = max(span / LEVELS, _resolution(voltage))
    count = max(int(np.ceil(span / level)), 1)
    edges = voltage.min() + level * np.arange(count + 1)
    # At most a rounding error separates the last edge from the highest voltage.
    edges[-1] = max(edges[-1], float(voltage.max()))
    density = np.diff(_passed_below(edges, voltage, charge, level)) / level
    smooth = np.maximum(_smoothed(density), 0.0)
    middle = 0.5 * (edges[1:] + edges[:-1])
    return DifferentialCapacity(
        voltage=middle, value=smooth, level=level, window=WINDOW * level, peaks=_peaks(middle, smooth)
    )


def _resolution(voltage: Values) -> float:
    """Smallest change of voltage that occurs, but no more than a hundredth of the range: a file of few rows
    steps far between them.
    """
    steps = np.abs(np.diff(voltage))
    steps = steps[steps > 1e-9]
    return min(float(np.percentile(steps, 5)), 0.01 * float(np.ptp(voltage))) if len(steps) else 0.0


def _passed_below(edges: Values, voltage: Values, charge: Values, level: float) -> Values:
    """Charge that passed at voltages below each edge, in time proportional to the number of rows.

    A step from ``low`` to ``high`` adds charge/(high - low) per volt between them: a sum of ramps that
    begin at every ``low`` and end at every ``high``, gathered by the level these lie in.
    """
    before, after, passed = voltage[:-1], voltage[1:], charge[1:]
    low, high = np.minimum(before, after), np.maximum(before, after)
    flat = high - low < 1e-3 * level
    count = len(edges)
    slope = passed[~flat] / (high - low)[~flat]
    total = _before_edges(edges, voltage[1:][flat], passed[flat], count)
    for ends, sign in ((low[~flat], 1.0), (high[~flat], -1.0)):
        total += sign * edges * _before_edges(edges, ends, slope, count)
        total -= sign * _before_edges(edges, ends, slope * ends, count)
    return np.asarray(total)


def _before_edges(edges: Values, place: Values, weight: Values, count: int) -> Values:
    """Sum of the weights whose place lies below each edge."""
    index = np.searchsorted(edges, place, side="right")
    summed = np.bincount(index, weights=weight, minlength=count + 1)[:count]
    # Without any place bincount returns integers.
    return np.cumsum(summed, dtype=np.float64)


def _smoothed(density: Values) -> Values:
    """Gaussian mean, reflected at the ends so that no charge is lost there.

    In numpy, as is the search for maxima: to load scipy takes longer than all metrics of a file.
    """
    reach = int(4.0 * WINDOW)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / WINDOW) ** 2)
    padded = np.pad(density, reach, mode="symmetric")
    return np.convolve(padded, weights / weights.sum(), mode="valid")


def _peaks(voltage: Values, value: Values) -> Values:
    """Voltages of the maxima, highest first, that rise above what surrounds them.

    The prominence of a maximum is its height above the higher of the two lowest points that lie
    between it and a higher value, or the end, on either side.
    """
    inside = (value[1:-1] > value[:-2]) & (value[1:-1] >= value[2:])
    least = PROMINENCE * float(value.max())
    found = [int(i) for i in np.flatnonzero(inside) + 1 if _prominence(value, int(i)) >= least]
    return voltage[sorted(found, key=lambda i: -value[i])]


def _prominence(value: Values, peak: int) -> float:
    higher = np.flatnonzero(value > value[peak])
    left, right = higher[higher < peak], higher[higher > peak]
    before = value[int(left[-1]) if len(left) else 0 : peak + 1]
    after = value[peak : int(right[0]) + 1 if len(right) else len(value)]
    return float(value[peak] - max(before.min(), after.min()))
