"""Twins: spots that mirror those of the lattice in one of its planes, and where one crystal ends.

Images of the two crystals' spots are filtered out of the image; the share of the twin's amplitude crosses one
half at the boundary.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.imaging.lattice import Lattice, fitted
from topotaxy.measurement.imaging.phase_analysis import EDGE
from topotaxy.measurement.imaging.spots import Floats, Spot

BINS = 2.0
"""Bins of the transform by which a spot may miss its mirrored place: half a crystal has wider spots."""
SURE = (0.35, 0.65)
"""Share of the twin's amplitude below and above which a place belongs to one crystal: a boundary is a passage
from one side to the other. No physics: it keeps noise about one half from being counted."""
WIDTH = 1.0 / 6.0
"""Of the mask, one sigma, as a share of |g|; as in phase analysis."""


@dataclass(frozen=True, kw_only=True)
class Twin:
    """A twin relation and its boundaries.

    Attributes
    ----------
    normal:
        Unit vector across the boundary, along rows and columns, (2,).
    boundaries:
        Places along the normal from the middle of the image, in units of ``pixel_size``.
    depth:
        Length along the normal that was looked at, likewise.
    places, share:
        Share of the twin's amplitude along the normal, (n,).
    pairs:
        Number of spots with a mirrored partner.
    """

    normal: Floats
    boundaries: tuple[float, ...]
    depth: float
    places: Floats
    share: Floats
    pairs: int


def twin_of(image: Floats, lattice: Lattice, pixel_size: Floats) -> Twin | None:
    """Return the twin of a lattice, None where no spots off the lattice mirror it.

    Parameters
    ----------
    image : array (rows, columns)
        Any unit.
    pixel_size : array (2,)
        Height and width of a pixel.
    """
    relation = _relation(BINS / min(image.shape), lattice, pixel_size)
    if relation is None:
        return None
    normal, pairs = relation
    places, share = _profile(image, pairs[0], normal, pixel_size)
    if len(places) < 3:
        return None
    return Twin(
        normal=normal,
        boundaries=_passages(places, share),
        depth=float(places[-1] - places[0]),
        places=places,
        share=share,
        pairs=len(pairs),
    )


def without_twin(lattice: Lattice, pixel_size: Floats, tolerance: float) -> Lattice:
    """Return the lattice of one crystal where the one found is that of the coincidences with its twin.

    That is so where part of the spots lie on a coarser lattice, and all others are mirror images of those in
    one of its planes.

    Parameters
    ----------
    lattice : Lattice
        Of all spots of the image.
    pixel_size : array (2,)
        Height and width of a pixel.
    tolerance : float
        Distance by which a spot may miss its lattice, cycles per pixel.
    """
    spots = lattice.members
    best: tuple[float, Lattice] | None = None
    for first, second in _coarser(lattice.indices):
        basis = np.stack([spots[first].frequency, spots[second].frequency], axis=1)
        one = fitted(spots, basis, tolerance, 2)
        # A mirror image has one original.
        if one is None or not 0 < len(one.strangers) <= len(one.members):
            continue
        relation = _relation(tolerance * BINS, one, pixel_size)
        if relation is None:
            continue
        partners = {id(other) for _, other in relation[1]}
        if any(id(spot) not in partners for spot in one.strangers):
            continue
        worth = sum(math.log(max(spot.ratio, math.e)) for spot in one.members)
        if best is None or worth > best[0]:
            best = worth, one
    if best is None:
        return lattice
    return replace(best[1], strangers=(*best[1].strangers, *lattice.strangers))


def spanned(one: Sequence[int], two: Sequence[int]) -> tuple[int, int, int] | None:
    """Return the lattice of whole numbers that two vectors span, as (p, q, r); None where they are parallel.

    It is spanned by (p, q) and (0, r) with 0 <= q < r (Hermite's normal form), so that two pairs of vectors
    span the same lattice where the three numbers are the same; p r is its index.

    Parameters
    ----------
    one, two : sequence of int (2,)
        The vectors.
    """
    (a, b), (c, d) = (int(one[0]), int(one[1])), (int(two[0]), int(two[1]))
    while c:
        times = a // c
        a, b, c, d = c, d, a - times * c, b - times * d
    if a * d == 0:
        return None
    if a < 0:
        a, b = -a, -b
    return a, b % abs(d), abs(d)


def _coarser(indices: NDArray[np.int64]) -> list[tuple[int, int]]:
    """One pair of spots for each lattice that is spanned by two spots and coarser than that of all."""
    found: dict[tuple[int, int, int], tuple[int, int]] = {}
    for first, second in combinations(range(len(indices)), 2):
        lattice = spanned(indices[first], indices[second])
        if lattice is not None and lattice[0] * lattice[2] > 1:
            found.setdefault(lattice, (first, second))
    return list(found.values())


def _relation(
    near: float, lattice: Lattice, pixel_size: Floats
) -> tuple[Floats, list[tuple[Spot, Spot]]] | None:
    """The plane of the lattice that mirrors most of its spots onto others that are seen."""
    best: tuple[Floats, list[tuple[Spot, Spot]]] | None = None
    for mirror in lattice.members:
        normal = mirror.frequency / pixel_size
        normal = normal / float(np.hypot(*normal))
        pairs = []
        for spot in lattice.members:
            g = spot.frequency / pixel_size
            mirrored = (g - 2.0 * float(g @ normal) * normal) * pixel_size
            for other in lattice.strangers:
                apart = min(float(np.hypot(*(other.frequency - sign * mirrored))) for sign in (1.0, -1.0))
                if apart < near:
                    pairs.append((spot, other))
        pairs.sort(key=lambda pair: -min(pair[0].ratio, pair[1].ratio))
        if pairs and (best is None or len(pairs) > len(best[1])):
            best = normal, pairs
    return best


def _amplitude(transform: Floats, frequency: Floats, sigma: float) -> Floats:
    from scipy import fft

    qy = np.fft.fftfreq(transform.shape[0])[:, None] - frequency[0]
    qx = np.fft.fftfreq(transform.shape[1])[None] - frequency[1]
    mask = np.exp(-(qy**2) / (2.0 * sigma**2)) * np.exp(-(qx**2) / (2.0 * sigma**2))
    return np.asarray(np.abs(fft.ifft2(transform * mask)), dtype=np.float64)


def _profile(
    image: Floats, pair: tuple[Spot, Spot], normal: Floats, pixel_size: Floats
) -> tuple[Floats, Floats]:
    """Share of the twin's amplitude along the normal, as means over bins of one pixel."""
    from scipy import fft

    transform = fft.fft2(image - image.mean())
    sigma = WIDTH * float(np.hypot(*pair[0].frequency))
    matrix, twin = (_amplitude(transform, spot.frequency, sigma) for spot in pair)
    cut = math.ceil(EDGE / (2.0 * math.pi * sigma))
    inside = (slice(cut, image.shape[0] - cut), slice(cut, image.shape[1] - cut))
    y = (np.arange(image.shape[0]) - 0.5 * (image.shape[0] - 1)) * pixel_size[0]
    x = (np.arange(image.shape[1]) - 0.5 * (image.shape[1] - 1)) * pixel_size[1]
    along = (y[:, None] * normal[0] + x[None] * normal[1])[inside]
    if not along.size:
        return np.empty(0), np.empty(0)
    step = float(pixel_size.mean())
    which = np.floor((along - along.min()) / step).astype(np.int64).ravel()
    counts = np.bincount(which)
    # Corners hold few pixels: their means are noise.
    full = counts >= 0.2 * counts.max()
    sums = [np.bincount(which, weights=one[inside].ravel()) for one in (matrix, twin)]
    centre = np.bincount(which, weights=along.ravel())
    with np.errstate(divide="ignore", invalid="ignore"):
        share, places = sums[1] / (sums[0] + sums[1]), centre / counts
    return places[full], share[full]


def _passages(places: Floats, share: Floats) -> tuple[float, ...]:
    """Where the share crosses one half between a place that is surely one crystal and the other."""
    found: list[float] = []
    last: tuple[int, bool] | None = None
    for number, value in enumerate(share):
        if SURE[0] <= value <= SURE[1]:
            continue
        side = bool(value > 0.5)
        if last is not None and last[1] != side:
            part = slice(last[0], number + 1)
            rising = share[part] if side else -share[part]
            found.append(float(np.interp(0.5 if side else -0.5, rising, places[part])))
        last = number, side
    return tuple(found)
