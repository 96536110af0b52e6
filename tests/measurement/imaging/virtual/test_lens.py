"""Laws of the image of a wave."""

from __future__ import annotations

import math

import numpy as np
import pytest

from topotaxy.measurement.imaging.virtual.electrons import wavelength
from topotaxy.measurement.imaging.virtual.lens import Lens, aberration, focal_series, image_of
from topotaxy.measurement.imaging.virtual.multislice import ExitWave

VOLTAGE = 2e5
SIDE, POINTS, PERIODS = 40.0, 200, 12
G = PERIODS / SIDE


def grating(phase: float) -> ExitWave:
    """A wave whose phase is a cosine of one frequency along columns."""
    x = np.arange(POINTS) / POINTS
    one = np.exp(1j * phase * np.cos(2.0 * math.pi * PERIODS * x))
    return ExitWave(
        values=np.broadcast_to(one, (POINTS, POINTS)).astype(np.complex64),
        edges=np.array([SIDE, SIDE]),
        voltage=VOLTAGE,
    )


def contrast(image: np.ndarray) -> float:
    """Amplitude of the cosine in an image, relative to its mean."""
    transform = np.fft.fft(image.mean(axis=0)) / image.shape[1]
    return float(2.0 * transform[PERIODS].real / transform[0].real)


def test_without_a_lens_the_image_is_the_intensity_of_the_wave() -> None:
    rng = np.random.default_rng(0)
    wave = ExitWave(
        values=(1.0 + 0.2 * rng.normal(size=(32, 48, 2)) @ [1.0, 1j]).astype(np.complex64),
        edges=np.array([8.0, 12.0]),
        voltage=VOLTAGE,
    )
    np.testing.assert_allclose(image_of(wave, Lens()), np.abs(wave.values) ** 2, atol=1e-4)


@pytest.mark.parametrize("defocus", [-300.0, -80.0, 50.0, 160.0, 420.0])
def test_a_weak_phase_is_seen_as_scherzer_says(defocus: float) -> None:
    """Contrast of a phase epsilon cos is 2 epsilon sin(chi), with the sign of this wave."""
    lens = Lens(defocus=defocus, spherical=1e7)
    chi = float(aberration(np.array(G), lens, VOLTAGE))
    assert contrast(image_of(grating(0.01), lens)) == pytest.approx(0.02 * math.sin(chi), abs=1e-4)


def test_underfocus_makes_atoms_dark_at_scherzer() -> None:
    """A positive phase (an atom) is dark at underfocus below the first zero."""
    wave = wavelength(VOLTAGE)
    scherzer = 1.2 * math.sqrt(1e7 * wave)
    assert contrast(image_of(grating(0.05), Lens(defocus=scherzer, spherical=1e7))) < -0.05


def test_focal_spread_damps_a_weak_phase_by_its_envelope() -> None:
    spread = 60.0
    plain = contrast(image_of(grating(0.01), Lens(defocus=200.0)))
    damped = contrast(image_of(grating(0.01), Lens(defocus=200.0, focal_spread=spread)))
    # The mean of sin(a + b x) over a Gaussian x is sin(a) exp(-b^2 / 2).
    expected = math.exp(-0.5 * (math.pi * wavelength(VOLTAGE) * spread * G**2) ** 2)
    assert damped / plain == pytest.approx(expected, rel=0.01)


def test_divergence_damps_a_weak_phase_by_its_envelope() -> None:
    theta, defocus = 4e-4, 400.0
    plain = contrast(image_of(grating(0.01), Lens(defocus=defocus)))
    damped = contrast(image_of(grating(0.01), Lens(defocus=defocus, divergence=theta)))
    assert damped / plain == pytest.approx(
        math.exp(-0.5 * (2.0 * math.pi * theta * defocus * G) ** 2), rel=0.01
    )


def test_defoci_of_a_spread_have_its_moments() -> None:
    lens = Lens(defocus=100.0, focal_spread=30.0)
    series = focal_series(lens, VOLTAGE, 1.0)
    foci, weights = np.array(series).T
    assert weights.sum() == pytest.approx(1.0, abs=1e-5)
    assert foci @ weights == pytest.approx(100.0, rel=1e-4)
    assert ((foci - 100.0) ** 2) @ weights == pytest.approx(900.0, rel=1e-3)
    assert focal_series(Lens(defocus=7.0), VOLTAGE, 1.0) == [(7.0, 1.0)]


def test_an_aperture_stops_what_lies_beyond_and_nothing_else() -> None:
    angle = G * wavelength(VOLTAGE)
    wave = grating(0.3)
    np.testing.assert_allclose(
        image_of(wave, Lens(aperture=2.9 * angle)).mean(), (np.abs(wave.values) ** 2).mean(), rtol=1e-4
    )
    flat = image_of(wave, Lens(aperture=0.9 * angle))
    assert np.ptp(flat) < 1e-4
    assert flat.mean() < 0.99
