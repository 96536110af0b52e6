"""Differential capacity, rate steps, fade, knee and film bounds against what they were made of."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.measurement.cycling.metrics.dq_dv import differential_capacity
from topotaxy.measurement.cycling.metrics.fade import Fade, comparable, fitted_fade, reference_cycle
from topotaxy.measurement.cycling.metrics.film_bounds import SizedLoss, film_bounds
from topotaxy.measurement.cycling.metrics.knee import Knee, knee_of
from topotaxy.measurement.cycling.metrics.rates import rate_steps

CYCLES = np.arange(1, 201)


def charge_steps(charge: np.ndarray) -> np.ndarray:
    return np.diff(charge, prepend=0.0)


@given(st.integers(3, 400), st.integers(0, 2**32 - 1))
def test_the_integral_over_voltage_is_the_capacity_whatever_the_voltage_does(rows: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    voltage = 1.0 + rng.normal(size=rows).cumsum() * 0.05
    charge = np.abs(rng.normal(size=rows))
    found = differential_capacity(voltage, charge)
    assert found is not None
    assert (found.value >= 0.0).all()
    assert (found.value * found.level).sum() == pytest.approx(charge[1:].sum(), rel=1e-9)


def test_a_straight_line_has_a_constant_derivative() -> None:
    share = np.linspace(0.0, 1.0, 5001)
    found = differential_capacity(2.0 - share, charge_steps(100.0 * share))
    assert found is not None
    inside = slice(20, -20)
    assert found.value[inside] == pytest.approx(100.0, rel=1e-6)
    assert len(found.peaks) == 0


def test_a_plateau_is_a_peak_at_its_voltage_though_the_voltage_turns_back() -> None:
    rng = np.random.default_rng(7)
    share = np.linspace(0.0, 1.0, 4000)
    # A sigmoid in charge against voltage: the plateau is at 0.4 V.
    voltage = 0.4 + 0.03 * np.log((share + 1e-3) / (1.001 - share))
    noisy = voltage + rng.normal(size=len(share)) * 2e-3
    found = differential_capacity(noisy, charge_steps(share))
    assert found is not None
    assert (np.diff(noisy) < 0.0).mean() > 0.3
    assert found.peaks[0] == pytest.approx(0.4, abs=0.01)
    # Height of the derivative of a logistic curve: 1/(4 s), lowered a little by the window.
    assert found.value.max() == pytest.approx(1.0 / (4.0 * 0.03), rel=0.1)


def test_two_plateaus_are_two_peaks_and_the_higher_comes_first() -> None:
    voltage = np.linspace(0.0, 1.0, 3000)
    charge = 1.0 / (1.0 + np.exp(-(voltage - 0.3) / 0.02)) + 0.5 / (1.0 + np.exp(-(voltage - 0.7) / 0.02))
    found = differential_capacity(voltage, charge_steps(charge))
    assert found is not None
    assert list(found.peaks) == pytest.approx([0.3, 0.7], abs=0.005)


def test_a_voltage_that_never_changes_has_no_derivative() -> None:
    assert differential_capacity(np.full(10, 0.5), np.ones(10)) is None
    assert differential_capacity(np.array([0.5]), np.ones(1)) is None


def test_rate_steps_begin_where_the_current_changes() -> None:
    current = np.array([0.1, 0.1, 0.1, 0.5, 0.5, 0.1, 0.1002])
    capacity = np.array([10.0, 9.0, np.nan, 5.0, 4.0, 9.0, 9.0])
    steps = rate_steps(np.arange(1, 8), current, current, capacity)
    assert [(s.first, s.last, s.count) for s in steps] == [(1, 2, 2), (4, 5, 2), (6, 7, 2)]
    assert [s.capacity for s in steps] == [9.5, 4.5, 9.0]
    assert steps[0].spread == pytest.approx(np.std([10.0, 9.0], ddof=1))


def test_linear_loss_is_found_with_its_error() -> None:
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(100):
        capacity = 500.0 * (1.0 - 1e-3 * (CYCLES - 1)) + rng.normal(size=len(CYCLES))
        found = fitted_fade(CYCLES, capacity)
        assert isinstance(found, Fade)
        assert found.law == "linear in the cycle number"
        inside += abs(found.rate - 1e-3) < found.uncertainty
    # One standard error holds the truth in 68 of 100 cases; the count scatters by 5.
    assert 52 <= inside <= 90


def test_loss_with_the_square_root_of_cycles_is_told_from_linear_loss() -> None:
    capacity = 500.0 * (1.0 - 0.02 * np.sqrt(CYCLES - 1.0))
    found = fitted_fade(CYCLES, capacity)
    assert isinstance(found, Fade)
    assert found.law == "as the square root of cycles"
    assert found.rate == pytest.approx(0.02 * np.sqrt(199.0) / 199.0, rel=1e-9)


def test_residuals_that_resemble_each_other_widen_the_error() -> None:
    rng = np.random.default_rng(3)
    noise = rng.normal(size=len(CYCLES))
    drifting = np.convolve(rng.normal(size=len(CYCLES) + 20), np.ones(21) / np.sqrt(21), mode="valid")
    plain, wavy = (fitted_fade(CYCLES, 500.0 - 0.5 * CYCLES + n) for n in (noise, drifting))
    assert isinstance(plain, Fade)
    assert isinstance(wavy, Fade)
    assert wavy.uncertainty > 2.0 * plain.uncertainty


def test_a_few_cycles_are_no_fade() -> None:
    assert "5 are needed" in str(fitted_fade(np.arange(1, 5), np.ones(4)))


def test_the_reference_is_the_second_cycle_at_the_current_of_the_last() -> None:
    cycle = np.arange(1, 8)
    current = np.array([0.1, 0.1, 1.0, 1.0, 1.0, 1.0, 0.5])
    capacity = np.ones(7)
    capacity[6] = np.nan
    same = comparable(cycle, capacity, current)
    assert list(cycle[same]) == [3, 4, 5, 6]
    assert reference_cycle(cycle, same) == 3
    assert reference_cycle(cycle, comparable(cycle, capacity, np.ones(7))) == 2
    assert reference_cycle(cycle[:1], np.array([True])) is None


def test_a_knee_is_found_where_it_was_put() -> None:
    rng = np.random.default_rng(5)
    capacity = 500.0 - 0.1 * CYCLES - 2.0 * np.maximum(CYCLES - 140, 0) + rng.normal(size=200)
    found = knee_of(CYCLES, capacity)
    assert isinstance(found, Knee)
    assert found.cycle == pytest.approx(140.0, abs=3.0)
    assert found.after == pytest.approx(2.1 / 500.0, rel=0.1)
    assert found.before == pytest.approx(0.1 / 500.0, rel=0.3)


@pytest.mark.parametrize(
    "capacity",
    [
        500.0 - 0.5 * CYCLES + np.random.default_rng(2).normal(size=200),
        500.0 - 20.0 * np.sqrt(CYCLES),  # slows down
        500.0 - 0.5 * CYCLES - 0.2 * np.maximum(CYCLES - 100, 0),  # steepens, but by 40 % only
        np.full(200, 500.0),
    ],
    ids=["straight with noise", "slowing", "slightly steeper", "constant"],
)
def test_what_is_no_knee_is_called_none(capacity: np.ndarray) -> None:
    found = knee_of(CYCLES, capacity)
    assert isinstance(found, str)
    assert found.startswith("none")


def test_noise_alone_is_rarely_a_knee() -> None:
    rng = np.random.default_rng(11)
    cycle = np.arange(1, 41)
    found = [knee_of(cycle, 100.0 + rng.normal(size=40)) for _ in range(200)]
    assert sum(isinstance(k, Knee) for k in found) <= 4


def test_film_bounds_hold_the_film_that_losses_were_made_of() -> None:
    """Film of 2 C/m2 and trapping that grows with size: the bounds hold the truth, whatever the trapping."""
    for trapped_small, trapped_large in ((0.0, 0.0), (20.0, 20.0), (5.0, 60.0)):
        losses = []
        for size, trapped in ((50.0, trapped_small), (2000.0, trapped_large)):
            area = 6000.0 / (5.9 * size)
            losses.append(SizedLoss(loss=2.0 * area / 3.6 + trapped, size=size))
        found = film_bounds(losses[0], losses[1], 5.9)
        assert found.low <= 2.0 * (1.0 + 1e-12)
        assert found.high >= 2.0 * (1.0 - 1e-12)
        assert film_bounds(losses[1], losses[0], 5.9) == found
    exact = film_bounds(SizedLoss(loss=40.0, size=50.0), SizedLoss(loss=1.0, size=2000.0), 5.9)
    assert exact.low == pytest.approx(exact.high)
    assert exact.share_large == (pytest.approx(1.0), 1.0)


@pytest.mark.parametrize(
    ("one", "other", "density", "message"),
    [
        (SizedLoss(loss=1.0, size=50.0), SizedLoss(loss=1.0, size=50.0), 5.0, "two particle sizes"),
        (SizedLoss(loss=-1.0, size=50.0), SizedLoss(loss=1.0, size=500.0), 5.0, "have to be positive"),
        (SizedLoss(loss=1.0, size=50.0), SizedLoss(loss=1.0, size=500.0), 0.0, "density"),
        (SizedLoss(loss=100.0, size=50.0), SizedLoss(loss=1.0, size=500.0), 5.0, "no film of one thickness"),
    ],
)
def test_losses_that_bound_no_film_are_refused(
    one: SizedLoss, other: SizedLoss, density: float, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        film_bounds(one, other, density)
