"""A (111) twin seen along [110]: its boundary within a fifth of a plane, and none in a single crystal."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.measurement.imaging.lattice import lattice_of
from topotaxy.measurement.imaging.spots import Spot, image_spots
from topotaxy.measurement.imaging.twins import Twin, spanned, twin_of, without_twin

SIZE = 384
EDGE = 18.0
"""Edge of the fcc cell, px."""
SQUARE = np.ones(2)
NORMAL = np.array([1.0 / EDGE, math.sqrt(2.0) / EDGE])
NORMAL = NORMAL / np.hypot(*NORMAL)
"""Of the (1 -1 1) planes, (rows, columns): rows are along [001], columns along [1 -1 0]."""
PLANE = EDGE / math.sqrt(3.0)


def columns_of_atoms() -> np.ndarray:
    step = np.arange(-80, 81)
    corners = np.stack(np.meshgrid(step * EDGE, step * EDGE / math.sqrt(2.0), indexing="ij"), axis=-1)
    one = corners.reshape(-1, 2)
    return np.concatenate([one, one + np.array([EDGE, EDGE / math.sqrt(2.0)]) / 2.0])


def crystal(boundaries: list[int], noise: float, seed: int) -> np.ndarray:
    """Gaussian columns; beyond each boundary (in planes from the middle) the crystal is mirrored in it."""
    rng = np.random.default_rng(seed)
    matrix = columns_of_atoms()
    planes = np.round(matrix @ NORMAL / PLANE).astype(int)
    mirrored = matrix - 2.0 * (matrix @ NORMAL)[:, None] * NORMAL
    # A mirrored crystal in register with a boundary b planes up is shifted along the boundary.
    parts = []
    edges = [-10_000, *boundaries, 10_000]
    for number in range(len(edges) - 1):
        low, high = edges[number], edges[number + 1]
        if number % 2 == 0:
            parts.append(matrix[(planes >= low) & (planes < high)])
        else:
            start = matrix[planes == low][0]
            twin = mirrored - mirrored[np.round(mirrored @ NORMAL / PLANE) == low][0] + start
            place = np.round(twin @ NORMAL / PLANE).astype(int)
            parts.append(twin[(place >= low) & (place < high)])
    atoms = np.concatenate(parts) + 0.5 * (SIZE - 1)
    atoms = atoms[((atoms > -15) & (atoms < SIZE + 15)).all(axis=1)]
    atoms = atoms + rng.normal(0.0, 0.2, atoms.shape)
    image = np.zeros((SIZE, SIZE))
    steps = np.arange(SIZE)
    down = np.exp(-((steps[:, None] - atoms[None, :, 0]) ** 2) / (2.0 * 2.5**2))
    across = np.exp(-((steps[:, None] - atoms[None, :, 1]) ** 2) / (2.0 * 2.5**2))
    image = down @ across.T
    return image + noise * image.std() * rng.standard_normal(image.shape)


def looked(image: np.ndarray) -> Twin | None:
    lattice = lattice_of(image_spots(image).found, 1.0 / SIZE)
    assert lattice is not None
    lattice = without_twin(lattice, SQUARE, 1.0 / SIZE)
    return twin_of(image, lattice, SQUARE)


@pytest.mark.parametrize("noise", [0.0, 1.0, 2.0])
def test_the_boundary_is_found_within_a_fifth_of_a_plane(noise: float) -> None:
    found = looked(crystal([0], noise, 1))
    assert found is not None
    assert abs(float(found.normal @ NORMAL)) == pytest.approx(1.0, abs=1e-3)
    (place,) = found.boundaries
    assert abs(place) / PLANE < 0.2


def test_two_boundaries_are_counted_with_their_distance() -> None:
    found = looked(crystal([-7, 8], 1.0, 2))
    assert found is not None
    assert len(found.boundaries) == 2
    assert abs(found.boundaries[1] - found.boundaries[0]) / PLANE == pytest.approx(15.0, abs=0.4)


@pytest.mark.parametrize("noise", [0.0, 1.0, 3.0])
def test_a_single_crystal_has_no_twin(noise: float) -> None:
    for seed in range(3):
        assert looked(crystal([], noise, seed)) is None


WHOLE = st.integers(-9, 9)


@given(st.tuples(WHOLE, WHOLE), st.tuples(WHOLE, WHOLE), st.integers(-4, 4), st.booleans())
def test_a_lattice_of_whole_numbers_has_one_name(
    one: tuple[int, int], two: tuple[int, int], times: int, swapped: bool
) -> None:
    """Adding a multiple of one vector to the other, changing signs or order changes no lattice; its index is
    the area."""
    area = one[0] * two[1] - one[1] * two[0]
    name = spanned(one, two)
    assert (name is None) == (area == 0)
    if name is None:
        return
    p, q, r = name
    assert p * r == abs(area)
    assert 0 <= q < r
    other = (-two[0] + times * one[0], -two[1] + times * one[1])
    assert spanned(*((other, one) if swapped else (one, other))) == name
    for x, y in (one, two):
        assert x % p == 0
        assert (y - x // p * q) % r == 0


@pytest.mark.parametrize("seed", range(4))
def test_a_crystal_is_told_from_the_coincidences_with_its_twin(seed: int) -> None:
    """Of a (111) twin a third of all spots are common; powers are drawn: either crystal's come first."""
    rng = np.random.default_rng(seed)
    basis = np.array([[1.0, 2.0], [math.sqrt(2.0), 0.0]]) / EDGE
    own = [basis @ (h, k) for h in range(-5, 6) for k in range(-5, 6) if (h, k) > (0, 0)]
    own = [g for g in own if np.hypot(*g) < 0.4]
    mirrored = [g - 2.0 * (g @ NORMAL) * NORMAL for g in own]
    mirrored = [m for m in mirrored if min(np.hypot(*(m - s * g)) for g in own for s in (1, -1)) > 1e-6]
    assert len(mirrored) == pytest.approx(2 / 3 * len(own), abs=4)
    places = [*own, *mirrored]
    powers = np.concatenate([rng.uniform(200.0, 300.0, len(own)), rng.uniform(50.0, 250.0, len(mirrored))])
    spots = [
        Spot(
            frequency=places[n], deviation=np.full(2, 1e-5), amplitude=1.0, noise=1.0, ratio=float(powers[n])
        )
        for n in np.argsort(-powers)
    ]
    whole = lattice_of(spots, 1.0 / SIZE)
    assert whole is not None
    assert not whole.strangers
    one = without_twin(whole, SQUARE, 1.0 / SIZE)
    assert {tuple(spot.frequency) for spot in one.members} == {tuple(g) for g in own}
    assert {tuple(spot.frequency) for spot in one.strangers} == {tuple(g) for g in mirrored}
