"""Grids, lenses, apertures and cameras: conservation, symmetry and limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.measurement.imaging.virtual.deposition import deposited, frequencies, grid_for, undone, workers
from topotaxy.measurement.imaging.virtual.electrons import (
    atomic_number,
    interaction,
    scattering_factor,
    wavelength,
)
from topotaxy.measurement.imaging.virtual.lens import Lens, aberration, focal_series, image_of
from topotaxy.measurement.imaging.virtual.multislice import ExitWave, band_limit, boundaries, propagator
from topotaxy.measurement.imaging.virtual.pattern import Camera, aperture_on, faded, on_camera, parts_of
from topotaxy.measurement.imaging.virtual.scan import incoherent_image
from topotaxy.measurement.imaging.virtual.slab import Slab

VOLTAGE = 2e5


@settings(max_examples=30)
@given(
    places=st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=1, max_size=8),
    strength=st.floats(0.1, 10.0),
)
def test_what_is_deposited_adds_up_wherever_it_lies(places: list, strength: float) -> None:
    grid = deposited(np.array(places), np.full(len(places), strength), (16, 20))
    assert float(grid.sum(dtype=np.float64)) == pytest.approx(strength * len(places), rel=1e-5)
    assert (grid >= 0.0).all()


def test_whole_steps_roll_the_grid() -> None:
    places = np.random.default_rng(0).random((10, 2)) * 16
    plain = deposited(places, None, (16, 16))
    moved = deposited(places + np.array([3.0, -5.0]), None, (16, 16))
    np.testing.assert_allclose(moved, np.roll(plain, (3, -5), axis=(0, 1)), atol=1e-6)


def test_the_spline_is_divided_out_to_a_point() -> None:
    """Of an atom between points the low frequencies are those of a point: phases only."""
    shape, place = (32, 32), np.array([[7.3, 11.8]])
    down, across = undone(shape)
    transform = np.fft.rfft2(deposited(place, None, shape).astype(float)) * down[:, None] * across[None]
    rows, columns = np.fft.fftfreq(32)[:, None], np.fft.rfftfreq(32)[None]
    exact = np.exp(-2j * np.pi * (rows * place[0, 0] + columns * place[0, 1]))
    low = (np.abs(rows) < 0.15) & (np.abs(columns) < 0.15)
    np.testing.assert_allclose(transform[low], exact[low], atol=5e-3)


@given(height=st.floats(1.0, 300.0), width=st.floats(1.0, 300.0), step=st.floats(0.05, 1.0))
def test_grids_are_no_coarser_than_asked(height: float, width: float, step: float) -> None:
    edges = np.array([height, width])
    shape = grid_for(edges, step)
    assert (edges / np.array(shape) <= step * (1.0 + 1e-12)).all()
    rows, columns = frequencies(shape, edges, half=False)
    assert rows.shape == (shape[0], 1)
    assert columns.shape == (1, shape[1])
    assert rows[1, 0] == pytest.approx(1.0 / height)
    half = frequencies(shape, edges, half=True)[1]
    np.testing.assert_allclose(np.abs(columns[0, : half.shape[1] - 1]), half[0, :-1])
    assert workers() >= 1


def test_faster_electrons_are_shorter_and_scatter_less() -> None:
    volts = np.array([6e4, 1e5, 2e5, 3e5, 1e6])
    lengths = [wavelength(v) for v in volts]
    phases = [interaction(v) for v in volts]
    assert (np.diff(lengths) < 0.0).all()
    assert (np.diff(phases) < 0.0).all()
    # Slow electrons: lambda = h / sqrt(2 m e V), 12.264 Å at 1 V.
    assert wavelength(1.0) == pytest.approx(12.264, rel=1e-4)


@pytest.mark.parametrize("element", ["O", "Na", "Ni", "Zn"])
def test_scattering_falls_with_angle_and_follows_the_nucleus_far_out(element: str) -> None:
    g = np.linspace(0.0, 6.0, 60)
    f = scattering_factor(element, g)
    assert (np.diff(f) < 0.0).all()
    # Mott and Bethe far out: 0.0239337 Z / s^2 with s = g / 2; screening leaves a little less.
    assert f[-1] == pytest.approx(0.0239337 * atomic_number(element) / 9.0, rel=0.12)


def test_a_perfect_lens_has_no_phase_and_defocus_turns_with_its_sign() -> None:
    g = np.linspace(0.0, 1.0, 20)
    assert not aberration(g, Lens(), VOLTAGE).any()
    under, over = (aberration(g, Lens(defocus=d), VOLTAGE) for d in (100.0, -100.0))
    np.testing.assert_allclose(under, -over)
    # Scherzer's lens is stationary where Cs lambda^2 g^2 = defocus.
    lens = Lens(defocus=600.0, spherical=1e7)
    at = math.sqrt(600.0 / 1e7) / wavelength(VOLTAGE)
    near = aberration(np.array([at * (1 - 1e-4), at, at * (1 + 1e-4)]), lens, VOLTAGE)
    assert near[1] < near[0]
    assert near[1] < near[2]


@pytest.mark.parametrize("spread", [0.0, 10.0, 40.0])
def test_a_focal_series_has_weight_one_and_its_mean(spread: float) -> None:
    series = focal_series(Lens(defocus=80.0, focal_spread=spread), VOLTAGE, 1.0)
    assert sum(w for _, w in series) == pytest.approx(1.0, abs=1e-4)
    assert sum(f * w for f, w in series) == pytest.approx(80.0, abs=0.02)


def test_an_image_is_real_and_moves_with_its_wave() -> None:
    rng = np.random.default_rng(2)
    values = np.exp(1j * 0.3 * rng.standard_normal((48, 48))).astype(np.complex64)
    lens = Lens(defocus=60.0, spherical=1e5, focal_spread=20.0, aperture=0.02)
    edges = np.array([24.0, 24.0])
    plain = image_of(ExitWave(values=values, edges=edges, voltage=VOLTAGE), lens)
    moved = image_of(
        ExitWave(values=np.roll(values, (5, -7), axis=(0, 1)), edges=edges, voltage=VOLTAGE), lens
    )
    assert (plain >= 0.0).all()
    np.testing.assert_allclose(moved, np.roll(plain, (5, -7), axis=(0, 1)), atol=1e-5)
    # A global phase of the wave is not seen.
    turned = ExitWave(values=(values * np.exp(1j)).astype(np.complex64), edges=edges, voltage=VOLTAGE)
    np.testing.assert_allclose(image_of(turned, lens), plain, atol=1e-5)


@pytest.mark.parametrize("target", [0.8, 1.5, 4.0])
def test_slices_divide_the_slab_and_cut_no_plane(target: float) -> None:
    depths = np.repeat(np.arange(0.0, 20.0, 2.1), 5)
    cuts = boundaries(depths, 20.0, target)
    assert (cuts[0], cuts[-1]) == (0.0, 20.0)
    assert (np.diff(cuts) >= 0.0).all()
    inner = cuts[1:-1]
    if target > 2.0:
        assert np.abs(inner[:, None] - depths[None]).min() > 0.5


def test_free_space_keeps_what_it_lets_through_and_undoes_itself() -> None:
    edges, shape = np.array([20.0, 20.0]), (40, 40)
    there, back = (propagator(shape, edges, d, VOLTAGE) for d in (3.0, -3.0))
    rows, columns = frequencies(shape, edges, half=False)
    inside = np.hypot(rows, columns) <= band_limit(shape, edges)
    np.testing.assert_allclose(np.abs(there), inside, atol=1e-6)
    np.testing.assert_allclose(there * back, inside, atol=1e-6)
    # A third of the grid's frequencies on either side, as products of two waves must not fold back.
    assert band_limit(shape, edges) == pytest.approx(2.0 / 3.0 * 0.5 * 40 / 20.0)


def test_an_aperture_falls_from_one_to_zero_and_has_half_at_its_radius() -> None:
    distance = np.linspace(0.0, 40.0, 400)
    passed = faded(distance, 40.0)
    assert (passed[0], passed[-1]) == (1.0, 0.0)
    assert (np.diff(passed) <= 1e-12).all()
    assert faded(np.array([20.0]), 40.0)[0] == pytest.approx(0.5)
    stop = aperture_on((80, 80), np.array([60.0, 60.0]), 40.0)
    np.testing.assert_allclose(stop[1:, 1:], stop[1:, 1:][::-1, ::-1], atol=1e-12)
    np.testing.assert_allclose(stop, stop.T)


@pytest.mark.parametrize("parts", [1, 2, 4])
def test_a_camera_counts_every_electron_on_it(parts: int) -> None:
    camera = Camera(pixels=64, reach=1.0)
    fine = np.random.default_rng(0).random((64 * parts, 64 * parts))
    fine /= fine.sum()
    seen = on_camera(fine, camera, 1e-9, 0.1)
    assert seen.values.sum() == pytest.approx(1.0)
    assert seen.scattered == 0.1
    np.testing.assert_allclose(seen.values, fine.reshape(64, parts, 64, parts).sum(axis=(1, 3)), atol=1e-12)
    assert camera.pixel == pytest.approx(2.0 / 64)
    assert parts_of(camera, 10.0) == 1


def atoms(elements: list[str], places: list[tuple[float, float]]) -> Slab:
    return Slab(
        places=np.array(places),
        depths=np.zeros(len(places)),
        elements=np.array(elements),
        edges=np.array([16.0, 16.0]),
        thickness=2.0,
    )


def test_the_dark_field_is_a_sum_over_atoms_and_heavier_ones_are_brighter() -> None:
    one = incoherent_image(atoms(["Ni"], [(4.0, 4.0)]), 0.4)
    other = incoherent_image(atoms(["O"], [(12.0, 8.0)]), 0.4)
    both = incoherent_image(atoms(["Ni", "O"], [(4.0, 4.0), (12.0, 8.0)]), 0.4)
    np.testing.assert_allclose(both, one + other, atol=2e-3 * one.max())
    assert one.sum() / other.sum() == pytest.approx((28.0 / 8.0) ** 1.7, rel=0.01)


@pytest.mark.parametrize("width", [0.3, 0.5, 0.8])
def test_an_atom_in_the_dark_field_is_as_wide_as_the_blur(width: float) -> None:
    image = incoherent_image(atoms(["Ni"], [(8.0, 8.0)]), width)
    step = 16.0 / len(image)
    y = step * np.arange(len(image)) - 8.0
    profile = image.sum(axis=1)
    assert (profile * y).sum() / profile.sum() == pytest.approx(0.0, abs=0.01)
    assert math.sqrt((profile * y**2).sum() / profile.sum()) == pytest.approx(width, rel=0.05)
