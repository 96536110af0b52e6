"""exp, log, cube root and normal quantiles with the same bits on every processor.

A trajectory turns on the last bit: where two sums compare otherwise, it goes elsewhere. But numpy and
the C library choose their exp, log and power by the processor, and these differ in the last bit.
The functions here are made of addition, subtraction, multiplication, division and square root
alone, which IEEE 754 defines to the last bit, in an order that is written down. That holds in
Python and in functions that numba compiles (it neither reorders nor fuses operations unless told to
by ``fastmath``); :mod:`topotaxy.lattice.compiled` has them compiled. Tables are computed from
decimal numbers, whose arithmetic is exact to any length.

Of the same kind: sums of floats are made with :func:`math.fsum` or in a loop, not with ``@`` or
``np.dot``, whose order depends on the processor; and squares and cubes are products, not ``x**2``
of floats, which is a call of the C library.

Method: table-driven reduction, P. T. P. Tang, ACM Trans. Math. Softw. 15 (1989) 144, 10.1145/63522.214389
(exp) and 16 (1990) 378, 10.1145/98267.98294 (log), with Taylor coefficients.
"""

from __future__ import annotations

import decimal
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

_STEPS = 128
"""Steps of the tables within a factor of two; seven bits."""

_DIGITS = decimal.Context(prec=40)
_LN2 = _DIGITS.ln(decimal.Decimal(2))


def _split(exact: decimal.Decimal, bits: int) -> tuple[float, float]:
    """The multiple of 2^-``bits`` nearest to a number, and what is left of it."""
    scale = decimal.Decimal(2**bits)
    high = _DIGITS.divide(_DIGITS.multiply(exact, scale).to_integral_value(), scale)
    return float(high), float(_DIGITS.subtract(exact, high))


def _powers_of_two() -> NDArray[np.float64]:
    """2^(j/128) and what is left of it, shape (128, 2)."""
    exact = [_DIGITS.exp(_DIGITS.multiply(_LN2, decimal.Decimal(j) / _STEPS)) for j in range(_STEPS)]
    return np.array([(float(p), float(_DIGITS.subtract(p, decimal.Decimal(float(p))))) for p in exact])


def _logarithms() -> NDArray[np.float64]:
    """For numbers near 1 + i/128: a factor of few bits that brings them near one, -ln of it in two parts.

    From √2 on, the logarithm is that of half the number: below a power of two it is small, and may
    not be the difference of large ones.
    """
    rows = []
    for i in range(_STEPS + 1):
        # Twelve bits: products with half a mantissa are exact.
        factor = round(2048 * _STEPS / (_STEPS + i)) / 2048
        rows.append((factor, *_split(-_DIGITS.ln(decimal.Decimal(factor * (2 if i >= _HALVED else 1))), 42)))
    return np.array(rows)


_HALVED = math.isqrt(2 * _STEPS**2) + 1 - _STEPS
_POWERS = _powers_of_two()
_LOGARITHMS = _logarithms()
_PER_STEP = float(_STEPS / _LN2)
# So few bits that multiples with any exponent of a double are exact.
_STEP_HIGH, _STEP_LOW = _split(_LN2 / _STEPS, 42)
_LN2_HIGH, _LN2_LOW = _split(_LN2, 42)

_ROUNDING = 1.5 * 2.0**52
"""Added and taken away again, it leaves the nearest whole number."""

_MANTISSA = (1 << 52) - 1
_UPPER_MANTISSA = _MANTISSA ^ ((1 << 26) - 1)
_ONE = 1023 << 52


def exp(x: float) -> float:
    """Return e^x, to 0.6 units in the last place; 0 and infinity where it leaves the doubles.

    Parameters
    ----------
    x : float
        The argument.
    """
    if not x < 710.0:
        return x if x != x else math.inf
    if x < -746.0:
        return 0.0
    steps = (x * _PER_STEP + _ROUNDING) - _ROUNDING
    r = (x - steps * _STEP_HIGH) - steps * _STEP_LOW
    number = int(steps)
    place, power = number & 127, number >> 7
    rr = r * r
    # |r| < 0.0028: the next term is below 2^-60.
    p = r + (rr * (0.5 + r * (1.0 / 6.0)) + (rr * rr) * (1.0 / 24.0 + r * (1.0 / 120.0)))
    high = float(_POWERS[place, 0])
    y = high + (float(_POWERS[place, 1]) + high * p)
    # In two factors, as 2^power may be no double where the result is one.
    half = power >> 1
    y *= float(np.int64((half + 1023) << 52).view(np.float64))
    return y * float(np.int64((power - half + 1023) << 52).view(np.float64))


def log(x: float) -> float:
    """Return the natural logarithm of ``x``, to 0.6 units in the last place.

    Minus infinity of zero, NaN of what is negative.

    Parameters
    ----------
    x : float
        The argument.
    """
    if not 0.0 < x < math.inf:
        if x == 0.0:
            return -math.inf
        return x if x > 0.0 else math.nan
    power = 0
    if x < 2.0**-1022:
        x *= 2.0**54
        power = -54
    bits = int(np.float64(x).view(np.int64))
    power += (bits >> 52) - 1023
    place = ((bits & _MANTISSA) + (1 << 44)) >> 45
    if place >= _HALVED:
        power += 1
    upper = float(np.int64((bits & _UPPER_MANTISSA) | _ONE).view(np.float64))
    rest = float(np.int64((bits & _MANTISSA) | _ONE).view(np.float64)) - upper
    factor = float(_LOGARITHMS[place, 0])
    r = (upper * factor - 1.0) + rest * factor
    rough = power * _LN2_HIGH + float(_LOGARITHMS[place, 1])
    high = rough + r
    low = ((rough - high) + r) + (power * _LN2_LOW + float(_LOGARITHMS[place, 2]))
    rr = r * r
    # |r| < 0.005: the next term is below 2^-60 of r.
    p = (-0.5 + r * (1.0 / 3.0)) + rr * ((-0.25 + r * 0.2) + rr * (-1.0 / 6.0 + r * (1.0 / 7.0)))
    return high + (low + rr * p)


def cbrt(x: float) -> float:
    """Return the cube root of ``x``, to 0.7 units in the last place.

    Parameters
    ----------
    x : float
        The argument.
    """
    size = abs(float(x))
    if not 0.0 < size < math.inf:
        return x
    scale = 1.0
    if size < 2.0**-900:
        size *= 2.0**300
        scale = 2.0**-100
    rough = exp(log(size) / 3.0)
    # Half a mantissa, whose square is exact; one step of Halley triples the number of right bits.
    t = float(np.int64(int(np.float64(rough).view(np.int64)) & ~((1 << 27) - 1)).view(np.float64))
    s = size / (t * t)
    root = (t + t * ((s - t) / (t + t + s))) * scale
    return root if x > 0.0 else -root


_LOG_FACTORIALS = np.array([log(float(math.factorial(n))) for n in range(128)])
_HALF_LOG_TWO_PI = 0.5 * log(2.0 * math.pi)


def log_factorial(n: int) -> float:
    """Return ln n!, to two units in the last place; ``n`` is not negative.

    From 128 on by Stirling's series, of which the next term is below 2^-60.

    Parameters
    ----------
    n : int
        A whole number, 0 or more.
    """
    if n < len(_LOG_FACTORIALS):
        return float(_LOG_FACTORIALS[n])
    inverse = 1.0 / n
    square = inverse * inverse
    rest = inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0)))
    return (n + 0.5) * log(float(n)) - n + (_HALF_LOG_TWO_PI + rest)


def normal_quantile(share: float) -> float:
    """Return the x below which ``share`` (0 to 1) of a standard normal distribution lies.

    Parameters
    ----------
    share : float
        Share of a normal distribution below the quantile, between 0 and 1, both excluded.
    """
    tail = min(share, 1.0 - share)
    if not tail > 0.0:
        return -math.inf if share <= 0.0 else math.inf if share >= 1.0 else math.nan
    # The tail beyond x is at most exp(-x²/2)/2, and its logarithm concave: Newton's steps never overshoot.
    x = math.sqrt(max(0.0, -2.0 * log(2.0 * tail)))
    wanted = log(tail)
    for _ in range(12):
        beyond, density = _normal_tail(x)
        x = max(0.0, x + (log(beyond) - wanted) * beyond / density)
    return -x if share < 0.5 else x


def _normal_tail(x: float) -> tuple[float, float]:
    """Share of a normal distribution beyond x >= 0, and the density there.

    Near zero by the series x + x³/3 + x⁵/15 + ..., farther out by Laplace's continued fraction;
    M. Abramowitz and I. A. Stegun, Handbook of Mathematical Functions, 26.2.11 and 26.2.14.
    """
    density = exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)
    if x > 3.0:
        fraction = x
        for k in range(60, 0, -1):
            fraction = x + k / fraction
        return density / fraction, density
    term = total = x
    for k in range(3, 121, 2):
        term *= x * x / k
        total += term
    return 0.5 - density * total, density


def over(function: Callable[[float], float], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Apply a function of this module to every member of an array.

    Parameters
    ----------
    function : Callable[[float], float]
        Function of one number that gives the same bits on every processor.
    values : NDArray[np.float64]
        Arguments; any shape.
    """
    flat = np.asarray(values, dtype=np.float64)
    return np.array([function(x) for x in flat.ravel().tolist()], dtype=np.float64).reshape(flat.shape)
