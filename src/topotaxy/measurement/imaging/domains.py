"""Domains: places where an image has a lattice wave of its own, beside those of the whole image.

A local Fourier transform: the image is filtered about the frequencies of a grid, which gives the local
amplitude of each wave. Waves of the image's own lattice are taken out first. What stands above noise is a
domain; its size is that of a disc which, blurred by the filter, is as wide at half of its height.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.imaging.disc_sizes import disc_diameter
from topotaxy.measurement.imaging.lattice import Lattice
from topotaxy.measurement.imaging.local_waves import BLUR, SHORTEST, WIDTH, LocalWaves, local_waves
from topotaxy.measurement.imaging.record import Floats

LONGEST = 3.2
"""Longest spacing that is looked for, Å."""
SPACED = 1.3
"""Distance of filters, in their widths."""
APART = 2.0
"""Distance from waves of the lattice, in widths of the filter, within which no domain is looked for."""
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
    amplitude:
        There, in units of the image's intensity.
    """

    centre: Floats
    diameter: float
    frequency: Floats
    deviation: float
    ratio: float
    amplitude: float

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
    finest = 0.42 / float(pixel_size.max())
    smallest = float((np.array(image.shape) * pixel_size).min())
    if finest < 1.2 / LONGEST or smallest < 8.0 * BLUR:
        return None
    waves = local_waves(image, lattice, pixel_size)
    bank = _bank(min(1.0 / SHORTEST, finest), waves.own)
    if not bank:
        return None
    stack, noise = _filtered(waves, bank)
    areas = float(waves.extent.prod()) * (2.0 * math.pi * WIDTH) ** 2 / math.pi
    limit = math.sqrt(math.log(max(areas * len(bank), 2.0) / RISK))
    domains = tuple(
        Domain(
            centre=place * waves.cell / pixel_size,
            diameter=disc_diameter(wide, BLUR),
            frequency=g,
            deviation=WIDTH / (math.sqrt(2.0) * height),
            ratio=height,
            amplitude=2.0 * amplitude,
        )
        for place, wide, g, height, amplitude in _searched(stack, bank, waves, limit, noise)
    )
    return DomainMap(
        domains=domains,
        ratio=stack.max(axis=0).astype(np.float64),
        limit=limit,
        cell=waves.cell,
        blur=BLUR,
        # A cosine has half of its amplitude at g and half at -g.
        least=2.0 * limit * float(np.median(noise)),
    )


def _filtered(waves: LocalWaves, bank: Sequence[Floats]) -> tuple[NDArray[np.float32], Floats]:
    """Amplitude over noise at each frequency and place, zero near the edges, and the noise of each."""
    inside = waves.inside
    stack = np.zeros((len(bank), *waves.shape), dtype=np.float32)
    noise = np.empty(len(bank))
    for number, g in enumerate(bank):
        amplitude = np.abs(waves.at(g))[inside]
        # Streaks of a scan are noise of some frequencies, but everywhere; its power is exponential.
        streaks = math.sqrt(float(np.quantile(amplitude**2, QUIET)) / -math.log(1.0 - QUIET))
        noise[number] = max(GROUND * waves.noise(g), streaks)
        stack[number][inside] = amplitude / noise[number]
    return stack, noise


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


def _searched(
    stack: NDArray[np.float32],
    bank: Sequence[Floats],
    waves: LocalWaves,
    limit: float,
    noise: Floats,
) -> list[tuple[Floats, float, Floats, float, float]]:
    """Domains by falling height: place (points), width at half height (Å), frequency, height over noise, and
    height."""
    from scipy import ndimage

    found: list[tuple[Floats, float, Floats, float, float]] = []
    plane = np.array(bank)
    left = stack.copy()
    shape, cell = waves.shape, waves.cell
    for _ in range(MOST):
        top = int(np.argmax(left))
        number, row, column = np.unravel_index(top, left.shape)
        if left[number, row, column] < limit:
            break
        g = waves.refined(plane[number], (int(row), int(column)))
        amplitude = np.abs(waves.at(g)) / noise[number]
        height = float(amplitude[row, column])
        marked, _ = ndimage.label(amplitude > 0.5 * height)
        mine = marked == marked[row, column]
        # What moves to a wave of the lattice is the edge of a place where the lattice ends.
        foreign = float(np.hypot(*(waves.own - g).T).min()) > WIDTH
        if height > 0.0 and marked[row, column] and foreign:
            wide = 2.0 * math.sqrt(float(mine.sum()) * float(cell.prod()) / math.pi)
            weight = amplitude * mine
            place = np.array([(weight.sum(1 - n) * np.arange(shape[n])).sum() for n in (0, 1)]) / weight.sum()
            found.append((place, wide, g, height, height * float(noise[number])))
        # What the same wave makes in neighbouring filters is no other domain.
        near = np.hypot(*(plane - g).T) < 2.8 * WIDTH
        near[number] = True
        reach = max(2, round(BLUR / float(cell.min())))
        gone = ndimage.binary_dilation(mine, iterations=reach) if marked[row, column] else mine
        gone[row, column] = True
        left[np.ix_(near, gone.any(axis=1).nonzero()[0], gone.any(axis=0).nonzero()[0])] = 0.0
    return found
