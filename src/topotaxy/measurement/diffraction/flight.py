"""Peaks over time of flight: back-to-back exponentials.

A pulse of neutrons leaves the moderator with a steep rise and a slow decay, each an exponential, convolved
with a Gaussian by the instrument (Von Dreele, Jorgensen & Windsor 1982, 10.1107/S0021889882012722). The
position of a peak is where the two exponentials meet, not its maximum; constants of diffractometers are of
that position.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.diffraction.data import Data
from topotaxy.measurement.diffraction.flight_constants import Constants
from topotaxy.measurement.diffraction.peaks import Peak

Floats = NDArray[np.float64]

WINDOW = (3.0, 5.0)
"""Widths before and after a maximum that are fitted: the decay is the longer side."""
RATES = (0.3, 60.0)
"""Bounds of rise and decay, over the width at half maximum."""
TREND_FROM = 4
"""Peaks from which on rise and decay are taken as powers of the time of flight."""
TRUSTED = 30.0
"""Area over its uncertainty from which on a peak tells its own rise and decay."""


def back_to_back(x: Floats, centre: float, sigma: float, rise: float, decay: float) -> Floats:
    """Return the profile of unit area.

    Parameters
    ----------
    x : array
        µs.
    centre : float
        Where the exponentials meet, µs.
    sigma : float
        Standard deviation of the Gaussian, µs.
    rise, decay : float
        Rates, 1/µs.
    """
    from scipy.special import erfc, erfcx

    t = x - centre

    def half(rate: float, side: Floats) -> Floats:
        y = (rate * sigma**2 + side) / (sigma * math.sqrt(2.0))
        high = y >= 0.0
        out = np.empty(len(y))
        out[high] = np.exp(-0.5 * (side[high] / sigma) ** 2) * erfcx(y[high])
        out[~high] = np.exp(0.5 * rate * (rate * sigma**2 + 2.0 * side[~high])) * erfc(y[~high])
        return out

    return np.asarray(0.5 * rise * decay / (rise + decay) * (half(rise, t) + half(decay, -t)))


def flight_peaks(data: Data, found: Sequence[Peak], constants: Constants | None = None) -> tuple[Peak, ...]:
    """Return peaks with positions where the exponentials meet, in order.

    Rise and decay are those of the instrument where they are known. Else strong peaks are fitted with rises
    and decays of their own, and those of all follow from these as powers of the time of flight.

    Parameters
    ----------
    data : Data
        Over µs.
    found : sequence of Peak
        As of a search for maxima; peaks that the profile does not fit stay out.
    constants : Constants, optional
        Of the bank.
    """
    if constants is not None and constants.rates is not None:
        return _with_rates(data, found, [constants.rates_at(peak.position) for peak in found])
    first = [(peak, _fitted(data, peak, None)) for peak in found]
    strong = [
        shape for peak, shape in first if shape is not None and shape.area > TRUSTED * shape.area_error > 0.0
    ]
    if not strong:
        return ()
    return _with_rates(data, found, _trend(strong, [peak.position for peak in found]))


def _trend(strong: Sequence[_Shape], times_wanted: Sequence[float]) -> list[tuple[float, float] | None]:
    """Return rise and decay at times of flight, as powers of it through those of strong peaks."""
    times = np.array([s.centre for s in strong])
    rates = np.log([[s.rise, s.decay] for s in strong])
    if len(strong) >= TREND_FROM:
        slope = np.column_stack([np.ones(len(times)), np.log(times)])
        trend = np.linalg.lstsq(slope, rates, rcond=None)[0]
    else:
        trend = np.array([np.median(rates, axis=0), [0.0, 0.0]])
    held = np.exp(np.column_stack([np.ones(len(times_wanted)), np.log(times_wanted)]) @ trend)
    return [(float(rise), float(decay)) for rise, decay in held]


def _with_rates(
    data: Data, found: Sequence[Peak], rates: Sequence[tuple[float, float] | None]
) -> tuple[Peak, ...]:
    made = []
    for peak, held in zip(found, rates, strict=True):
        shape = _fitted(data, peak, held)
        if shape is not None and shape.area > 3.0 * shape.area_error:
            made.append(
                replace(
                    peak,
                    position=shape.centre,
                    position_error=shape.centre_error,
                    area=shape.area,
                    area_error=shape.area_error,
                )
            )
    return tuple(sorted(made, key=lambda peak: peak.position))


@dataclass(frozen=True, kw_only=True)
class _Shape:
    centre: float
    centre_error: float
    rise: float
    decay: float
    area: float
    area_error: float


def _fitted(data: Data, peak: Peak, held: tuple[float, float] | None) -> _Shape | None:
    """Fit one profile on a slope; rise and decay are fitted unless held."""
    from scipy.optimize import least_squares

    width = peak.width
    inside = (data.x > peak.position - WINDOW[0] * width) & (data.x < peak.position + WINDOW[1] * width)
    if inside.sum() < 12:
        return None
    x, y, per = data.x[inside], data.y[inside], data.per_count[inside]
    expected = np.convolve(np.pad(y, 2, mode="edge"), np.ones(5) / 5.0, mode="valid")
    weights = 1.0 / np.sqrt(np.maximum(expected, data.floor) * per)
    slope = np.column_stack([np.ones(len(x)), (x - peak.position) / width])

    def solved(p: Floats) -> tuple[Floats, Floats]:
        rise, decay = held if held is not None else (p[2] / width, p[3] / width)
        profile = back_to_back(x, peak.position + p[0] * width, p[1] * width, rise, decay)
        design = np.column_stack([profile * width, slope]) * weights[:, None]
        solution = np.linalg.lstsq(design, y * weights, rcond=None)[0]
        return design, np.asarray(solution, dtype=float)

    def residual(p: Floats) -> Floats:
        design, solution = solved(p)
        return np.asarray(design @ solution - y * weights)

    low, high = [-1.5, 0.03], [1.5, 2.0]
    start = [-0.2, 0.35]
    if held is None:
        low, high, start = [*low, RATES[0], RATES[0]], [*high, RATES[1], RATES[1]], [*start, 6.0, 3.0]
    fit = least_squares(residual, start, bounds=(low, high), max_nfev=80)
    design, solution = solved(fit.x)
    factor = max(float((fit.fun**2).sum()) / max(len(x) - len(start) - 3, 1), 1.0)
    if not solution[0] > 0.0 or abs(fit.x[0]) > 1.45:
        return None
    covariance = np.linalg.pinv(fit.jac.T @ fit.jac) * factor
    linear = np.linalg.pinv(design.T @ design) * factor
    rise, decay = held if held is not None else (fit.x[2] / width, fit.x[3] / width)
    return _Shape(
        centre=float(peak.position + fit.x[0] * width),
        centre_error=float(math.sqrt(max(covariance[0, 0], 0.0)) * width),
        rise=float(rise),
        decay=float(decay),
        area=float(solution[0] * width),
        area_error=float(math.sqrt(max(linear[0, 0], 0.0)) * width),
    )
