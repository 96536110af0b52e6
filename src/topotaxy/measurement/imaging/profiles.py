"""Intensity along a line of an image, averaged across it, and the distances of its maxima."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from topotaxy.measurement.imaging.spots import Floats

LEAST_RISE = 0.25
"""Height of a maximum above the minima beside it, share of the spread of the profile. No physics: it keeps
ripples of noise from being counted."""


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Intensity along a line.

    Attributes
    ----------
    distance, intensity:
        Along the line, (n,), in units of ``pixel_size``; mean across its width.
    maxima:
        Places of maxima by a parabola through three points, in the same unit.
    ends:
        The line: first and last point, (2, 2), rows and columns in pixels.
    """

    distance: Floats
    intensity: Floats
    maxima: Floats
    ends: Floats

    @property
    def spacings(self) -> Floats:
        """Distances of neighbouring maxima."""
        return np.diff(self.maxima)


def profile_of(image: Floats, ends: Floats, width: float, pixel_size: Floats) -> Profile:
    """Return the profile of an image along a line.

    Parameters
    ----------
    image : array (rows, columns)
        Any unit.
    ends : array (2, 2)
        First and last point, rows and columns in pixels.
    width : float
        Over which intensity is averaged across the line, in units of ``pixel_size``.
    pixel_size : array (2,)
        Height and width of a pixel.
    """
    from scipy import ndimage

    vector = (ends[1] - ends[0]) * pixel_size
    length = float(np.hypot(*vector))
    step = 0.5 * float(pixel_size.min())
    count = max(2, math.ceil(length / step) + 1)
    along = np.linspace(0.0, 1.0, count)
    normal = np.array([-vector[1], vector[0]]) / length
    across = np.arange(-0.5 * width, 0.5 * width + 1e-9, float(pixel_size.min())) if width > 0 else [0.0]
    places = (
        ends[0][:, None, None]
        + (ends[1] - ends[0])[:, None, None] * along[None, None]
        + (normal / pixel_size)[:, None, None] * np.asarray(across)[None, :, None]
    )
    values = ndimage.map_coordinates(image, places, order=3, mode="nearest").mean(axis=0)
    distance = along * length
    return Profile(distance=distance, intensity=values, maxima=_maxima(distance, values), ends=ends)


def _maxima(x: Floats, y: Floats) -> Floats:
    """Maxima that rise enough over the minima beside them, after a smoothing over three points."""
    from scipy.signal import find_peaks

    if len(y) < 5 or not np.ptp(y) > 0.0:
        return np.empty(0)
    smooth = np.convolve(np.pad(y, 2, mode="edge"), [0.1, 0.25, 0.3, 0.25, 0.1], mode="valid")
    low, high = np.percentile(smooth, (5.0, 95.0))
    peaks, _ = find_peaks(smooth, prominence=LEAST_RISE * float(high - low))
    inner = peaks[(peaks > 0) & (peaks < len(y) - 1)]
    left, middle, right = smooth[inner - 1], smooth[inner], smooth[inner + 1]
    bend = left - 2.0 * middle + right
    shift = np.where(bend < 0.0, 0.5 * (left - right) / np.where(bend < 0.0, bend, -1.0), 0.0)
    return np.asarray(x[inner] + shift * float(x[1] - x[0]), dtype=np.float64)
