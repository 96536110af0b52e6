"""Spots of known waves: none in noise, positions to the stated deviation, lattices and their zones."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom, chi2

from topotaxy.measurement.imaging import TECHNIQUE, ImagingOptions
from topotaxy.measurement.imaging.crystals import Crystal, crystal_of, family, indexed
from topotaxy.measurement.imaging.lattice import lattice_of
from topotaxy.measurement.imaging.pattern_spots import pattern_spots
from topotaxy.measurement.imaging.record import checked
from topotaxy.measurement.imaging.spots import RISK, image_spots

SIZE = 128


def waves(frequencies: list[tuple[float, float]], size: int = SIZE) -> np.ndarray:
    y, x = np.mgrid[:size, :size].astype(float)
    return sum((np.cos(2 * np.pi * (k[0] * y + k[1] * x)) for k in frequencies), np.zeros((size, size)))


def test_white_noise_has_no_spot() -> None:
    rng = np.random.default_rng(11)
    images = 60
    seen = sum(bool(image_spots(rng.standard_normal((SIZE, SIZE))).found) for _ in range(images))
    assert seen <= binom.ppf(1.0 - 1e-5, images, RISK)


def test_noise_with_streaks_along_both_axes_has_no_spot() -> None:
    rng = np.random.default_rng(12)
    for _ in range(20):
        stripes = 3.0 * rng.standard_normal((SIZE, 1)) + 3.0 * rng.standard_normal((1, SIZE))
        assert not image_spots(stripes + rng.standard_normal((SIZE, SIZE))).found


def test_a_pattern_of_counts_and_stripes_has_no_spot() -> None:
    rng = np.random.default_rng(13)
    for _ in range(10):
        frame = rng.poisson(20.0, (SIZE, SIZE)) + 10.0 * rng.standard_normal((1, SIZE))
        assert not pattern_spots(frame, np.array([64.0, 64.0]))[0].found


def test_a_wave_at_the_detection_limit_is_seen_and_one_far_below_is_not() -> None:
    rng = np.random.default_rng(14)
    noise = rng.standard_normal((SIZE, SIZE))
    limit = image_spots(noise).limit
    wave = waves([(0.11, 0.07)])
    assert image_spots(noise + 2.0 * limit * wave).found
    assert not image_spots(noise + 0.2 * limit * wave).found


def test_frequencies_scatter_as_stated() -> None:
    k = (0.0712, 0.0953)
    rng = np.random.default_rng(15)
    repeats = 100
    z = []
    for _ in range(repeats):
        (spot,) = image_spots(waves([k]) + 2.0 * rng.standard_normal((SIZE, SIZE))).found
        z.append((spot.frequency - k) / spot.deviation)
    # The background comes from about 24 bins, which adds a tenth to the spread: allowed on both sides.
    total = float((np.array(z) ** 2).sum())
    low, high = chi2.ppf((1e-5, 1.0 - 1e-5), 2 * repeats)
    assert 0.8 * low < total < 1.25 * high


def test_spacings_of_a_clear_lattice_are_right_to_five_in_ten_thousand() -> None:
    rng = np.random.default_rng(16)
    k = [(0.0, 0.1231), (0.1187, 0.0)]
    found = image_spots(waves(k, 256) + rng.standard_normal((256, 256))).found
    for known in k:
        spot = min(found, key=lambda s: float(np.hypot(*(s.frequency - known))))
        assert math.hypot(*spot.frequency) == pytest.approx(math.hypot(*known), rel=5e-4)


def test_a_lattice_holds_its_spots_and_not_a_stranger() -> None:
    rng = np.random.default_rng(17)
    k = [(0.02, 0.10), (0.10, -0.02), (0.12, 0.08), (0.151, 0.043)]
    search = image_spots(waves(k) + 0.3 * rng.standard_normal((SIZE, SIZE)))
    lattice = lattice_of(search.found, 1.0 / SIZE)
    assert lattice is not None
    assert len(lattice.members) == 3
    assert len(lattice.strangers) == 1


def image_of_zone(edge: float, hkls: list[tuple[int, int, int]], pixel: float) -> np.ndarray:
    """Waves of reflections, the first along x, the second turned by the angle between them."""
    first, second = np.array(hkls[0], float), np.array(hkls[1], float)
    axis = first / np.linalg.norm(first)
    other = second - (second @ axis) * axis
    other /= np.linalg.norm(other)
    g = [(float(np.array(h) @ other), float(np.array(h) @ axis)) for h in hkls]
    return waves([(a / edge * pixel, b / edge * pixel) for a, b in g], 256)


@pytest.mark.parametrize(
    ("structure", "edge", "hkls", "zone"),
    [
        ("rock salt", 4.2, [(2, 0, 0), (0, 2, 0), (2, 2, 0)], (1, 0, 0)),
        ("rock salt", 4.2, [(1, -1, 1), (-1, 1, 1), (0, 0, 2)], (1, 1, 0)),
        ("fcc", 3.6, [(2, -2, 0), (0, 2, -2), (2, 0, -2)], (1, 1, 1)),
        ("perovskite", 3.905, [(1, 0, 0), (0, 1, 0), (1, 1, 0)], (1, 0, 0)),
        ("bcc", 2.87, [(1, 1, 0), (1, -1, 0), (2, 0, 0)], (1, 0, 0)),
    ],
)
def test_the_zone_axis_is_found(
    structure: str, edge: float, hkls: list[tuple[int, int, int]], zone: tuple[int, int, int]
) -> None:
    pixel = 0.3
    rng = np.random.default_rng(18)
    image = image_of_zone(edge, hkls, pixel) + 0.5 * rng.standard_normal((256, 256))
    lattice = lattice_of(image_spots(image).found, 1.0 / 256)
    assert lattice is not None
    answer = indexed(lattice, lattice.basis / pixel, [Crystal("it", structure, edge)], 0.01)
    assert answer is not None
    assert answer.zone == zone
    assert not answer.forbidden
    assert answer.scale == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize(("height", "fits"), [(0.1, True), (0.9, False)])
def test_weak_forbidden_spots_may_be_the_shortest_of_a_lattice(height: float, fits: bool) -> None:
    """A cell cut along the beam shows (011) and (100) of rock salt; strong ones are another phase."""
    rng = np.random.default_rng(22)
    allowed = image_of_zone(4.2, [(2, 0, 0), (0, 2, -2), (1, 1, -1), (1, -1, 1)], 0.3)
    cut = image_of_zone(4.2, [(1, 0, 0), (0, 1, -1)], 0.3)
    image = allowed + height * cut + 0.3 * rng.standard_normal((256, 256))
    lattice = lattice_of(image_spots(image).found, 1.0 / 256)
    assert lattice is not None
    assert len(lattice.members) == 6
    answer = indexed(lattice, lattice.basis / 0.3, [Crystal("it", "rock salt", 4.2)], 0.01)
    assert (answer is not None) == fits
    if answer is not None:
        assert answer.zone == (1, 1, 0)
        assert {family(hkl) for hkl in answer.forbidden} == {(1, 0, 0), (1, 1, 0)}
        assert {family(hkl) for hkl in answer.indices} == {
            *((2, 0, 0), (2, 2, 0), (1, 1, 1)),
            *((1, 0, 0), (1, 1, 0)),
        }


def test_a_crystal_of_another_size_does_not_fit() -> None:
    rng = np.random.default_rng(19)
    image = image_of_zone(4.2, [(2, 0, 0), (0, 2, 0)], 0.3) + 0.5 * rng.standard_normal((256, 256))
    lattice = lattice_of(image_spots(image).found, 1.0 / 256)
    assert lattice is not None
    assert indexed(lattice, lattice.basis / 0.3, [crystal_of("Na2O=antifluorite:5.55")], 0.01) is None


def test_a_metal_beside_its_oxide_is_named_or_its_limit_said() -> None:
    """Calibration is 4 % off: the metal's spot is told by its ratio to the oxide's, not by its length."""
    rng = np.random.default_rng(20)
    pixel, stated = 0.3, 0.312
    oxide = image_of_zone(4.2, [(2, 0, 0), (0, 2, 0)], pixel)
    g = math.sqrt(8.0) / 3.6 * pixel
    metal = 0.3 * waves([(g * math.sin(0.5), g * math.cos(0.5))], 256)
    noise = 0.5 * rng.standard_normal((256, 256))
    options = ImagingOptions(crystals=("oxide=rock salt:4.2", "metal=fcc:3.6"), scale_error=0.03)
    for image, there in ((oxide + metal + noise, True), (oxide + noise, False)):
        record = checked(image, (stated, stated), source="it", format="made here")
        found = TECHNIQUE.observed((record,), options)
        named = {o.subject.text: o.value for o in found.observables if o.quantity == "interplanar_spacing"}
        assert ("metal, (220)" in named) == there
        if there:
            assert named["metal, (220)"] / named["oxide, (200)"] == pytest.approx(
                3.6 / 8**0.5 / 2.1, rel=2e-3
            )
        assert any("would have been seen" in said for said in found.remarks) != there


def test_a_spot_that_two_crystals_explain_gets_no_name() -> None:
    """(111) of the metal (3.6 Å) is as long as (200) of the oxide (4.2 Å) within 1.1 %."""
    rng = np.random.default_rng(21)
    g = math.sqrt(3.0) / 3.6 * 0.3
    image = image_of_zone(4.2, [(2, 0, 0), (0, 2, 0)], 0.3) + 0.3 * waves(
        [(g * math.sin(0.5), g * math.cos(0.5))], 256
    )
    record = checked(
        image + 0.5 * rng.standard_normal((256, 256)), (0.3, 0.3), source="it", format="made here"
    )
    options = ImagingOptions(crystals=("oxide=rock salt:4.2", "metal=fcc:3.6"), scale_error=0.03)
    found = TECHNIQUE.observed((record,), options)
    assert {o.subject.phase for o in found.observables if o.subject.phase} == {"oxide"}
    assert any("1 spot lies on no point" in said for said in found.remarks)
