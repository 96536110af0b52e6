"""Functions with the same bits everywhere: their accuracy, their limits, and that numba keeps their bits."""

from __future__ import annotations

import math
import random
from decimal import Context, Decimal
from statistics import NormalDist

import numba
import numpy as np
import pytest

from topotaxy import portable
from topotaxy.lattice import compiled  # registers the functions with numba

EXACT = Context(prec=50)
RANDOM = random.Random(20)

ARGUMENTS = {
    "exp": [RANDOM.uniform(-700, 700) for _ in range(500)]
    + [RANDOM.uniform(-1, 1) for _ in range(500)]
    + [0.0, 5e-324, -1e-20, -708.0, 709.7],
    "log": [RANDOM.random() for _ in range(300)]
    + [RANDOM.uniform(0.98, 1.02) for _ in range(300)]
    + [2.0 ** RANDOM.uniform(-1070, 1023) for _ in range(300)]
    + [5e-324, 1.0 - 2.0**-53, 1.0 + 2.0**-52, 2.0**0.5, 1.7976931348623157e308],
    "cbrt": [2.0 ** RANDOM.uniform(-1070, 1023) for _ in range(300)] + [1.0, 8.0, 27.0, 5e-324],
}
EXACTLY = {
    "exp": EXACT.exp,
    "log": EXACT.ln,
    "cbrt": lambda x: EXACT.exp(EXACT.divide(EXACT.ln(x), Decimal(3))),
}
UNITS = {"exp": 0.6, "log": 0.6, "cbrt": 0.7}


@pytest.mark.parametrize("name", UNITS)
def test_error_is_below_the_stated_units_in_the_last_place(name: str) -> None:
    function = getattr(portable, name)
    for x in ARGUMENTS[name]:
        exact = EXACTLY[name](Decimal(x))
        error = abs(Decimal(function(x)) - exact) / Decimal(math.ulp(float(exact)))
        assert error < UNITS[name], x


@pytest.mark.parametrize("name", UNITS)
def test_compiled_functions_have_the_bits_of_python(name: str) -> None:
    function = getattr(portable, name)

    @numba.njit(error_model="numpy")
    def every(values):  # type: ignore[no-untyped-def]
        found = np.empty_like(values)
        for i in range(len(values)):
            found[i] = function(values[i])
        return found

    special = [0.0, -0.0, math.inf, math.nan, *([-math.inf, 800.0, -800.0] if name != "log" else [-1.0])]
    values = np.array([*ARGUMENTS[name], *special])
    expected = portable.over(function, values)
    assert every(values).tobytes() == expected.tobytes()


@pytest.mark.skipif(
    not numba.core.codegen.ll.get_host_cpu_features().get("fma"), reason="this processor fuses nothing"
)
def test_numba_fuses_no_operations() -> None:
    exp = portable.exp

    @numba.njit(error_model="numpy")
    def every(values):  # type: ignore[no-untyped-def]
        for i in range(len(values)):
            values[i] = exp(values[i])

    every(np.zeros(3))
    (code,) = every.inspect_asm().values()
    assert "mul" in code
    assert "vfm" not in code
    assert "vfnm" not in code


def test_no_compiled_function_may_reorder_operations() -> None:
    for options in (compiled.of_numbers, compiled.inner):
        assert not options(lambda x: x).targetoptions.get("fastmath")


def test_limits() -> None:
    assert portable.exp(-746.0) == 0.0
    assert portable.exp(-math.inf) == 0.0
    assert portable.exp(710.0) == math.inf
    assert portable.exp(0.0) == 1.0
    assert portable.log(1.0) == 0.0
    assert portable.log(0.0) == -math.inf
    assert portable.log(math.inf) == math.inf
    assert math.isnan(portable.log(-1.0))
    assert math.isnan(portable.exp(math.nan))
    assert math.isnan(portable.log(math.nan))
    assert math.isnan(portable.cbrt(math.nan))
    assert portable.cbrt(-27.0) == -3.0


def test_exp_is_the_inverse_of_log() -> None:
    for x in ARGUMENTS["log"]:
        assert portable.exp(portable.log(x)) == pytest.approx(x, rel=1e-12, abs=5e-324)


@pytest.mark.parametrize("n", [0, 1, 2, 10, 127, 128, 129, 500, 10_000])
def test_factorials(n: int) -> None:
    assert portable.log_factorial(n) == pytest.approx(math.lgamma(n + 1), rel=1e-14, abs=1e-15)


def test_factorials_obey_their_recursion_across_the_series() -> None:
    for n in range(100, 200):
        step = portable.log_factorial(n) - portable.log_factorial(n - 1)
        assert step == pytest.approx(math.log(n), abs=1e-12)


@pytest.mark.parametrize("share", [1e-300, 1e-9, 1e-3, 0.00135, 0.02, 0.25, 0.4999999, 0.5, 0.75, 0.9999])
def test_normal_quantiles(share: float) -> None:
    assert portable.normal_quantile(share) == pytest.approx(NormalDist().inv_cdf(share), abs=1e-12)
    if share > 1e-9:
        assert portable.normal_quantile(1.0 - share) == pytest.approx(
            -portable.normal_quantile(share), rel=1e-9
        )


def test_quantiles_of_nothing_and_everything() -> None:
    assert portable.normal_quantile(0.0) == -math.inf
    assert portable.normal_quantile(1.0) == math.inf
    assert math.isnan(portable.normal_quantile(math.nan))


def test_every_member_of_an_array() -> None:
    values = np.array([[0.0, 1.0], [2.0, -3.0]])
    found = portable.over(portable.exp, values)
    assert found.shape == values.shape
    assert found == pytest.approx(np.exp(values), rel=1e-15)
