"""Balls of metal and their places: volumes, spacings, gaps, and rotations without preference."""

from __future__ import annotations

import math

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.material import product_volume
from topotaxy.specimen.builders import antifluorite, rock_salt
from topotaxy.specimen.inclusions import (
    ball_of,
    ball_within,
    inside_spheres,
    log_normal_radii,
    metal_edge,
    metal_spheres,
    random_rotation,
    sphere_places,
    with_metal,
)
from topotaxy.specimen.packing import displaced, spheres_apart
from topotaxy.specimen.periodic import close_pairs, near_any, smallest_distance, with_images

PERIODIC = (True, True, True)


def test_the_cell_of_an_alloy_has_the_mean_volume_of_its_atoms() -> None:
    volumes = {el: product_volume(el) for el in ("Ni", "Cu", "Co")}
    for el, volume in volumes.items():
        assert metal_edge({el: 5.0}) ** 3 == pytest.approx(4.0 * volume)
    mixed = metal_edge({"Ni": 1.0, "Cu": 3.0}) ** 3
    assert mixed == pytest.approx(volumes["Ni"] + 3.0 * volumes["Cu"])
    assert metal_edge({"Ni": 2.0, "Cu": 6.0}) ** 3 == pytest.approx(mixed)


def test_larger_balls_hold_smaller_ones() -> None:
    one = {tuple(np.round(p, 6)) for p in ball_of(43, 3.6)}
    assert one < {tuple(np.round(p, 6)) for p in ball_of(79, 3.6)}


def test_a_turned_ball_has_the_same_distances() -> None:
    rotation = random_rotation(np.random.default_rng(2))
    plain, turned = ball_of(55, 3.6), ball_of(55, 3.6, rotation)
    first, second = (np.linalg.norm(p[:, None] - p[None], axis=-1) for p in (plain, turned))
    np.testing.assert_allclose(first, second, atol=1e-9)
    assert np.abs(plain - turned).max() > 0.1


@pytest.mark.parametrize("radius", [3.0, 8.0, 15.0])
def test_a_ball_within_a_radius_has_its_volume(radius: float) -> None:
    """Mean of 30 places of the lattice: the scatter is of the surface, less than its shell of 0.5 Å."""
    rng = np.random.default_rng(4)
    edge = 3.6
    balls = [ball_within(radius, edge, rng, None) for _ in range(30)]
    assert all((np.linalg.norm(b, axis=1) <= radius).all() for b in balls)
    mean = np.mean([len(b) for b in balls])
    expected = 4.0 / 3.0 * math.pi * radius**3 * 4.0 / edge**3
    assert mean == pytest.approx(expected, abs=6.0 * math.sqrt(expected / 30) + 1.0)


def test_rotations_have_no_preferred_direction() -> None:
    """Mean of a turned axis over 2,000 is zero within 5 deviations of 1/sqrt(3 n), risk 2e-6 in all."""
    rng = np.random.default_rng(6)
    axes = np.array([random_rotation(rng).apply([0.0, 0.0, 1.0]) for _ in range(2000)])
    assert np.abs(axes.mean(axis=0)).max() < 5.0 / math.sqrt(3.0 * 2000)
    assert np.abs((axes**2).mean(axis=0) - 1.0 / 3.0).max() < 5.0 * math.sqrt(4.0 / 45.0 / 2000)


@pytest.mark.parametrize("gap", [0.0, 2.0])
def test_spheres_keep_their_gap_across_faces(gap: float) -> None:
    box, radii = np.diag([50.0, 40.0, 45.0]), np.array([4.0, 9.0, 6.0, 5.0, 3.0, 7.0])
    made = sphere_places(radii, box, np.random.default_rng(1), gap=gap)
    pairs, vectors = close_pairs(made, box, PERIODIC, 20.0 + gap)
    left = np.linalg.norm(vectors, axis=1) - radii[pairs].sum(axis=1)
    assert left.min() >= gap - 0.05 * max(gap, 0.02)


def test_one_sphere_lies_anywhere() -> None:
    box = np.diag([10.0] * 3)
    rng = np.random.default_rng(3)
    places = np.concatenate([sphere_places(np.array([2.0]), box, rng) for _ in range(300)])
    assert ((places >= 0.0) & (places < 10.0)).all()
    assert np.abs(places.mean(axis=0) - 5.0).max() < 6.0 * 10.0 / math.sqrt(12.0 * 300)


def test_inside_spheres_is_what_distance_says() -> None:
    rng = np.random.default_rng(8)
    box = np.diag([12.0, 15.0, 18.0])
    points, centres = rng.random((400, 3)) @ box, rng.random((5, 3)) @ box
    radii = rng.uniform(1.0, 4.0, 5)
    apart = points[:, None] - centres[None]
    apart -= np.round(apart @ np.linalg.inv(box)) @ box
    expected = (np.linalg.norm(apart, axis=-1) <= radii).any(axis=1)
    np.testing.assert_array_equal(inside_spheres(points, centres, radii, box), expected)
    assert not inside_spheres(points, centres[:0], radii[:0], box).any()


def test_one_sphere_has_all_of_a_small_volume() -> None:
    (radius,) = log_normal_radii(100.0, median=5.0, spread=0.0, rng=np.random.default_rng(0))
    assert 4.0 / 3.0 * math.pi * radius**3 == pytest.approx(100.0)
    equal = log_normal_radii(1e6, median=2.0, spread=0.0, rng=np.random.default_rng(0))
    assert set(equal) == {10.0}


@pytest.mark.parametrize("given", [{"median": 0.0}, {"spread": -1.0}, {"volume": 0.0}, {"median": math.inf}])
def test_sizes_that_cannot_be_are_refused(given: dict) -> None:
    known = {"volume": 1e4, "median": 2.0, "spread": 0.1} | given
    with pytest.raises(InputError, match="median diameter"):
        log_normal_radii(known.pop("volume"), rng=np.random.default_rng(0), **known)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "either the volume fraction"),
        ({"count": 2, "volume_fraction": 0.1}, "either the volume fraction"),
        ({"volume_fraction": 0.7}, "below 0.5"),
        ({"volume_fraction": 0.0}, "below 0.5"),
    ],
)
def test_spheres_that_cannot_be_are_refused(given: dict, says: str) -> None:
    with pytest.raises(InputError, match=says):
        metal_spheres(rock_salt("NiO", 4), metal={"Ni": 1}, **given)


def test_spheres_need_a_periodic_matrix() -> None:
    from dataclasses import replace

    open_box = replace(rock_salt("NiO", 4), periodic=(True, True, False))
    with pytest.raises(InputError, match="periodic along all edges"):
        metal_spheres(open_box, metal={"Ni": 1}, count=1)


def test_matrix_near_metal_goes_and_the_rest_stays_where_it_was() -> None:
    matrix = antifluorite("Li", "O", 4)
    piece = ball_of(13, 3.6) + matrix.box.sum(axis=0) / 2.0
    made = with_metal(
        matrix, [piece, np.empty((0, 3))], metal={"Ni": 1}, registered=False, rng=np.random.default_rng(0)
    )
    near = near_any(matrix.positions, piece, matrix.box, PERIODIC, 2.0)
    assert len(made) == len(matrix) - near.sum() + 13
    np.testing.assert_array_equal(made.positions[: len(made) - 13], matrix.positions[~near])
    assert len(made.clusters) == 1


def test_overlapping_spheres_move_less_the_larger_they_are() -> None:
    box = np.diag([60.0] * 3)
    centres = np.array([[20.0, 30.0, 30.0], [28.0, 30.0, 30.0]])
    radii = np.array([8.0, 4.0])
    made = spheres_apart(centres, radii, box, gap=1.0)
    assert np.linalg.norm(made[1] - made[0]) == pytest.approx(13.0, abs=0.01)
    moved = np.linalg.norm(made - centres, axis=1)
    assert moved[0] < moved[1]
    far = np.array([[5.0, 5.0, 5.0], [40.0, 40.0, 40.0]])
    np.testing.assert_array_equal(spheres_apart(far, radii, box, gap=1.0), far)


def test_nothing_is_displaced_where_nothing_is() -> None:
    points = np.random.default_rng(0).random((50, 3)) * 10.0
    box = np.diag([10.0] * 3)
    none = np.empty((0, 3))
    np.testing.assert_array_equal(displaced(points, none, np.empty(0), box, share=0.0), points)
    np.testing.assert_array_equal(displaced(points, points[:1], np.array([0.0]), box, share=0.0), points)


def test_images_are_moved_by_whole_edges_and_lie_within_reach() -> None:
    rng = np.random.default_rng(2)
    box = np.array([[6.0, 0.0, 0.0], [1.0, 7.0, 0.0], [0.5, 0.5, 8.0]])
    places = rng.random((20, 3)) @ box
    for periodic in (PERIODIC, (True, False, False), (False,) * 3):
        every, origin = with_images(places, box, periodic, 3.0)
        np.testing.assert_array_equal(every[:20], places)
        steps = np.linalg.solve(box.T, (every - places[origin]).T).T
        np.testing.assert_allclose(steps, np.round(steps), atol=1e-9)
        assert not np.round(steps)[:, ~np.array(periodic)].any()
    assert len(with_images(places, box, (False,) * 3, 3.0)[0]) == 20


def test_the_smallest_distance_is_that_of_all_pairs() -> None:
    rng = np.random.default_rng(7)
    box = np.diag([9.0, 10.0, 11.0])
    places = rng.random((30, 3)) @ box
    apart = places[:, None] - places[None]
    apart -= np.round(apart / np.diag(box)) * np.diag(box)
    distance = np.linalg.norm(apart, axis=-1)[~np.eye(30, dtype=bool)]
    assert smallest_distance(places, box, PERIODIC) == pytest.approx(distance.min())
    assert smallest_distance(places[:1], box, PERIODIC) == np.inf
