"""Metal inside a matrix: balls of fcc metal at its own spacing, and what they displace."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.material import product_volume
from topotaxy.specimen.packing import spheres_apart
from topotaxy.specimen.periodic import close_pairs, near_any, wrapped
from topotaxy.specimen.sites import FCC, drawn
from topotaxy.specimen.specimen import PHASES, Cluster, Floats, Specimen

if TYPE_CHECKING:
    from scipy.spatial.transform import Rotation

GAP = 2.0
"""Nearest that matrix comes to metal, Å: about the Ni-O distance, the shortest across a real interface."""

TRIES = 2000
"""Places tried for a ball before the matrix is called full."""


def metal_edge(metal: Mapping[str, float]) -> float:
    """Return the edge of the fcc cell of a metal, Å, from the mean volume of its atoms.

    Metals that are bcc or hcp in bulk (Fe, Co, Zn) get an fcc cell of their own atomic volume.

    Parameters
    ----------
    metal
        Share of each element.
    """
    total = math.fsum(metal.values())
    return float(np.cbrt(4.0 * math.fsum(x / total * product_volume(el) for el, x in metal.items())))


def ball_of(atoms: int, edge: float, rotation: Rotation | None = None) -> Floats:
    """Return the ``atoms`` sites of an fcc lattice nearest to its centre, one of them on it, (n, 3), Å.

    Parameters
    ----------
    edge
        Of the conventional cell, Å.
    rotation
        Of the lattice; along the axes where None.
    """
    reach = math.ceil((3.0 * atoms / (16.0 * math.pi)) ** (1.0 / 3.0)) + 2
    steps = np.arange(-reach, reach + 1)
    corners = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    sites = (corners[:, None, :] + FCC[None]).reshape(-1, 3)
    distance = (sites**2).sum(axis=1)
    # Shell by shell; within a shell in the order of coordinates, so that every machine takes the same.
    chosen = sites[np.lexsort((*sites.T, np.round(distance, 6)))[:atoms]] * edge
    return np.asarray(chosen if rotation is None else rotation.apply(chosen))


def ball_within(radius: float, edge: float, rng: np.random.Generator, rotation: Rotation | None) -> Floats:
    """Return the sites of an fcc lattice at a random place within ``radius`` (Å) of the origin, (n, 3).

    Parameters
    ----------
    radius, edge : float
        Of the ball, and of the conventional cell, Å.
    rng : numpy.random.Generator
        Draws where in its cell the middle of the ball lies.
    rotation : Rotation or None
        Of the lattice; along the axes where None.
    """
    reach = math.ceil(radius / edge) + 1
    steps = np.arange(-reach, reach + 1)
    corners = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    sites = ((corners + rng.random(3))[:, None, :] + FCC[None]).reshape(-1, 3) * edge
    inside = sites[(sites**2).sum(axis=1) <= radius**2]
    return np.asarray(inside if rotation is None else rotation.apply(inside))


def random_rotation(rng: np.random.Generator) -> Rotation:
    """Return a rotation drawn evenly from all.

    Parameters
    ----------
    rng : numpy.random.Generator
        Draws four normal numbers.
    """
    from scipy.spatial.transform import Rotation

    # A quaternion of four normal numbers points evenly in all directions.
    return Rotation.from_quat(rng.standard_normal(4))


def sphere_places(radii: Floats, box: Floats, rng: np.random.Generator, *, gap: float = GAP) -> Floats:
    """Return centres of spheres that keep ``gap`` (Å) between them, at random in a periodic box, (n, 3).

    Largest first, each where it fits; the order is that of ``radii``.

    Parameters
    ----------
    radii : array (n,)
        Å.
    box : array (3, 3)
        Rows are the edges, Å.
    rng : numpy.random.Generator
        Draws the places.
    gap : float
        Å.

    Raises
    ------
    InputError
        Where they do not fit.
    """
    placed = np.empty((0, 3))
    order = np.argsort(-radii, kind="stable")
    for number, sphere in enumerate(order):
        wanted = radii[order[:number]] + radii[sphere] + gap
        for _ in range(TRIES):
            place = rng.random(3)
            apart = placed - place
            apart = (apart - np.round(apart)) @ box
            if ((apart**2).sum(axis=1) > wanted**2).all():
                break
        # Where no free place turns up, what was put anywhere is moved apart below.
        placed = np.vstack([placed, place])
    centres = np.empty_like(placed)
    centres[order] = placed
    made = spheres_apart(centres @ box, radii, box, gap=gap)
    pairs, vectors = close_pairs(made, box, (True, True, True), float(2.0 * radii.max(initial=0.0) + gap))
    overlap = radii[pairs].sum(axis=1) + gap - np.sqrt((vectors**2).sum(axis=1))
    if overlap.max(initial=0.0) > 0.05 * gap:
        raise InputError(
            f"{len(radii)} spheres do not fit into the box without touching; use less metal or a larger box"
        )
    return made


def log_normal_radii(volume: float, *, median: float, spread: float, rng: np.random.Generator) -> Floats:
    """Return radii (Å) of spheres that together fill ``volume`` (Å³) as nearly as whole spheres can.

    Where the first drawn is larger than all of it, one smaller sphere has the volume.

    Parameters
    ----------
    median
        Median diameter, nm.
    spread
        Standard deviation of the logarithm of the diameter; 0 for equal spheres.
    """
    if not (median > 0 and spread >= 0 and volume > 0 and math.isfinite(median + spread + volume)):
        raise InputError(
            f"expected a median diameter > 0 and a spread >= 0, got {median:g} nm and {spread:g}"
        )
    radii: list[float] = []
    total = 0.0
    while True:
        radius = 5.0 * median * math.exp(spread * float(rng.standard_normal()))
        size = 4.0 / 3.0 * math.pi * radius**3
        if not radii and size > volume:
            return np.array([(3.0 * volume / (4.0 * math.pi)) ** (1.0 / 3.0)])
        if radii and total + 0.5 * size > volume:
            return np.array(radii)
        radii.append(radius)
        total += size


def metal_spheres(
    matrix: Specimen,
    *,
    metal: Mapping[str, float],
    volume_fraction: float | None = None,
    count: int | None = None,
    diameter: float = 2.0,
    spread: float = 0.0,
    epitaxial: bool = False,
    registered: bool = False,
    seed: int = 0,
    gap: float = GAP,
) -> Specimen:
    """Return a matrix with balls of metal in it, the matrix that they displace removed.

    Each ball is fcc of the metal's own spacing, cut at its radius around a random point of the lattice.
    Matrix atoms inside a ball, or closer than ``gap`` to an atom of metal, go.

    Parameters
    ----------
    matrix
        Periodic along all edges.
    metal
        Share of each element; its atoms are mixed at random.
    volume_fraction, count
        Of the box that is metal, or number of balls: one of the two.
    diameter, spread
        Median diameter (nm) and standard deviation of its logarithm (log-normal sizes).
    epitaxial
        Cell axes of the metal along those of the box; otherwise each ball is turned at random.
    registered
        What the clusters say about the frame around them.
    gap
        Å.

    Raises
    ------
    InputError
        Where the matrix is not periodic, the balls do not fit, or numbers cannot be.
    """
    if not all(matrix.periodic):
        raise InputError("metal spheres need a matrix that is periodic along all edges")
    if (volume_fraction is None) == (count is None):
        raise InputError("give either the volume fraction of the metal or the number of spheres")
    rng = np.random.default_rng(seed)
    if volume_fraction is not None:
        if not 0 < volume_fraction < 0.5:
            raise InputError(f"expected a volume fraction above 0 and below 0.5, got {volume_fraction:g}")
        radii = log_normal_radii(volume_fraction * matrix.volume, median=diameter, spread=spread, rng=rng)
    else:
        radii = 5.0 * diameter * np.exp(spread * rng.standard_normal(count))
    centres = sphere_places(radii, matrix.box, rng, gap=gap)
    edge = metal_edge(metal)
    balls = []
    for centre, radius in zip(centres, radii, strict=True):
        rotation = None if epitaxial else random_rotation(rng)
        balls.append(centre + ball_within(float(radius), edge, rng, rotation))
    inside = inside_spheres(matrix.positions, centres, radii, matrix.box)
    return with_metal(matrix.subset(~inside), balls, metal=metal, registered=registered, rng=rng, gap=gap)


def inside_spheres(points: Floats, centres: Floats, radii: Floats, box: Floats) -> NDArray[np.bool_]:
    """Return which points lie inside any of the spheres of a periodic box, (n,).

    Parameters
    ----------
    points : array (n, 3)
        Inside the box, Å.
    centres : array (k, 3)
        Å.
    radii : array (k,)
        Å.
    box : array (3, 3)
        Rows are the edges, Å.
    """
    from topotaxy.specimen.periodic import tree_with_images

    inside = np.zeros(len(points), dtype=bool)
    if not len(points) or not len(radii):
        return inside
    tree, origin = tree_with_images(points, box, (True, True, True), float(radii.max()))
    for centre, radius in zip(centres, radii, strict=True):
        inside[origin[tree.query_ball_point(centre, float(radius))]] = True
    return inside


def with_metal(
    matrix: Specimen,
    pieces: list[Floats],
    *,
    metal: Mapping[str, float],
    registered: bool,
    rng: np.random.Generator,
    gap: float = GAP,
) -> Specimen:
    """Return the matrix with pieces of metal, less its atoms that are closer than ``gap`` (Å) to one.

    Parameters
    ----------
    pieces
        Positions of the atoms of each, (n, 3), Å; they may reach over the faces of the box.
    metal
        Share of each element over all pieces together.
    """
    pieces = [piece for piece in pieces if len(piece)]
    loose = np.concatenate(pieces) if pieces else np.empty((0, 3))
    places = wrapped(loose, matrix.box, matrix.periodic)
    kept = matrix.subset(~near_any(matrix.positions, places, matrix.box, matrix.periodic, gap))
    total = math.fsum(metal.values())
    elements, _ = drawn({(el, 0): x / total for el, x in metal.items()}, len(places), rng)
    clusters, start = list(kept.clusters), len(kept)
    for piece in pieces:
        centre = wrapped(piece.mean(axis=0)[None], matrix.box, matrix.periodic)[0]
        members = np.arange(start, start + len(piece))
        clusters.append(Cluster(centre=centre, members=members, registered=registered))
        start += len(piece)
    first = int(matrix.identities.max(initial=-1)) + 1
    return replace(
        kept,
        positions=np.concatenate([kept.positions, places]),
        elements=np.concatenate([kept.elements, elements]),
        valences=np.concatenate([kept.valences, np.zeros(len(places))]),
        phases=np.concatenate([kept.phases, np.full(len(places), PHASES.index("metal"), dtype=np.int8)]),
        identities=np.concatenate([kept.identities, np.arange(first, first + len(places))]),
        clusters=tuple(clusters),
        source=f"{matrix.source} with metal",
    )
