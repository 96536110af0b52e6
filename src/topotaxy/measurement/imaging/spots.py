"""Spots: sharp peaks of an image's Fourier transform above a stated limit."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Chance that one image of noise alone shows a spot, and how much a background from few bins may be too low.
RISK = 1e-3
MARGIN = 1.5
LEAST_PERIODS = 6
"""Periods across the image below which contrast is shape, not a lattice."""
BEYOND = 0.48
"""Largest frequency that is looked at, cycles per pixel: 0.5 cannot be told from its mirror image."""
MOST_SPOTS = 120
NEIGHBOURS = 15
RING = 4
NEWTON_STEPS = 8
STREAK = 3.0
"""Times the noise of its ring beyond which that along a row or column is a streak. In white noise the
stronger of the two is 1.24 +- 0.34 of it and beyond 3 in 1 of 1,000 (2,264 bins of 12 images); the largest of
all three, taken as it is, would be 1.28 times the noise."""


@dataclass(frozen=True, kw_only=True)
class Spot:
    """A peak at a frequency.

    Attributes
    ----------
    frequency:
        (2,), along rows and columns: cycles per pixel in an image, pixels from the direct beam in a pattern.
    deviation:
        One standard deviation of each, (2,).
    amplitude:
        Of the wave in the image, in units of its intensity; height of the spot in a pattern.
    noise:
        Noise of one pixel at this frequency, one standard deviation; that of the pattern's background.
    ratio:
        Power over that of the background; height over noise in a pattern.
    streaks:
        Noise likewise of what varies from row to row alone, as shifts of the rows of a scan make it, and from
        column to column alone, (2,): it lies on a line of the transform through the spot. White noise of this
        power on that line would make the same noise of the phase.
    """

    frequency: Floats
    deviation: Floats
    amplitude: float
    noise: float
    ratio: float
    streaks: Floats = field(default_factory=lambda: np.zeros(2))


@dataclass(frozen=True, kw_only=True)
class Search:
    """Spots by falling power, and what could have been seen.

    ``limit`` is the smallest amplitude that would have been called a spot at the median background, in units
    of the intensity; ``found`` holds one of each pair g and -g.
    """

    found: tuple[Spot, ...]
    limit: float


def window(length: int) -> Floats:
    """Return a Hann window without zeros at its ends, (length,).

    Parameters
    ----------
    length : int
        Number of points.
    """
    return np.asarray(np.sin(np.pi * (np.arange(length) + 0.5) / length) ** 2, dtype=np.float64)


def power_spectrum(image: Floats) -> Floats:
    """Return |F|^2 of the windowed image less its mean, (rows, columns), zero frequency first.

    Parameters
    ----------
    image : array (rows, columns)
        Any unit; its weighted mean is taken off.
    """
    from scipy import fft

    rows, columns = image.shape
    weights = window(rows)[:, None] * window(columns)[None]
    mean = float((weights * image).sum() / weights.sum())
    transform = fft.fft2((image - mean) * weights)
    return np.asarray(transform.real**2 + transform.imag**2, dtype=np.float64)


def radii(shape: tuple[int, int]) -> Floats:
    """Return |k| of each bin in cycles per pixel, (rows, columns), zero frequency first.

    Parameters
    ----------
    shape : tuple of int (2,)
        Rows and columns.
    """
    k = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.fftfreq(shape[1])[None])
    return np.asarray(k, dtype=np.float64)


def ring_background(power: Floats, k: Floats) -> Floats:
    """Return the mean power of noise on the ring of each bin, from the median: noise power is exponential.

    Parameters
    ----------
    power : array (rows, columns)
        |F|², zero frequency first.
    k : array (rows, columns)
        Cycles per pixel, as of :func:`radii`.
    """
    width = RING / min(power.shape)
    ring = (k / width).astype(np.int64)
    order = np.argsort(ring, axis=None, kind="stable")
    counts = np.bincount(ring.ravel())
    edges = np.concatenate([[0], np.cumsum(counts)])
    values = power.ravel()[order]
    medians = np.array([np.median(values[a:b]) if b > a else 0.0 for a, b in pairwise(edges.tolist())])
    return np.asarray((medians / math.log(2.0))[ring], dtype=np.float64)


def image_spots(image: Floats) -> Search:
    """Return the spots in the Fourier transform of an image.

    A bin is a spot where its power is above that of noise alone but for a chance of :data:`RISK` in the whole
    image. The noise is taken from the ring of the bin, from its row and from its column, whichever is
    strongest, so that streaks of a scan or of a detector are no spots.

    Parameters
    ----------
    image : array (rows, columns)
        Any unit.
    """
    rows, columns = image.shape
    if min(rows, columns) < 8 * LEAST_PERIODS or not np.ptp(image) > 0.0:
        return Search(found=(), limit=math.inf)
    power, k = power_spectrum(image), radii((rows, columns))
    background = ring_background(power, k)
    inside = (k > LEAST_PERIODS / min(rows, columns)) & (k < BEYOND)
    bins = int(inside.sum()) / 2
    factor = MARGIN * math.log(max(bins, 2.0) / RISK)
    weights = (window(rows), window(columns))
    norm = float(weights[0].sum() * weights[1].sum())
    limit = 2.0 * math.sqrt(factor * float(np.median(background[inside]))) / norm
    candidates = _peaks(power, inside & (power > factor * background))
    mean = float((weights[0][:, None] * image * weights[1][None]).sum() / norm)
    weighted = (image - mean) * weights[0][:, None] * weights[1][None]
    found: list[Spot] = []
    for row, column in candidates:
        ring, lines = float(background[row, column]), _line_backgrounds(power, row, column)
        if power[row, column] > factor * max(ring, *lines):
            # A spot has to beat the strongest; its noise is that around it, and a streak's where one is.
            around = _background_around(power, row, column)
            off = [min(place, size - place) > 3 for place, size in ((column, columns), (row, rows))]
            # Shifted rows have noise of the phase alone, which is half of other noise; at zero along the rows
            # a shift does nothing, and what is there is intensity.
            streaks = np.array(
                [
                    (2.0 if far else 1.0) * (line - around) if line > STREAK * around else 0.0
                    for line, far in zip(lines, off, strict=True)
                ]
            )
            stands = max((line for line in lines if line > STREAK * ring), default=ring)
            spot = _refined(weighted, weights, (row, column), (around, stands), streaks)
            if spot is not None:
                found.append(spot)
    return Search(found=tuple(found), limit=limit)


def _peaks(power: Floats, chosen: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Local maxima among chosen bins by falling power, one of each pair k and -k."""
    rows, columns = power.shape
    places = np.argwhere(chosen)
    places = places[np.argsort(-power[chosen], kind="stable")]
    taken = np.zeros(power.shape, dtype=bool)
    found: list[tuple[int, int]] = []
    near = np.arange(-3, 4)
    for row, column in places:
        signed = (
            row if row < (rows + 1) // 2 else row - rows,
            column if column < (columns + 1) // 2 else column - columns,
        )
        if taken[row, column] or signed[1] < 0 or (signed[1] == 0 and signed[0] < 0):
            continue
        around = power[np.ix_((row + near) % rows, (column + near) % columns)]
        if power[row, column] >= around.max():
            found.append((int(row), int(column)))
            if len(found) >= MOST_SPOTS:
                break
        taken[np.ix_((row + near) % rows, (column + near) % columns)] = True
    return found


def _background_around(power: Floats, row: int, column: int) -> float:
    """Mean power of noise around a bin, off its row and column: rings hold streaks that touch them."""
    steps = np.concatenate([np.arange(-NEIGHBOURS, -3), np.arange(4, NEIGHBOURS + 1)])
    rows, columns = power.shape
    part = power[np.ix_((row + steps) % rows, (column + steps) % columns)]
    return float(np.median(part)) / math.log(2.0)


def _line_backgrounds(power: Floats, row: int, column: int) -> tuple[float, float]:
    """Mean power of noise beside a bin along its column, where rows differ, and along its row."""
    steps = np.concatenate([np.arange(-NEIGHBOURS, -3), np.arange(4, NEIGHBOURS + 1)])
    along_column = np.median(power[(row + steps) % power.shape[0], column])
    along_row = np.median(power[row, (column + steps) % power.shape[1]])
    return float(along_column) / math.log(2.0), float(along_row) / math.log(2.0)


def _refined(
    weighted: Floats,
    weights: tuple[Floats, Floats],
    place: tuple[int, int],
    backgrounds: tuple[float, float],
    streaks: Floats,
) -> Spot | None:
    """A spot at the maximum of the windowed transform, found by Newton's method.

    Standard deviation of the frequency along y with weights w about their centre: dk_y = Im sum(w y n
    e^(-2 pi i k r)) / (2 pi a sum(w y^2)), n white of variance s^2, a the complex amplitude; its variance is
    s^2 sum(w^2 y^2) / (2 (2 pi a sum(w y^2))^2). A streak along y adds to it alone.
    ``backgrounds`` are the power of the noise, and that over which the spot is said to stand.
    """
    centred: list[Floats] = [np.arange(len(w), dtype=np.float64) - 0.5 * (len(w) - 1) for w in weights]
    k = np.array([np.fft.fftfreq(len(w))[p] for w, p in zip(weights, place, strict=True)])
    start = k.copy()
    bins = 1.0 / np.array([len(w) for w in weights])
    value = 0.0
    for _ in range(NEWTON_STEPS):
        value, slope, curve = _derivatives(weighted, centred, k)
        if not (curve[0, 0] < 0.0 and np.linalg.det(curve) > 0.0):
            return None
        step = -np.linalg.solve(curve, slope)
        k = k + np.clip(step, -0.5 * bins, 0.5 * bins)
        if (np.abs(step) < 1e-6 * bins).all():
            break
    if (np.abs(k - start) > 2.0 * bins).any():
        return None
    norm = float(weights[0].sum() * weights[1].sum())
    squares = float((weights[0] ** 2).sum() * (weights[1] ** 2).sum())
    variance, by_streak = backgrounds[0] / squares, streaks / squares
    amplitude = math.sqrt(value) / norm
    deviation = []
    for along in (0, 1):
        w, other, r = weights[along], weights[1 - along], centred[along]
        spread = float((w * r**2).sum() * other.sum())
        noise = float((w**2 * r**2).sum() * (other**2).sum())
        total = variance + float(by_streak[along])
        deviation.append(math.sqrt(0.5 * total * noise) / (2.0 * math.pi * amplitude * spread))
    return Spot(
        frequency=k,
        deviation=np.array(deviation),
        amplitude=2.0 * amplitude,
        noise=math.sqrt(variance),
        ratio=value / backgrounds[1],
        streaks=np.sqrt(by_streak),
    )


def _derivatives(weighted: Floats, centred: list[Floats], k: Floats) -> tuple[float, Floats, Any]:
    """|F|^2 at a frequency with its first and second derivatives."""
    waves = [np.exp(-2j * math.pi * k[n] * centred[n]) for n in (0, 1)]
    turns = [-2j * math.pi * centred[n] for n in (0, 1)]
    along = np.stack([waves[1], turns[1] * waves[1], turns[1] ** 2 * waves[1]], axis=1)
    down = np.stack([waves[0], turns[0] * waves[0], turns[0] ** 2 * waves[0]])
    # Real and imaginary parts as columns: the image is not made complex for it.
    inner = weighted @ np.concatenate([along.real, along.imag], axis=1)
    f = down @ (inner[:, :3] + 1j * inner[:, 3:])
    value = abs(f[0, 0]) ** 2
    conj = f[0, 0].conjugate()
    slope = 2.0 * np.array([(conj * f[1, 0]).real, (conj * f[0, 1]).real])
    curve = 2.0 * np.array(
        [
            [
                (conj * f[2, 0]).real + abs(f[1, 0]) ** 2,
                (conj * f[1, 1] + f[1, 0].conjugate() * f[0, 1]).real,
            ],
            [
                (conj * f[1, 1] + f[1, 0].conjugate() * f[0, 1]).real,
                (conj * f[0, 2]).real + abs(f[0, 1]) ** 2,
            ],
        ]
    )
    return float(value), slope, curve
