"""Extinctions against structure factors, families, zones and scales of candidate phases."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest

from topotaxy.errors import InputError
from topotaxy.measurement.imaging.crystals import (
    Crystal,
    Indexed,
    crystal_of,
    family,
    indexed,
    low_families,
    structures,
)
from topotaxy.measurement.imaging.internal_standard import axis_scales
from topotaxy.measurement.imaging.lattice import Lattice, fitted, lattice_of
from topotaxy.measurement.imaging.record import checked
from topotaxy.measurement.imaging.spacings import spacings_of
from topotaxy.measurement.imaging.spots import Spot

IT = Crystal("it", "rock salt", 4.2)
FCC = [(0, 0, 0), (0, 0.5, 0.5), (0.5, 0, 0.5), (0.5, 0.5, 0)]
BCC = [(0, 0, 0), (0.5, 0.5, 0.5)]


def moved(sites: list[tuple[float, ...]], by: tuple[float, float, float]) -> list[tuple[float, ...]]:
    return [tuple((np.array(site) + by) % 1.0) for site in sites]


CELLS: dict[str, list[tuple[float, list[tuple[float, ...]]]]] = {
    "rock salt": [(28.0, FCC), (8.0, moved(FCC, (0.5, 0, 0)))],
    "fcc": [(29.0, FCC)],
    "bcc": [(26.0, BCC)],
    "antifluorite": [(8.0, FCC), (11.0, moved(FCC, (0.25,) * 3) + moved(FCC, (0.75,) * 3))],
    "diamond": [(14.0, FCC), (14.0, moved(FCC, (0.25,) * 3))],
    "perovskite": [(38.0, [(0, 0, 0)]), (22.0, [(0.5,) * 3]), (8.0, FCC[1:])],
}
"""Scattering power and places of the atoms of a cell."""


def structure_factor(name: str, hkl: tuple[int, int, int]) -> float:
    return abs(
        sum(f * sum(np.exp(2j * math.pi * np.dot(hkl, site)) for site in sites) for f, sites in CELLS[name])
    )


@pytest.mark.parametrize("name", sorted(set(CELLS) & set(structures())))
def test_what_is_allowed_is_what_the_cell_scatters(name: str) -> None:
    crystal = Crystal("it", name, 4.0)
    for hkl in itertools.product(range(-3, 4), repeat=3):
        if any(hkl):
            assert crystal.allows(hkl) == (structure_factor(name, hkl) > 1e-6), hkl


def test_every_structure_of_the_table_is_checked_or_follows_from_its_centring() -> None:
    unchecked = set(structures()) - set(CELLS)
    assert {structures()[name][0] for name in unchecked} <= {"F", "I", "P"}
    assert len(set(structures()) & set(CELLS)) >= 4


@pytest.mark.parametrize("name", sorted(structures()))
def test_extinctions_have_the_symmetry_of_a_cube(name: str) -> None:
    crystal = Crystal("it", name, 4.0)
    for hkl in [(1, 1, 1), (2, 0, 0), (3, 1, 1), (2, 1, 0), (2, 2, 0), (4, 2, 0), (2, 2, 2), (1, 0, 0)]:
        seen = {
            crystal.allows(tuple(s * i for s, i in zip(signs, order, strict=True)))  # type: ignore[arg-type]
            for order in itertools.permutations(hkl)
            for signs in itertools.product((1, -1), repeat=3)
        }
        assert len(seen) == 1


def test_a_family_has_one_member_that_stands_for_it() -> None:
    every = list(itertools.product(range(-2, 3), repeat=3))
    for hkl in every:
        one = family(hkl)
        assert family(one) == one
        assert sorted(map(abs, hkl)) == sorted(one)
        assert one[0] >= one[1] >= one[2] >= 0


def test_low_families_are_allowed_and_rise() -> None:
    found = low_families(Crystal("it", "rock salt", 4.2))
    assert found[:4] == [(1, 1, 1), (2, 0, 0), (2, 2, 0), (2, 2, 2)]
    lengths = [sum(i * i for i in hkl) for hkl in found]
    assert lengths == sorted(lengths)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("NiO", "is written as"),
        ("NiO=rock salt", "is written as"),
        ("NiO=rock salt:abc", "is written as"),
        ("NiO=rock salt:0.5", "is written as"),
        ("NiO=rock salt:400", "is written as"),
        ("=rock salt:4.2", "is written as"),
        ("NiO=wurtzite:4.2", "unknown structure 'wurtzite'"),
        ("N" * 70 + "=fcc:3.5", "is written as"),
    ],
)
def test_candidates_that_cannot_be_understood_are_refused(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        crystal_of(text)


def test_a_candidate_is_read_as_written() -> None:
    assert crystal_of(" NiO = rock_salt : 4.178") == Crystal("NiO", "rock salt", 4.178)


def spots_of(
    edge: float, one: tuple[int, ...], two: tuple[int, ...], turn: float = 0.0, span: int = 2
) -> list[Spot]:
    """Spots of a zone in cycles per pixel of 0.25 Å, the first vector turned from the columns."""
    first, second = np.array(one, float), np.array(two, float)
    across = first / np.linalg.norm(first)
    down = second - (second @ across) * across
    down /= np.linalg.norm(down)
    cos, sin = math.cos(turn), math.sin(turn)
    found = []
    for m, n in itertools.product(range(-span, span + 1), repeat=2):
        hkl = m * first + n * second
        x, y = hkl @ across / edge * 0.25, hkl @ down / edge * 0.25
        place = np.array([cos * y + sin * x, cos * x - sin * y])
        if (m, n) > (0, 0) and np.hypot(*place) < 0.45:
            worth = 1e4 / (1.0 + float(hkl @ hkl))
            found.append(
                Spot(frequency=place, deviation=np.full(2, 1e-5), amplitude=worth, noise=1.0, ratio=worth)
            )
    return sorted(found, key=lambda spot: -spot.ratio)


@pytest.mark.parametrize("turn", [0.0, 0.3, 1.1, 2.5])
@pytest.mark.parametrize(
    ("one", "two", "zone"),
    [
        ((2, 0, 0), (0, 2, 0), (1, 0, 0)),
        ((1, -1, 1), (-1, 1, 1), (1, 1, 0)),
        ((2, -2, 0), (0, 2, -2), (1, 1, 1)),
    ],
)
def test_turning_the_image_changes_no_zone_and_no_scale(one, two, zone, turn: float) -> None:
    lattice = lattice_of(spots_of(4.2, one, two, turn), 1.0 / 256)
    assert lattice is not None
    answer = indexed(lattice, lattice.basis / 0.25, [Crystal("it", "rock salt", 4.2)], 0.01)
    assert answer is not None
    assert answer.zone == zone
    assert answer.scale == pytest.approx(1.0, abs=1e-6)
    assert (answer.forbidden, answer.missing) == ((), 0)


@pytest.mark.parametrize("stretch", [0.98, 1.0, 1.03])
def test_the_scale_is_that_of_the_crystal_over_the_measured_one(stretch: float) -> None:
    lattice = lattice_of(spots_of(4.2 * stretch, (2, 0, 0), (0, 2, 0)), 1.0 / 256)
    assert lattice is not None
    answer = indexed(lattice, lattice.basis / 0.25, [Crystal("it", "rock salt", 4.2)], 0.03)
    assert answer is not None
    assert answer.scale == pytest.approx(1.0 / stretch, rel=1e-6)
    assert answer.chi == pytest.approx(abs(math.log(stretch)) / math.hypot(0.03, 0.005), rel=1e-3, abs=1e-5)


def test_two_candidates_that_fit_are_both_named() -> None:
    lattice = lattice_of(spots_of(4.2, (2, 0, 0), (0, 2, 0)), 1.0 / 256)
    assert lattice is not None
    two = [Crystal("one", "rock salt", 4.2), Crystal("two", "rock salt", 4.25)]
    answer = indexed(lattice, lattice.basis / 0.25, two, 0.03)
    assert answer is not None
    assert answer.crystal.name == "one"
    assert answer.also == ("two [1 0 0]",)
    assert indexed(lattice, lattice.basis / 0.25, [], 0.03) is None


@pytest.mark.parametrize("sizes", [(0.25, 0.25), (0.26, 0.24), (0.2, 0.3)])
def test_pixel_sizes_come_from_known_spacings(sizes: tuple[float, float]) -> None:
    """Spots of a perfect crystal seen with pixels of these sizes give them back exactly."""
    spots = [
        Spot(
            frequency=s.frequency / 0.25 * np.array(sizes),
            deviation=s.deviation,
            amplitude=1.0,
            noise=1.0,
            ratio=s.ratio,
        )
        for s in spots_of(4.2, (2, 0, 0), (0, 2, 0), 0.4, span=1)
    ]
    lattice = fitted(spots, np.stack([spots[0].frequency, spots[1].frequency], axis=1), 1e-3, 2)
    assert lattice is not None
    inverse = np.linalg.solve(np.stack([spots[0].frequency, spots[1].frequency], axis=1), lattice.basis)
    assert abs(np.linalg.det(inverse)) == pytest.approx(1.0, abs=0.01)
    indices = tuple(_index_of(spot, sizes) for spot in lattice.members)
    answer = Indexed(
        crystal=Crystal("it", "rock salt", 4.2),
        zone=(1, 0, 0),
        indices=indices,
        chi=0.0,
        forbidden=(),
        missing=0,
        scale=1.0,
    )
    found, skew, left = axis_scales(lattice, np.full(2, 0.25), answer)
    np.testing.assert_allclose(found, sizes, rtol=1e-9)
    assert abs(skew) < 1e-9
    assert left < 1e-9


@pytest.mark.parametrize("shear", [-0.015, 0.0, 0.02])
def test_a_sheared_scan_is_set_right_by_known_spacings(shear: float) -> None:
    """Rows that slip sideways in proportion to their place: every spacing of the crystal is its own again."""
    straight = spots_of(4.2, (2, 0, 0), (0, 2, 0), 0.4, span=1)
    slipped = [replace(s, frequency=s.frequency @ np.array([[1.01, 0.0], [shear, 0.99]])) for s in straight]
    lattice = lattice_of(slipped, 1e-3)
    assert lattice is not None
    answer = indexed(lattice, lattice.basis / 0.25, [IT], 0.1)
    assert answer is not None
    size, skew, left = axis_scales(lattice, np.full(2, 0.25), answer)
    assert left < 1e-9
    assert (abs(skew) > 1e-3) == (shear != 0.0)
    record = replace(
        checked(np.random.default_rng(0).random((64, 64)), (0.25, 0.25), source="it", format="made"),
        pixel_size=size,
        skew=skew,
    )
    for one in spacings_of(record, lattice, answer, 0.0):
        assert one.indices is not None
        assert one.value == pytest.approx(4.2 / float(np.linalg.norm(one.indices)), rel=1e-9)


@pytest.mark.parametrize("strangers", [0, 7, 13, 20, 30])
def test_a_lattice_is_found_behind_any_number_of_stronger_spots(strangers: int) -> None:
    """Each stranger is stronger than any spot of the crystal, and no three of them share a lattice."""
    crystal = spots_of(4.2, (2, 0, 0), (0, 2, 0), 0.4)
    rng = np.random.default_rng(8)
    others = [
        Spot(frequency=place, deviation=np.full(2, 1e-5), amplitude=1.0, noise=1.0, ratio=1e5 - number)
        for number, place in enumerate(rng.uniform([0.03, -0.4], [0.4, 0.4], (strangers, 2)))
    ]
    # Chance puts a random spot on the lattice once in 4,000.
    lattice = lattice_of([*others, *crystal], 1e-3)
    assert lattice is not None
    assert len(lattice.strangers) == strangers
    assert {id(one) for one in lattice.members} == {id(one) for one in crystal}


def test_three_reflections_settle_no_shear() -> None:
    """Three unknowns take three reflections, and then nothing is left to tell how well they fit."""
    spots = spots_of(4.2, (2, 0, 0), (0, 2, 0), 0.4, span=1)[:3]
    lattice = lattice_of(spots, 1e-3)
    assert lattice is not None
    answer = indexed(lattice, lattice.basis / 0.25, [IT], 0.05)
    assert answer is not None
    assert axis_scales(lattice, np.full(2, 0.25), answer)[1] == 0.0


def _index_of(spot: Spot, sizes: tuple[float, float]) -> tuple[int, int, int]:
    g = spot.frequency / np.array(sizes) * 4.2
    cos, sin = math.cos(0.4), math.sin(0.4)
    return (round(sin * g[0] + cos * g[1]), round(cos * g[0] - sin * g[1]), 0)


def test_a_fit_leaves_out_what_is_off_and_needs_enough() -> None:
    spots = spots_of(4.2, (2, 0, 0), (0, 2, 0), 0.2)
    off = Spot(
        frequency=np.array([0.0813, 0.1777]), deviation=np.full(2, 1e-5), amplitude=1.0, noise=1.0, ratio=9.0
    )
    guess = np.stack([spots[0].frequency, spots[1].frequency], axis=1) * 1.0005
    lattice = fitted([*spots, off], guess, 2e-3, 2)
    assert lattice is not None
    assert len(lattice.strangers) == 1
    np.testing.assert_allclose(
        [s.frequency for s in lattice.members], (lattice.basis @ lattice.indices.T).T, atol=1e-9
    )
    assert fitted([*spots, off], guess, 2e-3, len(spots) + 1) is None
    assert fitted(spots[:1], guess, 2e-3, 1) is None


def test_noise_of_the_spots_makes_a_misfit_of_one() -> None:
    """Spots that scatter by their deviation: chi squared per degree of freedom is one within 5 deviations."""
    rng = np.random.default_rng(3)
    spots = []
    for one in spots_of(4.2, (2, 0, 0), (0, 2, 0), 0.2, span=4):
        noise = rng.normal(0.0, 1e-4, 2)
        spots.append(
            Spot(
                frequency=one.frequency + noise,
                deviation=np.full(2, 1e-4),
                amplitude=1,
                noise=1,
                ratio=one.ratio,
            )
        )
    lattice: Lattice | None = lattice_of(spots, 2e-3)
    assert lattice is not None
    freedom = 2 * len(lattice.members) - 4
    assert lattice.misfit**2 < 1.0 + 5.0 * math.sqrt(2.0 / freedom)
