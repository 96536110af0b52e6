"""Numbers as stated: value, resolution, interval."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from topotaxy.errors import InputError
from topotaxy.evidence.stated import Stated, convert, read_stated


@pytest.mark.parametrize(
    ("text", "unit", "value", "half"),
    [
        ("0.251 nm", "Å", 2.51, 0.005),
        ("0.260 nm", "Å", 2.60, 0.005),
        ("81.2 %", "1", 0.812, 0.0005),
        ("2.0 V", "V", 2.0, 0.05),
        ("2 V", "V", 2.0, 0.5),
        ("753 mAh/g", "mAh/g", 753.0, 0.5),
        ("7.53e2 mAh/g", "mAh/g", 753.0, 0.5),
        ("789.5 eV", "eV", 789.5, 0.05),
        ("0.5 um", "nm", 500.0, 50.0),
        (753, "mAh/g", 753.0, 0.5),
        (0.25, "1", 0.25, 0.005),
    ],
)
def test_resolution_is_the_last_digit_as_written(text: str, unit: str, value: float, half: float) -> None:
    number = read_stated(text, unit=unit)
    assert number.value == pytest.approx(value, rel=1e-9)
    assert number.high - number.value == pytest.approx(half, rel=1e-6)
    assert number.value - number.low == pytest.approx(half, rel=1e-6)
    assert number.sigma == pytest.approx(half / math.sqrt(3), rel=1e-6)


def test_explicit_resolution_uncertainty_and_bounds() -> None:
    assert read_stated("490 mAh/g", unit="mAh/g", resolution="10 mAh/g").high == 495
    assert read_stated("90 mAh/g", unit="mAh/g", bound="about").high == 95
    stated = read_stated("4.21 Å", unit="Å", uncertainty="0.02 Å")
    assert (stated.sigma, stated.high) == (pytest.approx(0.02), pytest.approx(4.25))
    assert read_stated("99.5 %", unit="1", bound="at least").high == math.inf
    assert read_stated("2 nm", unit="nm", bound="at most").low == -math.inf


@pytest.mark.parametrize(
    ("given_", "unit"),
    [
        ("0.25 V", "Å"),
        ("many", "V"),
        ("1 2 V", "V"),
        ("", "V"),
        ("nan V", "V"),
        ("1e400 V", "V"),
        ("3 nm", "1/nm"),
    ],
)
def test_what_is_no_quantity_of_the_unit_is_an_error(given_: str, unit: str) -> None:
    with pytest.raises(InputError):
        read_stated(given_, unit=unit)


def test_negative_width_is_an_error() -> None:
    with pytest.raises(InputError, match="resolution"):
        read_stated("1 V", unit="V", resolution=-1)


digits = st.integers(min_value=0, max_value=5)
positive = st.floats(min_value=0.01, max_value=1e4)


@given(positive, digits)
def test_the_true_value_lies_in_the_interval_of_its_rounding(true: float, decimals: int) -> None:
    number = read_stated(f"{true:.{decimals}f} V", unit="V")
    assert number.low - 1e-9 <= true <= number.high + 1e-9


@given(positive, positive, digits, digits)
def test_a_quotient_of_rounded_numbers_holds_the_true_quotient(a: float, b: float, m: int, n: int) -> None:
    above, below = read_stated(f"{a:.{m}f} V", unit="V"), read_stated(f"{b:.{n}f} V", unit="V")
    if below.value <= 0:
        with pytest.raises(ValueError, match="positive"):
            above.over(below)
        return
    quotient = above.over(below)
    assert quotient.low * (1 - 1e-9) <= a / b <= quotient.high * (1 + 1e-9)


@given(positive, positive, digits)
def test_disjoint_is_symmetric_and_excludes_equal_truth(a: float, b: float, decimals: int) -> None:
    one, two = read_stated(f"{a:.{decimals}f}", unit="V"), read_stated(f"{b:.3f}", unit="V")
    assert one.disjoint(two) == two.disjoint(one)
    same = read_stated(f"{a:.3f}", unit="V")
    assert not one.disjoint(same, allowance=1e-9)
    assert one.minus(one).value == 0


def test_deviations() -> None:
    one, two = Stated(1.0, 1.0, 1.0, 0.0), Stated(2.0, 2.0, 2.0, 0.0)
    assert one.deviations(one) == 0
    assert one.deviations(two) == math.inf
    assert Stated(1.0, 0, 2, 0.3).deviations(Stated(2.0, 1, 3, 0.4)) == pytest.approx(2.0)


def test_units_are_converted_without_binary_dust() -> None:
    assert convert("2 um", "nm") == 2000.0
