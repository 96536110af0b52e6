"""Local transforms and sizes of discs: amplitude, frequency and noise of waves that are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from topotaxy.measurement.imaging.crystals import Crystal
from topotaxy.measurement.imaging.disc_sizes import disc_diameter
from topotaxy.measurement.imaging.domains import Domain, DomainMap, domains_of
from topotaxy.measurement.imaging.lattice import lattice_of
from topotaxy.measurement.imaging.local_waves import BLUR, WIDTH, local_waves
from topotaxy.measurement.imaging.phase_map import UNKNOWN, PhaseMap, phase_map
from topotaxy.measurement.imaging.spots import image_spots

SIZE, PIXEL = 384, 0.25
PIXELS = np.full(2, PIXEL)


def wave(g: tuple[float, float], amplitude: float = 1.0) -> np.ndarray:
    y, x = np.mgrid[:SIZE, :SIZE] * PIXEL
    return amplitude * np.cos(2 * np.pi * (g[0] * y + g[1] * x) + 0.3)


@pytest.mark.parametrize("g", [(0.5, 0.1), (0.31, 0.42), (-0.4, 0.35)])
def test_a_wave_has_half_its_amplitude_everywhere_inside(g: tuple[float, float]) -> None:
    waves = local_waves(wave(g, 3.0), None, PIXELS)
    seen = np.abs(waves.at(np.array(g)))[waves.inside]
    np.testing.assert_allclose(seen, 1.5, rtol=0.02)


@pytest.mark.parametrize("off", [0.25, 0.5, 1.0])
def test_a_filter_beside_a_wave_sees_the_gaussian_of_their_distance(off: float) -> None:
    g = np.array([0.5, 0.1])
    waves = local_waves(wave((0.5, 0.1), 2.0), None, PIXELS)
    seen = np.abs(waves.at(g + np.array([off * WIDTH, 0.0])))[waves.inside]
    np.testing.assert_allclose(seen, math.exp(-0.5 * off**2), rtol=0.05)


@pytest.mark.parametrize("off", [(0.3, 0.0), (-0.2, 0.4), (0.0, -0.6)])
def test_the_frequency_is_found_from_a_guess_beside_it(off: tuple[float, float]) -> None:
    g = np.array([0.45, 0.2])
    waves = local_waves(wave((0.45, 0.2)), None, PIXELS)
    middle = (waves.shape[0] // 2, waves.shape[1] // 2)
    found = waves.refined(g + WIDTH * np.array(off), middle)
    np.testing.assert_allclose(found, g, atol=2e-4)


def test_noise_is_as_stated_at_every_frequency() -> None:
    """Mean power over the inside: about 100 independent areas in each of 6 filters, 5 deviations."""
    image = np.random.default_rng(3).normal(0.0, 2.0, (SIZE, SIZE))
    waves = local_waves(image, None, PIXELS)
    for g in ((0.4, 0.0), (0.0, 0.5), (0.5, 0.5), (-0.5, 0.3), (0.7, 0.2), (1.0, 0.6)):
        seen = np.abs(waves.at(np.array(g)))[waves.inside]
        areas = seen.size * float(waves.cell.prod()) * math.pi * (2.0 * WIDTH) ** 2
        ratio = float((seen**2).mean()) / waves.noise(np.array(g)) ** 2
        assert abs(ratio - 1.0) < 5.0 / math.sqrt(areas) + 0.15


def test_waves_of_the_lattice_are_taken_out() -> None:
    image = wave((0.47, 0.0)) + wave((0.0, 0.47)) + np.random.default_rng(0).normal(0.0, 0.1, (SIZE, SIZE))
    lattice = lattice_of(image_spots(image).found, 1.0 / SIZE)
    assert lattice is not None
    with_it, without = local_waves(image, lattice, PIXELS), local_waves(image, None, PIXELS)
    inside = with_it.inside
    # As near to the lattice as filters ever are.
    g = np.array([0.47 + 2.0 * WIDTH, 0.0])
    seen, whole = (np.abs(one.at(g))[inside] for one in (with_it, without))
    assert np.median(whole) == pytest.approx(0.5 * math.exp(-2.0), rel=0.05)
    assert np.median(seen) < 0.25 * np.median(whole)
    assert len(with_it.own) > len(without.own) == 1


def test_a_scale_of_the_image_is_no_scale_of_its_domains() -> None:
    """Doubling brightness doubles amplitudes and leaves the ratio to noise."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:SIZE, :SIZE] * PIXEL
    image = np.where(np.hypot(y - 48, x - 48) < 10, wave((0.5, 0.3)), 0.0) + rng.normal(0.0, 0.5, x.shape)
    one, two = (domains_of(f * image, None, PIXELS) for f in (1.0, 2.0))
    assert one is not None
    assert two is not None
    np.testing.assert_allclose(two.ratio, one.ratio, rtol=1e-4)
    assert two.least == pytest.approx(2.0 * one.least, rel=1e-4)
    assert [d.diameter for d in one.domains] == pytest.approx([d.diameter for d in two.domains])


def test_images_too_small_or_too_coarse_have_no_map() -> None:
    image = np.random.default_rng(0).normal(size=(64, 64))
    assert domains_of(image, None, np.full(2, 0.25)) is None
    assert domains_of(np.tile(image, (8, 8)), None, np.full(2, 1.5)) is None


@pytest.mark.parametrize("blur", [1.0, 3.5, 12.0])
def test_sizes_of_discs_scale_with_the_blur_and_rise(blur: float) -> None:
    widths = np.linspace(2.4, 30.0, 60)
    found = np.array([disc_diameter(w * blur, blur) for w in widths]) / blur
    np.testing.assert_allclose(found, [disc_diameter(w, 1.0) for w in widths])
    assert (np.diff(found) >= 0.0).all()


def test_large_discs_are_as_wide_as_they_are() -> None:
    assert disc_diameter(20.0, 1.0) == pytest.approx(20.0, rel=0.02)
    assert disc_diameter(500.0, 1.0) == 500.0
    assert disc_diameter(1.0, 1.0) < 0.5


def domain(
    centre: tuple[float, float], diameter: float, spacing: float, ratio: float, amplitude: float | None = None
) -> Domain:
    return Domain(
        centre=np.array(centre),
        diameter=diameter,
        frequency=np.array([1.0 / spacing, 0.0]),
        deviation=1e-3,
        ratio=ratio,
        amplitude=ratio if amplitude is None else amplitude,
    )


def mapped(*domains: Domain) -> PhaseMap:
    found = DomainMap(
        domains=domains, ratio=np.ones((4, 4)), limit=5.0, cell=np.ones(2), blur=BLUR, least=0.1
    )
    crystals = [Crystal("oxide", "rock salt", 4.24), Crystal("alloy", "fcc", 3.58)]
    return phase_map(found, (800, 800), PIXELS, crystals, None, 0.5)


def test_waves_of_one_place_are_one_domain_with_its_strong_waves_size() -> None:
    made = mapped(
        domain((400, 400), 20.0, 1.79, 30.0),
        domain((404, 400), 22.0, 1.79, 20.0),
        domain((424, 400), 5.0, 1.2657, 8.0),
        domain((100, 100), 18.0, 2.12, 25.0),
    )
    first, second = made.places
    assert len(first.waves) == 3
    assert first.diameter == pytest.approx((30 * 20 + 20 * 22) / 50)
    assert (first.phase, second.phase) == ("alloy", "oxide")
    assert made.least == pytest.approx(0.2)


def test_weak_waves_about_a_domain_are_its_edges_and_have_no_say_in_its_name() -> None:
    """However large their ratio: what counts is the amplitude. A strong wave beside it is another domain."""
    edge = (400, 460)
    made = mapped(
        domain((400, 400), 20.0, 1.79, 30.0, 1.0),
        domain(edge, 8.0, 2.12, 25.0, 0.2),
        domain((400, 404), 8.0, 2.12, 28.0, 0.3),
    )
    (one,) = made.places
    assert (one.phase, one.diameter) == ("alloy", pytest.approx(20.0))
    made = mapped(domain((400, 400), 20.0, 1.79, 30.0, 1.0), domain(edge, 8.0, 2.12, 25.0, 0.9))
    assert [place.phase for place in made.places] == ["alloy", "oxide"]


def test_shares_are_of_areas() -> None:
    made = mapped(domain((400, 400), 20.0, 1.79, 30.0), domain((100, 100), 10.0, 1.79, 25.0))
    (places,) = made.phases().values()
    share, error = made.share(places)
    assert share == pytest.approx(math.pi / 4.0 * (400.0 + 100.0) / made.area)
    assert error == pytest.approx(math.pi / 4.0 * math.hypot(400.0, 100.0) / made.area)
    assert made.share([]) == (0.0, 0.0)


def test_a_wave_of_no_candidate_has_no_name_and_comes_last() -> None:
    made = mapped(domain((400, 400), 20.0, 2.9, 30.0), domain((100, 100), 10.0, 1.79, 25.0))
    assert list(made.phases()) == ["alloy", UNKNOWN]
    assert made.phases()[UNKNOWN][0].reflections == (None,)
