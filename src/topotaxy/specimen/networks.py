"""A network of metal: one connected piece that winds through a matrix."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.specimen.inclusions import GAP, ball_within, metal_edge, random_rotation, with_metal
from topotaxy.specimen.specimen import Floats, Specimen


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
