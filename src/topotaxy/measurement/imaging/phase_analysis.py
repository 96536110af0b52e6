"""Geometric phase analysis: strain of a lattice image against a reference, with its noise.

M. J. Hytch, E. Snoeck, R. Kilaas, Ultramicroscopy 74 (1998) 131, doi:10.1016/S0304-3991(98)00035-7. The
gradient of the phase is taken from products of neighbours, so that nothing has to be unwrapped.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.imaging.spots import Floats, Spot

MOST_NOISE = 0.5
"""Noise of the filtered wave over its amplitude beyond which its phase means nothing: masked. Estimate; the
formula of the noise holds within 3 % up to there (trial with known noise)."""
EDGE = 3.0
"""Widths of the filter in real space that are cut off at the edges: the transform is periodic."""
BLOCK = 64
"""Rows that are worked on at a time: what is between stays in the processor's cache."""
HANN = 1.5
"""Bins of noise that a bin of a transform with a Hann window holds."""
MASKED = 1e-7
"""Of the mask, below which it lets nothing through: single precision knows no less."""
MAPS = ("xx", "yy", "xy", "rotation", "xx_noise", "yy_noise", "xy_noise")


@dataclass(frozen=True, kw_only=True)
class StrainMap:
    """Strain on every pixel; NaN where it cannot be known.

    Attributes
    ----------
    xx, yy, xy, rotation:
        Along columns (x), rows (y), shear and rotation (radians), (rows, columns).
    xx_noise, yy_noise, xy_noise:
        One standard deviation of what the noise of the image makes, (rows, columns).
    resolution:
        Standard deviation of the filter in real space, pixels.
    streaks:
        Share of noise of whole columns in the variance of ``xx``, of whole rows in that of ``yy``, (2,).
    """

    xx: Floats
    yy: Floats
    xy: Floats
    rotation: Floats
    xx_noise: Floats
    yy_noise: Floats
    xy_noise: Floats
    resolution: float
    streaks: tuple[float, float] = (0.0, 0.0)

    @property
    def areas(self) -> float:
        """Independent areas of the map: known pixels over 4 pi resolution^2."""
        return max(1.0, float(np.isfinite(self.xx).sum()) / (4.0 * math.pi * self.resolution**2))

    def mean_noise(self, weights: Floats) -> tuple[float, float]:
        """Return one standard deviation of a weighted mean of ``xx`` and of ``yy`` that noise makes.

        A mean of gradients is the difference of phases at the ends, so that it is known much better than
        from independent areas. White noise through the mask M gives the gradient along x the power M^2
        sin^2(2 pi q_x) at the distance q from the spot; that of the mean is this times |W|^2, W the
        transform of the weights. Noise of whole rows or columns has this power on one line alone.

        Parameters
        ----------
        weights : array (rows, columns)
            Of each pixel, 0 where the map is blank: 1/n over n pixels for a mean, less 1/m over m pixels of a
            reference.
        """
        from scipy import fft

        sigma = 1.0 / (2.0 * math.pi * self.resolution)
        rows, columns = weights.shape
        ky, kx = np.fft.fftfreq(rows), np.fft.rfftfreq(columns)
        # rfft holds half of the columns: all but the first and, of an even number, the last count twice.
        twice = np.where((kx > 0.0) & (kx < 0.5), 2.0, 1.0)
        down, across = np.exp(-((ky / sigma) ** 2)), np.exp(-((kx / sigma) ** 2)) * twice
        transform = fft.rfft2(weights)
        power = transform.real**2 + transform.imag**2
        along, below = across * np.sin(2.0 * math.pi * kx) ** 2, down * np.sin(2.0 * math.pi * ky) ** 2
        white = (
            float(down @ power @ along) / float(down.sum() * along.sum()),
            float(below @ power @ across) / float(below.sum() * across.sum()),
        )
        lines = (
            float(power[0] @ along) / float(along.sum()),
            float(below @ power[:, 0]) / float(below.sum()),
        )
        size = np.abs(weights)
        found = []
        for n, noise in enumerate((self.xx_noise, self.yy_noise)):
            one = float((np.where(size > 0.0, noise, 0.0) ** 2 * size).sum() / size.sum())
            left = (1.0 - self.streaks[n]) * white[n] + self.streaks[n] * lines[n]
            found.append(math.sqrt(one * left))
        return found[0], found[1]


@dataclass(frozen=True, kw_only=True)
class _Wave:
    """Local frequency of one spot less the spot's, along rows and columns; its noise at unit amplitude, and
    that of streaks in it; its power, 0 where noise is too strong."""

    gradient: tuple[NDArray[np.float32], NDArray[np.float32]]
    noise: Floats
    streaks: Floats
    power: NDArray[np.float32]


def strain_map(
    image: Floats,
    spots: tuple[Spot, Spot],
    *,
    mask: float,
    pixel_size: Floats,
    reference: tuple[slice, slice] | None,
) -> StrainMap:
    """Return the strain of an image against the mean of a reference region.

    Parameters
    ----------
    image : array (rows, columns)
        Any unit.
    spots : two Spots
        Not on one line.
    mask : float
        Width of the Gaussian mask, one sigma, as a share of the shorter |g|.
    pixel_size : array (2,)
        Height and width of a pixel.
    reference : two slices, optional
        The whole image where None: strains are then those against its own mean.
    """
    from scipy import fft

    transform = fft.fft2((image - image.mean()).astype(np.float32))
    sigma = mask * min(float(np.hypot(*spot.frequency)) for spot in spots)
    waves = (_wave(transform, spots[0], sigma), _wave(transform, spots[1], sigma))
    resolution = 1.0 / (2.0 * math.pi * sigma)
    known = (waves[0].power > 0.0) & (waves[1].power > 0.0)
    cut = math.ceil(EDGE * resolution)
    known[:cut] = known[-cut:] = False
    known[:, :cut] = known[:, -cut:] = False
    # x first: columns of the matrices are the vectors g, in cycles per unit of length.
    scale = 1.0 / pixel_size[::-1]
    base = np.stack([spot.frequency[::-1] * scale for spot in spots], axis=1)
    noise = np.stack([wave.noise[::-1] * scale for wave in waves], axis=1)
    whole = reference or (slice(None), slice(None))
    used = known[whole]
    shift = np.zeros((2, 2))
    if used.any():
        shift = np.array(
            [
                [float(wave.gradient[1 - d][whole][used].mean(dtype=np.float64)) for wave in waves]
                for d in (0, 1)
            ]
        )
        shift *= scale[:, None]
    maps = np.full((len(MAPS), *image.shape), np.nan)
    for first in range(0, image.shape[0], BLOCK):
        part = slice(first, first + BLOCK)
        local = [
            [
                wave.gradient[1 - d][part] * float(scale[d]) - float(shift[d, j])
                for j, wave in enumerate(waves)
            ]
            for d in (0, 1)
        ]
        _strain(base + shift, local, noise, [wave.power[part] for wave in waves], known[part], maps[:, part])
    streaks = np.stack([wave.streaks[::-1] * scale for wave in waves], axis=1)
    amplitudes = np.array([spot.amplitude for spot in spots])
    return StrainMap(
        **dict(zip(MAPS, maps, strict=True)),
        resolution=resolution,
        streaks=_shares(base + shift, streaks / amplitudes, noise / amplitudes),
    )


def _shares(base: Floats, streaks: Floats, noise: Floats) -> tuple[float, float]:
    """Share of streaks in the variances of xx and yy; deviations of dG by direction (x, y), then by spot."""
    inverse = np.linalg.inv(base)
    found = [
        float(((streaks[d] * inverse[:, d]) ** 2).sum() / ((noise[d] * inverse[:, d]) ** 2).sum())
        if noise[d].any()
        else 0.0
        for d in (0, 1)
    ]
    return found[0], found[1]


def _wave(transform: NDArray[np.complex64], spot: Spot, sigma: float) -> _Wave:
    """Filter out the wave of one spot, and the gradient of its phase.

    With C = A e^(i phi) and its neighbours at +1 and -1, grad phi / 2 pi = arg(C_+ C_-^*) / 4 pi. Noise of
    power P per pixel gives it the variance P sum(M^2 sin^2(2 pi q)) / (2 N A^2 (2 pi)^2), M the mask at the
    distance q from the spot and N the number of pixels. Streaks have theirs where q_x (or q_y)
    is zero: 1.5 bins with the window of the spot's search.
    """
    rows, columns = transform.shape
    qy, qx = np.fft.fftfreq(rows) - spot.frequency[0], np.fft.fftfreq(columns) - spot.frequency[1]
    down, across = np.exp(-(qy**2) / (2.0 * sigma**2)), np.exp(-(qx**2) / (2.0 * sigma**2))
    total = rows * columns
    variance = spot.noise**2
    squares = [float((one**2).sum()) for one in (down, across)]
    sums = [float((one**2 * np.sin(2.0 * math.pi * q) ** 2).sum()) for one, q in ((down, qy), (across, qx))]
    # Per unit of 1/A^2; divided by the local power where it is used.
    per = 1.0 / (2.0 * total * (2.0 * math.pi) ** 2)
    streaks = per * HANN * spot.streaks**2 * np.array(sums)
    noise = per * variance * np.array([sums[0] * squares[1], squares[0] * sums[1]]) + streaks
    floor = variance * squares[0] * squares[1] / total
    found = _Wave(
        gradient=(np.zeros((rows, columns), dtype=np.float32), np.zeros((rows, columns), dtype=np.float32)),
        noise=np.sqrt(noise),
        streaks=np.sqrt(streaks),
        power=np.empty((rows, columns), dtype=np.float32),
    )
    # The carrier of the spot turns by 4 pi k over two pixels: taken off here, not on every pixel before.
    turns = np.exp(-4j * math.pi * spot.frequency).astype(np.complex64)
    turn = np.float32(1.0 / (4.0 * math.pi))
    for first, wave in _filtered(transform, down, across):
        # One row more on either side is there for the gradient, but for the ends of the image.
        last = min(first + BLOCK, rows)
        own = wave[1 : 1 + last - first]
        np.multiply(
            np.angle(own[:, 2:] * (own[:, :-2].conj() * turns[1])),
            turn,
            out=found.gradient[1][first:last, 1:-1],
        )
        np.multiply(
            np.angle(wave[2:] * (wave[:-2].conj() * turns[0])), turn, out=found.gradient[0][first:last]
        )
        power = own.real**2 + own.imag**2
        power[power * np.float32(MOST_NOISE**2) <= floor] = 0.0
        found.power[first:last] = power
    return found


def _filtered(
    transform: NDArray[np.complex64], down: Floats, across: Floats
) -> Iterator[tuple[int, NDArray[np.complex64]]]:
    """Yield blocks of rows of a filtered image, with one row more at either end; rows go on periodically.

    Only the columns of frequencies that the mask lets through are transformed along the rows: most of it is
    zero. Single precision: 1e-7 of a turn is far below any noise, and takes half of the time.
    """
    from scipy import fft

    rows, columns = transform.shape
    let = (down > MASKED, across > MASKED)
    narrow = np.zeros((rows, int(let[1].sum())), dtype=np.complex64)
    narrow[let[0]] = transform[np.ix_(*let)] * (
        down[let[0], None].astype(np.float32) * across[let[1]].astype(np.float32)
    )
    narrow = fft.ifft(narrow, axis=0, overwrite_x=True)
    for first in range(0, rows, BLOCK):
        chosen = np.arange(first - 1, min(first + BLOCK, rows) + 1) % rows
        block = np.zeros((len(chosen), columns), dtype=np.complex64)
        block[:, let[1]] = narrow[chosen]
        yield first, fft.ifft(block, axis=1, overwrite_x=True)


def _strain(
    base: Floats,
    local: list[list[NDArray[np.float32]]],
    noise: Floats,
    power: list[NDArray[np.float32]],
    known: NDArray[np.bool_],
    maps: Floats,
) -> None:
    """F = (1 + dG G^-1)^-T; strain is its symmetric part less one: put into ``maps`` where it is known.

    ``local`` has dG: by direction (x, y), then by spot; ``noise`` likewise, at unit amplitude.
    """
    inverse = np.linalg.inv(base).tolist()
    # (1 + dG G^-1)^T element by element: products of small matrices on each pixel are slow.
    # Plain floats keep single precision.
    m = [
        [local[b][0] * inverse[0][a] + local[b][1] * inverse[1][a] + (1.0 if a == b else 0.0) for b in (0, 1)]
        for a in (0, 1)
    ]
    determinant = m[0][0] * m[1][1] - m[0][1] * m[1][0]
    with np.errstate(divide="ignore", invalid="ignore"):
        f00, f11 = m[1][1] / determinant, m[0][0] / determinant
        f01, f10 = -m[0][1] / determinant, -m[1][0] / determinant
        share = [np.float32(1.0) / one for one in power]

    def spread(*weights: tuple[int, int, float]) -> NDArray[np.float32]:
        """Deviation of a sum of components of dG, each (direction, spot, factor), at the local amplitude."""
        by_spot = [sum((noise[d, n] * f) ** 2 for d, n, f in weights if n == j) for j in (0, 1)]
        found: NDArray[np.float32] = np.sqrt(share[0] * float(by_spot[0]) + share[1] * float(by_spot[1]))
        return found

    good = known & (np.abs(determinant) > 0.1)
    values = (
        f00 - 1.0,
        f11 - 1.0,
        0.5 * (f01 + f10),
        0.5 * (f10 - f01),
        spread((0, 0, inverse[0][0]), (0, 1, inverse[1][0])),
        spread((1, 0, inverse[0][1]), (1, 1, inverse[1][1])),
        spread(
            *((1, j, 0.5 * inverse[j][0]) for j in (0, 1)), *((0, j, 0.5 * inverse[j][1]) for j in (0, 1))
        ),
    )
    for one, out in zip(values, maps, strict=True):
        np.copyto(out, one, where=good)
