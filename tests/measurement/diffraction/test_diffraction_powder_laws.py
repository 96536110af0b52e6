"""Laws of calculated patterns and their fits: scale, symmetry, areas, exact recoveries, errors."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.absorption import brindley, corrected_fractions, linear_absorption
from topotaxy.measurement.diffraction.background import blocks, chebyshev, prediction_error
from topotaxy.measurement.diffraction.beam import Beam
from topotaxy.measurement.diffraction.data import Data
from topotaxy.measurement.diffraction.keys import Key
from topotaxy.measurement.diffraction.limits import least_step, limits
from topotaxy.measurement.diffraction.lines import emission, emissions
from topotaxy.measurement.diffraction.occupancies import occupied, shares_at
from topotaxy.measurement.diffraction.phases import phase
from topotaxy.measurement.diffraction.powder import Powder, Values, powder, typical_width, weight_fractions
from topotaxy.measurement.diffraction.refine import Fit, projected_covariance, refined
from topotaxy.measurement.diffraction.refinement import Refinement, Spread, accuracy, from_scales
from topotaxy.measurement.diffraction.reflections import inverse_spacings, reflections
from topotaxy.measurement.diffraction.rietveld import chosen_terms, distinct
from topotaxy.measurement.diffraction.scattering import (
    amplitude,
    dispersion,
    mean_amplitude,
    mean_square,
)

X = np.arange(25.0, 80.0, 0.05)
TUBE = Beam(radiation="X-ray", lines=((1.5405929, 1.0), (1.5444274, 0.5)))
NEUTRONS = Beam(radiation="neutron", lines=((1.494, 1.0),))
NICKEL = phase("Ni=fcc metal:Ni:3.524")
OXIDE = phase("NiO=rock salt:NiO:4.178")


def model_of(*structures: object, beam: Beam = TUBE, x: np.ndarray = X) -> tuple[Powder, Values]:
    model = powder(x, beam, list(structures))  # type: ignore[arg-type]
    return model, model.start() | {Key("W"): 0.02}


# --- scattering ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("radiation", ["X-ray", "neutron"])
@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_variance_of_a_mixed_site_is_that_of_two_values(radiation: str, share: float) -> None:
    """<|f|²> - |<f>|² = x (1 - x) |f1 - f2|²."""
    s2 = np.linspace(0.0, 0.5, 7)
    rays = {"radiation": radiation, "wavelength": 1.0}
    shares = {"Ni": share, "Mg": 1.0 - share}
    ni, mg = (amplitude(el, s2, **rays) for el in ("Ni", "Mg"))
    found = mean_square(shares, s2, **rays) - np.abs(mean_amplitude(shares, s2, **rays)) ** 2
    np.testing.assert_allclose(found, share * (1.0 - share) * np.abs(ni - mg) ** 2, atol=1e-9)


def test_amplitudes_of_x_rays_fall_with_the_angle_and_those_of_neutrons_do_not() -> None:
    s2 = np.linspace(0.0, 1.0, 30)
    for element in ("O", "Na", "Ni", "Zn"):
        f = amplitude(element, s2, radiation="X-ray", wavelength=0.62)
        assert (np.diff(np.abs(f)) < 0.0).all()
        b = amplitude(element, s2, radiation="neutron", wavelength=0.62)
        assert np.ptp(np.abs(b)) == 0.0


def test_what_is_no_element_is_refused() -> None:
    with pytest.raises(InputError, match="no element"):
        amplitude("Xx", np.zeros(1), radiation="X-ray", wavelength=1.0)


def test_dispersion_jumps_at_the_edge_and_absorbs_always() -> None:
    """Ni K: 8,333 eV (Deslattes et al. 2003); above it f'' is eight times what it is below."""
    below, above = dispersion("Ni", 8320.0), dispersion("Ni", 8350.0)
    assert 6.0 < above.imag / below.imag < 10.0
    assert below.real < -5.0
    assert dispersion("H", 8000.0) == 0.0


def test_emissions_are_found_however_they_are_written() -> None:
    for text in ("Cu Kα", "cu ka", "Cu K-alpha", " Cu Ka "):
        assert emission(text) == emission("Cu Ka")
    assert len(emission("Cu Ka1")) == 1
    with pytest.raises(InputError, match=emissions()[0]):
        emission("Unobtainium Ka")


# --- beam ---------------------------------------------------------------------------------------------------


def test_lorentz_factor_of_neutrons_and_the_limits_of_polarisation() -> None:
    theta = np.radians([10.0, 30.0, 45.0, 60.0])
    plain = 1.0 / (np.sin(theta) ** 2 * np.cos(theta))
    np.testing.assert_allclose(NEUTRONS.lorentz_polarisation(theta), plain)
    vertical = replace(TUBE, polarisation=0.0).lorentz_polarisation(theta)
    np.testing.assert_allclose(vertical, plain)
    tube = TUBE.lorentz_polarisation(theta)
    np.testing.assert_allclose(tube / plain, (1.0 + np.cos(2.0 * theta) ** 2) / 2.0)
    assert tube[2] / plain[2] == pytest.approx(0.5)


def test_absorption_of_a_cylinder_dims_low_angles_most() -> None:
    theta = np.radians(np.linspace(5.0, 80.0, 20))
    ratio = replace(NEUTRONS, absorption=0.5).lorentz_polarisation(theta) / NEUTRONS.lorentz_polarisation(
        theta
    )
    assert (np.diff(ratio) > 0.0).all()
    assert (ratio < 1.0).all()
    thin = replace(NEUTRONS, absorption=1e-4).lorentz_polarisation(theta)
    np.testing.assert_allclose(thin / NEUTRONS.lorentz_polarisation(theta), 1.0, atol=3e-4)


# --- reflections --------------------------------------------------------------------------------------------


@given(st.floats(2.0, 20.0), st.integers(0, 6), st.integers(0, 6), st.integers(1, 6))
@settings(max_examples=40)
def test_spacings_of_a_cube(a: float, h: int, k: int, el: int) -> None:
    found = inverse_spacings(np.array([[h, k, el]]), (a, a, a, 90.0, 90.0, 90.0))
    assert found[0] == pytest.approx(math.sqrt(h * h + k * k + el * el) / a, rel=1e-12)


def test_a_larger_cell_has_more_reflections_by_its_volume() -> None:
    small, large = (
        reflections(phase(f"x=rock salt:NiO:{a}"), shortest=0.4, radiation="neutron", wavelength=1.0)
        for a in (4.2, 8.4)
    )
    assert large.multiplicity.sum() / small.multiplicity.sum() == pytest.approx(8.0, rel=0.06)
    with pytest.raises(InputError, match="more than a powder shows"):
        reflections(phase("x=rock salt:NiO:29"), shortest=0.05, radiation="neutron", wavelength=1.0)


def test_displacements_damp_by_debye_and_waller() -> None:
    found = reflections(NICKEL, shortest=0.8, radiation="neutron", wavelength=1.0)
    cold = found.squared({NICKEL.sites[0].label: 0.0})
    warm = found.squared({NICKEL.sites[0].label: 1.3})
    np.testing.assert_allclose(warm / cold, np.exp(-2.0 * 1.3 * found.s2), rtol=1e-12)


def test_half_an_occupancy_is_a_quarter_of_an_intensity() -> None:
    found = reflections(NICKEL, shortest=0.8, radiation="X-ray", wavelength=1.5)
    label = NICKEL.sites[0].label
    np.testing.assert_allclose(found.squared(shares={(label, "Ni"): 0.5}), found.squared() / 4.0, rtol=1e-12)


# --- calculated patterns ------------------------------------------------------------------------------------


def test_a_pattern_is_proportional_to_its_scale_and_phases_add() -> None:
    both, values = model_of(NICKEL, OXIDE)
    alone, own = model_of(NICKEL)
    first = both.pattern(values | {Key("scale", "Ni"): 3.0})
    np.testing.assert_allclose(first[0], 3.0 * alone.pattern(own)[0], rtol=1e-9, atol=1e-9)
    second = both.pattern(values | {Key("scale", "NiO"): 2.0})
    np.testing.assert_allclose(second[0], first[0] / 3.0, rtol=1e-9, atol=1e-9)


def test_the_area_of_a_peak_is_multiplicity_times_factor() -> None:
    x = np.arange(30.0, 70.0, 0.01)
    model, values = model_of(NICKEL, beam=NEUTRONS, x=x)
    pattern = model.pattern(values)[0]
    peaks = model.peaks(0, values)
    window = np.abs(x - peaks.centre[0]) < 3.0
    assert pattern[window].sum() * 0.01 == pytest.approx(peaks.area[0], rel=1e-3)
    theta = np.radians(peaks.centre[0] / 2.0)
    rows = model.phases[0]
    expected = rows.multiplicity[0] * rows.squared()[0] * NEUTRONS.lorentz_polarisation(theta)
    assert peaks.area[0] == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.parametrize("kind", ["zero", "displacement", "transparency"])
def test_corrections_of_positions_go_with_their_functions_of_the_angle(kind: str) -> None:
    model, values = model_of(NICKEL)
    plain, moved = (model.peaks(0, values | {Key(kind): v}).centre for v in (0.0, 0.1))
    seen = plain < 1e3
    theta = np.radians(plain[seen] / 2.0)
    function = {"zero": np.ones(seen.sum()), "displacement": np.cos(theta), "transparency": np.sin(2 * theta)}
    np.testing.assert_allclose((moved - plain)[seen], 0.1 * function[kind], rtol=1e-9)


@pytest.mark.parametrize(("kind", "power"), [("size", -1), ("strain", 1)])
def test_widths_by_size_and_strain_go_with_secant_and_tangent(kind: str, power: int) -> None:
    model, values = model_of(NICKEL)
    peaks = model.peaks(0, values | {Key(kind, "Ni"): 0.4})
    seen = peaks.centre < 1e3
    theta = np.radians(peaks.centre[seen] / 2.0)
    expected = 0.4 / np.cos(theta) if power < 0 else 0.4 * np.tan(theta)
    np.testing.assert_allclose(peaks.lorentz[seen], expected, rtol=1e-9)


def test_a_larger_cell_moves_every_line_down() -> None:
    model, values = model_of(OXIDE)
    small, large = (model.peaks(0, values | {Key("a", "NiO"): a}).centre for a in (4.178, 4.2))
    seen = small < 1e3
    assert (large[seen] < small[seen]).all()
    lines = inverse_spacings(model.phases[0].hkl, (4.2,) * 3 + (90.0,) * 3)
    expected = 2.0 * np.degrees(np.arcsin(1.5405929 * lines[0] / 2.0))
    assert large[0] == pytest.approx(expected, rel=1e-12)


def test_widths_of_the_instrument_are_those_of_cagliotti() -> None:
    model, values = model_of(NICKEL)
    values |= {Key("U"): 0.05, Key("V"): -0.02, Key("W"): 0.03}
    peaks = model.peaks(0, values)
    tangent = np.tan(np.radians(peaks.centre[:3] / 2.0))
    np.testing.assert_allclose(peaks.gauss[:3] ** 2, 0.05 * tangent**2 - 0.02 * tangent + 0.03)
    assert typical_width(model, values, float(peaks.centre[0])) == pytest.approx(peaks.gauss[0], rel=0.01)


# --- shares -------------------------------------------------------------------------------------------------


def test_shares_by_weight_go_with_scale_mass_and_volume() -> None:
    model, values = model_of(NICKEL, OXIDE)
    values |= {Key("scale", "Ni"): 2.0, Key("scale", "NiO"): 1.0}
    ni, nio = 2.0 * NICKEL.mass * NICKEL.volume, OXIDE.mass * OXIDE.volume
    np.testing.assert_allclose(weight_fractions(model, values), np.array([ni, nio]) / (ni + nio))
    nothing = values | {Key("scale", "Ni"): 0.0, Key("scale", "NiO"): 0.0}
    assert np.isnan(weight_fractions(model, nothing)).all()


def test_an_emptier_site_weighs_less() -> None:
    label = OXIDE.sites[0].label
    values = {Key("share", "NiO", label, "Ni"): 0.5}
    assert shares_at(OXIDE, values) == {(label, "Ni"): 0.5}
    assert OXIDE.mass - occupied(OXIDE, values).mass == pytest.approx(4 * 0.5 * 58.693, rel=1e-4)


@pytest.mark.parametrize("relative", [0.0, 0.01, 0.1])
def test_one_phase_alone_has_no_uncertain_share(relative: float) -> None:
    assert from_scales(np.array([1.0, 0.0]), relative)[0] == 0.0
    half = from_scales(np.array([0.5, 0.5]), relative)
    np.testing.assert_allclose(half, relative * 0.5 / math.sqrt(2.0))


def test_grains_of_one_absorption_need_no_correction_and_heavier_ones_are_raised() -> None:
    model, _ = model_of(NICKEL, phase("x=fcc metal:Ni:3.524"))
    even = np.array([0.4, 0.6])
    np.testing.assert_allclose(corrected_fractions(model, even, 5.0), even)
    mixed, _ = model_of(phase("light=rock salt:MgO:4.21"), phase("heavy=rock salt:ZnO:4.28"))
    light, heavy = (linear_absorption(p.structure, 1.5405929) for p in mixed.phases)
    assert heavy > light
    found = corrected_fractions(mixed, np.array([0.5, 0.5]), 5.0)
    assert found[1] > 0.5
    assert found.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(corrected_fractions(mixed, np.array([0.5, 0.5]), 1e-6), 0.5, atol=1e-6)


def test_absorption_goes_with_the_inverse_volume() -> None:
    small, large = (linear_absorption(phase(f"x=fcc metal:Ni:{a}"), 1.54) for a in (3.524, 7.048))
    assert small / large == pytest.approx(8.0)
    assert (np.diff(brindley(np.linspace(-0.4, 0.4, 9))) < 0.0).all()


def test_accuracies_stand_in_a_table_with_their_source() -> None:
    assert accuracy("scherrer") == pytest.approx(0.94)
    with pytest.raises(StopIteration):
        accuracy("nothing of that name")


# --- background ---------------------------------------------------------------------------------------------


def test_chebyshev_terms_span_all_polynomials_of_their_order() -> None:
    x = np.linspace(20.0, 90.0, 200)
    design = chebyshev(x, 4)
    target = 3.0 - 0.2 * x + 0.01 * x**2 - 1e-4 * x**3
    solution = np.linalg.lstsq(design, target, rcond=None)[0]
    np.testing.assert_allclose(design @ solution, target, atol=1e-9)
    np.testing.assert_allclose(design[:, 0], 1.0)
    assert np.abs(design).max() <= 1.0 + 1e-12
    assert design[0, 1] == -1.0
    assert design[-1, 1] == 1.0


def test_blocks_are_as_wide_as_said() -> None:
    block = blocks(np.arange(0.0, 10.0, 0.5), 2.0)
    assert block.max() == 4
    assert (np.bincount(block) == 4).all()


def test_an_exact_model_predicts_left_out_blocks_and_a_wrong_one_does_not() -> None:
    x = np.linspace(0.0, 1.0, 400)
    y = 2.0 + 3.0 * x
    ones = np.ones(len(x))
    assert prediction_error(chebyshev(x, 2), y, ones, blocks(x, 0.05), 5) < 1e-20
    assert prediction_error(chebyshev(x, 1), y, ones, blocks(x, 0.05), 5) == pytest.approx(0.75, rel=0.1)


def test_the_fewest_terms_within_two_parts_in_a_thousand_of_the_best_are_chosen() -> None:
    assert chosen_terms({3: 1.1, 4: 1.001, 5: 1.0, 6: 1.0005}) == 4
    assert chosen_terms({3: 1.0}) == 3


def test_names_of_phases_have_to_differ() -> None:
    distinct([NICKEL, OXIDE])
    with pytest.raises(InputError, match="one name"):
        distinct([NICKEL, NICKEL])


# --- least squares ------------------------------------------------------------------------------------------


def made(seed: int | None, counts: float = 2000.0) -> tuple[Data, Powder, Values]:
    model, values = model_of(NICKEL)
    values |= {Key("displacement"): 0.03, Key("a", "Ni"): 3.53}
    pattern = model.pattern(values)[0]
    values[Key("scale", "Ni")] = counts / pattern.max()
    mean = model.pattern(values)[0] + 50.0 + 0.2 * X
    y = mean if seed is None else np.random.default_rng(seed).poisson(mean).astype(float)
    return Data(x=X, y=y, per_count=np.ones(len(X))), model, values


FREE = (Key("scale", "Ni"), Key("a", "Ni"), Key("displacement"), Key("W"))


def fit_of(seed: int | None) -> tuple[Data, Fit, Values]:
    data, model, truth = made(seed)
    start = truth | {Key("a", "Ni"): 3.528, Key("displacement"): 0.0, Key("W"): 0.03}
    return data, refined(data, model, start, FREE, chebyshev(X, 2)), truth


def test_without_noise_the_truth_comes_back() -> None:
    _, fit, truth = fit_of(None)
    for key in FREE:
        assert fit.values[key] == pytest.approx(truth[key], rel=1e-4, abs=1e-5)
    np.testing.assert_allclose(fit.background, 50.0 + 0.2 * X, rtol=1e-3)
    assert fit.converged
    assert fit.goodness < 1e-2
    assert fit.at_bound == ()
    np.testing.assert_allclose(fit.total, fit.phases.sum(axis=0) + fit.background)


def test_deviates_of_a_fit_are_normal() -> None:
    """Twelve fits of four parameters: the mean square of 48 deviates lies between 0.45 and 1.9."""
    z = []
    for seed in range(12):
        _, fit, truth = fit_of(seed)
        z += [(fit.values[k] - truth[k]) / (fit.uncertainty(k) or math.nan) for k in FREE]
        assert fit.goodness == pytest.approx(1.0, abs=0.12)
    assert 0.45 < np.mean(np.square(z)) < 1.9


def test_what_was_held_has_no_uncertainty() -> None:
    _, fit, _ = fit_of(1)
    assert fit.uncertainty(Key("zero")) is None
    assert (fit.uncertainty(Key("W")) or 0.0) > 0.0


def test_errors_of_functions_are_those_of_first_order() -> None:
    _, fit, _ = fit_of(1)
    key = Key("a", "Ni")
    centre, covariance = fit.propagated(lambda v: np.array([v[key] ** 3, 2.0 * v[key]]))
    sigma = fit.uncertainty(key) or math.nan
    np.testing.assert_allclose(centre, [fit.values[key] ** 3, 2.0 * fit.values[key]])
    np.testing.assert_allclose(
        np.sqrt(np.diag(covariance)), [3.0 * fit.values[key] ** 2 * sigma, 2.0 * sigma], rtol=1e-3
    )


def test_cell_and_displacement_are_correlated_and_named() -> None:
    _, fit, _ = fit_of(1)
    ((first, second, value), *_) = fit.correlations(0.5)
    assert {first.kind, second.kind} == {"a", "displacement"}
    assert 0.5 < abs(value) <= 1.0
    assert fit.correlations(1.0) == []


def test_more_free_functions_make_nothing_more_certain() -> None:
    data, fit, _ = fit_of(1)
    few, many = (projected_covariance(data, fit, chebyshev(X, n)) for n in (2, 12))
    assert (np.diag(many) >= np.diag(few) * (1.0 - 1e-9)).all()
    np.testing.assert_allclose(few, fit.covariance, rtol=1e-6)


def test_counts_times_ten_are_more_certain_by_the_root_of_ten() -> None:
    errors = []
    for counts in (2000.0, 20000.0):
        data, model, truth = made(3, counts)
        scaled = replace(data, y=model.pattern(truth)[0] + (50.0 + 0.2 * X) * counts / 2000.0)
        errors.append(refined(scaled, model, truth, FREE, chebyshev(X, 2)).uncertainty(Key("a", "Ni")) or 0.0)
    # What the correlation of residuals adds differs by some per cent.
    assert errors[0] / errors[1] == pytest.approx(math.sqrt(10.0), rel=0.06)


def test_limits_and_steps_are_of_every_kind() -> None:
    model, values = model_of(phase("zincite"))
    low, high = limits(
        model, values | {Key("share", "zincite", "Zn", "Zn"): 0.5}, Key("share", "zincite", "Zn", "Zn")
    )
    assert (low, high) == (0.0, 1.0)
    assert limits(model, values, Key("U")) == (-math.inf, math.inf)
    assert least_step(Key("a", "zincite")) == 0.02
    assert least_step(Key("share", "zincite")) == 0.1
    assert str(Key("share", "zincite", "Zn1", "Zn")) == "share zincite Zn1 Zn"


# --- systematic spread --------------------------------------------------------------------------------------


def spread(kind: str, shares: tuple[float, float], a: float) -> Spread:
    return Spread(assumption=kind, fractions=np.array(shares), cells={Key("a", "Ni"): a}, goodness=1.0)


def test_kinds_of_assumptions_add_in_squares_and_the_largest_of_each_counts() -> None:
    _, fit, _ = fit_of(1)
    result = Refinement(
        fit=fit,
        structures=(NICKEL,),
        absent=(),
        bounds={},
        spreads=(
            spread("background: 2", (0.53, 0.47), 3.0),
            spread("background: 4", (0.51, 0.49), 3.0),
            spread("positions: zero", (0.46, 0.54), 3.0),
        ),
    )
    found = result.systematic(np.array([0.5, 0.5]), lambda s: s.fractions)
    np.testing.assert_allclose(found, math.hypot(0.03, 0.04) / math.sqrt(3.0))
    assert replace(result, spreads=()).systematic(np.array([0.5]), lambda s: s.fractions[:1])[0] == 0.0


def test_a_cell_carries_what_limits_its_beam() -> None:
    _, fit, _ = fit_of(1)
    bare = Refinement(fit=fit, structures=(NICKEL,), absent=(), bounds={})
    value, statistical, systematic = bare.cell(Key("a", "Ni"))
    assert value == fit.values[Key("a", "Ni")]
    assert statistical == fit.uncertainty(Key("a", "Ni"))
    assert systematic == pytest.approx(value * accuracy("angles tube"))
    with_spread = replace(bare, spreads=(spread("positions: zero", (1.0, 0.0), value + 0.003),))
    assert with_spread.cell(Key("a", "Ni"))[2] == pytest.approx(
        math.hypot(0.003 / math.sqrt(3.0), value * accuracy("angles tube"))
    )
