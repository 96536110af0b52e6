"""Stated errors over repeats of noise: strain, sizes of domains, places of twin boundaries.

A few repeats on every run, a hundred with ``-m slow``. Bounds are of the binomial distribution: the risk of a
right program failing is 1e-4 a bound. Errors may be stated too large by a third, not too small.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom
from test_details import CRYSTALS, MATRIX, METAL, PIXEL, record, waves
from test_twins import PLANE, crystal, looked

from topotaxy.measurement.imaging import TECHNIQUE, ImagingOptions
from topotaxy.measurement.imaging.record import checked

RISK = 1e-4
WITHIN_ONE, WITHIN_TWO = 0.683, 0.954
MANY = pytest.mark.slow


def at_least(share: float, repeats: int) -> int:
    """Hits below which a share is refuted at the risk."""
    return int(binom.ppf(RISK, repeats, share))


def strained_image(seed: int, strain: float, noise: float) -> np.ndarray:
    """Two waves of 10 pixels; the right half is wider along x by the strain, rows of the scan do not move."""
    rng = np.random.default_rng(seed)
    columns = np.arange(320)
    local = np.where(columns < 160, 1.0, 1.0 + strain)
    phase = np.cumsum(0.1 / local)
    rows = np.arange(256) / 10.0
    plain = np.cos(2 * np.pi * phase)[None] + np.cos(2 * np.pi * rows)[:, None]
    return plain + noise * rng.standard_normal(plain.shape)


def strains(seed: int, strain: float, noise: float = 0.7) -> tuple[float, float]:
    """Strain along x and its error, of the right part against the left."""
    options = ImagingOptions(reference_region=(0.05, 0.4, 0.0, 1.0))
    made = checked(strained_image(seed, strain, noise), (0.2, 0.2), source="it", format="made")
    found = TECHNIQUE.observed([made], options).observables
    (one,) = [o for o in found if o.quantity == "strain" and o.subject.note == "along x"]
    assert one.uncertainty is not None
    return one.value, one.uncertainty


def mean_of_noiseless(strain: float) -> float:
    """What the analysis gives without noise: the area near the step is blurred; that is no noise."""
    return strains(0, strain, 1e-6)[0]


@pytest.mark.parametrize("repeats", [8, pytest.param(100, marks=MANY)])
def test_strain_is_covered_as_stated(repeats: int) -> None:
    true = mean_of_noiseless(0.01)
    # 1 % in most of the outside, nothing in a tenth of it between the reference and the step.
    assert 0.007 < true < 0.01
    z = np.array([(value - true) / error for value, error in (strains(s, 0.01) for s in range(repeats))])
    assert (np.abs(z) < 1.0).sum() >= at_least(WITHIN_ONE, repeats)
    assert (np.abs(z) < 2.0).sum() >= at_least(WITHIN_TWO, repeats)


@pytest.mark.parametrize("repeats", [8, pytest.param(100, marks=MANY)])
def test_no_strain_is_not_called_strain(repeats: int) -> None:
    z = np.array([value / error for value, error in (strains(1000 + s, 0.0) for s in range(repeats))])
    assert (np.abs(z) < 2.0).sum() >= at_least(WITHIN_TWO, repeats)
    assert abs(z.mean()) < 4.0 / np.sqrt(repeats)


def inlaid_anywhere(seed: int, diameter: float, noise: float) -> np.ndarray:
    """Four discs (Å) of a finer lattice about four places, turned at random; rows of the scan jitter."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:448, :448] * PIXEL
    x = x + rng.normal(0.0, 0.03, 448)[:, None]
    image = waves(y, x, MATRIX)
    for quarter in ((0.35, 0.35), (0.35, 0.65), (0.65, 0.35), (0.65, 0.65)):
        centre = np.array(quarter) * 448 * PIXEL + rng.uniform(-2.0, 2.0, 2)
        inside = np.hypot(y - centre[0], x - centre[1]) < 0.5 * diameter
        image = np.where(inside, waves(y, x, METAL, float(rng.uniform(-0.2, 0.2))), image)
    return image + rng.normal(0.0, noise, image.shape)


@pytest.mark.parametrize(
    ("repeats", "diameter", "noise"),
    [
        (3, 20.0, 1.0),
        pytest.param(100, 15.0, 1.0, marks=MANY),
        pytest.param(100, 20.0, 0.5, marks=MANY),
        pytest.param(100, 25.0, 1.0, marks=MANY),
    ],
)
def test_sizes_of_domains_are_covered_as_stated(repeats: int, diameter: float, noise: float) -> None:
    options = ImagingOptions(crystals=CRYSTALS, domains=True)
    z = []
    for seed in range(repeats):
        found = TECHNIQUE.observed(
            [record(inlaid_anywhere(100 + seed, diameter, noise))], options
        ).observables
        (size,) = [o for o in found if o.quantity == "domain_size" and o.subject.phase == "alloy"]
        assert size.uncertainty is not None
        z.append((10.0 * size.value - diameter) / (10.0 * size.uncertainty))
    within = np.abs(z)
    assert (within < 1.0).sum() >= at_least(WITHIN_ONE, repeats), z
    assert (within < 2.0).sum() >= at_least(WITHIN_TWO, repeats), z


@pytest.mark.parametrize("repeats", [3, pytest.param(100, marks=MANY)])
def test_twin_boundaries_are_found_within_a_fifth_of_a_plane(repeats: int) -> None:
    """In every image, with noise as strong as the image; a boundary has no error stated but this bound."""
    places = []
    for seed in range(repeats):
        found = looked(crystal([0], 1.0, 200 + seed))
        assert found is not None
        (place,) = found.boundaries
        places.append(place / PLANE)
    assert np.abs(places).max() < 0.2
