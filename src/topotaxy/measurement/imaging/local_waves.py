"""Local Fourier transform: what an image holds of one frequency at each of its places.

The image is filtered about the frequency with a Gaussian; the lattice that all of it shares is taken out
first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.imaging.lattice import Lattice
from topotaxy.measurement.imaging.record import Floats
from topotaxy.measurement.imaging.spots import power_spectrum, radii, ring_background, window

WIDTH = 0.045
"""Of the filter, one sigma, 1/Å: it blurs by 3.5 Å. Wider ones blur less, but let waves 0.09 1/Å away in:
those of metal in rock salt."""
BLUR = 1.0 / (2.0 * math.pi * WIDTH)
"""Of the filter, one sigma, Å."""
SHORTEST = 1.2
"""Shortest spacing that is looked for, Å."""
NOTCH = 0.012
"""Radius about spots of the lattice that is taken out, 1/Å: the lattice, and its bends over 8 nm or more."""
EDGE = 3.0
"""Blurs over which the image fades at its edges, where no domain is looked for; one blur more is left out."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LocalWaves:
    """An image ready to be filtered.

    Attributes
    ----------
    transform:
        Of the faded image, less the waves of its lattice, (rows, columns).
    background:
        Power of noise at each frequency, per pixel of the image, (rows, columns).
    own:
        Frequencies of the lattice and zero, (n, 2), 1/Å.
    extent:
        Height and width of the image, (2,), Å.
    half:
        Bins of the transform that the filter reaches to either side, (2,).
    shape:
        Of the grid on which a filtered image is given: coarse, as it has no fine detail.
    """

    transform: NDArray[np.complex128]
    background: Floats
    own: Floats
    extent: Floats
    half: NDArray[np.int64]
    shape: tuple[int, int]

    @property
    def cell(self) -> Floats:
        """Height and width of a point of a filtered image, (2,), Å."""
        return np.asarray(self.extent / np.array(self.shape), dtype=np.float64)

    @property
    def inside(self) -> tuple[slice, slice]:
        """Points that are far enough from the edges, where the wave of the lattice itself begins and ends."""
        margins = np.ceil((EDGE + 1.0) * BLUR / self.cell).astype(int)
        rows, columns = (slice(int(m), n - int(m)) for m, n in zip(margins, self.shape, strict=True))
        return rows, columns

    def at(self, g: Floats) -> NDArray[np.complex128]:
        """Return the wave about a frequency, moved to zero, on the coarse grid.

        Parameters
        ----------
        g : array (2,)
            Along rows and columns, 1/Å; moved by whole bins only, what is left stays in the wave.
        """
        from scipy import fft

        rows, columns = self.transform.shape
        middle = np.round(g * self.extent).astype(int)
        steps = [np.arange(-int(h), int(h) + 1) for h in self.half]
        block = self.transform[np.ix_((middle[0] + steps[0]) % rows, (middle[1] + steps[1]) % columns)]
        mask = [
            np.exp(-(((middle[n] + steps[n]) / self.extent[n] - g[n]) ** 2) / (2.0 * WIDTH**2))
            for n in (0, 1)
        ]
        small = np.zeros(self.shape, dtype=np.complex128)
        small[np.ix_(steps[0] % self.shape[0], steps[1] % self.shape[1])] = (
            block * mask[0][:, None] * mask[1][None]
        )
        scale = math.prod(self.shape) / (rows * columns)
        return np.asarray(fft.ifft2(small) * scale, dtype=np.complex128)

    def noise(self, g: Floats) -> float:
        """Return the root of the mean square of noise filtered about a frequency.

        Parameters
        ----------
        g : array (2,)
            Along rows and columns, 1/Å.
        """
        rows, columns = self.background.shape
        at = np.round(g * self.extent).astype(int)
        density = float(self.background[at[0] % rows, at[1] % columns])
        # Sum of the squared mask over frequencies, over the number of pixels squared times pixels.
        return math.sqrt(density * math.pi * WIDTH**2 * float(self.extent.prod()) / (rows * columns))

    def refined(self, g: Floats, place: tuple[int, int]) -> Floats:
        """Return the frequency at a place, from the gradient of the phase there; twice, as the filter moves.

        Parameters
        ----------
        g : array (2,)
            First guess, 1/Å.
        place : tuple of int (2,)
            Point of the coarse grid.
        """
        for _ in range(2):
            wave = self.at(g)
            slope = []
            for along in (0, 1):
                after = wave[_moved(place, along, 1, self.shape)]
                before = wave[_moved(place, along, -1, self.shape)]
                slope.append(
                    float(np.angle(after * np.conj(before))) / (4.0 * math.pi * float(self.cell[along]))
                )
            # The block was moved by whole frequencies of the image, the rest is in the wave.
            g = np.round(g * self.extent) / self.extent + np.clip(slope, -2.0 * WIDTH, 2.0 * WIDTH)
        return np.asarray(g, dtype=np.float64)


def local_waves(image: Floats, lattice: Lattice | None, pixel_size: Floats) -> LocalWaves:
    """Return an image ready to be filtered, without the waves of its lattice.

    Parameters
    ----------
    image : array (rows, columns)
        Any unit.
    lattice : Lattice, optional
        Of the whole image.
    pixel_size : array (2,)
        Height and width of a pixel, Å.
    """
    from scipy import fft

    extent = np.array(image.shape) * pixel_size
    ky, kx = (np.fft.fftfreq(n, float(p)) for n, p in zip(image.shape, pixel_size, strict=True))
    own = _own_waves(lattice, pixel_size)
    keep = np.ones(image.shape, dtype=bool)
    for g in own:
        keep &= np.hypot(ky[:, None] - g[0], kx[None] - g[1]) > NOTCH
    taper = [_taper(n, EDGE * BLUR / float(p)) for n, p in zip(image.shape, pixel_size, strict=True)]
    half = np.ceil(3.2 * WIDTH * extent).astype(np.int64)
    return LocalWaves(
        transform=fft.fft2(
            _without(image - image.mean(), lattice, taper) * taper[0][:, None] * taper[1][None]
        )
        * keep,
        background=_background(image),
        own=own,
        extent=extent,
        half=half,
        shape=(int(fft.next_fast_len(4 * int(half[0]))), int(fft.next_fast_len(4 * int(half[1])))),
    )


def _without(image: Floats, lattice: Lattice | None, weights: list[Floats]) -> Floats:
    """The image less the mean waves of its lattice's spots.

    Where they fade at the edges they would be waves of other frequencies, stronger than a domain.
    """
    if lattice is None:
        return image
    places = [np.arange(len(w)) - 0.5 * (len(w) - 1) for w in weights]
    k = np.array([spot.frequency for spot in lattice.members])
    down, across = (np.exp(2j * math.pi * np.outer(places[n], k[:, n])) for n in (0, 1))
    weighted = (down.conj() * weights[0][:, None]).T @ image
    amplitude = (weighted * (across.conj() * weights[1][:, None]).T).sum(axis=1)
    turned = across * (2.0 * amplitude / float(weights[0].sum() * weights[1].sum()))
    left = image - down.real @ turned.real.T
    left += down.imag @ turned.imag.T
    return np.asarray(left, dtype=np.float64)


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


def _moved(place: tuple[int, int], along: int, by: int, shape: tuple[int, int]) -> tuple[int, int]:
    at = list(place)
    at[along] = (at[along] + by) % shape[along]
    return at[0], at[1]
