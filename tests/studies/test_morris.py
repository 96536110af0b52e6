"""Elementary effects against functions whose effects are known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from topotaxy.studies.morris import LEVELS, STEP, changed_input, effect, trajectories


def test_each_input_changes_once_by_a_step_inside_the_cube() -> None:
    found = trajectories(7, 30, np.random.default_rng(0))
    assert found.shape == (30, 8, 7)
    assert np.allclose(found * (LEVELS - 1), np.round(found * (LEVELS - 1)))
    assert found.min() >= 0.0
    assert found.max() <= 1.0
    for trajectory in found:
        changes = np.diff(trajectory, axis=0)
        assert ((np.abs(changes) > 1e-9).sum(axis=1) == 1).all()
        assert np.allclose(np.abs(changes).sum(axis=0), STEP)
        assert sorted(changed_input(trajectory, step)[0] for step in range(7)) == list(range(7))


def test_both_senses_and_every_level_occur() -> None:
    found = trajectories(4, 200, np.random.default_rng(1))
    signs = [changed_input(t, s)[1] for t in found for s in range(4)]
    # Of 800, more than a third each: short of it by chance once in 1e20.
    assert min(signs.count(1.0), signs.count(-1.0)) > 800 / 3
    assert {round(x * (LEVELS - 1)) for x in found.ravel()} == set(range(LEVELS))


def test_a_linear_function_has_its_slopes() -> None:
    slopes = np.array([3.0, -2.0, 0.0])
    found = trajectories(3, 5, np.random.default_rng(2))
    for index, slope in enumerate(slopes):
        changes = []
        for t in found:
            step = next(s for s in range(3) if changed_input(t, s)[0] == index)
            changes.append(changed_input(t, step)[1] * float(slopes @ (t[step + 1] - t[step])))
        judged = effect(np.array(changes), np.zeros(5), 6)
        assert judged is not None
        assert judged.mean == pytest.approx(slope * STEP)
        assert judged.size == pytest.approx(abs(slope) * STEP)
        assert judged.p == (0.0 if slope else 1.0)


def test_noise_alone_is_called_an_effect_as_often_as_it_says() -> None:
    # Differences of two means of four, each with its own error: p below 0.05 in about 5 of 100.
    rng, below, number = np.random.default_rng(3), 0, 2000
    for _ in range(number):
        samples = rng.normal(size=(8, 2, 4))
        means, errors = samples.mean(axis=2), samples.std(axis=2, ddof=1) / 2.0
        judged = effect(means[:, 1] - means[:, 0], np.hypot(errors[:, 0], errors[:, 1]), 6)
        assert judged is not None
        below += judged.p < 0.05
    # Six standard deviations of the count around 0.05.
    assert abs(below / number - 0.05) < 6 * np.sqrt(0.05 * 0.95 / number)


def test_an_effect_in_noise_comes_out_with_its_size() -> None:
    rng = np.random.default_rng(4)
    samples = rng.normal(size=(400, 2, 4))
    samples[:, 1] += 5.0
    means, errors = samples.mean(axis=2), samples.std(axis=2, ddof=1) / 2.0
    judged = effect(means[:, 1] - means[:, 0], np.hypot(errors[:, 0], errors[:, 1]), 6)
    assert judged is not None
    assert judged.p < 1e-12
    # The mean of 400 differences of variance 1/2.
    assert judged.size == pytest.approx(5.0, abs=6 * np.sqrt(0.5 / 400) + 0.01)
    assert judged.noise == pytest.approx(np.sqrt(0.5), rel=0.2)


def test_what_is_not_there_is_no_effect() -> None:
    assert effect(np.array([1.0, np.nan]), np.array([0.1, 0.1]), 6) is None
    judged = effect(np.array([1.0, np.nan, 1.0]), np.array([0.1, 0.1, 0.1]), 6)
    assert judged is not None
    assert judged.steps == 2
