"""Domains, cores and networks: volumes, what stays of each crystal, and refusals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from atoms_compared import closest

from topotaxy.errors import InputError
from topotaxy.specimen import Specimen
from topotaxy.specimen.builders import antifluorite, as_phase, rock_salt
from topotaxy.specimen.cores import core_in, norm_of
from topotaxy.specimen.domains import BOUNDARY, empty_box, nanodomains
from topotaxy.specimen.networks import metal_network


def test_the_norm_is_the_length_for_two_and_the_largest_part_for_many() -> None:
    vectors = np.random.default_rng(1).normal(size=(200, 3))
    np.testing.assert_allclose(norm_of(vectors, 2.0), np.linalg.norm(vectors, axis=1))
    np.testing.assert_allclose(norm_of(vectors, 200.0), np.abs(vectors).max(axis=1), rtol=6e-3)
    np.testing.assert_allclose(norm_of(3.0 * vectors, 6.0), 3.0 * norm_of(vectors, 6.0))
    exponents = [1.0, 2.0, 4.0, 8.0]
    lengths = np.array([norm_of(vectors, n) for n in exponents])
    assert (np.diff(lengths, axis=0) <= 1e-12).all()


@pytest.mark.parametrize(("exponent", "volume"), [(2.0, 4.0 * math.pi / 3.0), (40.0, 8.0)])
def test_a_core_has_the_volume_of_its_shape(exponent: float, volume: float) -> None:
    core, shell = rock_salt("NiO", 9), as_phase(rock_salt("MgO", 9), "oxide")
    a = core.unit_cell_or_raise()
    # Between two planes of atoms, so that a cube has the volume of its atoms.
    radius = 2.75 * a
    made = core_in(core, shell, radius, exponent=exponent)
    inner = made.is_phase("frame")
    # Counting a lattice in a ball: the error is of its surface, a few atoms of a hundred.
    assert inner.sum() * a**3 / 8.0 == pytest.approx(volume * radius**3, rel=0.08)
    away = norm_of(made.positions - made.box.sum(axis=0) / 2.0, exponent)
    assert away[inner].max() <= radius + 1e-9
    assert away[~inner].min() > radius
    assert closest(made) >= BOUNDARY
    assert made.unit_cell == core.unit_cell
    np.testing.assert_array_equal(made.box, shell.box)


@pytest.mark.parametrize("radius", [-1.0, 0.0, 20.0])
def test_a_core_that_does_not_fit_is_refused(radius: float) -> None:
    crystal = rock_salt("NiO", 5)
    with pytest.raises(InputError, match="does not fit"):
        core_in(crystal, crystal, radius)


def test_an_empty_box_is_empty() -> None:
    made = empty_box(12.0, formula="NiO")
    assert (len(made), made.volume, made.formula) == (0, pytest.approx(1728.0), "NiO")
    for edge in (0.0, -1.0, float("nan")):
        with pytest.raises(InputError, match="edge of a box"):
            empty_box(edge)


@pytest.fixture(scope="module")
def mixed() -> Specimen:
    crystals = [(antifluorite("Na", "O", 1), 0.5), (as_phase(rock_salt("MgO", 1), "oxide"), 0.5)]
    return nanodomains(crystals, 60.0, diameter=2.0, seed=3)


def test_domains_share_the_box_as_asked(mixed: Specimen) -> None:
    """Shares are of whole domains, whose sizes differ: within 5 deviations of 52 cells (0.42 each)."""
    volume = {
        "salt": mixed.is_phase("salt").sum() * antifluorite("Na", "O", 1).volume / 12.0,
        "oxide": mixed.is_phase("oxide").sum() * rock_salt("MgO", 1).volume / 8.0,
    }
    share = volume["salt"] / sum(volume.values())
    assert abs(share - 0.5) < 5.0 * 0.5 * 0.42 / math.sqrt(52)
    assert sum(volume.values()) < mixed.volume


def test_domains_keep_apart_and_are_numbered_through(mixed: Specimen) -> None:
    assert closest(mixed) >= BOUNDARY - 1e-9
    np.testing.assert_array_equal(mixed.identities, np.arange(len(mixed)))
    assert mixed.unit_cell is None


def test_domains_follow_their_seed() -> None:
    crystal = antifluorite("Li", "O", 1)
    one, two, other = (nanodomains(crystal, 25.0, diameter=1.5, seed=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(one.positions, two.positions)
    assert len(one) != len(other) or not np.allclose(one.positions, other.positions)


@pytest.mark.parametrize(
    ("crystals", "edge", "diameter", "says"),
    [
        ([], 20.0, 1.0, "at least one crystal"),
        ([(rock_salt("NiO", 1), -1.0)], 20.0, 1.0, "at least one crystal"),
        (rock_salt("NiO", 1), 20.0, 0.0, "diameter of domains"),
        (rock_salt("NiO", 1), 20.0, float("inf"), "diameter of domains"),
        (rock_salt("NiO", 1), 3000.0, 2.0, "more than"),
        (rock_salt("NiO", 1), -5.0, 2.0, "edge of a box"),
    ],
)
def test_domains_that_cannot_be_are_refused(crystals, edge: float, diameter: float, says: str) -> None:
    with pytest.raises(InputError, match=says):
        nanodomains(crystals, edge, diameter=diameter)


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_a_network_has_its_share_and_its_metal_is_mixed_exactly(share: float) -> None:
    matrix = rock_salt("MgO", 8)
    made = metal_network(matrix, metal={"Ni": 1, "Cu": 1}, volume_fraction=share, wavelength=2.0, seed=2)
    metal = made.is_phase("metal")
    counts = made.subset(metal).counts()
    assert abs(counts["Ni"] - counts["Cu"]) <= 1
    left = (~metal).sum() / len(matrix)
    # What the gap to the metal takes comes off both sides of each surface.
    assert 0.5 * (1.0 - share) < left < 1.0 - share
    assert made.clusters[0].size == metal.sum()


@pytest.mark.parametrize("share", [0.0, -0.1, 0.95])
def test_shares_of_a_network_that_cannot_be_are_refused(share: float) -> None:
    with pytest.raises(InputError, match="volume fraction"):
        metal_network(rock_salt("MgO", 4), metal={"Ni": 1}, volume_fraction=share)
