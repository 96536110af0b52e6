"""Room for everybody: spheres moved apart, atoms pushed off each other, by a few deterministic steps.

This is construction, not physics: a lattice model says which atoms belong to a piece of metal and where its
centre is, not where its surface atoms and the matrix beside them sit. They are put where volumes add up and
then pushed apart just as far as :data:`LEAST` asks; nothing is at a minimum of any energy.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.specimen.periodic import Periodic, close_pairs, heights, wrapped
from topotaxy.specimen.specimen import Floats, Integers

LEAST = 1.5
"""No two atoms of a specimen are closer, Å: shorter than any bond of oxides, salts and metals here."""

TARGET = 1.75
"""What pushing atoms of the matrix apart aims at, Å; below A-X in the tightest frame, which stays."""

METAL_TARGET = 2.1
"""What pushing an atom of metal and any other apart aims at, Å: near Ni-O, the shortest at an interface."""

STIFFNESS = 20.0
"""How much less metal gives way than its matrix."""

SPARE = 0.02
"""By how much :data:`LEAST` is exceeded, Å, so that rounding in a file cannot undo it."""

STEPS = 600
"""Steps of pushing before the box is called too full."""

EASING = 150
"""Steps in which the aims are followed; after them only what is closer than :data:`LEAST` matters."""


def spheres_apart(centres: Floats, radii: Floats, box: Floats, *, gap: float, steps: int = 200) -> Floats:
    """Return centres of spheres moved apart as far as they overlap, as near to where they were as that needs.

    Parameters
    ----------
    centres : (n, 3), radii : (n,)
        Å, in a box that repeats along all edges.
    gap
        Left between two spheres, Å.
    steps
        After so many, what overlap remains stays: atoms are pushed apart afterwards.
    """
    places = centres.copy()
    if len(places) < 2:
        return places
    for _ in range(steps):
        pairs, vectors = close_pairs(places, box, (True, True, True), float(2.0 * radii.max() + gap))
        first, second = pairs.T
        distance = np.sqrt((vectors**2).sum(axis=1))
        overlap = radii[first] + radii[second] + gap - distance
        # A sphere and its own image cannot be moved apart.
        chosen = (overlap > 1e-3) & (first != second)
        if not chosen.any():
            break
        first, second = first[chosen], second[chosen]
        push = _unit(vectors[chosen], distance[chosen], first, second) * overlap[chosen, None]
        # The smaller of the two gives way: shares by volume of the other.
        share = (radii[second] ** 3 / (radii[first] ** 3 + radii[second] ** 3))[:, None]
        np.add.at(places, first, -0.5 * share * push)
        np.add.at(places, second, 0.5 * (1.0 - share) * push)
    return wrapped(places, box, (True, True, True))


def displaced(points: Floats, centres: Floats, radii: Floats, box: Floats, *, share: float) -> Floats:
    """Return the points of a matrix moved outwards so that spheres have room among them.

    A point at r from a centre goes to (R³ + (1 - share) r³)^(1/3) as far as that is further out: what filled
    the box evenly then fills what the spheres leave of it, and the density of the matrix stays even.

    Parameters
    ----------
    points : (n, 3), centres : (k, 3), radii : (k,)
        Å, in a box that repeats along all edges.
    share
        Of the volume of the box that the spheres take, at least 0 and below 1.
    """
    from scipy.spatial import cKDTree

    if not len(centres) or not len(points) or share <= 0.0:
        return points.copy()
    limits = np.minimum(radii * share ** (-1.0 / 3.0), 0.5 * float(heights(box).min()))
    shifts = np.zeros_like(points)
    corners = np.array([(i, j, k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1)], dtype=float)
    tree = cKDTree((points[None] + (corners @ box)[:, None, :]).reshape(-1, 3))
    count = len(points)
    for centre, radius, limit in zip(centres, radii, limits, strict=True):
        near = np.array(tree.query_ball_point(centre, float(limit)), dtype=np.int64)
        if not len(near):
            continue
        apart = tree.data[near] - centre
        distance = np.sqrt((apart**2).sum(axis=1))
        wanted = np.cbrt(radius**3 + (1.0 - (radius / limit) ** 3) * distance**3)
        index = near % count
        away = _unit(apart, distance, index, np.zeros_like(index))
        np.add.at(shifts, index, away * (wanted - distance)[:, None])
    return wrapped(points + shifts, box, (True, True, True))


def pushed_apart(
    positions: Floats,
    box: Floats,
    periodic: Periodic,
    *,
    metal: NDArray[np.bool_] | None = None,
    where: str = "specimen",
) -> Floats:
    """Return positions in which no two atoms are closer than :data:`LEAST`.

    Every pair closer than its aim is pushed along its line; atoms that are far enough from all others stay
    where they are. Where there is no room for the aims, they are missed after :data:`EASING` steps, but not
    the bound.

    Parameters
    ----------
    positions : (n, 3), Å
    metal : (n,)
        Which atoms are of metal: they give way :data:`STIFFNESS` times less than their matrix.

    Raises
    ------
    InputError
        Where there is no room after :data:`STEPS` steps.
    """
    places = positions.copy()
    of_metal = np.zeros(len(places), dtype=bool) if metal is None else metal
    yielding = np.where(of_metal, 1.0 / STIFFNESS, 1.0)
    closest = np.inf
    for step in range(STEPS):
        pairs, vectors = close_pairs(places, box, periodic, METAL_TARGET if step < EASING else TARGET)
        first, second = pairs.T
        distance = np.sqrt((vectors**2).sum(axis=1))
        closest = float(distance.min(initial=np.inf))
        aim = np.full(len(pairs), TARGET)
        if step < EASING:
            aim[of_metal[first] | of_metal[second]] = METAL_TARGET
        lacking = aim - distance
        if not (lacking > 0.01).any() or (step >= EASING and closest >= LEAST + SPARE):
            return places
        near = lacking > 0.0
        first, second = first[near], second[near]
        push = _unit(vectors[near], distance[near], first, second) * lacking[near, None]
        share = (yielding[first] / (yielding[first] + yielding[second]))[:, None]
        moves = np.zeros_like(places)
        np.add.at(moves, first, -share * push)
        np.add.at(moves, second, (1.0 - share) * push)
        crowd = np.bincount(np.concatenate([first, second]), minlength=len(places))
        places += moves * (1.4 / np.sqrt(np.maximum(crowd, 1)))[:, None]
        places = wrapped(places, box, periodic)
    raise InputError(
        f"no room for {len(places)} atoms: the closest two are {closest:.2f} Å apart, not {LEAST:g}",
        where=where,
    )


def _unit(vectors: Floats, lengths: Floats, first: Integers, second: Integers) -> Floats:
    """Directions of vectors; of those without length, one that follows from the numbers of the atoms."""
    directions = np.where(lengths[:, None] > 1e-6, vectors / np.maximum(lengths, 1e-12)[:, None], 0.0)
    lost = np.flatnonzero(lengths <= 1e-6)
    if len(lost):
        # Evenly over the sphere by the golden ratio; the same on every machine but for the last bit.
        number = (first[lost] * 7919 + second[lost] * 104729) % 65536
        height = 2.0 * ((number * 0.6180339887498949) % 1.0) - 1.0
        angle = 2.0 * np.pi * ((number * 0.7548776662466927) % 1.0)
        ring = np.sqrt(1.0 - height**2)
        directions[lost] = np.column_stack([ring * np.cos(angle), ring * np.sin(angle), height])
    return np.asarray(directions)
