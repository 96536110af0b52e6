"""Laws of diffraction patterns: the exact sum over atoms, conservation, thin slabs, places of spots."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from topotaxy.measurement.imaging.virtual.electrons import interaction, scattering_factor, wavelength
from topotaxy.measurement.imaging.virtual.kinematic import kinematic_pattern
from topotaxy.measurement.imaging.virtual.pattern import (
    EDGE,
    Camera,
    aperture_on,
    divergence_spread,
    dynamic_pattern,
    faded,
    on_camera,
    parts_of,
    seen_area,
)
from topotaxy.measurement.imaging.virtual.slab import Slab, slab_of
from topotaxy.specimen.builders import rock_salt

VOLTAGE = 2e5
CAMERA = Camera(pixels=128, reach=1.0)
POINT = 1e-9
"""A blur of nothing, 1/Å."""


def exact(slab: Slab, diameter: float) -> np.ndarray:
    """Share of the electrons in each pixel by the sum over atoms on the camera's own frequencies."""
    g = (np.arange(CAMERA.pixels) - CAMERA.pixels // 2) * CAMERA.pixel
    away = np.sqrt(((slab.places - 0.5 * slab.edges) ** 2).sum(axis=1))
    weight = faded(away, diameter)
    g2 = g[:, None] ** 2 + g[None] ** 2
    total = np.zeros(g2.shape, dtype=complex)
    for (y, x), z, element, w in zip(slab.places, slab.depths, slab.elements, weight, strict=True):
        phase = -2.0 * (g[:, None] * y + g[None] * x) + wavelength(VOLTAGE) * g2 * z
        total += w * scattering_factor(str(element), np.sqrt(g2)) * np.exp(1j * math.pi * phase)
    window = 1.0 / CAMERA.pixel
    stop = aperture_on((256, 256), np.full(2, window), diameter)
    power = interaction(VOLTAGE) ** 2 * np.abs(total) ** 2
    power *= CAMERA.pixel**2 / (float((stop**2).mean()) * window**2)
    power[CAMERA.pixels // 2, CAMERA.pixels // 2] = 0.0
    return power


@pytest.mark.parametrize(("thickness", "least"), [(0.1, 0.999), (30.0, 0.97)])
def test_the_kinematic_pattern_is_the_sum_over_atoms(thickness: float, least: float) -> None:
    """Of atoms at random, the worst case: slices are coarse against Ewald's sphere."""
    rng = np.random.default_rng(2)
    edges = np.array([50.0, 50.0])
    slab = Slab(
        places=rng.random((400, 2)) * edges,
        depths=rng.random(400) * thickness,
        elements=np.array(["Ni", "Au"] * 200),
        edges=edges,
        thickness=thickness,
    )
    given = {"voltage": VOLTAGE, "diameter": 40.0, "spread": POINT, "thermal": 0.0}
    pattern = kinematic_pattern(slab, CAMERA, **given)
    nothing = replace(slab, places=slab.places[:0], depths=slab.depths[:0], elements=slab.elements[:0])
    empty = kinematic_pattern(nothing, CAMERA, **given)
    assert empty.scattered == 0.0
    expected = exact(slab, 40.0)
    ours = pattern.values * (1.0 + pattern.scattered) - empty.values
    g = (np.arange(CAMERA.pixels) - CAMERA.pixels // 2) * CAMERA.pixel
    far = np.hypot(g[:, None], g[None])
    ring = (far > 0.2) & (far < 0.6)
    assert np.corrcoef(ours[ring], expected[ring])[0, 1] > least
    assert ours[ring].sum() == pytest.approx(expected[ring].sum(), rel=0.02)
    assert pattern.scattered == pytest.approx(expected.sum(), rel=0.02)


def test_no_electron_is_counted_twice() -> None:
    slab = slab_of(rock_salt("NiO", 6, seed=1), "z", None)
    for make in (kinematic_pattern, dynamic_pattern):
        pattern = make(slab, CAMERA, voltage=VOLTAGE, diameter=20.0, spread=0.01, thermal=0.07)
        assert 0.9 < float(pattern.values.sum()) <= 1.0 + 1e-6
        assert (pattern.values >= 0.0).all()


def test_a_thin_slab_scatters_alike_in_both_models() -> None:
    """Beams of one layer of cells: within 5 %, as the second order of the phase is left out in one."""
    slab = slab_of(rock_salt("MgO", 6, lattice_parameter=4.2), "z", 4.2)
    given = {"voltage": VOLTAGE, "diameter": 24.0, "spread": 0.01, "thermal": 0.0}
    first, second = (make(slab, CAMERA, **given) for make in (kinematic_pattern, dynamic_pattern))
    beam = first.values.copy(), second.values.copy()
    for one in beam:
        one[54:75, 54:75] = 0.0
    assert np.corrcoef(beam[0].ravel(), beam[1].ravel())[0, 1] > 0.999
    assert beam[0].sum() == pytest.approx(beam[1].sum(), rel=0.1)


@pytest.mark.parametrize("make", [kinematic_pattern, dynamic_pattern])
def test_spots_lie_where_the_lattice_says(make) -> None:
    a = 4.2
    slab = slab_of(rock_salt("MgO", 10, lattice_parameter=a), "z", 2 * a)
    camera = Camera(pixels=256, reach=1.0)
    pattern = make(slab, camera, voltage=VOLTAGE, diameter=39.0, spread=0.012, thermal=0.05)
    row, column = pattern.centre
    y, x = (np.arange(256) - row) * camera.pixel, (np.arange(256) - column) * camera.pixel
    for g in ((0.0, 2 / a), (2 / a, 0.0), (-2 / a, 2 / a), (0.0, -4 / a)):
        near = np.hypot(y[:, None] - g[0], x[None] - g[1]) < 0.06
        weight = pattern.values * near
        found = (weight.sum(1) @ y / weight.sum(), weight.sum(0) @ x / weight.sum())
        np.testing.assert_allclose(found, g, atol=2e-3)


def test_friedel_pairs_of_a_thin_slab_are_alike() -> None:
    slab = slab_of(rock_salt("NiO", 5, seed=1), "z", 4.3)
    pattern = kinematic_pattern(slab, CAMERA, voltage=VOLTAGE, diameter=18.0, spread=0.02, thermal=0.0)
    inner = pattern.values[1:, 1:]
    np.testing.assert_allclose(inner, inner[::-1, ::-1], atol=1e-3 * inner.max())


def test_heat_takes_from_the_spots_and_gives_to_the_background() -> None:
    slab = slab_of(rock_salt("NiO", 6, seed=1), "z", None)
    given = {"voltage": VOLTAGE, "diameter": 22.0, "spread": 0.01}
    cold, warm = (kinematic_pattern(slab, CAMERA, thermal=u, **given) for u in (0.0, 0.15))
    middle = CAMERA.pixels // 2
    spot = middle + round(4 / 4.18 / CAMERA.pixel)
    between = middle + round(3 / 4.18 / CAMERA.pixel)
    assert warm.values[middle, spot] < cold.values[middle, spot]
    assert warm.values[middle, between] > cold.values[middle, between]


def test_the_area_is_repeated_and_pixels_divided_as_the_aperture_needs() -> None:
    slab = slab_of(rock_salt("NiO", 2), "z", None)
    wide = seen_area(slab, 30.0)
    assert (wide.edges >= 30.0 * (1.0 + EDGE)).all()
    assert len(wide) / len(slab) == pytest.approx(float(wide.edges.prod() / slab.edges.prod()))
    assert seen_area(slab, 5.0) is slab
    assert parts_of(CAMERA, 40.0) == 1
    assert parts_of(CAMERA, 200.0) / CAMERA.pixel >= 200.0 * (1.0 + EDGE)
    stop = aperture_on((100, 100), np.array([50.0, 50.0]), 30.0)
    assert float(stop.mean()) * 2500.0 == pytest.approx(math.pi * 15.0**2, rel=0.01)


def test_a_camera_adds_up_what_falls_on_its_pixels() -> None:
    fine = np.zeros((256, 256))
    fine[128, 128] = 1.0
    pattern = on_camera(fine, CAMERA, POINT, 0.0)
    assert pattern.values.sum() == 1.0
    np.testing.assert_allclose(pattern.centre, (64 + 0.25 - 0.5,) * 2)
    assert divergence_spread(0.0, CAMERA, VOLTAGE) == pytest.approx(0.6 * CAMERA.pixel)
    assert divergence_spread(0.01, CAMERA, VOLTAGE) == pytest.approx(0.01 / wavelength(VOLTAGE))
