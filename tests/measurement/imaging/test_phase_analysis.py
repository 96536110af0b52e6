"""Phase analysis of known strain: no bias, noise as predicted, sign, inclusions blurred as stated."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from topotaxy.measurement.imaging.phase_analysis import StrainMap, strain_map
from topotaxy.measurement.imaging.spots import Spot, image_spots

PERIOD = 10.0
SIZE = 256
SQUARE = np.ones(2)


def spots(noise: float = 1e-3, period: float = PERIOD) -> tuple[Spot, Spot]:
    return tuple(  # type: ignore[return-value]
        Spot(frequency=np.array(k), deviation=np.zeros(2), amplitude=1.0, noise=noise, ratio=1.0)
        for k in ((0.0, 1.0 / period), (1.0 / period, 0.0))
    )


def image(phase_x: np.ndarray, noise: float = 0.0, seed: int = 0) -> np.ndarray:
    """Waves along x of given phase (cycles, by column) and along y of the period."""
    rows = np.arange(len(phase_x)) / PERIOD
    plain = np.cos(2 * np.pi * phase_x)[None] + np.cos(2 * np.pi * rows)[:, None]
    return plain + noise * np.random.default_rng(seed).standard_normal(plain.shape)


def stretched(strain: np.ndarray) -> np.ndarray:
    """Phase in cycles of planes whose distance is the period times 1 + strain."""
    return np.cumsum(1.0 / (PERIOD * (1.0 + strain)))


def analysed(values: np.ndarray, **fields: object) -> StrainMap:
    given: dict[str, object] = {"mask": 1 / 6, "pixel_size": SQUARE, "reference": None} | fields
    return strain_map(values, spots(), **given)  # type: ignore[arg-type]


def test_wider_planes_are_positive_strain_without_bias() -> None:
    strain = np.where(np.arange(2 * SIZE) < SIZE, 0.0, 0.036)
    found = analysed(image(stretched(strain)), reference=(slice(100, -100), slice(60, 200)))
    right = found.xx[100:-100, SIZE + 60 : -60]
    assert np.nanmean(right) == pytest.approx(0.036, abs=1e-4)
    assert np.nanmean(found.xx[100:-100, 60:200]) == pytest.approx(0.0, abs=1e-6)
    assert abs(np.nanmean(found.yy)) < 1e-4


def test_a_reference_of_the_whole_image_hides_half_of_it() -> None:
    strain = np.where(np.arange(2 * SIZE) < SIZE, 0.0, 0.02)
    found = analysed(image(stretched(strain)))
    left, right = np.nanmean(found.xx[:, 60:200]), np.nanmean(found.xx[:, SIZE + 60 : -60])
    assert right - left == pytest.approx(0.02, abs=2e-4)
    assert left < 0.0 < right


@pytest.mark.parametrize("noise", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("mask", [1 / 4, 1 / 6, 1 / 10])
def test_scatter_is_as_predicted_within_a_tenth(noise: float, mask: float) -> None:
    measured: dict[str, list[float]] = {"xx": [], "xy": []}
    predicted: dict[str, list[float]] = {"xx": [], "xy": []}
    for seed in range(4):
        values = image(np.arange(SIZE) / PERIOD, noise, seed)
        found = strain_map(values, spots(noise), mask=mask, pixel_size=SQUARE, reference=None)
        for name in measured:
            measured[name].append(float(np.nanvar(getattr(found, name))))
            predicted[name].append(float(np.nanmean(getattr(found, f"{name}_noise") ** 2)))
    for name in measured:
        ratio = math.sqrt(np.mean(measured[name]) / np.mean(predicted[name]))
        # Few independent areas with the narrowest mask: their scatter is allowed for at 4 deviations.
        areas = 4 * found.areas
        assert abs(ratio - 1.0) < 0.10 + 4.0 / math.sqrt(2.0 * areas), name


@pytest.mark.parametrize("width", [20, 40, 80])
def test_an_inclusion_keeps_the_strain_that_the_mask_lets_through(width: int) -> None:
    """Blurred by a Gaussian of s = n d / 2 pi, the centre keeps erf(w / (2 sqrt(2) s))."""
    x = np.arange(2 * SIZE)
    strain = np.where(np.abs(x - SIZE) < width / 2, 0.01, 0.0)
    found = analysed(image(stretched(strain)), reference=(slice(60, -60), slice(60, 180)))
    kept = math.erf(width / (2.0 * math.sqrt(2.0) * found.resolution))
    assert np.nanmax(found.xx[SIZE]) == pytest.approx(0.01 * kept, rel=0.04)


def test_pixels_that_are_not_square_change_no_strain() -> None:
    values = image(stretched(np.full(SIZE, 0.0)), 0.2)
    even = analysed(values)
    wide = analysed(values, pixel_size=np.array([1.0, 2.0]))
    np.testing.assert_allclose(wide.xx, even.xx, atol=1e-9)
    np.testing.assert_allclose(wide.yy, even.yy, atol=1e-9)


def test_a_turned_lattice_is_rotation_and_no_strain() -> None:
    y, x = np.mgrid[:SIZE, :SIZE].astype(float)
    angle = 0.01
    right = x > SIZE / 2
    u = np.where(right, x * math.cos(angle) + y * math.sin(angle), x)
    v = np.where(right, y * math.cos(angle) - x * math.sin(angle), y)
    values = np.cos(2 * np.pi * u / PERIOD) + np.cos(2 * np.pi * v / PERIOD)
    found = analysed(values, reference=(slice(60, -60), slice(50, 90)))
    part = (slice(60, -60), slice(170, 200))
    assert abs(np.nanmean(found.rotation[part])) == pytest.approx(angle, rel=0.02)
    assert np.nanmean(found.xx[part]) == pytest.approx(0.0, abs=2e-4)


def test_noise_alone_is_masked() -> None:
    noise = np.random.default_rng(5).standard_normal((SIZE, SIZE))
    found = strain_map(noise, spots(1.0), mask=1 / 6, pixel_size=SQUARE, reference=None)
    assert np.isfinite(found.xx).mean() < 0.01


def test_the_mean_of_one_pixel_is_as_noisy_as_the_pixel() -> None:
    found = analysed(image(np.arange(SIZE) / PERIOD, 0.5))
    one = np.zeros((SIZE, SIZE))
    one[120, 90] = 1.0
    assert found.mean_noise(one) == pytest.approx(
        (found.xx_noise[120, 90], found.yy_noise[120, 90]), rel=1e-6
    )


def test_a_mean_over_a_wider_strip_is_better_known_as_the_inverse_of_its_width() -> None:
    """A mean of gradients is a difference of phases at two ends: one over the width, not over its root."""
    found = analysed(image(np.arange(SIZE) / PERIOD, 0.5))
    noises = []
    for width in (40, 80, 160):
        weights = np.zeros((SIZE, SIZE))
        weights[60:-60, 48 : 48 + width] = 1.0 / (width * (SIZE - 120))
        noises.append(found.mean_noise(weights))
    for narrow, wide in pairwise(noises):
        assert narrow[0] / wide[0] == pytest.approx(2.0, rel=0.05)
        assert narrow[1] / wide[1] == pytest.approx(math.sqrt(2.0), rel=0.1)


def test_what_is_stated_is_what_repeats_scatter_by() -> None:
    """30 images, noise as found in each: a pixel's deviation within 10 %, a mean's within its own scatter.

    The squares of 60 means over what is stated have chi squared of 60 degrees of freedom: 30 to 104 but for a
    risk of 1e-3. As from independent areas they would be 7 to 10. A pixel's variance comes from 3,400 areas.
    """
    size, noise = 192, 0.7
    outside, inside = np.zeros((size, size), dtype=bool), np.zeros((size, size), dtype=bool)
    inside[40:-40, 40:80] = outside[40:-40, 90:150] = True
    weights = outside / outside.sum() - inside / inside.sum()
    squares, scatter, stated = 0.0, [], []
    for seed in range(30):
        plain = np.cos(2 * np.pi * np.arange(size) / PERIOD)
        values = plain[None] + plain[:, None]
        values = values + noise * np.random.default_rng(seed).standard_normal(values.shape)
        pair = image_spots(values).found[:2]
        found = strain_map(
            values,
            (pair[0], pair[1]),
            mask=1 / 5,
            pixel_size=SQUARE,
            reference=(slice(40, -40), slice(40, 80)),
        )
        for values_of, by in zip((found.xx, found.yy), found.mean_noise(weights), strict=True):
            mean = float(values_of[outside].mean() - values_of[inside].mean())
            squares += (mean / by) ** 2
        scatter.append(np.nanvar(found.xx) + np.nanvar(found.yy))
        stated.append(np.nanmean(found.xx_noise**2) + np.nanmean(found.yy_noise**2))
    assert 30.0 < squares < 104.0
    assert math.sqrt(np.mean(stated) / np.mean(scatter)) == pytest.approx(1.0, abs=0.10)


@pytest.mark.parametrize(
    ("shift", "rows_differ"), [(0.3, 0.0), (0.0, 0.3), (0.2, 0.3)], ids=["shifts", "intensities", "both"]
)
def test_rows_that_are_shifted_or_differ_make_as_much_noise_as_stated(
    shift: float, rows_differ: float
) -> None:
    """16 scans: deviations of pixels within 10 % of their scatter, of means by their own scatter.

    Shifts of rows make no strain along them, only shear; rows of unlike intensity strain across them. Squares
    of 32 means over what is stated have chi squared of 32 degrees: 11 to 66 but for a risk of 1e-3.
    """
    size = 256
    y, x = np.mgrid[:size, :size].astype(float)
    weights = np.zeros((size, size))
    weights[40:-40, 40:110], weights[40:-40, 140:210] = -1.0, 1.0
    weights /= weights.clip(0.0).sum()
    scatter: dict[str, list[float]] = {"xx": [], "yy": [], "xy": []}
    stated: dict[str, list[float]] = {"xx": [], "yy": [], "xy": []}
    squares = 0.0
    for seed in range(16):
        rng = np.random.default_rng(seed)
        moved = x + shift * rng.standard_normal((size, 1))
        values = np.cos(2 * np.pi * moved / PERIOD) + np.cos(2 * np.pi * y / PERIOD)
        values += 0.3 * rng.standard_normal(values.shape) + rows_differ * rng.standard_normal((size, 1))
        pair = image_spots(values).found[:2]
        found = strain_map(values, (pair[0], pair[1]), mask=1 / 6, pixel_size=SQUARE, reference=None)
        for name in scatter:
            scatter[name].append(float(np.nanvar(getattr(found, name))))
            stated[name].append(float(np.nanmean(getattr(found, f"{name}_noise") ** 2)))
        for one, by in zip((found.xx, found.yy), found.mean_noise(weights), strict=True):
            squares += (float((one * weights)[weights != 0.0].sum()) / by) ** 2
    for name in scatter:
        assert math.sqrt(np.mean(stated[name]) / np.mean(scatter[name])) == pytest.approx(1.0, abs=0.1), name
    assert 11.0 < squares < 66.0


@pytest.mark.parametrize("rows", [150, 193])
def test_a_map_goes_with_its_image_whatever_rows_are_worked_on_together(rows: int) -> None:
    """An image moved on periodically: the map moves with it, to the precision of single floats."""
    rng = np.random.default_rng(6)
    values = image(np.arange(140) / PERIOD)[:1].repeat(rows, 0) + np.cos(
        2 * np.pi * np.arange(rows) * round(rows / PERIOD) / rows
    ).reshape(-1, 1)
    values += 0.3 * rng.standard_normal(values.shape)
    by = 37
    one = analysed(values, reference=(slice(60, 80), slice(40, 90)))
    other = analysed(np.roll(values, by, axis=0), reference=(slice(60 + by, 80 + by), slice(40, 90)))
    for name in ("xx", "yy", "xy", "rotation", "xx_noise", "yy_noise", "xy_noise"):
        moved = np.roll(getattr(one, name), by, axis=0)
        both = np.isfinite(moved) & np.isfinite(getattr(other, name))
        assert both.sum() > 3000
        np.testing.assert_allclose(getattr(other, name)[both], moved[both], atol=5e-6)
