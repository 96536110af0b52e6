"""Metal in a matrix: fcc of its own spacing, in the amount asked for, matrix out of the way."""

from __future__ import annotations

import math

import numpy as np
import pytest
from atoms_compared import closest

from topotaxy.errors import InputError
from topotaxy.material import product_volume
from topotaxy.specimen.builders import antifluorite, rock_salt
from topotaxy.specimen.cores import core_shell
from topotaxy.specimen.domains import nanodomains
from topotaxy.specimen.inclusions import ball_of, log_normal_radii, metal_edge, metal_spheres
from topotaxy.specimen.networks import metal_network
from topotaxy.specimen.periodic import close_pairs
from topotaxy.specimen.twins import twin


def test_ball_is_fcc_of_the_metals_own_spacing() -> None:
    edge = metal_edge({"Ni": 1.0})
    ball = ball_of(55 + 88, edge)
    distance = np.sqrt(((ball[:, None] - ball[None]) ** 2).sum(axis=-1))
    nearest = distance[distance > 0].min()
    assert nearest == pytest.approx(edge / math.sqrt(2))
    inner = np.linalg.norm(ball, axis=1) < 0.5 * edge
    assert set((np.abs(distance[inner] - nearest) < 1e-6).sum(axis=1)) == {12}
    assert edge**3 / 4 == pytest.approx(product_volume("Ni"))


@pytest.mark.parametrize("atoms", [1, 13, 55, 400])
def test_ball_is_compact(atoms: int) -> None:
    edge = 3.52
    ball = ball_of(atoms, edge)
    assert len(ball) == atoms
    radius = (3 * atoms * edge**3 / 4 / (4 * math.pi)) ** (1 / 3)
    # No atom further out than the sphere of their volume and one neighbour distance.
    assert np.linalg.norm(ball, axis=1).max() <= radius + edge / math.sqrt(2)


@pytest.mark.parametrize("matrix", [rock_salt("NiO", 9), antifluorite("Na", "O", 8)])
@pytest.mark.parametrize("epitaxial", [True, False])
def test_spheres_have_their_volume_and_keep_off_the_matrix(matrix, epitaxial: bool) -> None:
    made = metal_spheres(
        matrix, metal={"Ni": 1, "Cu": 3}, volume_fraction=0.1, diameter=1.5, epitaxial=epitaxial, seed=2
    )
    metal = made.is_phase("metal")
    volume = metal.sum() * (0.25 * product_volume("Ni") + 0.75 * product_volume("Cu"))
    sphere = math.pi / 6 * 15.0**3
    # Whole spheres, and the atoms of a sphere are its volume within its surface layer.
    assert abs(volume - 0.1 * made.volume) < 0.5 * sphere + 0.15 * volume
    assert closest(made) >= 2.0 - 1e-9
    counts = made.counts()
    assert abs(made.subset(metal).counts()["Cu"] - 0.75 * metal.sum()) <= 1
    assert sum(counts.values()) == len(made)
    assert sorted(np.concatenate([c.members for c in made.clusters])) == np.flatnonzero(metal).tolist()
    assert (made.valences[metal] == 0).all()


def test_pairs_inside_a_sphere_are_those_of_the_metal() -> None:
    made = metal_spheres(antifluorite("Na", "O", 8), metal={"Ni": 1}, count=2, diameter=2.0, seed=4)
    for cluster in made.clusters:
        places = made.positions[cluster.members]
        pairs, vectors = close_pairs(places, made.box, made.periodic, 2.6)
        np.testing.assert_allclose(np.sqrt((vectors**2).sum(axis=1)), 3.5237 / math.sqrt(2), atol=0.002)
        assert len(pairs) > 3 * len(places)


def test_sizes_are_log_normal() -> None:
    radii = log_normal_radii(4e7, median=2.0, spread=0.3, rng=np.random.default_rng(1))
    logs = np.log(radii / 10.0)
    # Mean and deviation within 5 standard errors, risk below 1e-6 each.
    assert abs(logs.mean()) < 5 * 0.3 / math.sqrt(len(radii))
    assert abs(logs.std() - 0.3) < 5 * 0.3 / math.sqrt(2 * len(radii))
    assert (4 / 3 * math.pi * radii**3).sum() == pytest.approx(4e7, rel=0.01)


def test_too_much_metal_is_refused() -> None:
    with pytest.raises(InputError, match="do not fit"):
        metal_spheres(rock_salt("NiO", 5), metal={"Ni": 1}, count=30, diameter=1.5)
    with pytest.raises(InputError, match="either"):
        metal_spheres(rock_salt("NiO", 5), metal={"Ni": 1})


def test_nanodomains_fill_the_box_with_their_crystal() -> None:
    made = nanodomains(antifluorite("Na", "O", 1), 50.0, diameter=3.0, seed=1)
    assert closest(made) >= 1.9 - 1e-9
    # Boundaries cost a layer of a few per cent; no hole and no double filling.
    assert 0.85 < len(made) * product_volume("Na2O") / 3 / made.volume < 1.0
    _, vectors = close_pairs(made.positions, made.box, made.periodic, 2.6)
    distance = np.sqrt((vectors**2).sum(axis=1))
    assert (np.abs(distance - 5.55 * math.sqrt(3) / 4) < 0.01).mean() > 0.7


def test_network_is_one_connected_piece() -> None:
    matrix = antifluorite("Na", "O", 9)
    made = metal_network(matrix, metal={"Ni": 1}, volume_fraction=0.3, wavelength=2.5, seed=1)
    assert len(made.clusters) == 1
    metal = made.subset(made.is_phase("metal"))
    assert len(metal) * product_volume("Ni") == pytest.approx(0.3 * made.volume, rel=0.1)
    pairs, _ = close_pairs(metal.positions, metal.box, metal.periodic, 3.0)
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(pairs)), pairs.T), shape=(len(metal), len(metal)))
    _, piece = connected_components(graph, directed=False)
    assert np.bincount(piece).max() > 0.9 * len(metal)


def test_core_stays_perfect_in_its_shell() -> None:
    made = core_shell("NiO", "Na", edge=45.0, core_radius=13.0, metal={"Ni": 1})
    assert closest(made) >= 1.9 - 1e-9
    core = made.subset(made.is_phase("frame"))
    assert len(core) == pytest.approx(4 / 3 * math.pi * 13.0**3 * 8 / made.unit_cell**3, rel=0.1)
    away = made.positions[made.is_phase("metal", "salt")] - made.box.sum(axis=0) / 2
    assert np.linalg.norm(away, axis=1).min() > 13.0


def test_twin_is_perfect_but_for_its_mirror_planes() -> None:
    made = twin("NiO", (4, 3, 6))
    a = made.unit_cell
    assert made.volume / len(made) == pytest.approx(a**3 / 8)
    pairs, vectors = close_pairs(made.positions, made.box, made.periodic, 0.51 * a)
    assert set(np.bincount(pairs.ravel(), minlength=len(made))) == {6}
    assert (made.elements[pairs[:, 0]] != made.elements[pairs[:, 1]]).all()
    # z -> -z maps the twin on itself.
    mirrored = made.positions * (1, 1, -1)
    both = np.concatenate([made.positions, np.mod(mirrored, np.diag(made.box))])
    found, _ = close_pairs(both, made.box, made.periodic, 1e-3)
    assert len(found) == len(made)
    # Between the planes the stacking is fcc: an anion two planes from the mirror has its 12 anions so
    # that six lie opposite to each other through it; on the mirror three pairs do not.
    anions = made.subset(made.is_element("O"))
    pairs, vectors = close_pairs(anions.positions, anions.box, anions.periodic, 0.72 * a)
    assert set(np.bincount(pairs.ravel(), minlength=len(anions))) == {12}
    height = anions.positions[:, 2]
    for z, opposite in ((0.0, 3), (2 * a / math.sqrt(3), 6)):
        one = int(np.argmin(np.abs(height - z)))
        around = np.concatenate([vectors[pairs[:, 0] == one], -vectors[pairs[:, 1] == one]])
        sums = np.linalg.norm(around[:, None] + around[None], axis=-1)
        assert int((sums < 1e-6).sum()) // 2 == opposite
