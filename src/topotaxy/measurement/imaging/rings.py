"""Rings of a diffraction pattern: many small crystals turned at random."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from topotaxy.measurement.imaging.spots import Floats

SECTORS = 36
LEAST_SHARE = 0.6
"""Share of the sectors in which a ring has to stand out; a few spots at one radius are none."""
SIGMAS = 6.0
BESIDE = 8
"""Pixels to the places beside a ring that its height is taken over; a ring is narrower."""
FAINTEST = 1e-4
"""Least height of a ring over the strongest pixel: fainter ones are fringes of the aperture."""
NEAREST = 12
"""Pixels from the direct beam within which no ring is looked for."""


@dataclass(frozen=True, kw_only=True)
class Ring:
    """A ring: radius and its deviation in units of ``pixel_size``, height over noise, share of sectors."""

    radius: float
    deviation: float
    ratio: float
    share: float


def radial(pattern: Floats, centre: Floats, pixel_size: Floats) -> tuple[Floats, Floats]:
    """Return radii and intensity by sector, (n,) and (sectors, n): medians, so that spots do not count.

    Parameters
    ----------
    pattern : array (rows, columns)
        Intensity.
    centre : array (2,)
        Direct beam, pixels.
    pixel_size : array (2,)
        Height and width of a pixel.
    """
    rows = (np.arange(pattern.shape[0]) - centre[0])[:, None] * pixel_size[0]
    columns = (np.arange(pattern.shape[1]) - centre[1])[None] * pixel_size[1]
    step = float(pixel_size.mean())
    reach = min(min(centre[n], pattern.shape[n] - 1 - centre[n]) * float(pixel_size[n]) for n in (0, 1))
    count = max(1, int(reach / step))
    bins = np.round(np.hypot(rows, columns) / step).astype(np.int64)
    sector = ((np.arctan2(rows, columns) / (2.0 * math.pi) + 0.5) * SECTORS).astype(np.int64) % SECTORS
    inside = bins < count
    cell = sector[inside] * count + bins[inside]
    order = np.argsort(cell, kind="stable")
    starts = np.searchsorted(cell[order], np.arange(SECTORS * count + 1))
    values = pattern[inside][order]
    found = np.full(SECTORS * count, np.nan)
    for number in range(SECTORS * count):
        part = values[starts[number] : starts[number + 1]]
        if len(part):
            found[number] = np.median(part)
    radii: Floats = step * np.arange(count, dtype=np.float64)
    return radii, np.asarray(found.reshape(SECTORS, count), dtype=np.float64)


def rings_of(pattern: Floats, centre: Floats, pixel_size: Floats, least: float = 0.0) -> tuple[Ring, ...]:
    """Return the rings of a pattern by radius.

    A ring stands out of the smooth fall of intensity in the mean over sectors, by :data:`SIGMAS` of the
    scatter between them, and in :data:`LEAST_SHARE` of the sectors.

    Parameters
    ----------
    pattern, centre, pixel_size
        As of :func:`radial`.
    least : float
        Radius from which rings are looked for, in units of ``pixel_size``.
    """
    from scipy import ndimage, signal

    radii, sectors = radial(pattern, centre, pixel_size)
    if len(radii) < 3 * NEAREST:
        return ()
    logs = np.log(np.maximum(sectors - np.nanmin(sectors) + 1.0, 1.0))
    mean = np.nanmedian(logs, axis=0)
    known = np.isfinite(mean)
    mean = np.interp(radii, radii[known], mean[known])
    smooth = ndimage.gaussian_filter1d(mean, 1.0)
    # Height over the mean of both sides: a fall, however steep, is none.
    sides = 0.5 * (np.roll(smooth, BESIDE) + np.roll(smooth, -BESIDE))
    height = smooth - sides
    height[: max(NEAREST, math.ceil(least / float(pixel_size.mean())))] = 0.0
    height[-BESIDE:] = 0.0
    scatter = 1.4826 * np.nanmedian(np.abs(logs - mean), axis=0) / math.sqrt(SECTORS)
    noise = ndimage.gaussian_filter1d(np.nan_to_num(scatter, nan=float(np.nanmedian(scatter))), 6.0) + 1e-9
    peaks, _ = signal.find_peaks(height, height=SIGMAS * noise, distance=BESIDE // 2)
    found = []
    for peak in peaks:
        above = logs[:, peak] - 0.5 * sum(
            np.nanmedian(logs[:, peak + side - 1 : peak + side + 2], axis=1) for side in (-BESIDE, BESIDE)
        )
        share = float(np.nanmean(above > 0.25 * height[peak]))
        linear = float(np.exp(smooth[peak]) - np.exp(sides[peak]))
        if share < LEAST_SHARE or linear < FAINTEST * float(pattern.max()):
            continue
        near = slice(peak - 3, peak + 4)
        weight = np.maximum(height[near], 0.0)
        place = float((radii[near] * weight).sum() / weight.sum())
        width = math.sqrt(float(((radii[near] - place) ** 2 * weight).sum() / weight.sum()))
        ratio = float(height[peak] / noise[peak])
        found.append(Ring(radius=place, deviation=width / ratio, ratio=ratio, share=share))
    return tuple(found)
