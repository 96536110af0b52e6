"""Laws of the EXAFS equation, its transform, its background, and the models built of shells."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import spectrum_files as made
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.absorption import models
from topotaxy.measurement.absorption.background import Exafs, exafs
from topotaxy.measurement.absorption.fitting import Range, Task, fitted, student
from topotaxy.measurement.absorption.normalisation import normalised
from topotaxy.measurement.absorption.reference_values import Metal, estimates, mean_distance, metals
from topotaxy.measurement.absorption.scattering import pairs, path_table, shell
from topotaxy.measurement.absorption.shells import (
    Linear,
    Parameter,
    Relation,
    Shell,
    chi_of,
    factors_of,
    terms_of,
    value_of,
)
from topotaxy.measurement.absorption.spectrum_fits import metal_shares
from topotaxy.measurement.absorption.transform import K_STEP, backward, forward, r_grid, wave_number, window
from topotaxy.measurement.absorption.weighted import NOISE_RANGE, Weighted

K = np.asarray(K_STEP * np.arange(281))
NUMBERS = st.floats(-5.0, 5.0)


def data(chi):
    return Exafs(k=K, chi=chi, e0=8333.0, energy_ev=K, background=K, step_error=0.0, name="made")


# --- transform ---------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(NUMBERS, NUMBERS, st.integers(0, 3))
def test_the_transform_is_linear(a, b, weight):
    first, second = np.sin(4.0 * K), np.cos(6.5 * K) * np.exp(-0.01 * K**2)
    of = {"low": 3.0, "high": 12.0, "weight": weight}
    np.testing.assert_allclose(
        forward(K, a * first + b * second, **of),
        a * forward(K, first, **of) + b * forward(K, second, **of),
        atol=1e-8,
    )


def test_the_transform_keeps_the_power_of_the_wave():
    # Parseval with the normalisation of IFEFFIT: half of the squares over k lies at R > 0.
    chi = np.sin(5.0 * K) * np.exp(-0.02 * K**2)
    windowed = chi * window(K, 2.0, 12.0, 1.0)
    whole = forward(K, chi, low=2.0, high=12.0, weight=0)
    step_r = r_grid()[1]
    in_r = float((np.abs(whole) ** 2).sum() * step_r)
    in_k = float((windowed**2).sum() * K_STEP)
    assert in_r == pytest.approx(0.5 * in_k, rel=0.01)


def test_a_longer_distance_turns_the_transform_faster():
    peaks = [
        r_grid()[np.argmax(np.abs(forward(K, np.sin(2.0 * r * K), low=3.0, high=13.0)))]
        for r in (1.5, 2.0, 2.5, 3.0, 4.0)
    ]
    np.testing.assert_allclose(np.diff(peaks), [0.5, 0.5, 0.5, 1.0], atol=0.07)


def test_what_is_outside_a_range_of_r_does_not_come_back():
    near, far = np.sin(2.0 * 2.0 * K), np.sin(2.0 * 4.0 * K)
    there = forward(K, near + far, low=0.5, high=13.5, weight=0)
    back = backward(there, low=1.0, high=3.0).real[: len(K)]
    middle = (K > 4.0) & (K < 10.0)
    np.testing.assert_allclose(back[middle], near[middle], atol=0.1)


@given(st.lists(st.floats(-500.0, 2000.0), min_size=2, max_size=10, unique=True))
def test_wave_numbers_rise_with_energy_and_square_back_to_it(above):
    k = wave_number(np.sort(np.array(above)))
    assert np.all(np.diff(k) >= 0.0)
    np.testing.assert_allclose(np.sign(k) * k**2 / 0.2624682917, np.sort(above), rtol=1e-9, atol=1e-9)


# --- one shell ---------------------------------------------------------------------------------------------

KEYS = sorted(pairs())[::11]


@pytest.mark.parametrize("key", KEYS, ids="-".join)
def test_a_wave_falls_with_disorder_as_the_debye_waller_factor_says(key):
    table = path_table(*key)
    k = K[80:240]
    common = {"count": 1.0, "distance": 2.5}
    still = shell(table, k, variance=0.0, **common)
    moving = shell(table, k, variance=0.01, **common)
    # Envelopes over one period: exp(-2 k² σ²) but for the imaginary part of the momentum and the 1/R² term.
    for low, high in ((4.0, 6.5), (8.0, 10.5)):
        inside = (k >= low) & (k <= high)
        q = float(np.mean(k[inside]))
        ratio = np.sqrt((moving[inside] ** 2).sum() / (still[inside] ** 2).sum())
        assert ratio == pytest.approx(np.exp(-2.0 * 0.01 * q**2), rel=0.35)


@settings(max_examples=15, deadline=None)
@given(st.floats(0.1, 12.0), st.floats(0.5, 1.0))
def test_neighbours_and_s02_scale_a_wave_alike(count, s02):
    table = path_table("Ni", "O")
    one = shell(table, K, count=1.0, distance=2.09, variance=0.006)
    both = shell(table, K, count=count, distance=2.09, variance=0.006, s02=s02)
    np.testing.assert_allclose(both, count * s02 * one, rtol=1e-9, atol=1e-15)


def test_a_third_cumulant_looks_like_another_distance():
    # 2 k ΔR = (4/3) k³ C3 at one k: a fit without C3 takes one for the other.
    table = path_table("Ni", "Ni", "metal")
    k = np.array([8.0])
    third = 3e-4
    bent = shell(table, k, count=1.0, distance=2.49, variance=0.006, third=third)
    apart = shell(table, k, count=1.0, distance=2.49 - 2.0 * third * 64.0 / 3.0, variance=0.006)
    assert bent[0] == pytest.approx(apart[0], rel=0.1)


def test_the_threshold_of_tables_of_overlapped_atoms_and_of_no_other_is_moved():
    known = [key for key, pair in pairs().items() if not pair.is_consistent]
    assert known
    for key in known:
        assert 5.0 < path_table(*key).threshold < 10.0
    assert all(path_table(*key).threshold == 0.0 for key in pairs() if key not in known)


def test_the_threshold_of_the_fit_is_that_of_the_data():
    table = path_table("Cu", "Cu", "metal")
    by = 3.0
    at = {"count": 12.0, "distance": 2.55, "variance": 0.008}
    moved = shell(table, K, e0_shift=by, **at)
    # Seen from a threshold that lies 3 eV higher the same electrons have another k.
    k_there = wave_number(K**2 / 0.2624682917 - by)
    inside = K > 3.0
    np.testing.assert_allclose(moved[inside], shell(table, k_there[inside], **at), atol=1e-9)


# --- terms and fits ----------------------------------------------------------------------------------------


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_terms_are_linear_in_their_parameters(constant, factor, first, second):
    term = Linear(constant, ((factor, "a"), (2.0, "b")))
    assert value_of(term, {"a": first, "b": second}) == pytest.approx(
        constant + factor * first + 2.0 * second, abs=1e-9
    )
    assert value_of("a", {"a": first}) == first
    assert value_of(factor, {}) == factor


def test_a_number_has_no_parameter_and_a_name_is_its_own():
    assert factors_of(3.0) == ()
    assert factors_of("r") == ((1.0, "r"),)
    assert factors_of(Linear(1.0, ((0.5, "x"),))) == ((0.5, "x"),)
    part = Shell(absorber="Ni", neighbour="O", count=6.0, distance="r", variance=0.006)
    assert {name for term in terms_of(part).values() for _, name in factors_of(term)} == {"r"}


def test_the_wave_of_a_model_is_the_sum_of_its_shells():
    parts = [
        Shell(absorber="Ni", neighbour=n, count=c, distance=r, variance=0.006)
        for n, c, r in (("O", 6.0, 2.09), ("Ni", 12.0, 2.95), ("Mg", 3.0, 2.96))
    ]
    whole = chi_of(parts, K, {})
    np.testing.assert_allclose(whole, sum(chi_of([part], K, {}) for part in parts), atol=1e-12)
    np.testing.assert_allclose(chi_of(parts[::-1], K, {}), whole, atol=1e-12)
    assert not chi_of([], K, {}).any()


def test_a_fit_does_not_depend_on_where_it_starts_nor_on_the_order_of_its_parameters():
    part = Shell(
        absorber="Ni", neighbour="Ni", environment="metal", count="n", distance="r", variance="v",
        e0_shift="e",
    )  # fmt: skip
    truth = {"n": 9.0, "r": 2.5, "v": 0.007, "e": 2.0}
    noise = 1e-3 * np.random.default_rng(0).normal(size=len(K))
    task = [
        Task(data=data(chi_of([part], K, truth) + noise), shells=(part,), range=Range(k=(3, 12), r=(1.5, 3)))
    ]
    bounds = {"n": (0.0, 18.0), "r": (2.3, 2.7), "v": (0.001, 0.03), "e": (-15.0, 15.0)}
    found = []
    for share, names in ((0.3, "nrve"), (0.6, "evrn"), (0.45, "renv")):
        parameters = {
            name: Parameter(start=low + share * (high - low), low=low, high=high)
            for name in names
            for low, high in [bounds[name]]
        }
        found.append(fitted(task, parameters))
    for name in truth:
        values = [fit.values[name] for fit in found]
        assert np.ptp(values) < 0.02 * found[0].errors[name] + 1e-6
        np.testing.assert_allclose([fit.errors[name] for fit in found], found[0].errors[name], rtol=1e-2)
    assert np.allclose(np.diag(found[0].correlation), 1.0)
    np.testing.assert_allclose(found[0].correlation, found[0].correlation.T, atol=1e-9)


def test_correlations_come_strongest_first():
    part = Shell(
        absorber="Ni", neighbour="Ni", environment="metal", count="n", distance="r", variance="v",
        e0_shift="e",
    )  # fmt: skip
    wave = chi_of([part], K, {"n": 9.0, "r": 2.5, "v": 0.007, "e": 2.0})
    fit = fitted(
        [Task(data=data(wave), shells=(part,), range=Range(k=(3, 12), r=(1.5, 3)))],
        {
            "n": Parameter(start=6.0, low=0.0, high=18.0),
            "r": Parameter(start=2.45, low=2.3, high=2.7),
            "v": Parameter(start=0.01, low=0.001, high=0.03),
            "e": Parameter(start=0.0, low=-15.0, high=15.0),
        },
    )
    sizes = [abs(value) for _, _, value in fit.correlations_above(0.0)]
    assert len(sizes) == 6
    assert sizes == sorted(sizes, reverse=True)
    assert {frozenset(pair[:2]) for pair in fit.correlations_above(0.8)} == {
        frozenset("nv"),
        frozenset("re"),
    }


def test_a_range_ends_where_the_data_end():
    short = dataclasses.replace(data(np.zeros(len(K))), k=K[:181], chi=np.zeros(181))
    assert Range(k=(3.0, 12.0)).within(short).k == pytest.approx((3.0, 8.5))
    assert Range(k=(3.0, 7.0)).within(short).k == (3.0, 7.0)
    with pytest.raises(InputError, match="too short for a fit"):
        fitted(
            [Task(data=dataclasses.replace(short, k=K[:101], chi=np.zeros(101)), shells=())],
            {"a": Parameter(start=0.0, low=-1.0, high=1.0)},
        )


METAL = Shell(
    absorber="Ni", neighbour="Ni", environment="metal", count="n", distance="r", variance="v", e0_shift="e"
)  # fmt: skip
OPEN = {
    "n": Parameter(start=6.0, low=0.0, high=18.0),
    "r": Parameter(start=2.45, low=2.3, high=2.7),
    "v": Parameter(start=0.01, low=0.001, high=0.03),
    "e": Parameter(start=0.0, low=-15.0, high=15.0),
}


def fit_with(expected):
    wave = chi_of([METAL], K, {"n": 9.0, "r": 2.5, "v": 0.007, "e": 2.0})
    noisy = data(wave + 3e-3 * np.random.default_rng(2).normal(size=len(K)))
    task = [Task(data=noisy, shells=(METAL,), range=Range(k=(3, 12), r=(1.5, 3)))]
    return fitted(task, OPEN | {"v": dataclasses.replace(OPEN["v"], expected=expected)})


def test_what_is_expected_with_a_wide_error_changes_nothing_and_with_a_narrow_one_decides():
    free, wide, narrow = fit_with(None), fit_with((0.02, 10.0)), fit_with((0.0085, 1e-7))
    for name in OPEN:
        assert wide.values[name] == pytest.approx(free.values[name], abs=0.05 * free.errors[name])
    assert narrow.values["v"] == pytest.approx(0.0085, abs=1e-6)
    assert narrow.errors["v"] < 1e-6
    # Neighbours and variance go together: more of one asks for more of the other.
    assert narrow.values["n"] > free.values["n"]
    assert fit_with((free.values["v"], 1e-7)).errors["n"] < 0.6 * free.errors["n"]


def test_what_is_expected_and_what_is_measured_meet_by_their_errors():
    free = fit_with(None)
    mean, error = free.values["v"], free.errors["v"]
    # As well known beforehand as by the fit: halfway, and an error smaller by √2.
    both = fit_with((mean + error, error))
    assert both.values["v"] == pytest.approx(mean + 0.5 * error, abs=0.12 * error)
    assert both.errors["v"] == pytest.approx(error / np.sqrt(2.0), rel=0.15)


def test_a_relation_decides_what_the_wave_leaves_open_and_nothing_else():
    # Two shells that are one: the wave knows the sum of their numbers, the relation their difference.
    second = dataclasses.replace(METAL, count="m")
    wave = data(chi_of([METAL], K, {"n": 9.0, "r": 2.5, "v": 0.007, "e": 2.0}))
    task = [Task(data=wave, shells=(METAL, second), range=Range(k=(3, 12), r=(1.5, 3)))]
    more = OPEN | {"m": Parameter(start=2.0, low=0.0, high=20.0)}
    apart = Relation(Linear(0.5, ((1.0, "n"), (-1.0, "m"))), 2.0, 0.3)
    fit = fitted(task, more, relations=[apart])
    assert fit.values["n"] + fit.values["m"] == pytest.approx(9.0, abs=1e-3)
    assert fit.values["n"] - fit.values["m"] == pytest.approx(1.5, abs=1e-3)


def test_the_best_of_several_starts_is_kept_whatever_their_order():
    wave = data(chi_of([METAL], K, {"n": 9.0, "r": 2.5, "v": 0.007, "e": 2.0}))
    task = [Task(data=wave, shells=(METAL,), range=Range(k=(3, 12), r=(1.5, 3)))]
    far, near = {"r": 2.3, "e": -14.0}, {"r": 2.48, "e": 0.0}
    for starts in ([far, near], [near, far]):
        fit = fitted(task, OPEN, starts=starts)
        assert fit.values["r"] == pytest.approx(2.5, abs=1e-3)
        assert fit.r_factor < 1e-6


@pytest.mark.parametrize(("freedom", "quantile"), [(1.0, 12.706), (2.0, 4.303), (5.0, 2.571), (30.0, 2.042)])
def test_few_degrees_of_freedom_widen_an_error_to_students_quantile(freedom, quantile):
    # Two-sided 95 % points of the usual tables.
    assert 1.959964 * student(freedom) == pytest.approx(quantile, abs=1e-3)
    assert student(1e7) == pytest.approx(1.0, abs=1e-5)


def test_errors_of_few_points_hold_the_truth_as_often_as_they_say():
    wave = chi_of([METAL], K, {"n": 9.0, "r": 2.5, "v": 0.007, "e": 2.0})
    rng = np.random.default_rng(6)
    near = {name: dataclasses.replace(one, start={"n": 9.0, "r": 2.5, "v": 0.007, "e": 2.0}[name])
            for name, one in OPEN.items()}  # fmt: skip
    inside, narrow = 0, 0
    for _ in range(100):
        noisy = data(wave + 3e-3 * rng.normal(size=len(K)))
        fit = fitted([Task(data=noisy, shells=(METAL,), range=Range(k=(3, 12), r=(1.7, 2.9)))], near)
        off = abs(fit.values["n"] - 9.0) / fit.errors["n"]
        inside += off < 1.96
        narrow += off < 1.96 / student(fit.independent - len(OPEN))
    # Of a true 95 % fewer than 85 of 100 are inside once in 10,000.
    assert inside >= 85
    assert narrow < inside


def test_rows_are_made_fewer_and_their_sum_of_squares_stays():
    rng = np.random.default_rng(3)
    wave = data(rng.normal(size=len(K)))
    weighted = Weighted(Task(data=wave, shells=(METAL,), range=Range(k=(3, 12), r=(1.5, 3))))
    assert len(weighted.rows) < 120
    plain = 0.0
    r = r_grid()
    for weight in (1, 2, 3):
        spectrum = forward(K, wave.chi, low=3.0, high=12.0, weight=weight)
        inner, outer = ((r >= a) & (r <= b) for a, b in ((1.5, 3.0), NOISE_RANGE))
        noise = np.mean(np.concatenate([spectrum[outer].real ** 2, spectrum[outer].imag ** 2]))
        plain += float((np.abs(spectrum[inner]) ** 2).sum() / noise)
    count = 3 * 2 * int(inner.sum())
    assert float((weighted.data**2).sum()) == pytest.approx(plain * weighted.independent / count, rel=1e-6)
    assert weighted.k[0] >= 2.4
    assert weighted.k[-1] <= 12.6


def test_the_threshold_of_an_environment_that_is_hardly_there_stays_near_the_others():
    both = models.Surroundings(absorber="Ni", s02=0.85)
    shells, parameters = models.shells_of(both)
    truth = {name: one.start for name, one in parameters.items()} | {
        "n_anion": 0.02, "n_cation": 0.03, "n_metal": 9.0, "r_metal": 2.47, "e0_metal": 1.0, "e0_oxide": 0.0,
    }  # fmt: skip
    noisy = data(chi_of(shells, K, truth) + 1e-3 * np.random.default_rng(4).normal(size=len(K)))
    fit = models.surroundings(noisy, both)
    apart = abs(fit.values["e0_oxide"] - fit.values["e0_metal"])
    assert apart < 3.0 * estimates()["threshold_apart"].deviation
    assert "e0_oxide" not in fit.at_bounds
    for shell_name, true in (("anion", 0.02), ("cation", 0.03), ("metal", 9.0)):
        off = abs(fit.values[f"n_{shell_name}"] - true)
        assert off < 4.0 * fit.errors[f"n_{shell_name}"], shell_name


# --- models ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("anion", ["O", "S", "F"])
@pytest.mark.parametrize("with_metal", [False, True])
@pytest.mark.parametrize("stoichiometric", [False, True])
def test_every_parameter_of_a_model_is_used_and_starts_within_its_bounds(anion, with_metal, stoichiometric):
    model = models.Surroundings(
        absorber="Ni", anion=anion, with_metal=with_metal, stoichiometric=stoichiometric
    )
    shells, parameters = models.shells_of(model)
    used = {name for part in shells for term in terms_of(part).values() for _, name in factors_of(term)}
    assert used == set(parameters)
    assert all(one.low < one.start < one.high for one in parameters.values())
    assert ("metal" in {part.name for part in shells}) is with_metal


@settings(max_examples=20)
@given(st.floats(0.0, 1.0))
def test_a_tied_model_keeps_six_and_twelve_neighbours_of_what_is_oxide(reduced):
    shells, _ = models.shells_of(models.Surroundings(absorber="Ni", with_metal=False, stoichiometric=True))
    counts = {part.name: value_of(part.count, {"reduced": reduced}) for part in shells}
    assert counts["anion"] == pytest.approx(6.0 * (1.0 - reduced))
    assert counts["cation"] == pytest.approx(12.0 * (1.0 - reduced))
    assert counts["far anion"] == pytest.approx(8.0 * (1.0 - reduced))


def test_the_second_shell_of_a_mixture_is_shared_out_without_loss():
    shares = (("Mg", 0.2), ("Ni", 0.5), ("Zn", 0.3))
    shells, _ = models.shells_of(models.Surroundings(absorber="Ni", cations=shares, with_metal=False))
    values = {"n_anion": 6.0, "n_cation": 12.0}
    counted = {part.neighbour: value_of(part.count, values) for part in shells if part.name == "cation"}
    assert counted == pytest.approx({element: 12.0 * share for element, share in shares})


def test_far_anions_lie_on_the_body_diagonals():
    shells, _ = models.shells_of(models.Surroundings(absorber="Ni", with_metal=False))
    (far,) = [part for part in shells if part.name == "far anion"]
    assert value_of(far.distance, {"r_anion": 2.09}) == pytest.approx(np.sqrt(3.0) * 2.09)
    assert value_of(far.count, {"n_anion": 6.0}) == pytest.approx(8.0)


def test_far_metal_lies_at_the_root_of_two_with_half_the_neighbours():
    shells, _ = models.shells_of(models.Surroundings(absorber="Ni", with_oxide=False))
    (far,) = [part for part in shells if part.name == "far metal"]
    assert value_of(far.distance, {"r_metal": 2.492}) == pytest.approx(3.524, abs=1e-3)  # a of nickel
    assert value_of(far.count, {"n_metal": 12.0}) == pytest.approx(6.0)
    assert value_of(far.variance, {"v_metal": 0.008}) > 0.008


def test_shells_of_rock_salt_are_those_of_its_lattice():
    """Counts and distances against a box of rock salt, out to the sixth shell."""
    shells, _ = models.shells_of(models.Surroundings(absorber="Ni", with_metal=False))
    values = {"n_anion": 6.0, "n_cation": 12.0, "r_anion": 2.09, "r_cation": np.sqrt(2.0) * 2.09}
    found = sorted((value_of(s.distance, values), s.neighbour, value_of(s.count, values)) for s in shells)
    steps = np.stack(np.meshgrid(*[np.arange(-3, 4)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    square = (steps**2).sum(axis=1)
    counted = [(np.sqrt(n) * 2.09, "Ni" if n % 2 == 0 else "O", (square == n).sum()) for n in range(1, 6)]
    assert [entry[1] for entry in found] == [entry[1] for entry in counted]
    for mine, true in zip(found, counted, strict=True):
        assert (mine[0], mine[2]) == pytest.approx((true[0], true[2]))


def test_shells_of_metal_are_those_of_fcc():
    shells, _ = models.shells_of(models.Surroundings(absorber="Ni", with_oxide=False))
    values = {"n_metal": 12.0, "r_metal": 1.0}
    found = sorted((value_of(s.distance, values) ** 2, value_of(s.count, values)) for s in shells)
    steps = np.stack(np.meshgrid(*[np.arange(-4, 5)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    square = (steps**2).sum(axis=1)[steps.sum(axis=1) % 2 == 0]
    for (at, count), order in zip(found, (2, 4, 6, 8), strict=True):
        assert (at, count) == pytest.approx((order / 2.0, float((square == order).sum())))


def test_what_is_known_of_the_variance_of_metal_reaches_its_parameter():
    for known in (None, (0.008, 0.0015)):
        _, parameters = models.shells_of(models.Surroundings(absorber="Ni", metal_variance=known))
        assert parameters["v_metal"].expected == known
        assert all(one.expected is None for name, one in parameters.items() if name != "v_metal")


def test_a_model_that_is_no_larger_is_no_better():
    shells, parameters = models.shells_of(models.Surroundings(absorber="Ni", with_metal=False))
    wave = chi_of(
        shells, K, {"n_anion": 6.0, "n_cation": 12.0, "r_anion": 2.09, "v_anion": 0.006, "r_cation": 2.95,
                    "v_cation": 0.007, "e0_oxide": 0.0},
    )  # fmt: skip
    fit = fitted([Task(data=data(wave), shells=shells, range=models.OXIDE_RANGE)], parameters)
    assert not models.better_with(fit, fit)


def test_metals_have_twelve_or_eight_and_six_neighbours_at_the_distances_of_their_lattices():
    for element, metal in metals().items():
        assert sum(metal.counts) in (12.0, 14.0), element
        assert min(metal.distances) <= mean_distance(metal) <= max(metal.distances)
    assert mean_distance(Metal((6.0, 6.0), (2.0, 3.0))) == pytest.approx(2.5)
    assert mean_distance(Metal((8.0, 4.0), (2.0, 3.5))) == pytest.approx(2.5)


def test_estimates_lie_within_their_own_ranges():
    for name, one in estimates().items():
        assert one.low <= one.value <= one.high, name
        assert one.deviation >= 0.0, name


# --- background --------------------------------------------------------------------------------------------


def test_k_is_even_from_zero_to_where_the_scan_ends():
    record = made.record()
    found = exafs(normalised(record))
    np.testing.assert_allclose(found.k, K_STEP * np.arange(len(found.k)), atol=1e-12)
    end = float(wave_number(record.energy_ev[-1:] - found.e0)[0])
    assert end - K_STEP < found.k[-1] <= end + 1e-9
    assert exafs(normalised(record), k_max=8.0).k[-1] == pytest.approx(8.0)


def test_background_and_wave_make_up_the_absorption():
    record = made.record()
    normal = normalised(record)
    found = exafs(normal)
    inside = (found.k > 2.0) & (found.k < found.k[-1] - 0.2)
    measured = np.interp(found.energy_ev, record.energy_ev, record.absorption)
    rebuilt = found.background + normal.step * found.chi
    np.testing.assert_allclose(rebuilt[inside], measured[inside], atol=2e-3)


def test_a_wave_twice_as_large_gives_twice_the_chi():
    energy = made.energies()
    above = energy - made.THRESHOLD
    k = np.maximum(wave_number(above), 0.0)
    waves = []
    for size in (1.0, 2.0):
        rise = 1.5 * (energy / made.THRESHOLD) ** -2.8 + 0.8 * (above > 0.0) * (1.0 + size * made.chi(k))
        record = made.record().updated(absorption=rise)
        step = normalised(record, e0=made.THRESHOLD)
        waves.append(exafs(dataclasses.replace(step, step=0.8), e0=made.THRESHOLD).chi)
    inside = slice(60, 200)
    slope = np.polyfit(waves[0][inside], waves[1][inside], 1)[0]
    assert slope == pytest.approx(2.0, abs=0.1)


def test_a_larger_rbkg_takes_more_of_the_wave():
    normal = normalised(made.record())
    r = r_grid()
    sizes = []
    for rbkg in (0.8, 1.4, 2.6):
        found = exafs(normal, rbkg=rbkg)
        whole = np.abs(forward(found.k, found.chi, low=2.0, high=11.0))
        sizes.append(float(whole[(r > 1.8) & (r < 2.6)].max()))
    assert sizes[0] == pytest.approx(sizes[1], rel=0.1)
    assert sizes[2] < 0.7 * sizes[0]


def test_metals_of_a_formula_share_the_metal_shell_and_magnesium_is_none_of_them():
    shares = dict(metal_shares("Mg0.2Co0.2Ni0.6O", "Ni"))
    assert shares == pytest.approx({"Co": 0.25, "Ni": 0.75})
    assert metal_shares("NiO", "Ni") == metal_shares("", "Ni") == metal_shares("Mg0.5Ni0.5O", "Ni") == ()
    mixed = models.Surroundings(absorber="Ni", metals=tuple(shares.items()))
    shells, parameters = models.shells_of(mixed)
    values = {name: one.start for name, one in parameters.items()} | {"n_metal": 8.0}
    nearest = {one.neighbour: value_of(one.count, values) for one in shells if one.name == "metal"}
    assert nearest == pytest.approx({"Co": 2.0, "Ni": 6.0})
    # One metal by its share of one is the metal named alone.
    alone = models.shells_of(models.Surroundings(absorber="Ni", metals=(("Co", 1.0),)))[0]
    named = models.shells_of(models.Surroundings(absorber="Ni", metal="Co"))[0]
    np.testing.assert_allclose(chi_of(alone, K, values), chi_of(named, K, values), atol=1e-12)
