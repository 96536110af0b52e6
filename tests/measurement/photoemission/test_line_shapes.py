"""Laws of line shapes and of fits with them."""

from __future__ import annotations

from functools import partial
from math import log, pi, sqrt, tan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.photoemission.components import Component, fitted_components
from topotaxy.measurement.photoemission.line_shapes import (
    asymmetric_lorentz,
    broadened,
    damped_lorentz,
    doniach_sunjic,
    gauss_lorentz_product,
    gauss_lorentz_sum,
)

ENERGY = np.arange(680.0, 720.0, 0.02)
CENTRE = 700.0


def lorentz(energy: np.ndarray, width: float) -> np.ndarray:
    return 1.0 / (1.0 + 4.0 * ((energy - CENTRE) / width) ** 2)


def gauss(energy: np.ndarray, width: float) -> np.ndarray:
    return np.exp(-4.0 * log(2.0) * ((energy - CENTRE) / width) ** 2)


SHAPES = {
    "GL": partial(gauss_lorentz_product, mix=0.3),
    "SGL": partial(gauss_lorentz_sum, mix=0.3),
    "LA": partial(asymmetric_lorentz, alpha=0.7, beta=1.4),
    "LF": partial(damped_lorentz, alpha=0.7, beta=1.4, reach=9.0),
    "DS": partial(doniach_sunjic, asymmetry=0.15),
}


@pytest.mark.parametrize("shape", [gauss_lorentz_product, gauss_lorentz_sum])
@pytest.mark.parametrize("width", [0.5, 2.0])
def test_a_mix_goes_from_gauss_to_lorentz(shape, width: float) -> None:
    np.testing.assert_allclose(shape(ENERGY, CENTRE, width, mix=0.0), gauss(ENERGY, width), atol=1e-14)
    np.testing.assert_allclose(shape(ENERGY, CENTRE, width, mix=1.0), lorentz(ENERGY, width), atol=1e-14)


@given(st.floats(0.0, 1.0), st.floats(0.3, 5.0))
def test_the_sum_has_its_width_whatever_the_mix(mix: float, width: float) -> None:
    """Both parts have half their height at half the width, so their sum has."""
    ends = np.array([CENTRE - 0.5 * width, CENTRE + 0.5 * width])
    assert gauss_lorentz_sum(ends, CENTRE, width, mix=mix) == pytest.approx([0.5, 0.5])


@given(st.floats(0.05, 0.95), st.floats(0.5, 4.0))
def test_the_product_lies_below_both_of_its_parts(mix: float, width: float) -> None:
    product = gauss_lorentz_product(ENERGY, CENTRE, width, mix=mix)
    assert (product <= np.exp(-4.0 * log(2.0) * (1.0 - mix) * ((ENERGY - CENTRE) / width) ** 2) + 1e-15).all()
    assert (product <= 1.0 / (1.0 + 4.0 * mix * ((ENERGY - CENTRE) / width) ** 2) + 1e-15).all()


@pytest.mark.parametrize("name", ["LA", "DS"])
def test_without_asymmetry_a_shape_is_a_lorentz_line(name: str) -> None:
    shape = {
        "LA": partial(asymmetric_lorentz, alpha=1.0, beta=1.0),
        "DS": partial(doniach_sunjic, asymmetry=0.0),
    }[name]
    np.testing.assert_allclose(shape(ENERGY, CENTRE, 1.3), lorentz(ENERGY, 1.3), rtol=1e-12)


@pytest.mark.parametrize("name", sorted(SHAPES))
@given(st.floats(-5.0, 5.0), st.floats(0.3, 4.0))
def test_a_shape_moves_and_stretches_with_its_numbers(name: str, shift: float, width: float) -> None:
    """It depends on (E - centre)/width alone."""
    z = np.linspace(-4.0, 4.0, 41)
    one = SHAPES[name](CENTRE + z, CENTRE, 1.0)
    other = SHAPES[name](CENTRE + shift + width * z, CENTRE + shift, width)
    np.testing.assert_allclose(other, one, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_a_height_at_the_centre_of_one(name: str) -> None:
    assert SHAPES[name](np.array([CENTRE]), CENTRE, 1.7)[0] == pytest.approx(1.0, abs=1e-14)


@pytest.mark.parametrize("name", ["LA", "LF", "DS"])
def test_the_tail_is_at_higher_binding_energy(name: str) -> None:
    far = SHAPES[name](np.array([CENTRE - 8.0, CENTRE + 8.0]), CENTRE, 1.0)
    assert far[1] > 2.0 * far[0] > 0.0


@given(st.floats(0.55, 3.0), st.floats(0.55, 3.0))
def test_tails_of_la_fall_as_powers(alpha: float, beta: float) -> None:
    far = np.array([400.0, 800.0])
    up = asymmetric_lorentz(CENTRE + far, CENTRE, 1.0, alpha=alpha, beta=beta)
    down = asymmetric_lorentz(CENTRE - far, CENTRE, 1.0, alpha=alpha, beta=beta)
    assert np.log(up[0] / up[1]) / log(2.0) == pytest.approx(2.0 * alpha, rel=1e-4)
    assert np.log(down[0] / down[1]) / log(2.0) == pytest.approx(2.0 * beta, rel=1e-4)


@given(st.floats(0.3, 2.0), st.floats(2.0, 30.0), st.floats(0.5, 4.0))
def test_damping_takes_the_tail_and_leaves_the_line(alpha: float, reach: float, width: float) -> None:
    """It is e at the reach, e⁴ at twice that, and nothing where there is no end to the reach."""
    far = CENTRE + width * reach * np.array([0.0, 1.0, 2.0])
    plain = asymmetric_lorentz(far, CENTRE, width, alpha=alpha, beta=2.0)
    damped = damped_lorentz(far, CENTRE, width, alpha=alpha, beta=2.0, reach=reach)
    assert -np.log(damped / plain) == pytest.approx([0.0, 1.0, 4.0], abs=1e-9)
    endless = damped_lorentz(far, CENTRE, width, alpha=alpha, beta=2.0, reach=1e9)
    assert endless == pytest.approx(plain, rel=1e-12)


EXPORTED = {
    # Position and width as CasaXPS states them; binding energy and share of the maximum of its curve.
    (709.047, 3.858): {
        705.0: 0.0047, 707.0: 0.1666, 708.0: 0.4696, 709.0: 0.8380, 710.0: 1.0000, 711.0: 0.8760,
        713.0: 0.4601, 716.0: 0.2180, 720.0: 0.1101, 725.0: 0.0514, 730.0: 0.0229, 735.0: 0.0094,
        740.0: 0.0036, 745.0: 0.0013,
    },
    (722.128, 4.873): {
        718.0: 0.0242, 720.0: 0.2564, 721.0: 0.5285, 722.0: 0.8210, 723.0: 0.9882, 724.0: 0.9614,
        726.0: 0.6208,
        729.0: 0.3028, 733.0: 0.1612, 738.0: 0.0858, 743.0: 0.0467, 748.0: 0.0247,
    },
}  # fmt: skip
"""LF(0.54, 10, 80, 100, 6) of two lines, FAIRmat-NFDI/pynxtools-xps, FeO_analyzed_lineshapes_cols.txt."""


@pytest.mark.parametrize("stated", sorted(EXPORTED))
def test_curves_that_casaxps_exported_are_damped_by_a_gaussian(stated: tuple[float, float]) -> None:
    """One set of numbers for both lines; without damping the tail is off by 5 % of the height."""
    centre, width = stated
    energy = np.array(list(EXPORTED[stated]))
    curve = np.array(list(EXPORTED[stated].values()))

    def off(reach: float) -> float:
        line = Component(
            kind="LF", shape=(0.54, 10.0, reach, 1.62), centre=(centre,) * 3, width=(width,) * 3
        ).at(energy, centre, 0.501 * width)
        scaled = line * float(line @ curve) / float(line @ line)
        return float(np.abs(scaled - curve).max())

    assert off(10.4) < 0.003
    assert off(1e6) > 0.01


@given(st.floats(0.02, 0.5))
def test_the_tail_of_doniach_and_sunjic_falls_as_their_power(asymmetry: float) -> None:
    """As E^(a-1) at higher binding energy, so that its area has no end."""
    tail = doniach_sunjic(CENTRE + np.array([2e4, 4e4]), CENTRE, 1.0, asymmetry=asymmetry)
    assert np.log(tail[0] / tail[1]) / log(2.0) == pytest.approx(1.0 - asymmetry, abs=5e-3)


@pytest.mark.parametrize("asymmetry", [0.05, 0.1, 0.2, 0.3])
def test_the_maximum_of_doniach_and_sunjic_lies_where_they_have_it(asymmetry: float) -> None:
    width = 0.8
    fine = np.arange(CENTRE - 1.0, CENTRE + 1.0, 1e-5)
    top = fine[np.argmax(doniach_sunjic(fine, CENTRE, width, asymmetry=asymmetry))]
    assert top - CENTRE == pytest.approx(0.5 * width / tan(pi / (2.0 - asymmetry)) * -1.0, abs=3e-5)


def test_gaussians_add_their_widths_in_quadrature() -> None:
    got = broadened(lambda e: gauss(e, 1.2), ENERGY, 0.9)
    wide = sqrt(1.2**2 + 0.9**2)
    np.testing.assert_allclose(got, 1.2 / wide * gauss(ENERGY, wide), atol=3e-4)


def test_a_broadened_lorentz_line_is_voigt_s() -> None:
    from scipy.special import voigt_profile

    sigma, half = 0.7 / sqrt(8.0 * log(2.0)), 0.5
    got = broadened(lambda e: lorentz(e, 2.0 * half), ENERGY, 0.7)
    np.testing.assert_allclose(got, voigt_profile(ENERGY - CENTRE, sigma, half) * pi * half, atol=3e-4)


@pytest.mark.parametrize("name", sorted(SHAPES))
def test_broadening_keeps_the_area_of_what_ends(name: str) -> None:
    """Of the part within a window that holds it: a wide window loses less than a hundredth at its ends."""
    inside = np.abs(ENERGY - CENTRE) < 15.0
    plain = SHAPES[name](ENERGY, CENTRE, 0.8)
    wide = broadened(lambda e: SHAPES[name](e, CENTRE, 0.8), ENERGY, 1.0)
    assert wide[inside].sum() == pytest.approx(plain[inside].sum(), rel=0.01)
    assert wide.max() < plain.max()


def test_no_width_changes_nothing() -> None:
    assert np.array_equal(broadened(lambda e: lorentz(e, 1.0), ENERGY, 0.0), lorentz(ENERGY, 1.0))


def component(kind: str, at: float, shape: tuple[float, ...], gauss: float = 0.0) -> Component:
    bounds = (gauss, 0.2, 3.0) if gauss else (0.0, 0.0, 0.0)
    return Component(
        kind=kind,  # type: ignore[arg-type]
        shape=shape,
        centre=(at + 0.3, at - 2.0, at + 2.0),
        width=(1.5, 0.3, 6.0),
        gauss=bounds,
    )


@pytest.mark.parametrize(
    ("kind", "shape"),
    [("GL", (0.3,)), ("SGL", (0.3,)), ("LA", (0.8, 2.0)), ("LF", (0.8, 2.0, 6.0, 0.5)), ("DS", (0.1,))],
)
def test_components_come_back(kind: str, shape: tuple[float, ...]) -> None:
    """Two lines 5 eV apart, without noise."""
    energy = np.arange(695.0, 715.0, 0.1)
    models = [component(kind, 700.0, shape), component(kind, 705.0, shape)]
    made = [1000.0 * models[0].at(energy, 700.0, 1.2), 400.0 * models[1].at(energy, 705.0, 2.0)]
    found = fitted_components(energy, made[0] + made[1], np.full(len(energy), 10.0), models)
    for one, values, centre, width in zip(found.components, made, (700.0, 705.0), (1.2, 2.0), strict=True):
        assert one.centre == pytest.approx(centre, abs=2e-3)
        assert one.width == pytest.approx(width, abs=5e-3)
        assert one.area == pytest.approx(np.trapezoid(values, energy), rel=5e-3)
    assert np.abs(found.residual).max() < 2.0
    assert found.chi_square < 0.01


def test_a_gaussian_is_fitted_beside_the_lorentz_width() -> None:
    energy = np.arange(690.0, 715.0, 0.1)
    model = component("LA", 700.0, (0.9, 1.5), gauss=0.8)
    made = 5000.0 * model.at(energy, 700.2, 1.0, 1.1)
    (one,) = fitted_components(energy, made, np.full(len(energy), 5.0), [model]).components
    assert (one.centre, one.width, one.gauss) == pytest.approx((700.2, 1.0, 1.1), abs=0.01)
    # Broadening and the longer tail move the maximum off the centre.
    assert one.maximum > one.centre
    assert one.full_width > max(one.width, one.gauss)


def test_noise_moves_a_fit_by_what_counting_allows() -> None:
    """Chi square near one: 5 standard deviations of it, a risk of 1e-6."""
    rng = np.random.default_rng(5)
    energy = np.arange(690.0, 715.0, 0.1)
    model = component("SGL", 700.0, (0.4,))
    expected = 2000.0 * model.at(energy, 700.1, 2.2) + 100.0
    counts = rng.poisson(expected).astype(float)
    found = fitted_components(energy, counts - 100.0, np.sqrt(expected), [model])
    assert abs(found.chi_square - 1.0) < 5.0 * sqrt(2.0 / len(energy))
    assert found.components[0].centre == pytest.approx(700.1, abs=0.05)


def test_areas_are_never_below_zero() -> None:
    energy = np.arange(690.0, 710.0, 0.1)
    models = [component("GL", 700.0, (0.3,)), component("GL", 704.0, (0.3,))]
    made = 100.0 * models[0].at(energy, 700.0, 1.5) - 50.0 * models[1].at(energy, 704.0, 1.5)
    found = fitted_components(energy, made, np.ones(len(energy)), models)
    assert all(one.area >= 0.0 for one in found.components)


@pytest.mark.parametrize("count", [0, 7])
def test_more_numbers_than_points_are_refused(count: int) -> None:
    energy = np.arange(8.0)
    with pytest.raises(InputError, match="no fit to 8 points"):
        fitted_components(energy, energy, np.ones(8), [component("GL", 4.0, (0.3,))] * count)
