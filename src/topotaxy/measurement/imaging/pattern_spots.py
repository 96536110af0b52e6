"""Spots of a diffraction pattern: peaks that stand out of their surroundings, and the direct beam."""

from __future__ import annotations

import math

import numpy as np

from topotaxy.measurement.imaging.record import Floats
from topotaxy.measurement.imaging.spots import MOST_SPOTS, Search, Spot

SPOT_WIDTH = 1.0
LEAST_NOISE = 1e-3
"""Of a pattern's background over the strongest spot: patterns that were computed have none of their own."""
DIRECT_BEAM = 0.04
"""Radius about the direct beam, share of the pattern's side, that is left out where heights are compared."""
PATTERN_SIGMAS = 8.0
"""Height of a spot of a pattern above its surroundings, in standard deviations of the smoothed noise."""


def pattern_spots(pattern: Floats, centre: Floats | None) -> tuple[Search, Floats | None]:
    """Return the spots of a diffraction pattern and the direct beam, (2,), rows and columns in pixels.

    Rows and columns lose their medians, so that stripes of a detector go; what is left, smoothed, has to
    stand out of its surroundings by :data:`PATTERN_SIGMAS`, in more than one pixel.

    Parameters
    ----------
    centre : array (2,), optional
        Where the direct beam is; the strongest spot where None.
    """
    from scipy import ndimage

    if min(pattern.shape) < 32 or not np.ptp(pattern) > 0.0:
        return Search(found=(), limit=math.inf), centre
    plain = pattern - np.median(pattern, axis=1, keepdims=True)
    plain = plain - np.median(plain, axis=0, keepdims=True)
    smooth = ndimage.gaussian_filter(plain, SPOT_WIDTH, mode="nearest")
    level = ndimage.gaussian_filter(np.clip(smooth, *np.percentile(smooth, (5, 95))), 8.0, mode="nearest")
    rest = smooth - level
    near = ndimage.gaussian_filter(np.clip(np.abs(rest), 0.0, np.percentile(np.abs(rest), 95)), 12.0)
    # Mean of |n| is sqrt(2/pi) times the standard deviation of Gaussian noise.
    noise = np.maximum(near * math.sqrt(math.pi / 2.0), LEAST_NOISE * _highest(rest, centre))
    heights = rest / noise
    peaks = (heights > PATTERN_SIGMAS) & (rest == ndimage.maximum_filter(rest, size=7))
    peaks[:2], peaks[-2:], peaks[:, :2], peaks[:, -2:] = False, False, False, False
    places = np.argwhere(peaks)
    places = places[np.argsort(-heights[peaks], kind="stable")][:MOST_SPOTS]
    found = []
    for row, column in places:
        box = plain[row - 2 : row + 3, column - 2 : column + 3] - level[row, column]
        if (box > 0.25 * box.max()).sum() < 4:
            continue
        found.append(_centroid(box, (row, column), float(rest[row, column]), float(noise[row, column])))
    limit = PATTERN_SIGMAS * float(np.median(noise))
    if centre is None and found:
        centre = max(found, key=lambda spot: spot.amplitude).frequency
    if centre is None:
        return Search(found=(), limit=limit), None
    moved = [
        Spot(
            frequency=s.frequency - centre,
            deviation=s.deviation,
            amplitude=s.amplitude,
            noise=s.noise,
            ratio=s.ratio,
        )
        for s in found
    ]
    apart = [s for s in moved if np.hypot(*s.frequency) > 4.0]
    return Search(found=tuple(apart), limit=limit), centre


def _highest(rest: Floats, centre: Floats | None) -> float:
    """Largest height away from the direct beam, which may be a thousand times as high as all spots."""
    middle = np.array(np.unravel_index(np.argmax(rest), rest.shape) if centre is None else centre)
    down, across = (np.arange(n) - m for n, m in zip(rest.shape, middle, strict=True))
    away = np.hypot(down[:, None], across[None]) > DIRECT_BEAM * min(rest.shape)
    return float(np.abs(rest[away]).max(initial=0.0)) or float(np.abs(rest).max())


def _centroid(box: Floats, place: tuple[int, int], height: float, noise: float) -> Spot:
    weight = np.clip(box, 0.0, None)
    steps = np.arange(-2, 3)
    total = float(weight.sum())
    shift = np.array([(weight.sum(axis=1) * steps).sum(), (weight.sum(axis=0) * steps).sum()]) / total
    # 50 = sum of the squared distances in a box of 5 x 5 along one axis.
    error = math.sqrt(50.0) * noise * 2.0 * SPOT_WIDTH * math.sqrt(math.pi) / total
    return Spot(
        frequency=np.array(place, dtype=np.float64) + shift,
        deviation=np.full(2, max(error, 0.01)),
        amplitude=height,
        noise=noise,
        ratio=height / noise,
    )
