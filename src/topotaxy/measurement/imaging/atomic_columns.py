"""Atomic columns: places by fit, and whether their distances scatter more than noise makes them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from topotaxy.measurement.imaging.lattice import Lattice
from topotaxy.measurement.imaging.spots import Floats, power_spectrum, radii

FEWEST = 25
"""Columns below which a spread is not stated."""
STEPS = 12
NEAR = 0.3
"""Of a lattice vector: how far from its place a neighbour may be."""
RADIUS = 0.35
"""Of the distance of columns: the window of the fit."""
MOST = 40000


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Distances of neighbours along one vector of the lattice, in units of ``pixel_size``.

    Attributes
    ----------
    vector:
        Mean vector between neighbours, (2,), rows and columns.
    distances:
        Of each pair along the vector, (n,).
    seen, noise:
        Their standard deviation, and what the noise of the image makes of it.
    excess, deviation:
        Standard deviation beyond noise, 0 where there is none, and one standard deviation of it.
    """

    vector: Floats
    distances: Floats
    seen: float
    noise: float
    excess: float
    deviation: float

    @property
    def length(self) -> float:
        """Mean distance."""
        return float(np.hypot(*self.vector))


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Fitted columns.

    Attributes
    ----------
    places:
        Rows and columns, (n, 2), in pixels.
    deviation:
        One standard deviation of each by the noise of the image, (n,), pixels.
    spreads:
        Along both vectors of the lattice.
    """

    places: Floats
    deviation: Floats
    spreads: tuple[Spread, ...]


def white_noise(image: Floats) -> float:
    """Return the standard deviation of noise on one pixel, from frequencies where no spot is.

    The median power of the outer frequencies (0.35 to 0.5 cycles per pixel): noise alone where the image is
    finer than its contrast.

    Parameters
    ----------
    image : array (rows, columns)
        Any unit.
    """
    power, k = power_spectrum(image), radii((image.shape[0], image.shape[1]))
    outer = (k > 0.35) & (k < 0.5)
    weights = [np.sin(np.pi * (np.arange(n) + 0.5) / n) ** 4 for n in image.shape]
    return math.sqrt(
        float(np.median(power[outer])) / math.log(2.0) / float(weights[0].sum() * weights[1].sum())
    )


def columns_of(image: Floats, lattice: Lattice, pixel_size: Floats) -> Columns | None:
    """Return the columns of a lattice image, None where there are too few.

    Maxima of the smoothed image start a fit of a Gaussian on a flat ground in a window about each; all have
    one width, the median of a first fit.

    Parameters
    ----------
    image : array (rows, columns)
        Bright columns on dark ground.
    lattice : Lattice
        Of the spots of its transform; it says how far apart columns are.
    pixel_size : array (2,)
        Height and width of a pixel.
    """
    from scipy import ndimage

    vectors: Floats = np.asarray(np.linalg.inv(lattice.basis), dtype=np.float64)
    apart = float(min(np.hypot(*row) for row in _shortest(vectors)))
    if apart < 4.0:
        return None
    smooth = ndimage.gaussian_filter(image, 0.12 * apart)
    reach = math.ceil(RADIUS * apart)
    size = max(3, 2 * round(0.35 * apart) + 1)
    peaks = (smooth == ndimage.maximum_filter(smooth, size=size)) & (smooth > np.median(smooth))
    places: Floats = np.argwhere(peaks).astype(np.float64)
    inside = ((places > reach) & (places < np.array(image.shape) - 1 - reach)).all(axis=1)
    places = places[inside][:MOST]
    if len(places) < FEWEST:
        return None
    noise = white_noise(image)
    width = 0.22 * apart
    for _ in range(2):
        fitted, width_of_each, _ = _fitted(image, places, reach, width, noise, free_width=True)
        width = float(np.median(width_of_each))
    fitted, _, deviation = _fitted(image, places, reach, width, noise, free_width=False)
    good = (np.abs(fitted - places) < 0.25 * apart).all(axis=1)
    fitted, deviation = fitted[good], deviation[good]
    spreads = tuple(
        spread
        for row in _shortest(vectors)
        if (spread := _spread(fitted, deviation, row, pixel_size)) is not None
    )
    return Columns(places=fitted, deviation=deviation, spreads=spreads) if spreads else None


def _shortest(vectors: Floats) -> list[Floats]:
    """Two short vectors of the lattice whose rows are given, at about right angles if there are such."""
    options = [m * vectors[0] + n * vectors[1] for m, n in ((1, 0), (0, 1), (1, 1), (1, -1), (2, 1), (1, 2))]
    options.sort(key=lambda one: float(np.hypot(*one)))
    first = options[0]
    for other in options[1:]:
        if abs(float(first[0] * other[1] - first[1] * other[0])) > 0.3 * float(
            np.hypot(*first) * np.hypot(*other)
        ):
            return [first, other]
    return [first]


def _fitted(
    image: Floats, places: Floats, reach: int, width: float, noise: float, *, free_width: bool
) -> tuple[Floats, Floats, Floats]:
    """Places, widths and deviations of Gaussians by Gauss and Newton, all columns at once."""
    steps = np.arange(-reach, reach + 1)
    dy, dx = (one.ravel() for one in np.meshgrid(steps, steps, indexing="ij"))
    round_window = np.hypot(dy, dx) <= reach + 0.5
    dy, dx = dy[round_window], dx[round_window]
    corner = np.round(places).astype(np.int64)
    values = image[corner[:, 0, None] + dy, corner[:, 1, None] + dx]
    y, x = (places - corner).T
    wide = np.full(len(places), width)
    covariance = np.full((len(places), 4, 4), np.nan)
    for _ in range(STEPS):
        oy, ox = dy[None] - y[:, None], dx[None] - x[:, None]
        shape = np.exp(-(oy**2 + ox**2) / (2.0 * wide[:, None] ** 2))
        ground, height = _linear(values, shape)
        slope = height[:, None] * shape / wide[:, None] ** 2
        parts = [np.ones_like(shape), shape, slope * oy, slope * ox]
        if free_width:
            parts.append(slope * (oy**2 + ox**2) / wide[:, None])
        design = np.stack(parts, axis=2)
        rest = values - ground[:, None] - height[:, None] * shape
        normal = np.einsum("nij,nik->njk", design, design)
        normal += 1e-9 * np.trace(normal, axis1=1, axis2=2)[:, None, None] * np.eye(design.shape[2])
        move = np.linalg.solve(normal, np.einsum("nij,ni->nj", design, rest)[:, :, None])[:, :, 0]
        y, x = y + np.clip(move[:, 2], -0.5, 0.5), x + np.clip(move[:, 3], -0.5, 0.5)
        if free_width:
            wide = np.clip(wide + np.clip(move[:, 4], -0.2 * width, 0.2 * width), 0.3 * width, 3.0 * width)
        covariance = np.linalg.inv(normal[:, :4, :4])
    spread = noise * np.sqrt(0.5 * (covariance[:, 2, 2] + covariance[:, 3, 3]))
    return corner + np.stack([y, x], axis=1), wide, spread


def _linear(values: Floats, shape: Floats) -> tuple[Floats, Floats]:
    """Ground and height of each column by least squares at a given shape."""
    mean, flat = shape.mean(axis=1), values.mean(axis=1)
    top = ((shape - mean[:, None]) * values).sum(axis=1)
    height = top / np.maximum(((shape - mean[:, None]) ** 2).sum(axis=1), 1e-12)
    return flat - height * mean, height


def _spread(places: Floats, deviation: Floats, vector: Floats, pixel_size: Floats) -> Spread | None:
    """Distances of neighbours along a vector (pixels); places far off are left out as no neighbours."""
    from scipy.spatial import cKDTree

    tree = cKDTree(places)
    away, other = tree.query(places + vector, distance_upper_bound=NEAR * float(np.hypot(*vector)))
    first = np.flatnonzero(np.isfinite(away))
    if len(first) < FEWEST:
        return None
    second = other[first]
    steps = (places[second] - places[first]) * pixel_size
    mean = np.median(steps, axis=0)
    unit = mean / float(np.hypot(*mean))
    distances = steps @ unit
    scale = float(np.hypot(*(unit * pixel_size)))
    noise2 = float((deviation[first] ** 2 + deviation[second] ** 2).mean()) * scale**2
    seen2 = float(distances.var(ddof=1))
    # A column is in two distances: their number is about twice that of independent ones.
    error2 = seen2 * math.sqrt(2.0 * 2.0 / len(distances))
    excess = math.sqrt(max(seen2 - noise2, 0.0))
    return Spread(
        vector=mean,
        distances=distances,
        seen=math.sqrt(seen2),
        noise=math.sqrt(noise2),
        excess=excess,
        deviation=error2 / (2.0 * excess) if excess**2 > error2 else math.sqrt(error2),
    )
