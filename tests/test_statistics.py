from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from topotaxy.statistics import (
    false_discoveries_below,
    holm,
    mean_and_error,
    paired_difference,
    welch_difference,
)


def test_a_paired_difference_is_students_test() -> None:
    rng = np.random.default_rng(1)
    reference = rng.normal(size=8)
    values = reference + rng.normal(0.3, 0.2, size=8)
    found = paired_difference(values, reference)
    assert found is not None
    assert found.p == pytest.approx(stats.ttest_rel(values, reference).pvalue, rel=1e-9)
    assert found.value == pytest.approx((values - reference).mean())


def test_a_difference_of_means_is_welchs_test() -> None:
    rng = np.random.default_rng(2)
    one, other = rng.normal(size=8), rng.normal(1.0, 3.0, size=5)
    (a, ea), (b, eb) = mean_and_error(one), mean_and_error(other)
    assert ea is not None
    assert eb is not None
    found = welch_difference(a, ea, 8, b, eb, 5)
    assert found.p == pytest.approx(stats.ttest_ind(one, other, equal_var=False).pvalue, rel=1e-9)


def test_replicas_that_all_say_the_same_are_certain() -> None:
    same = paired_difference(np.full(4, 2.0), np.full(4, 2.0))
    other = paired_difference(np.full(4, 2.5), np.full(4, 2.0))
    assert same is not None
    assert other is not None
    assert (same.p, other.p) == (1.0, 0.0)


def test_what_is_unknown_is_left_out() -> None:
    unknown = np.array([np.nan, np.nan, 1.0, 2.0, 3.0])
    assert paired_difference(unknown, np.zeros(5)) is None
    found = paired_difference(np.array([np.nan, 1.0, 3.0, 2.0, 2.0]), np.zeros(5))
    assert found is not None
    assert found.value == 2.0


@pytest.mark.parametrize("count", [1, 2, 3])
def test_fewer_than_four_replicas_have_a_mean_and_no_error(count: int) -> None:
    values = np.arange(count, dtype=float)
    assert mean_and_error(values) == (values.mean(), None)
    assert paired_difference(values, np.zeros(count)) is None


def test_the_standard_error_falls_with_the_root_of_the_number() -> None:
    four = np.array([1.0, 3.0, 1.0, 3.0])
    mean, error = mean_and_error(four)
    assert (mean, error) == (2.0, pytest.approx(np.sqrt(4 / 3) / 2))
    assert np.isnan(mean_and_error(np.array([np.nan]))[0])


def test_holm_keeps_the_chance_of_any_false_alarm() -> None:
    assert holm([0.04], 0.05) == [True]
    assert holm([0.04, 0.03], 0.05) == [False, False]
    assert holm([0.04, 0.02], 0.05) == [True, True]
    assert holm([0.001, 0.9, 0.02], 0.05) == [True, False, True]
    rng = np.random.default_rng(3)
    alarms = sum(any(holm(list(rng.random(10)), 0.05)) for _ in range(4000))
    assert alarms / 4000 == pytest.approx(0.05, abs=0.015)


def test_benjamini_and_hochberg_name_more_than_holm() -> None:
    p = [0.001, 0.018, 0.028, 0.2, 0.9]
    assert false_discoveries_below(p, 0.05) == [True, True, True, False, False]
    assert sum(holm(p, 0.05)) < 3
    assert false_discoveries_below([0.9, 0.06], 0.05) == [False, False]
    assert false_discoveries_below([], 0.05) == []
    assert false_discoveries_below(p, 0.05) == list(stats.false_discovery_control(p) <= 0.05)
