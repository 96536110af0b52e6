"""The list of peaks of a pattern, whatever made them: positions with uncertainties, widths, areas."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.diffraction.data import Data
from topotaxy.measurement.diffraction.profile import accumulate

Floats = NDArray[np.float64]

SIGNIFICANCE = 6.0
"""Height over its own noise from which on a maximum is a peak: fewer than one false one in 10⁵ points after
smoothing over half a width."""
WINDOW = 4.0
"""Half width of the range fitted around a peak, in its widths."""


@dataclass(frozen=True, kw_only=True)
class Peak:
    """One peak, of the first line where there are two.

    Attributes
    ----------
    position, position_error:
        In the unit of the axis.
    width:
        Full width at half maximum.
    area, area_error:
        Intensity times axis.
    """

    position: float
    position_error: float
    width: float
    area: float
    area_error: float

    def spacing(self, wavelength: float) -> float:
        """Return d for a position in 2θ, Å.

        Parameters
        ----------
        wavelength : float
            Å.
        """
        return wavelength / (2.0 * math.sin(math.radians(self.position / 2.0)))

    @property
    def significance(self) -> float:
        """Area over its uncertainty."""
        return self.area / self.area_error if self.area_error > 0.0 else math.inf


def peaks(
    data: Data, lines: Sequence[tuple[float, float]] = (), *, width: float | None = None
) -> tuple[Peak, ...]:
    """Return the peaks of a pattern, in order of the axis.

    Parameters
    ----------
    data : Data
        With an axis in 2θ, or any other (then ``lines`` stays empty).
    lines : sequence of (wavelength, weight)
        Further lines are fitted with the first; only for 2θ.
    width : float, optional
        Expected full width at half maximum; estimated from the data where not given.
    """
    from scipy.ndimage import gaussian_filter1d
    from scipy.signal import find_peaks

    x, y = data.x, data.y
    step = float(np.median(np.diff(x)))
    points = (width / step) if width else _typical_points(data)
    sigma = max(points / 4.0, 1.0)
    smooth = gaussian_filter1d(y, sigma)
    # Of the smoothed data: a low percentile of raw noise lies well below its mean.
    base = _baseline(smooth, int(max(12.0 * points, 30)))
    noise = np.sqrt(np.maximum(base, data.floor) * data.per_count / (2.0 * math.sqrt(math.pi) * sigma))
    found, _ = find_peaks(
        smooth - base,
        height=SIGNIFICANCE * noise,
        prominence=SIGNIFICANCE * noise,
        distance=max(points / 2, 2),
    )
    fitted = []
    for place in found:
        peak = _fitted(data, int(place), points * step, lines)
        if peak is not None and peak.significance > SIGNIFICANCE / 2.0:
            fitted.append(peak)
    return tuple(_without_second_lines(fitted, lines))


def _typical_points(data: Data) -> float:
    """Return the width at half maximum of the strongest peak above its surroundings, in points."""
    base = _baseline(data.y, 60)
    above = data.y - base
    top = int(np.argmax(above))
    half = above[top] / 2.0
    left, right = top, top
    while left > 0 and above[left] > half:
        left -= 1
    while right < len(above) - 1 and above[right] > half:
        right += 1
    return float(min(max(right - left, 3), 80))


def _baseline(y: Floats, width: int) -> Floats:
    """Return a smooth lower envelope: the running 20th percentile, smoothed."""
    from scipy.ndimage import percentile_filter, uniform_filter1d

    width = min(width, max(len(y) // 3, 3))
    return np.asarray(
        uniform_filter1d(percentile_filter(y.astype(float), 20, size=width), width), dtype=float
    )


def _profile(x: Floats, p: Floats, lines: Sequence[tuple[float, float]]) -> Floats:
    """Return a pseudo-Voigt of centre, width and Lorentzian share, further lines with it."""
    centre, full, share = p[0], abs(p[1]), min(max(p[2], 0.0), 1.0)
    centres = [centre]
    areas = [1.0]
    if len(lines) > 1:
        sine = math.sin(math.radians(centre / 2.0))
        for wavelength, weight in lines[1:]:
            other = min(sine * wavelength / lines[0][0], 0.9999)
            centres.append(2.0 * math.degrees(math.asin(other)))
            areas.append(weight)
    out = np.zeros((1, len(x)))
    none = np.empty((0, len(centres)))
    accumulate(
        x,
        np.array(centres),
        np.array(areas),
        np.full(len(centres), max(full * (1.0 - share), 1e-6)),
        np.full(len(centres), max(full * share, 1e-6)),
        0.0,
        0.0,
        out,
        np.zeros(len(centres), dtype=np.int64),
        np.empty(0, dtype=np.int64),
        none,
        none,
        none,
        none,
        np.empty(0),
        np.empty((len(x), 0)),
    )
    return np.asarray(out[0])


def _fitted(data: Data, place: int, width: float, lines: Sequence[tuple[float, float]]) -> Peak | None:
    """Fit one pseudo-Voigt (with its second line) on a sloping background."""
    from scipy.optimize import least_squares

    x0 = data.x[place]
    inside = np.abs(data.x - x0) < WINDOW * width
    if inside.sum() < 8:
        return None
    x, y, per = data.x[inside], data.y[inside], data.per_count[inside]
    weights = 1.0 / np.sqrt(np.maximum(np.convolve(y, np.ones(5) / 5.0, mode="same"), data.floor) * per)
    slope = np.column_stack([np.ones(len(x)), (x - x0) / width])

    def solved(p: Floats) -> tuple[Floats, Floats]:
        design = np.column_stack([_profile(x, p, lines), slope]) * weights[:, None]
        return design, np.linalg.lstsq(design, y * weights, rcond=None)[0]

    def residual(p: Floats) -> Floats:
        design, solution = solved(p)
        return np.asarray(design @ solution - y * weights)

    reach = 0.6 * width
    fit = least_squares(
        residual,
        [x0, width, 0.5],
        bounds=([x0 - reach, 0.2 * width, 0.0], [x0 + reach, 4.0 * width, 1.0]),
        max_nfev=40,
    )
    design, solution = solved(fit.x)
    if not solution[0] > 0.0 or abs(fit.x[0] - x0) > 0.99 * reach:
        return None
    freedom = max(len(x) - 6, 1)
    factor = max(float((fit.fun**2).sum()) / freedom, 1.0)
    covariance = np.linalg.pinv(fit.jac.T @ fit.jac) * factor
    linear = np.linalg.pinv(design.T @ design) * factor
    return Peak(
        position=float(fit.x[0]),
        position_error=float(math.sqrt(max(covariance[0, 0], 0.0))),
        width=float(abs(fit.x[1])),
        area=float(solution[0]),
        area_error=float(math.sqrt(max(linear[0, 0], 0.0))),
    )


def _without_second_lines(found: list[Peak], lines: Sequence[tuple[float, float]]) -> list[Peak]:
    """Leave out maxima that are the second line of a stronger peak."""
    if len(lines) < 2:
        return found
    kept = []
    for peak in found:
        second = False
        for other in found:
            if other is peak or other.area < peak.area:
                continue
            sine = math.sin(math.radians(other.position / 2.0)) * lines[1][0] / lines[0][0]
            if (
                sine < 1.0
                and abs(2.0 * math.degrees(math.asin(sine)) - peak.position)
                < 0.3 * other.width + 3.0 * peak.position_error
            ):
                second = True
        if not second:
            kept.append(peak)
    return kept
