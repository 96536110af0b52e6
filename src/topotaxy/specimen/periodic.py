"""Boxes that repeat: wrapping, images beyond the faces, and what lies near what."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Periodic = tuple[bool, bool, bool]


def heights(box: Floats) -> Floats:
    """Return the distances between opposite faces of a box, Å, (3,).

    Parameters
    ----------
    box : (3, 3)
        Rows are the edges, Å.
    """
    faces = np.cross(np.roll(box, -1, axis=0), np.roll(box, -2, axis=0))
    return np.asarray(abs(np.linalg.det(box)) / np.linalg.norm(faces, axis=1))


def wrapped(positions: Floats, box: Floats, periodic: Periodic) -> Floats:
    """Return positions moved by whole edges into the box, along the edges that repeat.

    Parameters
    ----------
    positions : (n, 3), Å
    box : (3, 3), rows are the edges, Å
    periodic : whether the box repeats along each of its edges
    """
    fractions = np.linalg.solve(box.T, positions.T).T
    turns = np.floor(fractions)
    # A tiny negative fraction comes out as 1.0 once its floor is taken off.
    turns = np.where(fractions - turns >= 1.0, turns + 1.0, turns)
    turns[:, ~np.asarray(periodic)] = 0.0
    return np.asarray(np.where(turns.any(axis=1)[:, None], positions - turns @ box, positions))


def with_images(positions: Floats, box: Floats, periodic: Periodic, reach: float) -> tuple[Floats, Integers]:
    """Return atoms together with their images up to ``reach`` (Å) beyond the faces.

    Parameters
    ----------
    positions : array (n, 3)
        Å, inside the box where that repeats.
    box : array (3, 3)
        Rows are the edges, Å.
    periodic : tuple of bool (3,)
        Whether the box repeats along each of its edges.
    reach : float
        Å beyond the faces; it may be more than the box.

    Returns
    -------
    positions : (m, 3)
        The n atoms first, in their order, then the images.
    origin : (m,)
        Index of the atom that each is, or is an image of.
    """
    fractions = np.linalg.solve(box.T, positions.T).T
    margin = reach / heights(box)
    steps = [
        range(-int(np.ceil(m)), int(np.ceil(m)) + 1) if p else (0,)
        for m, p in zip(margin, periodic, strict=True)
    ]
    places, origins = [positions], [np.arange(len(positions))]
    for step in itertools.product(*steps):
        if not any(step):
            continue
        moved = fractions + np.array(step, dtype=float)
        near = np.flatnonzero(((moved > -margin) & (moved < 1.0 + margin)).all(axis=1))
        places.append(positions[near] + np.array(step, dtype=float) @ box)
        origins.append(near)
    return np.concatenate(places), np.concatenate(origins)


def tree_with_images(
    positions: Floats, box: Floats, periodic: Periodic, reach: float
) -> tuple[cKDTree, Integers]:
    """Return a search tree over atoms and their images, and the atom that each point stands for.

    Parameters
    ----------
    positions : array (n, 3)
        Å, inside the box where that repeats.
    box : array (3, 3)
        Rows are the edges, Å.
    periodic : tuple of bool (3,)
        Whether the box repeats along each of its edges.
    reach : float
        Å beyond the faces.
    """
    from scipy.spatial import cKDTree

    places, origin = with_images(positions, box, periodic, reach)
    return cKDTree(places), origin


def near_any(
    points: Floats, positions: Floats, box: Floats, periodic: Periodic, reach: float
) -> NDArray[np.bool_]:
    """Return which points lie closer than ``reach`` (Å) to any of the positions, (n,).

    Points have to lie inside the box where it repeats.

    Parameters
    ----------
    points : array (m, 3)
        Å, inside the box.
    positions : array (n, 3)
        Å.
    box : array (3, 3)
        Rows are the edges, Å.
    periodic : tuple of bool (3,)
        Whether the box repeats along each of its edges.
    reach : float
        Å.
    """
    if not len(positions) or not len(points):
        return np.zeros(len(points), dtype=bool)
    tree, _ = tree_with_images(positions, box, periodic, reach)
    distance, _ = tree.query(points, distance_upper_bound=reach)
    return np.asarray(distance < reach)


def close_pairs(positions: Floats, box: Floats, periodic: Periodic, reach: float) -> tuple[Integers, Floats]:
    """Return the pairs of atoms closer than ``reach``, each once, and the vector from first to second.

    Parameters
    ----------
    positions : array (n, 3)
        Å, inside the box where that repeats.
    box : array (3, 3)
        Rows are the edges, Å.
    periodic : tuple of bool (3,)
        Whether the box repeats along each of its edges.
    reach : float
        Å.

    Returns
    -------
    pairs : (m, 2)
        Indices of atoms. An atom and its own image is a pair where the box is that small.
    vectors : (m, 3)
        From the first atom to the second or its image, Å.
    """
    tree, origin = tree_with_images(positions, box, periodic, reach)
    found = tree.query_pairs(reach, output_type="ndarray")
    count = len(positions)
    # Of a pair across a face two copies turn up; pairs between images belong to others.
    first, second = np.minimum(found[:, 0], found[:, 1]), np.maximum(found[:, 0], found[:, 1])
    real = first < count
    first, second = first[real], second[real]
    pairs = np.stack([first, origin[second]], axis=1).astype(np.int64)
    vectors = tree.data[second] - tree.data[first]
    across = second >= count
    kept = ~across | (pairs[:, 0] < pairs[:, 1]) | ((pairs[:, 0] == pairs[:, 1]) & _forward(vectors))
    return pairs[kept], np.asarray(vectors[kept])


def _forward(vectors: Floats) -> NDArray[np.bool_]:
    """One of each vector and its opposite."""
    x, y, z = vectors.T
    return np.asarray((x > 0) | ((x == 0) & ((y > 0) | ((y == 0) & (z > 0)))))


def smallest_distance(positions: Floats, box: Floats, periodic: Periodic, *, reach: float = 3.0) -> float:
    """Return the distance (Å) of the closest two atoms; infinity where it is beyond ``reach``.

    Parameters
    ----------
    positions : array (n, 3)
        Å, inside the box where that repeats.
    box : array (3, 3)
        Rows are the edges, Å.
    periodic : tuple of bool (3,)
        Whether the box repeats along each of its edges.
    reach : float
        Å.
    """
    _, vectors = close_pairs(positions, box, periodic, reach)
    return float(np.sqrt((vectors**2).sum(axis=1).min())) if len(vectors) else float("inf")
