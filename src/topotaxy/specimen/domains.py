"""Specimens of several crystals: nanodomains, each turned at random."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.specimen.builders import joined
from topotaxy.specimen.inclusions import random_rotation
from topotaxy.specimen.periodic import near_any, wrapped
from topotaxy.specimen.sites import MOST_ATOMS, shared_out
from topotaxy.specimen.specimen import Floats, Specimen

BOUNDARY = 1.9
"""Nearest that atoms of two domains come to each other, Å: near the shortest bonds of oxides (Li-O 1.95)."""


def empty_box(edge: float, *, formula: str = "") -> Specimen:
    """Return a cubic periodic box of an edge (Å) without atoms.

    Parameters
    ----------
    edge : float
        Å.
    formula : str
        Of what it will hold.

    Raises
    ------
    InputError
        Where the edge is no positive length.
    """
    if not (math.isfinite(edge) and edge > 0):
        raise InputError(f"expected the edge of a box > 0 in Å, got {edge!r:.40}")
    return Specimen(
        positions=np.empty((0, 3)),
        elements=np.empty(0, dtype="U2"),
        valences=np.empty(0),
        phases=np.empty(0, dtype=np.int8),
        identities=np.empty(0, dtype=np.int64),
        box=np.diag([edge] * 3).astype(np.float64),
        formula=formula,
    )


def nanodomains(
    crystals: Specimen | Sequence[tuple[Specimen, float]], edge: float, *, diameter: float, seed: int = 0
) -> Specimen:
    """Return a cubic periodic box filled with domains of crystals, each turned at random.

    Domains are the Voronoi cells of random points (as many as spheres of the diameter fill the box); at their
    boundaries the later of two atoms closer than :data:`BOUNDARY` is left out.

    Parameters
    ----------
    crystals
        One conventional cell, or a few, of a periodic crystal; or several with their shares of the domains.
        Their phases stay.
    edge
        Of the box, Å.
    diameter
        Mean size of the domains, nm: that of the sphere with the mean volume.

    Raises
    ------
    InputError
        Where the box cannot be, or would hold too many atoms.
    """
    from scipy.spatial import cKDTree

    mixed = [(crystals, 1.0)] if isinstance(crystals, Specimen) else [*crystals]
    if not mixed or not all(share >= 0 for _, share in mixed) or not sum(share for _, share in mixed) > 0:
        raise InputError("expected at least one crystal, with shares of domains from 0 on")
    box = empty_box(edge, formula=mixed[0][0].formula)
    if not (diameter > 0 and math.isfinite(diameter)):
        raise InputError(f"expected a diameter of domains > 0 in nm, got {diameter!r:.40}")
    densest = max(len(crystal) / crystal.volume for crystal, _ in mixed)
    if densest * edge**3 > MOST_ATOMS:
        raise InputError(f"a box of {edge:g} Å would hold more than {MOST_ATOMS} atoms")
    rng = np.random.default_rng(seed)
    count = max(1, round(edge**3 / (math.pi / 6.0 * (10.0 * diameter) ** 3)))
    centres = rng.random((count, 3)) * edge
    tree = cKDTree(centres, boxsize=edge)
    total = math.fsum(share for _, share in mixed)
    numbers = shared_out({("", k): share / total for k, (_, share) in enumerate(mixed)}, count)
    kinds = rng.permutation(np.repeat(np.arange(len(mixed)), list(numbers.values())))
    # Domain by domain, what is already there keeps its place.
    pieces: list[Specimen] = []
    for number, centre in enumerate(centres):
        part = _domain(mixed[kinds[number]][0], centre, number, tree, edge, rng, box)
        if pieces:
            others = np.concatenate([p.positions for p in pieces])
            part = part.subset(~near_any(part.positions, others, box.box, box.periodic, BOUNDARY))
        pieces.append(part)
    made = joined(*pieces)
    return replace(
        made, identities=np.arange(len(made)), unit_cell=None, source=f"nanodomains of {mixed[0][0].source}"
    )


def _domain(
    crystal: Specimen,
    centre: Floats,
    number: int,
    tree: Any,
    edge: float,
    rng: np.random.Generator,
    box: Specimen,
) -> Specimen:
    """One crystal around a centre, as far as that centre is the nearest."""
    rotation = random_rotation(rng)
    reach = _reach_of(centre, number, tree, edge)
    steps = [
        np.arange(-k, k + 1) for k in np.ceil(reach / np.linalg.norm(crystal.box, axis=1)).astype(int) + 1
    ]
    corners = np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1).reshape(-1, 3) @ crystal.box
    loose = rotation.apply(
        (corners[:, None, :] + crystal.positions[None]).reshape(-1, 3) - rng.random(3) @ crystal.box
    )
    inside = (loose**2).sum(axis=1) < reach**2
    atoms = np.tile(np.arange(len(crystal)), len(corners))[inside]
    # Not wrapped yet: an image of the domain beyond half the box belongs to itself, not to the domain twice.
    loose = loose[inside]
    half = (np.abs(loose) < 0.5 * edge).all(axis=1)
    places = wrapped(centre + loose[half], box.box, box.periodic)
    _, nearest = tree.query(np.mod(places, edge))
    own = nearest == number
    chosen = atoms[half][own]
    return replace(
        box,
        positions=places[own],
        elements=crystal.elements[chosen],
        valences=crystal.valences[chosen],
        phases=crystal.phases[chosen],
        identities=np.arange(int(own.sum())),
        source=crystal.source,
    )


def _reach_of(centre: Floats, number: int, tree: Any, edge: float) -> float:
    """How far a point of the box can lie from the centre that is nearest to it, Å.

    Seen at points of a grid, plus the diagonal of its meshes.
    """
    steps = (np.arange(16) + 0.5) / 16 * edge
    grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    distance, nearest = tree.query(grid)
    return float(distance[nearest == number].max(initial=0.0)) + math.sqrt(3.0) * edge / 16
