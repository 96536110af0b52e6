from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from selection import empty_tree, find_leaf, set_leaf

weights = st.lists(st.one_of(st.just(0.0), st.floats(1e-30, 1e30)), min_size=1, max_size=70)


@settings(max_examples=60, deadline=None)
@given(weights, st.floats(0, 1, exclude_max=True))
def test_a_leaf_of_weight_zero_is_never_found(values: list[float], fraction: float) -> None:
    if not any(values):
        return
    tree = empty_tree(len(values))
    for leaf, value in enumerate(values):
        set_leaf(tree, leaf, value)
    leaf, _ = find_leaf(tree, fraction * tree[1])
    assert values[leaf] > 0


def test_leaves_are_found_in_proportion_to_their_weight() -> None:
    values = np.array([1.0, 0.0, 3.0, 2.0, 4.0])
    tree = empty_tree(len(values))
    for leaf, value in enumerate(values):
        set_leaf(tree, leaf, value)
    targets = (np.arange(10_000) + 0.5) / 10_000 * tree[1]
    found = np.bincount([find_leaf(tree, t)[0] for t in targets], minlength=5)
    assert np.allclose(found / 1000, values, atol=1e-3)


def test_sums_do_not_drift() -> None:
    rng = np.random.default_rng(0)
    tree = empty_tree(37)
    for _ in range(20_000):
        set_leaf(tree, int(rng.integers(37)), float(10 ** rng.uniform(-20, 20)))
    for leaf in range(37):
        set_leaf(tree, leaf, 0.1)
    fresh = empty_tree(37)
    for leaf in range(37):
        set_leaf(fresh, leaf, 0.1)
    assert np.array_equal(tree, fresh)
