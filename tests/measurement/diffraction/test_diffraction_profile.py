"""Profiles: areas, limits, and derivatives against differences."""

from __future__ import annotations

import math

import numpy as np
import pytest

from topotaxy.measurement.diffraction.beam import Beam
from topotaxy.measurement.diffraction.keys import Key
from topotaxy.measurement.diffraction.phases import phase
from topotaxy.measurement.diffraction.powder import Powder, powder
from topotaxy.measurement.diffraction.profile import NODE_WEIGHTS, shape

LINES = ((1.5405929, 1.0), (1.5444274, 0.5))


def model(**beam: float) -> Powder:
    return powder(
        np.arange(20.0, 100.0, 0.01),
        Beam(radiation="X-ray", lines=LINES, **beam),
        [phase("LaB6"), phase("Ni=fcc metal:Ni:3.52")],
    )


def values_of(pattern: Powder) -> dict[Key, float]:
    values = pattern.start()
    values |= {Key("U"): 0.01, Key("V"): -0.005, Key("W"): 0.006, Key("axial"): 0.03}
    values |= {Key("size", "LaB6"): 0.02, Key("strain", "LaB6"): 0.03, Key("size", "Ni"): 0.3}
    values[Key("strain", "Ni")] = 0.05
    return values


@pytest.mark.parametrize(("gauss", "lorentz"), [(0.1, 1e-9), (1e-9, 0.1)])
def test_pure_shapes_are_limits_of_the_pseudo_voigt(gauss: float, lorentz: float) -> None:
    f, eta, *_ = shape(gauss, lorentz)
    assert f == pytest.approx(0.1, rel=1e-6)
    assert eta == pytest.approx(float(lorentz > gauss), abs=1e-5)


@pytest.mark.parametrize(("gauss", "lorentz"), [(0.1, 0.02), (0.05, 0.05), (0.02, 0.3)])
def test_width_is_that_of_the_voigt_to_a_percent(gauss: float, lorentz: float) -> None:
    """Thompson, Cox & Hastings state 1 % at most; the Voigt itself is exact, by the Faddeeva function."""
    from scipy.optimize import brentq
    from scipy.special import voigt_profile

    sigma, gamma = gauss / (2.0 * math.sqrt(2.0 * math.log(2.0))), lorentz / 2.0
    half = voigt_profile(0.0, sigma, gamma) / 2.0
    width = 2.0 * brentq(lambda x: voigt_profile(x, sigma, gamma) - half, 0.0, 5.0 * (gauss + lorentz))
    assert shape(gauss, lorentz)[0] == pytest.approx(width, rel=0.01)


@pytest.mark.parametrize(("gauss", "lorentz"), [(0.1, 0.02), (0.05, 0.05), (0.02, 0.3)])
def test_derivatives_of_width_and_share(gauss: float, lorentz: float) -> None:
    h = 1e-6
    _, _, f_g, f_l, e_g, e_l = shape(gauss, lorentz)
    by_gauss = np.subtract(shape(gauss + h, lorentz), shape(gauss - h, lorentz)) / (2 * h)
    by_lorentz = np.subtract(shape(gauss, lorentz + h), shape(gauss, lorentz - h)) / (2 * h)
    np.testing.assert_allclose([f_g, e_g], by_gauss[:2], rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose([f_l, e_l], by_lorentz[:2], rtol=1e-5, atol=1e-8)


def test_weights_of_the_axial_quadrature_sum_to_one() -> None:
    np.testing.assert_allclose(NODE_WEIGHTS.sum(axis=1), 1.0, rtol=1e-12)


def test_axial_divergence_keeps_areas_and_moves_peaks_down_below_90_degrees() -> None:
    pattern = model()
    values = values_of(pattern)
    x = pattern.x
    straight = pattern.pattern(values | {Key("axial"): 0.0})[0]
    tilted = pattern.pattern(values)[0]
    window = (x > 20.0) & (x < 25.0)
    assert tilted[window].sum() == pytest.approx(straight[window].sum(), rel=2e-3)
    centre = [(x * y)[window].sum() / y[window].sum() for y in (straight, tilted)]
    # Mean of phi² over the triangle is (2s)²/6; 2θ moves by -phi² cot(2θ)/2 (van Laar & Yelon).
    expected = math.degrees((2 * 0.03) ** 2 / 6.0 / math.tan(math.radians(centre[0])) / 2.0)
    assert centre[0] - centre[1] == pytest.approx(expected, rel=0.05)


def test_derivatives_of_a_pattern_agree_with_differences() -> None:
    pattern = model()
    values = values_of(pattern)
    free = [
        Key("scale", "LaB6"),
        Key("a", "Ni"),
        Key("size", "Ni"),
        Key("strain", "LaB6"),
        Key("B", "LaB6"),
        Key("displacement"),
        Key("zero"),
        Key("U"),
        Key("W"),
        Key("axial"),
    ]
    _, jacobian = pattern.with_derivatives(values, free)
    for q, key in enumerate(free):
        step = {"a": 1e-5, "scale": 1e-4}.get(key.kind, 1e-5)
        high, low = (pattern.pattern(values | {key: values[key] + s}).sum(axis=0) for s in (step, -step))
        difference = (high - low) / (2 * step)
        scale = np.abs(difference).max()
        # Where the quadrature of the axial angle ends the difference jumps: at some points in a thousand.
        assert np.quantile(np.abs(jacobian[:, q] - difference), 0.99) < 2e-3 * scale, key


def test_cut_wings_change_nothing_above_what_is_negligible() -> None:
    whole = model()
    values = values_of(whole)
    full = whole.pattern(values)
    cut = Powder(
        x=whole.x,
        beam=whole.beam,
        phases=whole.phases,
        intensities=whole.intensities,
        negligible=full.max() * 1e-4,
    ).pattern(values)
    # Each of some dozens of peaks may lack as much as is called negligible.
    assert np.abs(full - cut).max() < 30.0 * full.max() * 1e-4
    assert not np.array_equal(full, cut)
