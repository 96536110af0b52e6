"""The list of peaks: places, areas and their uncertainties from Poisson counts, and what is no peak."""

from __future__ import annotations

import math

import numpy as np
import pytest

from topotaxy.measurement.diffraction.data import Data
from topotaxy.measurement.diffraction.lines import doublet_of, emission, emissions, mean_of_doublet
from topotaxy.measurement.diffraction.peaks import Peak, peaks

X = np.arange(20.0, 60.0, 0.02)
LINES = emission("Cu Ka")


def lorentzian(centre: float, width: float) -> np.ndarray:
    return 2.0 / (math.pi * width) / (1.0 + 4.0 * ((X - centre) / width) ** 2)


def counted(mean: np.ndarray, seed: int) -> Data:
    return Data(x=X, y=np.random.default_rng(seed).poisson(mean).astype(float), per_count=np.ones(len(X)))


def test_places_and_areas_lie_within_their_uncertainties() -> None:
    """Twenty patterns of three peaks: the mean square of sixty deviates lies between 0.4 and 2."""
    truth = ((27.3, 0.20, 300.0), (38.1, 0.25, 900.0), (51.4, 0.30, 150.0))
    mean = 80.0 + sum(area * lorentzian(centre, width) for centre, width, area in truth)
    places, areas = [], []
    for seed in range(20):
        found = peaks(counted(mean, seed))
        for centre, _, area in truth:
            near = min(found, key=lambda p, c=centre: abs(p.position - c))
            places.append((near.position - centre) / near.position_error)
            areas.append((near.area - area) / near.area_error)
    assert 0.4 < np.mean(np.square(places)) < 2.0
    # The window holds not all of a Lorentzian's wings; what lacks is in the slope: a few per cent.
    assert np.median(np.abs(areas)) < 3.0


def test_noise_is_no_peak() -> None:
    """Six standard deviations of smoothed counts: in 40 patterns of 2,000 points none is expected."""
    assert sum(len(peaks(counted(np.full(len(X), 50.0), seed))) for seed in range(40)) <= 1


def test_a_peak_is_found_wherever_it_lies_between_points() -> None:
    for shift in np.linspace(0.0, 0.02, 5):
        (found,) = peaks(counted(20.0 + 400.0 * lorentzian(40.0 + shift, 0.2), 3))
        assert found.position == pytest.approx(40.0 + shift, abs=0.02)
        assert found.width == pytest.approx(0.2, rel=0.35)


def test_the_second_line_of_a_doublet_is_no_peak_of_its_own() -> None:
    mean = np.full(len(X), 30.0)
    for wavelength, weight in LINES:
        place = 2.0 * math.degrees(math.asin(wavelength / 2.0 / 1.60))
        mean = mean + 500.0 * weight * lorentzian(place, 0.06)
    data = counted(mean, 5)
    alone = peaks(data)
    together = peaks(data, LINES)
    assert len(together) == 1
    assert len(alone) == 2
    assert together[0].spacing(LINES[0][0]) == pytest.approx(1.60, rel=1e-4)


def test_spacing_is_braggs_law() -> None:
    peak = Peak(position=60.0, position_error=0.1, width=0.1, area=1.0, area_error=0.1)
    assert peak.spacing(1.5) == pytest.approx(1.5)
    assert peak.significance == pytest.approx(10.0)


def test_every_emission_has_its_lines_in_order_of_strength() -> None:
    for name in emissions():
        lines = emission(name)
        assert lines[0][1] >= max(weight for _, weight in lines)
        assert all(0.4 < wavelength < 2.4 for wavelength, _ in lines)
        if len(lines) == 2:
            # Spin and orbit: the second line of Kα is the longer one, by 0.1 to 1 %.
            assert 1.001 < lines[1][0] / lines[0][0] < 1.01
            assert doublet_of(lines[0][0]) == name
            mean = sum(w * s for w, s in lines) / sum(s for _, s in lines)
            assert mean_of_doublet(mean) == name
            assert mean_of_doublet(lines[0][0]) is None
