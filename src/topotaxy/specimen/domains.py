"""Specimens of several crystals: nanodomains, a core in a converted shell, a network of metal, a twin."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.material import ANION_CHARGE, parse_formula
from topotaxy.specimen.builders import (
    MOST_ATOMS,
    antifluorite,
    as_phase,
    drawn,
    joined,
    rock_salt,
    shared_out,
)
from topotaxy.specimen.inclusions import GAP, ball_within, metal_edge, random_rotation, with_metal
from topotaxy.specimen.periodic import near_any, wrapped
from topotaxy.specimen.specimen import PHASES, Floats, Specimen

BOUNDARY = 1.9
"""Nearest that atoms of two domains come to each other, Å: near the shortest bonds of oxides (Li-O 1.95)."""


def empty_box(edge: float, *, formula: str = "") -> Specimen:
    """Return a cubic periodic box of an edge (Å) without atoms."""
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


def norm_of(vectors: Floats, exponent: float) -> Floats:
    """Return (|x|^n + |y|^n + |z|^n)^(1/n) of vectors (m, 3): their length for n = 2, (m,)."""
    return np.asarray((np.abs(vectors) ** exponent).sum(axis=1) ** (1.0 / exponent))


def core_in(core: Specimen, shell: Specimen, radius: float, *, exponent: float = 2.0) -> Specimen:
    """Return a ball of one specimen (an unreacted core) inside another (its converted shell).

    Parameters
    ----------
    core
        In a box of at least the shell's; its positions stay as they are.
    shell
        Its atoms inside the radius, or closer than :data:`BOUNDARY` to the core, go; its box is the result's.
    radius
        Å.
    exponent
        2 for a ball; larger for a cube with round edges, of which the radius is half the edge.

    Raises
    ------
    InputError
        Where the radius does not fit into the box.
    """
    from topotaxy.specimen.periodic import heights

    if not 0 < 2.0 * radius < float(heights(shell.box).min()):
        raise InputError(f"a core of radius {radius:g} Å does not fit into the box")
    middle = shell.box.sum(axis=0) / 2.0
    moved = wrapped(core.positions - core.box.sum(axis=0) / 2.0 + middle, core.box, (False,) * 3)
    inside = norm_of(moved - middle, exponent) <= radius
    ball = replace(core, positions=moved, box=shell.box, periodic=shell.periodic).subset(inside)
    outside = norm_of(shell.positions - middle, exponent) > radius
    outside &= ~near_any(shell.positions, ball.positions, shell.box, shell.periodic, BOUNDARY)
    return replace(joined(ball, shell.subset(outside)), unit_cell=core.unit_cell, source="core in a shell")


def core_shell(
    formula: str,
    ion: str,
    *,
    edge: float,
    core_radius: float,
    metal: Mapping[str, float],
    metal_fraction: float = 0.2,
    diameter: float = 2.0,
    seed: int = 0,
) -> Specimen:
    """Return an unreacted core of rock salt in a shell of A2O nanodomains and metal spheres.

    Parameters
    ----------
    edge, core_radius
        Of the periodic cubic box and of the core, Å.
    metal, metal_fraction, diameter
        Share of each element, volume fraction of metal in the shell, and median diameter (nm) of metal and of
        domains of the salt.
    """
    from topotaxy.specimen.inclusions import metal_spheres

    core = rock_salt(
        formula, math.ceil(edge / rock_salt(formula, 2, seed=seed).unit_cell_or_raise()), seed=seed
    )
    salt = nanodomains(antifluorite(ion, "O", 1), edge, diameter=diameter, seed=seed)
    shell = metal_spheres(
        salt, metal=metal, volume_fraction=metal_fraction, diameter=diameter, spread=0.2, seed=seed
    )
    centre = shell.box.sum(axis=0) / 2.0
    cut = [c for c in shell.clusters if np.linalg.norm(c.centre - centre) < core_radius]
    gone = np.zeros(len(shell), dtype=bool)
    for cluster in cut:
        gone[cluster.members] = True
    return replace(core_in(core, shell.subset(~gone), core_radius), formula=formula)


def metal_network(
    matrix: Specimen,
    *,
    metal: Mapping[str, float],
    volume_fraction: float,
    wavelength: float = 3.0,
    seed: int = 0,
    gap: float = GAP,
) -> Specimen:
    """Return a matrix with one connected piece of metal winding through it, as spinodal decay leaves it.

    The metal lies where a sum of random waves of one wavelength exceeds a level (Cahn, J. Chem. Phys. 42
    (1965) 93, 10.1063/1.1695731); above about 0.16 by volume such a region is connected.

    Parameters
    ----------
    matrix
        In a cubic periodic box.
    metal, volume_fraction
        Share of each element; share of the box that is metal.
    wavelength
        nm; the waves are those nearest to it that fit the box.
    """
    if not 0.0 < volume_fraction < 0.9:
        raise InputError(f"expected a volume fraction above 0 and below 0.9, got {volume_fraction:g}")
    rng = np.random.default_rng(seed)
    edge = metal_edge(metal)
    size = float(matrix.box[0, 0])
    waves = _waves(size, 10.0 * wavelength, rng)
    sample = _field(rng.random((20_000, 3)) @ matrix.box, *waves)
    level = float(np.quantile(sample, 1.0 - volume_fraction))
    radius = 0.5 * math.sqrt(3.0) * size
    lattice = ball_within(radius, edge, rng, random_rotation(rng)) + matrix.box.sum(axis=0) / 2.0
    lattice = lattice[((lattice >= 0) & (lattice < size)).all(axis=1)]
    inside = lattice[_field(lattice, *waves) > level]
    # The lattice does not fit the box: near a face the later of two atoms too close across it goes.
    inside = inside[_apart(inside, matrix, 0.8 * edge / math.sqrt(2.0))]
    kept = matrix.subset(_field(matrix.positions, *waves) <= level)
    return with_metal(kept, [inside], metal=metal, registered=False, rng=rng, gap=gap)


def _waves(size: float, wavelength: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    most = math.ceil(size / wavelength) + 2
    steps = np.arange(-most, most + 1)
    vectors = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    lengths = np.linalg.norm(vectors, axis=1)
    near = vectors[
        np.argsort(np.where(lengths > 0, np.abs(lengths - size / wavelength), np.inf), kind="stable")[:60]
    ]
    return np.asarray(2.0 * math.pi / size * near), 2.0 * math.pi * rng.random(len(near))


def _field(points: Floats, vectors: Floats, phases: Floats) -> Floats:
    total = np.zeros(len(points))
    for vector, phase in zip(vectors, phases, strict=True):
        total += np.cos(points @ vector + phase)
    return total


def _apart(points: Floats, matrix: Specimen, least: float) -> NDArray[Any]:
    from topotaxy.specimen.periodic import close_pairs

    kept = np.ones(len(points), dtype=bool)
    pairs, _ = close_pairs(points, matrix.box, matrix.periodic, least)
    for first, second in pairs[np.lexsort(pairs.T[::-1])]:
        if kept[first]:
            kept[second] = False
    return kept


def twin(
    formula: str, size: tuple[int, int, int], *, lattice_parameter: float | None = None, seed: int = 0
) -> Specimen:
    """Return rock salt with (111) twins: mirror planes through anions at z = 0 and at half the height.

    The box is orthogonal and periodic with edges a/√2 along [1-10], a √(3/2) along [11-2] and planes (111)
    along z; the notes say where the mirror planes are. Between them the stacking is perfect.

    Parameters
    ----------
    size
        Repeats along [1-10] and [11-2], and (111) planes of anions between two mirror planes.
    lattice_parameter
        Å; by Vegard's law where None.
    """
    across, along, planes = size
    if min(size) < 1 or 4 * across * along * planes > MOST_ATOMS:
        raise InputError(f"expected at least one repeat along each edge, got {size!r:.60}")
    perfect = rock_salt(formula, 2, lattice_parameter=lattice_parameter, seed=seed)
    a = perfect.unit_cell_or_raise()
    width, depth, spacing = a / math.sqrt(2.0), a * math.sqrt(1.5), a / math.sqrt(3.0)
    anion_layers = np.arange(-planes + 1, planes + 1)
    cation_layers = np.arange(-planes, planes) + 0.5
    places = [
        _layers(anion_layers, anion_layers, across, along, width, depth, spacing),
        # The cation between two anion planes A and B lies over C, on both sides of the mirror.
        _layers(
            cation_layers,
            np.sign(cation_layers) * (np.abs(cation_layers) + 1.5),
            across,
            along,
            width,
            depth,
            spacing,
        ),
    ]
    composition = parse_formula(formula)
    rng = np.random.default_rng(seed)
    per_anion = math.fsum(composition.anions.values())
    cations = {
        (el, z): n / per_anion for el, states in composition.valences.items() for z, n in states.items()
    }
    anions = {(x, ANION_CHARGE[x]): share for x, share in composition.anion_fractions.items()}
    filled = [drawn(anions, len(places[0]), rng), drawn(cations, len(places[1]), rng)]
    elements = np.concatenate([el for el, _ in filled])
    held = elements != ""
    box = np.diag([across * width, along * depth, 2 * planes * spacing])
    positions = wrapped(np.concatenate(places), box, (True, True, True))
    return Specimen(
        positions=positions[held],
        elements=elements[held],
        valences=np.concatenate([v for _, v in filled])[held],
        phases=np.full(int(held.sum()), PHASES.index("frame"), dtype=np.int8),
        identities=np.flatnonzero(held),
        box=box,
        unit_cell=a,
        formula=formula,
        source="twin",
        notes=(f"(111) mirror planes at z = 0 and z = {planes * spacing:.6f} Å, normal to the third edge",),
    )


def _layers(
    layers: NDArray[Any],
    stacking: NDArray[Any],
    across: int,
    along: int,
    width: float,
    depth: float,
    spacing: float,
) -> Floats:
    """Triangular layers, each shifted by its place in the stacking, mirrored below zero."""
    grid = np.stack(np.meshgrid(np.arange(across), np.arange(along), indexing="ij"), axis=-1).reshape(-1, 2)
    plane = np.concatenate([grid, grid + 0.5]) * (width, depth)
    shift = np.abs(stacking)[:, None] * depth / 3.0 * np.array([0.0, 1.0])
    flat = (plane[None] + shift[:, None, :]).reshape(-1, 2)
    height = np.repeat(layers * spacing, len(plane))
    return np.column_stack([flat, height])


def as_oxide(specimen: Specimen) -> Specimen:
    """Return rock salt without registry to any host."""
    return as_phase(specimen, "oxide", specimen.is_phase("frame"))
