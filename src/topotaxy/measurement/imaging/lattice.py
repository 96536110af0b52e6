"""The plane lattice that spots belong to: two basis vectors that explain them, fitted to all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.imaging.spots import Floats, Spot

LEAST_ANGLE = math.radians(15.0)
LARGEST_CHANCE = 0.1
"""Share of random places that may lie on a lattice by chance; a finer lattice explains anything."""


@dataclass(frozen=True, kw_only=True)
class Lattice:
    """Basis vectors and the spots that belong to them.

    Attributes
    ----------
    basis:
        (2, 2); its columns are the two vectors, along rows and columns of the image.
    members:
        Spots on the lattice.
    indices:
        Their coordinates in the basis, (n, 2).
    strangers:
        Spots that lie on no point of it.
    misfit:
        Root of chi squared per degree of freedom of the fit, 1 or more.
    """

    basis: Floats
    members: tuple[Spot, ...]
    indices: NDArray[np.int64]
    strangers: tuple[Spot, ...]
    misfit: float


def lattice_of(spots: Sequence[Spot], tolerance: float, least: int = 2) -> Lattice | None:
    """Return the lattice of the most power, of the largest cell where several explain as much; None for none.

    Every pair of spots is tried: a crystal of many weak spots is found beside one of few strong ones.

    Parameters
    ----------
    spots : sequence of Spot
        By falling power.
    tolerance : float
        Distance from a lattice point that is allowed, in the unit of the frequencies.
    least : int
        Spots that have to belong to it.
    """
    if len(spots) < least:
        return None
    places = np.array([spot.frequency for spot in spots])
    worth = np.log(np.array([max(spot.ratio, math.e) for spot in spots]))
    best: tuple[float, float] | None = None
    chosen = np.zeros((2, 2))
    for first, second in combinations(range(len(spots)), 2):
        basis = np.stack([places[first], places[second]], axis=1)
        area = abs(float(np.linalg.det(basis)))
        lengths = np.hypot(basis[0], basis[1])
        if area < math.sin(LEAST_ANGLE) * float(lengths.prod()):
            continue
        if math.pi * tolerance**2 > LARGEST_CHANCE * area:
            continue
        on = _distance(places, basis) < tolerance
        score = (float(worth[on].sum()), area)
        if best is None or score[0] > best[0] * 1.001 or (score[0] > best[0] * 0.999 and area > best[1]):
            best, chosen = score, basis
    if best is None:
        return None
    return fitted(spots, chosen, tolerance, least)


def _distance(places: Floats, basis: Floats) -> Floats:
    inside = np.linalg.solve(basis, places.T)
    return np.asarray(np.hypot(*(basis @ (inside - np.round(inside)))), dtype=np.float64)


def _reduced(basis: Floats) -> Floats:
    """The shortest basis of the same lattice (Gauss)."""
    a, b = basis[:, 0], basis[:, 1]
    for _ in range(50):
        if a @ a > b @ b:
            a, b = b, a
        turns = round(float(a @ b) / float(a @ a))
        if turns == 0:
            break
        b = b - turns * a
    return np.stack([a, b], axis=1)


def fitted(spots: Sequence[Spot], basis: Floats, tolerance: float, least: int) -> Lattice | None:
    """Return the lattice of a basis, by weighted least squares to all spots on it; None for too few.

    Parameters
    ----------
    spots : sequence of Spot
        All that were found.
    basis : array (2, 2)
        First guess; columns are the vectors, in the spots' unit of frequency.
    tolerance : float
        Distance from a point of the lattice up to which a spot belongs to it, same unit.
    least : int
        Spots that have to belong.
    """
    places = np.array([spot.frequency for spot in spots])
    basis = _reduced(basis)
    on = np.zeros(len(spots), dtype=bool)
    indices = np.zeros((len(spots), 2), dtype=np.int64)
    misfit = 1.0
    for _ in range(4):
        indices = np.round(np.linalg.solve(basis, places.T).T).astype(np.int64)
        on = (_distance(places, basis) < tolerance) & indices.any(axis=1)
        if on.sum() < least or np.linalg.matrix_rank(indices[on]) < 2:
            return None
        chi, better = 0.0, basis.copy()
        for along in (0, 1):
            weight = 1.0 / np.array([s.deviation[along] for s, o in zip(spots, on, strict=True) if o])
            design = indices[on] * weight[:, None]
            target = places[on, along] * weight
            row, *_ = np.linalg.lstsq(design, target, rcond=None)
            better[along] = row
            chi += float(((design @ row - target) ** 2).sum())
        basis = better
        freedom = 2 * int(on.sum()) - 4
        misfit = max(1.0, math.sqrt(chi / freedom)) if freedom > 0 else 1.0
    return Lattice(
        basis=basis,
        members=tuple(s for s, o in zip(spots, on, strict=True) if o),
        indices=indices[on],
        strangers=tuple(s for s, o in zip(spots, on, strict=True) if not o),
        misfit=misfit,
    )
