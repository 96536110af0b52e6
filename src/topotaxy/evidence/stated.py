"""A number as a publication states it: its value and what its digits leave open.

A stated number has been rounded. With one unit of the last digit as ``resolution``, the
true value is taken as uniform within half of it, so that one standard deviation is half
the resolution over the square root of 3 (JCGM 100:2008, 4.3.7).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from topotaxy.errors import InputError
from topotaxy.units import canonical_value

DIMENSIONS: dict[str, str] = {
    "mAh/g": "specific_capacity",
    "V": "voltage",
    "Å": "length",
    "nm": "particle_size",
    "eV": "energy",
    "GPa": "stress",
    "1": "dimensionless",
}
"""Unit of an observable's quantity to the dimension that text is converted through."""

_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(.*)", re.DOTALL)


@dataclass(frozen=True)
class Stated:
    """A value with the interval that its digits allow and one standard deviation.

    ``low`` and ``high`` bound the true value; either is infinite for "at least" and "at
    most". All in the same unit.
    """

    value: float
    low: float
    high: float
    sigma: float

    def over(self, other: Stated) -> Stated:
        """Quotient of two positive quantities, errors independent.

        What the digits leave below zero is cut off; a divisor that may be zero leaves the
        quotient without an upper end.

        Parameters
        ----------
        other : Stated
            The divisor with its interval.
        """
        if self.value < 0.0 or other.value <= 0.0:
            raise ValueError("a quotient needs positive quantities")
        value = self.value / other.value
        relative = math.hypot(self.sigma / self.value if self.value else 0.0, other.sigma / other.value)
        high = self.high / other.low if other.low > 0.0 else math.inf
        low = max(self.low, 0.0) / other.high if math.isfinite(other.high) else 0.0
        return Stated(value, low, high, value * relative)

    def times(self, factor: float) -> Stated:
        """Multiple by an exact positive factor.

        Parameters
        ----------
        factor : float
            A factor without error.
        """
        return Stated(self.value * factor, self.low * factor, self.high * factor, self.sigma * factor)

    def minus(self, other: Stated) -> Stated:
        """Difference, errors independent.

        Parameters
        ----------
        other : Stated
            The other number with its interval, in the same unit.
        """
        sigma = math.hypot(self.sigma, other.sigma)
        return Stated(self.value - other.value, self.low - other.high, self.high - other.low, sigma)

    def disjoint(self, other: Stated, *, allowance: float = 0.0) -> bool:
        """Whether no value lies in both intervals, each widened by half of ``allowance``.

        Parameters
        ----------
        other : Stated
            The other number with its interval, in the same unit.
        allowance : float
            Relative room that is granted besides the digits.
        """
        slack = allowance + 1e-9 * max(abs(self.value), abs(other.value))
        return self.low > other.high + slack or other.low > self.high + slack

    def deviations(self, other: Stated) -> float:
        """Distance of the two values in standard deviations of rounding.

        Parameters
        ----------
        other : Stated
            The other number with its interval, in the same unit.
        """
        sigma = math.hypot(self.sigma, other.sigma)
        distance = abs(self.value - other.value)
        if sigma == 0.0:
            return 0.0 if distance == 0.0 else math.inf
        return distance / sigma


def read_stated(
    given: float | int | str,
    *,
    unit: str,
    resolution: float | int | str | None = None,
    uncertainty: float | int | str | None = None,
    bound: str | None = None,
) -> Stated:
    """Read a stated number into the canonical ``unit`` of its quantity.

    Parameters
    ----------
    given:
        A number in ``unit``, or text with its own unit such as ``"0.251 nm"`` or
        ``"81.2 %"``. The resolution is one unit of the last digit *as written*: ``"2.0 V"``
        is known to 0.1 V. A bare TOML number loses its trailing zeros and so counts as
        coarser, never as finer, than it was written.
    resolution:
        Replaces the last digit, for example where zeros before the point are not
        significant. In ``unit``, or text.
    uncertainty:
        One standard deviation where the publication gives it; the interval is then two of
        them each side.
    bound:
        ``"at least"`` and ``"at most"`` open the interval on one side; ``"about"`` lets
        trailing zeros before the point count as not significant.

    Raises
    ------
    InputError
        Where the text is not a number with a unit of the right dimension.
    """
    value, last_digit = _value_and_digit(given, unit, about=bound == "about")
    if uncertainty is not None:
        sigma = _width(uncertainty, unit, "uncertainty")
        half = 2.0 * sigma
    else:
        half = 0.5 * (last_digit if resolution is None else _width(resolution, unit, "resolution"))
        sigma = half / math.sqrt(3.0)
    low = value - half if bound != "at most" else -math.inf
    high = value + half if bound != "at least" else math.inf
    return Stated(value, low, high, sigma)


def union(numbers: Iterable[Stated]) -> tuple[float, float]:
    """Smallest and largest value that any of the numbers allows.

    Parameters
    ----------
    numbers : Iterable[Stated]
        Numbers with their intervals.
    """
    listed = list(numbers)
    return min(n.low for n in listed), max(n.high for n in listed)


def convert(given: float | int | str, unit: str) -> float:
    """Return a number in ``unit``; text may carry another unit of the same dimension.

    Parameters
    ----------
    given : float | int | str
        A number in the canonical unit, or text with a unit.
    unit : str
        Canonical unit of the quantity.
    """
    dimension = DIMENSIONS.get(unit)
    if dimension is None:
        match = _NUMBER.fullmatch(given.strip()) if isinstance(given, str) else None
        bare = float(match[1]) if match is not None and match[2].strip() == unit else given
        if isinstance(bare, (str, bool)) or not math.isfinite(bare):
            raise InputError(f"expected a finite number in {unit}, got {given!r:.60}")
        return float(bare)
    return float(f"{canonical_value(given, dimension):.12g}")


def _value_and_digit(given: float | int | str, unit: str, *, about: bool) -> tuple[float, float]:
    value = convert(given, unit)
    literal = given.strip() if isinstance(given, str) else repr(given)
    match = _NUMBER.fullmatch(literal)
    if match is None:
        raise InputError(f"expected a number such as '1 {unit}', got {given!r:.60}")
    number, rest = Decimal(match[1]), match[2]
    if about and number == number.to_integral_value() and "." not in match[1]:
        number = number.normalize()
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > 30:
        raise InputError(f"expected a finite number in {unit}, got {given!r:.60}")
    if not isinstance(given, str):
        return value, 10.0**exponent
    shifted = f"{number + Decimal(1).scaleb(exponent)}{rest}"
    return value, abs(convert(shifted, unit) - value)


def _width(given: float | int | str, unit: str, key: str) -> float:
    try:
        width = convert(given, unit)
    except InputError as error:
        raise InputError(f"{key}: {error}") from None
    if width < 0.0:
        raise InputError(f"{key}: expected a positive width, got {given!r:.60}")
    return width
