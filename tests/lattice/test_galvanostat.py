from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.lattice.galvanostat import factor_with_pairs, voltage, voltage_factor

positive = st.floats(-60, 60).map(lambda x: 10.0**x)


@settings(max_examples=200, deadline=None)
@given(st.floats(-8, 8), positive, positive, st.sampled_from([-1, 1]))
def test_net_rate_equals_the_current(size: float, reductions: float, oxidations: float, sense: int) -> None:
    current = sense * 10.0**size
    u = voltage_factor(current, reductions, oxidations)
    assert u > 0
    net = reductions * u - oxidations / u
    scale = max(abs(current), reductions * u, oxidations / u)
    assert net == pytest.approx(current, abs=1e-9 * scale)


def test_rational_root_survives_strong_oxidation_current() -> None:
    # S_red u - S_ox/u = I with I^2 >> S_red S_ox: the plain root would be exactly zero.
    assert voltage_factor(-1e8, 1e-12, 1e-6) == pytest.approx(1e-14, rel=1e-12)


def test_no_event_left_means_no_voltage() -> None:
    assert voltage(voltage_factor(1.0, 0.0, 5.0), 0.0257) == -math.inf
    assert voltage(voltage_factor(-1.0, 5.0, 0.0), 0.0257) == math.inf


def test_open_circuit_is_half_the_log_ratio() -> None:
    kt = 0.0257
    assert voltage(voltage_factor(0.0, 4.0, 1.0), kt) == pytest.approx(kt * math.log(4.0))


moderate = st.floats(-30, 30).map(lambda x: 10.0**x)


@settings(max_examples=200, deadline=None)
@given(st.floats(-8, 8), moderate, moderate, moderate, moderate, st.sampled_from([-1, 0, 1]))
def test_net_rate_of_both_kinds_of_steps_equals_the_current(
    size: float, red: float, ox: float, two_red: float, two_ox: float, sense: int
) -> None:
    current = sense * 10.0**size
    u = factor_with_pairs(current, red, ox, two_red, two_ox)
    parts = (red * u, 2.0 * two_red * u * u, -ox / u, -2.0 * two_ox / (u * u))
    scale = max(abs(current), *(abs(part) for part in parts))
    assert sum(parts) == pytest.approx(current, abs=1e-9 * scale)


@settings(max_examples=100, deadline=None)
@given(st.floats(-8, 8), moderate, moderate, st.sampled_from([-1, 1]))
def test_steps_of_two_electrons_that_are_rare_leave_the_root_as_it_was(
    size: float, red: float, ox: float, sense: int
) -> None:
    current = sense * 10.0**size
    plain = voltage_factor(current, red, ox)
    rare = factor_with_pairs(current, red, ox, 1e-18 * red / plain, 1e-18 * ox * plain)
    assert rare == pytest.approx(plain, rel=1e-9)
    assert factor_with_pairs(current, red, ox, 0.0, 0.0) == plain


def test_two_electrons_alone_carry_the_current_or_nothing_does() -> None:
    assert factor_with_pairs(2.0, 0.0, 0.0, 4.0, 0.0) == pytest.approx(0.5, rel=1e-12)
    assert factor_with_pairs(-2.0, 0.0, 0.0, 0.0, 4.0) == pytest.approx(2.0, rel=1e-12)
    assert factor_with_pairs(2.0, 0.0, 0.0, 0.0, 4.0) == math.inf
    assert factor_with_pairs(-2.0, 0.0, 0.0, 4.0, 0.0) == 0.0
