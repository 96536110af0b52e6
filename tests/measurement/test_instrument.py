"""Noise and drift have the moments that they state, and one seed makes one record."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2, norm

from topotaxy.measurement.instrument import (
    Beam,
    Detector,
    counting_deviation,
    counts,
    linear_drift,
    white_noise,
)

RISK = 1e-6


@pytest.mark.parametrize("mean", [0.0, 0.5, 20.0, 1e6])
def test_counts_have_the_mean_and_variance_of_poisson(mean: float) -> None:
    n = 20_000
    found = counts(np.full(n, mean), np.random.default_rng(11))
    assert (found == np.floor(found)).all()
    assert abs(found.mean() - mean) <= norm.isf(RISK / 2) * np.sqrt(mean / n)
    if mean >= 20.0:
        # Of a nearly Gaussian count the variance follows chi-squared.
        low, high = chi2.ppf([RISK / 2, 1 - RISK / 2], n - 1) / (n - 1)
        assert low <= found.var(ddof=1) / mean <= high * 1.01


def test_counts_refuse_what_no_mean_is() -> None:
    for bad in (-1.0, np.nan, np.inf):
        with pytest.raises(ValueError, match="finite and not negative"):
            counts(np.array([1.0, bad]), np.random.default_rng(0))


def test_an_empty_channel_has_the_uncertainty_of_one_count() -> None:
    np.testing.assert_array_equal(counting_deviation(np.array([0.0, 1.0, 4.0])), [1.0, 1.0, 2.0])


def test_dead_time_loses_counts_at_high_rates_only() -> None:
    detector = Detector(efficiency=0.5, dark_rate=2.0, dead_time=1e-6)
    rates = np.array([0.0, 10.0, 1e4, 1e6, 1e12])
    expected = detector.expected(rates, 3.0)
    assert expected[0] == pytest.approx(3.0 * 2.0, rel=1e-5)
    assert expected[1] == pytest.approx(3.0 * 7.0, rel=1e-4)
    assert (np.diff(expected) > 0.0).all()
    # It counts at most once each dead time.
    assert expected[-1] == pytest.approx(3.0 / 1e-6, rel=1e-3)
    first, same = (detector.counted(rates, 3.0, np.random.default_rng(2)) for _ in range(2))
    np.testing.assert_array_equal(first, same)


def test_photon_energy_and_wavelength() -> None:
    # Cu K alpha 1: 1.540593 Å and 8047.78 eV (Deslattes et al. 2003, doi:10.1103/RevModPhys.75.35).
    assert Beam(wavelength=1.5405929, flux=1.0).photon_energy == pytest.approx(8047.82, abs=0.1)


def test_drift_grows_evenly_to_a_gaussian_end() -> None:
    time = np.linspace(5.0, 25.0, 11)
    ends = []
    for seed in range(400):
        drift = linear_drift(time, 3.0, np.random.default_rng(seed))
        assert drift[0] == 0.0
        np.testing.assert_allclose(np.diff(drift, 2), 0.0, atol=1e-12)
        ends.append(drift[-1])
    low, high = chi2.ppf([RISK / 2, 1 - RISK / 2], 400)
    assert low <= float(np.sum(np.square(ends))) / 9.0 <= high
    np.testing.assert_array_equal(
        linear_drift(np.array([1.0, 1.0]), 3.0, np.random.default_rng(0)), [0.0, 0.0]
    )


def test_white_noise_has_its_deviation() -> None:
    found = white_noise(10_000, 2.0, np.random.default_rng(3))
    low, high = chi2.ppf([RISK / 2, 1 - RISK / 2], 10_000)
    assert low <= float(np.sum(found**2)) / 4.0 <= high
