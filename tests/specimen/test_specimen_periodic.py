"""Neighbours under periodic boundaries against brute force over images."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from topotaxy.specimen.packing import LEAST, METAL_TARGET, displaced, pushed_apart, spheres_apart
from topotaxy.specimen.periodic import close_pairs, heights, near_any, smallest_distance, wrapped

BOXES = [
    np.diag([7.0, 8.0, 9.0]),
    np.array([[7.0, 0.0, 0.0], [2.0, 6.0, 0.0], [-1.0, 1.5, 8.0]]),
    np.diag([2.0, 9.0, 3.0]),
]


def brute(places, box, periodic, reach):
    """Distances of all pairs, images within four boxes."""
    found = []
    steps = [range(-4, 5) if p else (0,) for p in periodic]
    for i, j in itertools.combinations_with_replacement(range(len(places)), 2):
        for step in itertools.product(*steps):
            if i == j and step <= (0, 0, 0):
                continue
            distance = np.linalg.norm(places[j] + np.array(step) @ box - places[i])
            if distance < reach:
                found.append(((i, j), distance))
    return sorted(found)


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("periodic", [(True,) * 3, (True, False, True), (False,) * 3])
def test_pairs_are_those_of_brute_force(box, periodic) -> None:
    rng = np.random.default_rng(3)
    places = rng.random((12, 3)) @ box
    pairs, vectors = close_pairs(places, box, periodic, 3.9)
    distance = np.sqrt((vectors**2).sum(axis=1))
    mine = sorted(((int(min(p)), int(max(p))), float(d)) for p, d in zip(pairs, distance, strict=True))
    expected = brute(places, box, periodic, 3.9)
    assert [p for p, _ in mine] == [p for p, _ in expected]
    np.testing.assert_allclose([d for _, d in mine], [d for _, d in expected])


@pytest.mark.parametrize("box", BOXES)
def test_wrapping_moves_by_whole_edges_into_the_box(box) -> None:
    places = np.random.default_rng(1).normal(0, 30, (50, 3))
    inside = wrapped(places, box, (True, True, True))
    fractions = np.linalg.solve(box.T, inside.T).T
    assert (fractions > -1e-12).all()
    assert (fractions < 1 + 1e-12).all()
    turns = np.linalg.solve(box.T, (inside - places).T).T
    np.testing.assert_allclose(turns, np.round(turns), atol=1e-9)


def test_heights_are_volume_over_faces() -> None:
    np.testing.assert_allclose(heights(BOXES[0]), [7, 8, 9])
    box = BOXES[1]
    assert heights(box)[2] == pytest.approx(np.linalg.det(box) / np.linalg.norm(np.cross(box[0], box[1])))


def test_near_any_sees_across_a_face() -> None:
    box = np.diag([10.0] * 3)
    assert near_any(np.array([[9.8, 5, 5]]), np.array([[0.1, 5, 5]]), box, (True,) * 3, 0.5).all()
    assert not near_any(np.array([[9.8, 5, 5]]), np.array([[0.1, 5, 5]]), box, (False,) * 3, 0.5).any()


def test_pushing_leaves_far_atoms_alone_and_frees_close_ones() -> None:
    rng = np.random.default_rng(5)
    box = np.diag([14.0] * 3)
    places = rng.random((120, 3)) * 14.0
    places[1] = places[0]
    metal = np.arange(120) >= 100
    made = pushed_apart(places, box, (True,) * 3, metal=metal)
    assert smallest_distance(made, box, (True,) * 3) >= LEAST
    again = pushed_apart(made, box, (True,) * 3, metal=metal)
    moved = np.abs(again - made).max()
    assert moved < 0.2
    lonely = np.array([[1.0, 1, 1], [5.0, 5, 5], [5.0, 5, 6.0]])
    after = pushed_apart(lonely, box, (True,) * 3)
    np.testing.assert_array_equal(after[0], lonely[0])
    assert METAL_TARGET > LEAST


def test_no_room_is_said() -> None:
    from topotaxy.errors import InputError

    rng = np.random.default_rng(5)
    with pytest.raises(InputError, match="no room"):
        pushed_apart(rng.random((60, 3)) * 4.0, np.diag([4.0] * 3), (True,) * 3)


def test_spheres_come_apart() -> None:
    rng = np.random.default_rng(8)
    box, radii = np.diag([40.0] * 3), rng.uniform(3, 6, 12)
    made = spheres_apart(rng.random((12, 3)) * 40.0, radii, box, gap=2.0)
    pairs, vectors = close_pairs(made, box, (True,) * 3, 15.0)
    gap = np.sqrt((vectors**2).sum(axis=1)) - radii[pairs].sum(axis=1)
    assert gap.min() >= 2.0 - 0.01


def test_displacing_clears_the_sphere_and_keeps_the_density_of_the_matrix() -> None:
    box = np.diag([30.0] * 3)
    rng = np.random.default_rng(2)
    points = rng.random((30_000, 3)) * 30.0
    radius = np.array([5.0])
    share = 4 / 3 * np.pi * 125 / 27_000
    made = displaced(points, np.array([[2.0, 15.0, 15.0]]), radius, box, share=float(share))
    apart = made - np.array([2.0, 15.0, 15.0])
    apart -= 30.0 * np.round(apart / 30.0)
    distance = np.linalg.norm(apart, axis=1)
    assert distance.min() >= 5.0 - 1e-9
    shell = (distance > 5.0) & (distance < 9.0)
    volume = 4 / 3 * np.pi * (729 - 125)
    expected = 30_000 / (27_000 - 4 / 3 * np.pi * 125) * volume
    # Within 5 standard deviations of counting, and of how far the ball of a share differs from the cube.
    assert abs(shell.sum() - expected) < 5 * np.sqrt(expected) + 0.02 * expected
