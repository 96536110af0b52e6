"""Numbers for people: right to the digits that are shown, and no more of them than are known."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from topotaxy.content.numbers import (
    fixed,
    is_percent,
    number_text,
    observable_text,
    percent,
    plain_number,
    quantity_text,
    unit_text,
    voltage_label,
    with_uncertainty,
)
from topotaxy.observables import VOCABULARY, observable

SUPERSCRIPTS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
values = st.floats(-1e12, 1e12).filter(lambda x: x == 0 or abs(x) > 1e-12)


def read(text: str) -> float:
    """The number that a text says."""
    plain = text.replace("−", "-").replace(",", "")
    mantissa, _, power = plain.partition(" × 10")
    return float(mantissa) * 10.0 ** int(power.translate(SUPERSCRIPTS) or 0)


@given(values, st.integers(1, 8))
def test_a_number_is_right_to_its_digits(value: float, digits: int) -> None:
    found = read(number_text(value, digits))
    assert found == pytest.approx(value, rel=0.5000001 * 10.0 ** (1 - digits), abs=0.0)


@given(values, st.integers(0, 6))
def test_fixed_decimals_round_and_zero_has_no_sign(value: float, decimals: int) -> None:
    text = fixed(value, decimals)
    assert read(text) == pytest.approx(value, abs=0.5000001 * 10.0**-decimals, rel=1e-12)
    assert "-" not in text
    if read(text) == 0:
        assert not text.startswith("−")


@given(st.floats(-1e5, 1e5), st.floats(1e-5, 1e4))
def test_the_uncertainty_has_one_or_two_digits_and_the_value_as_many_decimals(
    value: float, uncertainty: float
) -> None:
    assume(uncertainty > 1e-9 * abs(value))
    left, right = with_uncertainty(value, uncertainty).split(" ± ")
    if "×" in left or "×" in right:
        return
    decimals = [len(part.partition(".")[2]) for part in (left, right)]
    assert decimals[0] == decimals[1]
    digits = re.sub(r"[.,]", "", right).lstrip("0")
    if decimals[1]:
        assert len(digits) in (1, 2)
    assert read(right) == pytest.approx(uncertainty, rel=0.5)
    assert abs(read(left) - value) <= 0.51 * 10.0 ** -decimals[0]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_is_a_dash(value: float) -> None:
    assert number_text(value) == "–"
    assert with_uncertainty(value, None) == "–"


@given(st.floats(0.0, 1.0))
def test_a_share_is_whole_only_where_it_is(share: float) -> None:
    text = percent(share, 3)
    assert text.endswith(" %")
    assert read(text.removesuffix(" %")) == pytest.approx(100 * share, abs=0.5)
    if share < 0.9995:
        assert text != "100 %"


@pytest.mark.parametrize("quantity", sorted(VOCABULARY))
def test_every_quantity_can_be_shown_with_its_unit(quantity: str) -> None:
    entry = observable(quantity, 0.5, origin="measured", uncertainty=0.03, systematic=0.04)
    text = observable_text(entry)
    assert "±" in text
    unit = VOCABULARY[quantity].unit
    if unit == "1":
        assert text.endswith(" %") == is_percent(quantity)
    else:
        assert text.endswith(unit_text(unit))
    # 0.05 is what 0.03 and 0.04 are together.
    assert read(text.split(" ± ")[1].split()[0]) == pytest.approx(
        5 if is_percent(quantity) and unit == "1" else 0.05
    )


def test_units_are_printed_as_journals_do() -> None:
    assert unit_text("mAh/g") == "mAh g⁻¹"
    assert unit_text("1") == ""
    assert unit_text("V") == "V"
    assert voltage_label("Na") == "Voltage (V vs Na⁺/Na)"
    assert quantity_text("specific_capacity_charge", 581.0, None, "mAh/g") == "581 mAh g⁻¹"
    assert quantity_text("coulombic_efficiency", 0.9064, 0.002, "1") == "90.6 ± 0.2 %"


@given(st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-3))
def test_an_input_is_shown_as_it_was_given(value: float) -> None:
    assert read(plain_number(value)) == pytest.approx(value, rel=1e-5, abs=1e-12)
