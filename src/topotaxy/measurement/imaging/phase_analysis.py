"""Geometric phase analysis: strain of a lattice image against a reference, with its noise.

M. J. Hytch, E. Snoeck, R. Kilaas, Ultramicroscopy 74 (1998) 131, doi:10.1016/S0304-3991(98)00035-7. The
gradient of the phase is taken from products of neighbours, so that nothing has to be unwrapped.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.imaging.spots import Floats, Spot

MOST_NOISE = 0.5
"""Noise of the filtered wave over its amplitude beyond which its phase means nothing: masked. Estimate; the
formula of the noise holds within 3 % up to there (trial with known noise)."""
EDGE = 3.0
"""Widths of the filter in real space that are cut off at the edges: the transform is periodic."""


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
    """

    xx: Floats
    yy: Floats
    xy: Floats
    rotation: Floats
    xx_noise: Floats
    yy_noise: Floats
    xy_noise: Floats
    resolution: float

    @property
    def areas(self) -> float:
        """Independent areas of the map: known pixels over 4 pi resolution^2."""
        return max(1.0, float(np.isfinite(self.xx).sum()) / (4.0 * math.pi * self.resolution**2))

    def mean_noise(self, weights: Floats) -> tuple[float, float]:
        """Return one standard deviation of a weighted mean of ``xx`` and of ``yy`` that noise makes.

        A mean of gradients is the difference of phases at the ends, so that it is known much better than
        from independent areas. White noise through the mask M gives the gradient along x the power M^2
        sin^2(2 pi q_x) at the distance q from the spot; that of the mean is this times |W|^2, W the
        transform of the weights.

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
        found = []
        for noise, a, b in (
            (self.xx_noise, down, across * np.sin(2.0 * math.pi * kx) ** 2),
            (self.yy_noise, down * np.sin(2.0 * math.pi * ky) ** 2, across),
        ):
            left = float(a @ power @ b) / float(a.sum() * b.sum())
            size = np.abs(weights)
            one = float((np.where(size > 0.0, noise, 0.0) ** 2 * size).sum() / size.sum())
            found.append(math.sqrt(one * left))
        return found[0], found[1]


@dataclass(frozen=True, kw_only=True)
class _Wave:
    """Local frequency of one spot less the spot's, along rows and columns; its noise; power where known."""

    gradient: tuple[NDArray[np.float32], NDArray[np.float32]]
    noise: Floats
    known: Floats


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
    waves = [_wave(transform, spot, sigma) for spot in spots]
    resolution = 1.0 / (2.0 * math.pi * sigma)
    cut = math.ceil(EDGE * resolution)
    known = waves[0].known * waves[1].known
    for along in (0, 1):
        index: list[slice] = [slice(None), slice(None)]
        for edge in (slice(0, cut), slice(image.shape[along] - cut, None)):
            index[along] = edge
            known[tuple(index)] = 0.0
    whole = reference or (slice(None), slice(None))
    used = np.zeros(image.shape, dtype=bool)
    used[whole] = True
    used &= known > 0.0
    # x first: columns of the matrices are the vectors g, in cycles per unit of length.
    scale = 1.0 / pixel_size[::-1]
    base = np.stack([spot.frequency[::-1] * scale for spot in spots], axis=1)
    noise = np.stack([wave.noise[::-1] * scale for wave in waves], axis=1)
    local = [[waves[j].gradient[1 - d] * float(scale[d]) for j in (0, 1)] for d in (0, 1)]
    if used.any():
        mean = np.array([[float(one[used].mean(dtype=np.float64)) for one in row] for row in local])
        base = base + mean
        local = [[local[d][j] - float(mean[d, j]) for j in (0, 1)] for d in (0, 1)]
    return _strain(base, local, noise, [wave.known for wave in waves], known, resolution)


def _wave(transform: Floats, spot: Spot, sigma: float) -> _Wave:
    """Filter out the wave of one spot, and the gradient of its phase.

    With C = A e^(i phi) and its neighbours at +1 and -1, grad phi / 2 pi = arg(C_+ C_-^*) / 4 pi. Noise of
    power P per pixel gives it the variance P sum(M^2 sin^2(2 pi q)) / (2 N A^2 (2 pi)^2), M the mask at the
    distance q from the spot and N the number of pixels.
    """
    from scipy import fft

    rows, columns = transform.shape
    ky, kx = np.fft.fftfreq(rows)[:, None], np.fft.fftfreq(columns)[None]
    qy, qx = ky - spot.frequency[0], kx - spot.frequency[1]
    down, across = np.exp(-(qy**2) / (2.0 * sigma**2)), np.exp(-(qx**2) / (2.0 * sigma**2))
    # Single precision: 1e-7 of a turn is far below any noise, and takes half of the time.
    wave = fft.ifft2(transform * (down.astype(np.float32) * across.astype(np.float32)))
    gradient = (np.zeros((rows, columns), dtype=np.float32), np.zeros((rows, columns), dtype=np.float32))
    # The carrier of the spot turns by 4 pi k over two pixels: taken off here, not on every pixel before.
    turns = np.exp(-4j * math.pi * spot.frequency).astype(np.complex64)
    gradient[0][1:-1] = np.angle(wave[2:] * (wave[:-2].conj() * turns[0])) / (4.0 * math.pi)
    gradient[1][:, 1:-1] = np.angle(wave[:, 2:] * (wave[:, :-2].conj() * turns[1])) / (4.0 * math.pi)
    power = wave.real**2 + wave.imag**2
    total = rows * columns
    variance = spot.noise**2
    sums = [
        float((down**2 * np.sin(2.0 * math.pi * qy) ** 2).sum() * (across**2).sum()),
        float((down**2).sum() * (across**2 * np.sin(2.0 * math.pi * qx) ** 2).sum()),
    ]
    # Per unit of 1/A^2; divided by the local power where it is used.
    noise = np.array([variance * one / (2.0 * total * (2.0 * math.pi) ** 2) for one in sums])
    floor = variance * float((down**2).sum() * (across**2).sum()) / total
    known = np.where(power * MOST_NOISE**2 > floor, power, 0.0)
    return _Wave(gradient=gradient, noise=np.sqrt(noise), known=known)


def _strain(
    base: Floats,
    local: list[list[NDArray[np.float32]]],
    noise: Floats,
    power: list[Floats],
    known: Floats,
    resolution: float,
) -> StrainMap:
    """F = (1 + dG G^-1)^-T; strain is its symmetric part less one.

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
        # Variances of the components of dG, by direction and spot, at the local amplitude.
        share = [1.0 / one for one in power]
    var = [[float(noise[d, j]) ** 2 * share[j] for j in (0, 1)] for d in (0, 1)]
    good = (known > 0.0) & (np.abs(determinant) > 0.1)
    sums = {
        "xx": sum(var[0][j] * inverse[j][0] ** 2 for j in (0, 1)),
        "yy": sum(var[1][j] * inverse[j][1] ** 2 for j in (0, 1)),
        "xy": sum(var[1][j] * inverse[j][0] ** 2 + var[0][j] * inverse[j][1] ** 2 for j in (0, 1)) / 4.0,
    }
    return StrainMap(
        xx=_where(good, f00 - 1.0),
        yy=_where(good, f11 - 1.0),
        xy=_where(good, 0.5 * (f01 + f10)),
        rotation=_where(good, 0.5 * (f10 - f01)),
        xx_noise=np.sqrt(_where(good, sums["xx"])),
        yy_noise=np.sqrt(_where(good, sums["yy"])),
        xy_noise=np.sqrt(_where(good, sums["xy"])),
        resolution=resolution,
    )


def _where(good: NDArray[np.bool_], values: Floats) -> Floats:
    return np.asarray(np.where(good, values, np.nan), dtype=np.float64)
