"""Domains: places where an image has a lattice wave of its own, beside those of the whole image.

A local Fourier transform: the image is filtered about the frequencies of a grid, which gives the local
amplitude of each wave. Waves of the image's own lattice are taken out first. What stands above noise is a
domain; its size is that of a disc which, blurred by the filter, is as wide at half of its height.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.imaging.lattice import Lattice
from topotaxy.measurement.imaging.spots import Floats, power_spectrum, radii, ring_background, window

WIDTH = 0.045
"""Of the filter, one sigma, 1/Å: it blurs by 3.5 Å. Wider ones blur less, but let waves 0.09 1/Å away in:
those of metal in rock salt."""
LONGEST, SHORTEST = 3.2, 1.2
"""Spacings that are looked for, Å."""
SPACED = 1.3
"""Distance of filters, in their widths."""
APART = 2.0
"""Distance from waves of the lattice, in widths of the filter, within which no domain is looked for."""
NOTCH = 0.012
"""Radius about spots of the lattice that is taken out, 1/Å: the lattice, and its bends over 8 nm or more."""
EDGE = 3.0
"""Blurs over which the image fades at its edges, where no domain is looked for; one blur more is left out."""
QUIET = 0.25
"""Share of the image that is taken to have no domain of a wave, whatever the wave."""
RISK = 1e-3
MOST = 300
GROUND = 1.6
"""Safety of the noise: what disorder of a lattice makes is not white. An estimate."""


@dataclass(frozen=True, kw_only=True)
class Domain:
    """A place with a wave of its own.

    Attributes
    ----------
    centre:
        Row and column, pixels.
    diameter:
        Å.
    frequency:
        (2,), along rows and columns, 1/Å.
    deviation:
        Of |frequency| by noise, 1/Å.
    ratio:
        Amplitude over noise at its middle.
    """

    centre: Floats
    diameter: float
    frequency: Floats
    deviation: float
    ratio: float

    @property
    def spacing(self) -> float:
        """Of its planes, Å."""
        return 1.0 / float(np.hypot(*self.frequency))


@dataclass(frozen=True, kw_only=True)
class DomainMap:
    """Domains of an image.

    Attributes
    ----------
    domains:
        By falling ratio.
    ratio:
        Largest amplitude over noise of all waves that do not belong to the lattice, (rows, columns), coarse.
    limit:
        Of that, above which there is a domain.
    cell:
        Height and width of a point of the map, (2,), Å.
    blur:
        Of the filter, one sigma, Å.
    least:
        Amplitude in the image, in units of its intensity, that would have been seen in the median filter.
    """

    domains: tuple[Domain, ...]
    ratio: Floats
    limit: float
    cell: Floats
    blur: float
    least: float


def domains_of(image: Floats, lattice: Lattice | None, pixel_size: Floats) -> DomainMap | None:
    """Return the domains of an image; None where its pixels are too coarse or it is too small.

    Parameters
    ----------
    image : array (rows, columns)
        Any unit.
    lattice : Lattice, optional
        Of the whole image, whose waves are no domains.
    pixel_size : array (2,)
        Height and width of a pixel, Å.
    """
    from scipy import fft

    rows, columns = image.shape
    extent = np.array(image.shape) * pixel_size
    finest = 0.42 / float(pixel_size.max())
    if finest < 1.2 / LONGEST or float(extent.min()) < 8.0 / (2.0 * math.pi * WIDTH):
        return None
    ky = np.fft.fftfreq(rows, float(pixel_size[0]))[:, None]
    kx = np.fft.fftfreq(columns, float(pixel_size[1]))[None]
    own = _own_waves(lattice, pixel_size)
    blur = 1.0 / (2.0 * math.pi * WIDTH)
    taper = [_taper(n, EDGE * blur / float(p)) for n, p in zip(image.shape, pixel_size, strict=True)]
    transform = fft.fft2((image - image.mean()) * taper[0][:, None] * taper[1][None])
    keep = np.ones(image.shape, dtype=bool)
    for g in own:
        keep &= np.hypot(ky - g[0], kx - g[1]) > NOTCH
    background = _background(image)
    transform = transform * keep
    bank = _bank(min(1.0 / SHORTEST, finest), own)
    if not bank:
        return None
    half = np.ceil(3.2 * WIDTH * extent).astype(int)
    shape = (int(fft.next_fast_len(4 * int(half[0]))), int(fft.next_fast_len(4 * int(half[1]))))
    cell = extent / np.array(shape)
    # Near the edges the wave of the lattice itself begins and ends.
    margins = np.ceil((EDGE + 1.0) * blur / cell).astype(int)
    rows_in = slice(int(margins[0]), shape[0] - int(margins[0]))
    columns_in = slice(int(margins[1]), shape[1] - int(margins[1]))
    stack = np.zeros((len(bank), *shape), dtype=np.float32)
    noise = np.empty(len(bank))
    for number, g in enumerate(bank):
        amplitude = np.abs(_local(transform, g, half, shape, extent))[rows_in, columns_in]
        white = GROUND * _noise(background, g, pixel_size, extent)
        # Streaks of a scan are noise of some frequencies, but everywhere; its power is exponential.
        streaks = math.sqrt(float(np.quantile(amplitude**2, QUIET)) / -math.log(1.0 - QUIET))
        noise[number] = max(white, streaks)
        stack[number, rows_in, columns_in] = amplitude / noise[number]
    areas = float(extent.prod()) * (2.0 * math.pi * WIDTH) ** 2 / math.pi
    limit = math.sqrt(math.log(max(areas * len(bank), 2.0) / RISK))
    ratio = stack.max(axis=0).astype(np.float64)
    found = _searched(stack, bank, transform, half, shape, extent, limit, noise)
    domains = tuple(
        Domain(
            centre=place * cell / pixel_size,
            diameter=disc_diameter(wide, blur),
            frequency=g,
            deviation=WIDTH / (math.sqrt(2.0) * height),
            ratio=height,
        )
        for place, wide, g, height in found
    )
    # A cosine has half of its amplitude at g and half at -g.
    least = 2.0 * limit * float(np.median(noise))
    return DomainMap(domains=domains, ratio=ratio, limit=limit, cell=cell, blur=blur, least=least)


def _taper(count: int, width: float) -> Floats:
    """1, falling to 0 as a cosine over ``width`` points at both ends."""
    inside = np.minimum(np.arange(count) + 0.5, count - 0.5 - np.arange(count)) / width
    return np.asarray(np.sin(0.5 * math.pi * np.clip(inside, 0.0, 1.0)) ** 2, dtype=np.float64)


def _own_waves(lattice: Lattice | None, pixel_size: Floats) -> Floats:
    """All points of the lattice in the plane of frequencies, (n, 2), 1/Å, and zero."""
    if lattice is None:
        return np.zeros((1, 2))
    basis = lattice.basis / pixel_size[:, None]
    span = np.arange(-8, 9)
    points = np.stack(np.meshgrid(span, span, indexing="ij"), axis=-1).reshape(-1, 2) @ basis.T
    return np.asarray(points[np.hypot(*points.T) < 1.2 / SHORTEST], dtype=np.float64)


def _background(image: Floats) -> Floats:
    """Power of noise at each frequency per pixel of the image, (rows, columns)."""
    power, k = power_spectrum(image), radii((image.shape[0], image.shape[1]))
    weights = [float((window(n) ** 2).sum()) for n in image.shape]
    return np.asarray(ring_background(power, k) / (weights[0] * weights[1]), dtype=np.float64)


def _noise(background: Floats, g: Floats, pixel_size: Floats, extent: Floats) -> float:
    """Root of the mean square of the filtered noise at a frequency."""
    rows, columns = background.shape
    at = np.round(g * extent).astype(int)
    density = float(background[at[0] % rows, at[1] % columns])
    # Sum of the squared mask over frequencies, over the number of pixels squared times pixels.
    return math.sqrt(density * math.pi * WIDTH**2 * float(extent.prod()) / (rows * columns))


def _bank(highest: float, own: Floats) -> list[Floats]:
    """Frequencies of filters, one of each pair g and -g, away from the waves of the lattice."""
    step = SPACED * WIDTH
    count = math.ceil(highest / step)
    found = []
    for i in range(-count, count + 1):
        for j in range(count + 1):
            g = np.array([i * step, j * step])
            size = float(np.hypot(*g))
            if (j == 0 and i <= 0) or not 1.0 / LONGEST <= size <= highest:
                continue
            if np.hypot(*(own - g).T).min() > APART * WIDTH:
                found.append(g)
    return found


def _local(
    transform: NDArray[np.complex128],
    g: Floats,
    half: NDArray[np.int64],
    shape: tuple[int, int],
    extent: Floats,
) -> NDArray[np.complex128]:
    """The wave about a frequency, moved to zero, on a coarse grid over the image."""
    from scipy import fft

    rows, columns = transform.shape
    middle = np.round(g * extent).astype(int)
    steps = [np.arange(-int(h), int(h) + 1) for h in half]
    block = transform[np.ix_((middle[0] + steps[0]) % rows, (middle[1] + steps[1]) % columns)]
    mask = [np.exp(-(((middle[n] + steps[n]) / extent[n] - g[n]) ** 2) / (2.0 * WIDTH**2)) for n in (0, 1)]
    small = np.zeros(shape, dtype=np.complex128)
    small[np.ix_(steps[0] % shape[0], steps[1] % shape[1])] = block * mask[0][:, None] * mask[1][None]
    return np.asarray(fft.ifft2(small) * (math.prod(shape) / (rows * columns)), dtype=np.complex128)


def _searched(
    stack: NDArray[np.float32],
    bank: Sequence[Floats],
    transform: NDArray[np.complex128],
    half: NDArray[np.int64],
    shape: tuple[int, int],
    extent: Floats,
    limit: float,
    noise: Floats,
) -> list[tuple[Floats, float, Floats, float]]:
    """Domains by falling height: place (points), width at half height (Å), frequency, height over noise."""
    from scipy import ndimage

    found: list[tuple[Floats, float, Floats, float]] = []
    plane = np.array(bank)
    left = stack.copy()
    cell = extent / np.array(shape)
    for _ in range(MOST):
        top = int(np.argmax(left))
        number, row, column = np.unravel_index(top, left.shape)
        if left[number, row, column] < limit:
            break
        g = _refined(transform, plane[number], half, shape, extent, (int(row), int(column)))
        amplitude = np.abs(_local(transform, g, half, shape, extent)) / noise[number]
        height = float(amplitude[row, column])
        marked, _ = ndimage.label(amplitude > 0.5 * height)
        mine = marked == marked[row, column]
        if height > 0.0 and marked[row, column]:
            wide = 2.0 * math.sqrt(float(mine.sum()) * float(cell.prod()) / math.pi)
            weight = amplitude * mine
            place = np.array([(weight.sum(1 - n) * np.arange(shape[n])).sum() for n in (0, 1)]) / weight.sum()
            found.append((place, wide, g, height))
        # What the same wave makes in neighbouring filters is no other domain.
        near = np.hypot(*(plane - g).T) < 2.8 * WIDTH
        near[number] = True
        reach = max(2, round(1.0 / (2.0 * math.pi * WIDTH) / float(cell.min())))
        gone = ndimage.binary_dilation(mine, iterations=reach) if marked[row, column] else mine
        gone[row, column] = True
        left[np.ix_(near, gone.any(axis=1).nonzero()[0], gone.any(axis=0).nonzero()[0])] = 0.0
    return found


def _refined(
    transform: NDArray[np.complex128],
    g: Floats,
    half: NDArray[np.int64],
    shape: tuple[int, int],
    extent: Floats,
    place: tuple[int, int],
) -> Floats:
    """The frequency at a place, from the gradient of the phase there; twice, as the filter then moves."""
    cell = extent / np.array(shape)
    for _ in range(2):
        wave = _local(transform, g, half, shape, extent)
        slope = []
        for along in (0, 1):
            after = wave[_moved(place, along, 1, shape)]
            before = wave[_moved(place, along, -1, shape)]
            slope.append(float(np.angle(after * np.conj(before))) / (4.0 * math.pi * float(cell[along])))
        # The block was moved by whole frequencies of the image, the rest is in the wave.
        g = np.round(g * extent) / extent + np.clip(slope, -2.0 * WIDTH, 2.0 * WIDTH)
    return np.asarray(g, dtype=np.float64)


def _moved(place: tuple[int, int], along: int, by: int, shape: tuple[int, int]) -> tuple[int, int]:
    at = list(place)
    at[along] = (at[along] + by) % shape[along]
    return at[0], at[1]


@lru_cache(maxsize=4)
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
