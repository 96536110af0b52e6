"""The size of a disc from the size of its blurred image."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from topotaxy.measurement.imaging.record import Floats


@lru_cache(maxsize=1)
def _half_widths() -> tuple[Floats, Floats]:
    """Diameters of discs and their widths at half height after a blur, both in sigmas of the blur."""
    from scipy import ndimage

    per = 12
    diameters = np.linspace(0.3, 24.0, 120)
    half = 200
    y, x = np.mgrid[-half : half + 1, -half : half + 1]
    away = np.hypot(y, x) / per
    widths = []
    for diameter in diameters:
        soft = np.clip((0.5 * diameter - away) * per + 0.5, 0.0, 1.0)
        blurred = ndimage.gaussian_filter(soft, per)
        widths.append(2.0 * math.sqrt(float((blurred > 0.5 * blurred.max()).sum()) / math.pi) / per)
    return diameters, np.maximum.accumulate(np.array(widths))


def disc_diameter(width: float, blur: float) -> float:
    """Return the diameter of the disc that a Gaussian blur makes as wide at half height, same unit.

    Parameters
    ----------
    width : float
        Diameter of the area above half of the largest value.
    blur : float
        One standard deviation; widths of less than 2.355 of it cannot be, and give the smallest disc.
    """
    diameters, widths = _half_widths()
    if width > blur * float(widths[-1]):
        return width
    return blur * float(np.interp(width / blur, widths, diameters))
