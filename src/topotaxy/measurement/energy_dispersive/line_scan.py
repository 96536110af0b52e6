"""Line scans through maps: photons of each element along a line, of a band about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from topotaxy.measurement.energy_dispersive.maps import ElementMap
from topotaxy.measurement.files.spectra.stored import Floats

WIDTH = 0.1
"""Width of the band, as a share of the map's shorter side; at least a pixel."""


@dataclass(frozen=True, kw_only=True)
class LineScan:
    """Photons along a line: distance from its start (nm, or pixels), (n,), and counts by element, (n,)."""

    distance: Floats
    counts: dict[str, Floats]
    unit: str


def line_scan(
    maps: Sequence[ElementMap], ends: Sequence[float], *, pixel: tuple[float, float] | None
) -> LineScan | None:
    """Return the sums of each map over a band along a line; None of a line of no length.

    Each pixel within the band counts once, at the step of the line that it is nearest to.

    Parameters
    ----------
    maps : sequence of ElementMap
        Of one record.
    ends : sequence of 4
        x, y of start and of end, as shares of the map.
    pixel : pair, optional
        Height and width of a pixel, nm.
    """
    rows, columns = maps[0].counts.shape
    height, width = pixel or (1.0, 1.0)
    size = np.array([columns * width, rows * height])
    start, end = np.array(ends[:2]) * size, np.array(ends[2:]) * size
    length = float(np.linalg.norm(end - start))
    if length < max(height, width):
        return None
    along = (end - start) / length
    y, x = np.mgrid[:rows, :columns]
    places = np.stack([(x + 0.5) * width, (y + 0.5) * height], axis=-1) - start
    at = places @ along
    aside = np.abs(places @ np.array([-along[1], along[0]]))
    step = float(np.hypot(along[0] * width, along[1] * height))
    count = max(round(length / step), 1)
    # At least a row of pixels, also where the line runs between two.
    half = max(0.5 * WIDTH * float(size.min()), 0.5 * max(height, width)) * (1.0 + 1e-9)
    inside = (at >= 0.0) & (at < length) & (aside <= half)
    index = np.minimum((at[inside] / length * count).astype(np.int64), count - 1)
    return LineScan(
        distance=(np.arange(count) + 0.5) * length / count,
        counts={
            one.line.family.element: np.asarray(
                np.bincount(index, weights=one.counts[inside], minlength=count), dtype=np.float64
            )
            for one in maps
        },
        unit="nm" if pixel is not None else "px",
    )
