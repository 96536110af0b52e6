"""The binary tree of exact sums by which the lattice draws what happens."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from topotaxy.lattice.places import drawn_leaf, leaves_of, set_leaf

weights = st.lists(st.one_of(st.just(0.0), st.floats(1e-30, 1e30)), min_size=1, max_size=70)


@njit  # type: ignore[untyped-decorator]
def _set(tree, leaves, values):  # type: ignore[no-untyped-def]
    for place in range(len(leaves)):
        set_leaf(tree, leaves[place], values[place])


@njit  # type: ignore[untyped-decorator]
def _drawn(tree, targets, found):  # type: ignore[no-untyped-def]
    for place in range(len(targets)):
        found[place] = drawn_leaf(tree, targets[place])


def _tree(values: Any) -> Any:
    tree = np.zeros(2 * leaves_of(len(values)))
    _set(tree, np.arange(len(values)), np.asarray(values, dtype=float))
    return tree


def _leaves(tree: Any, targets: Any) -> Any:
    found = np.zeros(len(targets), dtype=np.int64)
    _drawn(tree, targets, found)
    return found


@pytest.mark.parametrize(("number", "leaves"), [(1, 1), (2, 2), (3, 4), (64, 64), (65, 128)])
def test_leaves_are_a_power_of_two(number: int, leaves: int) -> None:
    assert leaves_of(number) == leaves


@settings(max_examples=60, deadline=None)
@given(weights, st.floats(0, 1, exclude_max=True))
def test_a_leaf_of_weight_zero_is_never_drawn(values: list[float], fraction: float) -> None:
    if not any(values):
        return
    tree = _tree(values)
    (leaf,) = _leaves(tree, np.array([fraction * tree[1]]))
    assert values[leaf] > 0


def test_leaves_are_drawn_in_proportion_to_their_weight() -> None:
    values = np.array([1.0, 0.0, 3.0, 2.0, 4.0])
    tree = _tree(values)
    found = np.bincount(_leaves(tree, (np.arange(10_000) + 0.5) / 10_000 * tree[1]), minlength=5)
    assert np.allclose(found / 1000, values, atol=1e-3)


def test_sums_do_not_drift() -> None:
    rng = np.random.default_rng(0)
    tree = np.zeros(2 * leaves_of(37))
    _set(tree, rng.integers(37, size=20_000), 10 ** rng.uniform(-20, 20, 20_000))
    _set(tree, np.arange(37), np.full(37, 0.1))
    assert np.array_equal(tree, _tree(np.full(37, 0.1)))
