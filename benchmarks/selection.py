"""Choosing an event with the right probability: a binary tree of exact partial sums.

Parents are always recomputed from their two children. Sums kept up to date by adding
differences drift, and a drifting sum once faked a collapse.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from topotaxy.lattice.compiled import entry


def empty_tree(leaves: int) -> NDArray[np.float64]:
    """Return a tree of zeros; ``tree[1]`` is the total, leaves begin at ``len(tree) // 2``."""
    width = 1 << max(1, (leaves - 1).bit_length())
    return np.zeros(2 * width)


@entry
def set_leaf(tree, leaf, value):  # type: ignore[no-untyped-def]
    """Set one leaf and recompute its ancestors."""
    node = len(tree) // 2 + leaf
    if tree[node] == value:
        return
    tree[node] = value
    node >>= 1
    while node >= 1:
        tree[node] = tree[2 * node] + tree[2 * node + 1]
        node >>= 1


@entry
def find_leaf(tree, target):  # type: ignore[no-untyped-def]
    """Return (leaf, remainder) for ``0 <= target < tree[1]``; never a leaf of weight zero."""
    half = len(tree) // 2
    node = 1
    while node < half:
        left = 2 * node
        # Rounding may leave target at or above the last sum: then stay where weight is.
        if target < tree[left] or tree[left + 1] == 0.0:
            node = left
        else:
            target -= tree[left]
            node = left + 1
    return node - half, target
