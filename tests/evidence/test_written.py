"""Numbers as publications write them."""

from __future__ import annotations

import math

import pytest

from topotaxy.errors import InputError
from topotaxy.evidence import Claim, ledger_from_text
from topotaxy.evidence.written import read_written

LEDGER = """[paper]
citation = "A paper"
[material.nickel]
formula = "NiO"
[[claim]]
id = "q"
kind = "value"
material = "nickel"
quantity = "{quantity}"
value = "{value}"
{more}
"""


def claim(value: str, *, quantity: str = "specific_capacity_charge", more: str = "") -> Claim:
    return ledger_from_text(LEDGER.format(value=value, quantity=quantity, more=more)).claims[0]


@pytest.mark.parametrize(
    ("text", "value", "low", "high", "bound"),
    [
        ("987 mAh/g", 987, 986.5, 987.5, None),
        ("~987 mAh/g", 987, 986.5, 987.5, "about"),
        ("≈ 990 mAh/g", 990, 985, 995, "about"),
        ("ca. 900 mAh/g", 900, 850, 950, "about"),
        (">700 mAh/g", 700, 699.5, math.inf, "at least"),
        ("at least 700 mAh/g", 700, 699.5, math.inf, "at least"),
        ("≤ 700 mAh/g", 700, -math.inf, 700.5, "at most"),
        ("up to 700 mAh/g", 700, -math.inf, 700.5, "at most"),
        ("600-700 mAh/g", 650, 600, 700, None),
        ("600 to 700 mAh/g", 650, 600, 700, None),
        ("0.6–0.7 Ah/g", 650, 600, 700, None),
        ("600 mAh/g - 700 mAh/g", 650, 600, 700, None),
        ("987 ± 5 mAh/g", 987, 977, 997, None),
        ("987(5) mAh/g", 987, 977, 997, None),
        ("987,5 mAh/g", 987.5, 987.45, 987.55, None),
        ("1000 mAh/g", 1000, 999.5, 1000.5, None),
    ],
)
def test_a_number_means_what_it_says(
    text: str, value: float, low: float, high: float, bound: str | None
) -> None:
    found = claim(text)
    assert found.stated.value == pytest.approx(value)
    assert (found.stated.low, found.stated.high) == (pytest.approx(low), pytest.approx(high))
    assert found.bound == bound


def test_the_errors_of_range_and_error() -> None:
    """A range is uniform between its ends; after ± stands one standard deviation."""
    assert claim("600-700 mAh/g").stated.sigma == pytest.approx(100 / math.sqrt(12))
    assert claim("987 ± 5 mAh/g").stated.sigma == pytest.approx(5)
    assert claim("4.178(2) Å", quantity="lattice_parameter").stated.sigma == pytest.approx(0.002)


def test_a_comma_is_a_decimal_point() -> None:
    found = claim("85,9 %", quantity="coulombic_efficiency")
    assert found.stated.value == pytest.approx(0.859)
    assert found.stated.high - found.stated.low == pytest.approx(0.001)


def test_a_comma_that_may_be_one_of_thousands_is_refused() -> None:
    with pytest.raises(InputError, match=r"may be 1234 mAh/g or 1\.234 mAh/g"):
        claim("1,234 mAh/g")
    assert claim("0,234 Ah/g").stated.value == pytest.approx(234)


@pytest.mark.parametrize(
    "text", ["700-600 mAh/g", "600-600 mAh/g", "600 mAh/g - 0.7 Ah/g", "~", ">", "1-2-3", "±5"]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="value"):
        claim(text)


def test_two_bounds_that_differ_are_refused() -> None:
    with pytest.raises(InputError, match="bound"):
        claim(">700 mAh/g", more='bound = "at most"')
    assert claim(">700 mAh/g", more='bound = "at least"').bound == "at least"


@pytest.mark.parametrize("text", ["2.0 V", "-0.1 V", "1e-3 V", "10 mV", "81.2 %", "0.251 nm", "x", ""])
def test_a_plain_number_stays_as_it_is(text: str) -> None:
    found = read_written(text)
    assert (found.value, found.bound, found.uncertainty, found.resolution) == (text, None, None, None)


def test_a_range_below_zero() -> None:
    assert read_written("-0.3 to -0.1 eV").value == "-0.2 eV"
    assert read_written("-0.3 - -0.1 eV").resolution == "0.2 eV"
