from __future__ import annotations

import numpy as np
import pytest
from sampling import margin


@pytest.mark.parametrize("risk", [0.3, 0.05])
def test_the_margin_is_missed_as_often_as_it_says(risk: float) -> None:
    rng = np.random.default_rng(7)
    tries = 4000
    missed = sum(abs((x := rng.normal(3.0, 2.0, 5)).mean() - 3.0) > margin(x, risk) for _ in range(tries))
    # Six standard deviations of a binomial number: one in 10^9.
    assert abs(missed - risk * tries) < 6.0 * np.sqrt(tries * risk * (1.0 - risk))


def test_fewer_samples_have_a_wider_margin() -> None:
    few, many = [1.0, 2.0, 3.0], [1.0, 2.0, 3.0] * 7
    assert margin(few) > 100 * margin(many)
    assert margin([2.0, 2.0]) == 0.0
