"""Places in the arrays of a running state, and its lists and trees."""

from __future__ import annotations

import numpy as np

from topotaxy.lattice.compiled import inner

ALKALI, VACANT, LONE, ACTIVE, FREE = range(5)
"""In ``counts``: A+, vacancies, single M0, metal objects, numbers free for new ones."""

VOLTAGE, REACH, MEAN, FASTEST = range(4)
"""In ``held``: the voltage that exchange with metal is evaluated at, its reach (Å), the content of a site
that the frame is held at, and the cap on the rate of leaving an object (1/s)."""

EPOCH, DIRTY, PASSED, LOST, LARGEST = range(5)
"""In ``clock``: number of the present table of exchange, regions marked, electrons since the
voltage of exchange and the frame last followed, sites of regions out of registry, and atoms of the largest
object since the voltage last followed."""

REDUCE, OXIDISE, REDUCE_TWO, OXIDISE_TWO = range(4)
"""Columns of redox weights: by one electron; and by two, which are there where such steps are."""


@inner
def has_two_electron_steps(state):  # type: ignore[no-untyped-def]
    """Whether metal is also made and dissolved by steps of two electrons.

    Parameters
    ----------
    state : State
        What changes in the box.
    """
    return state.redox.shape[1] > REDUCE_TWO


@inner
def enlist(members, place, counts, which, new):  # type: ignore[no-untyped-def]
    """Append to a list.

    Parameters
    ----------
    members, place : array of int32
        The list, -1 beyond its end, and by number its place in the list, -1 for what is not in it.
    counts, which : array of int64, int
        Lengths of all lists, and which of them is that of this list.
    new : int
        Number that is appended; not in the list yet.
    """
    number = counts[which]
    members[number] = new
    place[new] = number
    counts[which] = number + 1


@inner
def delist(members, place, counts, which, old):  # type: ignore[no-untyped-def]
    """Take out of a list; the last member takes its place.

    Parameters
    ----------
    members, place : array of int32
        The list, -1 beyond its end, and by number its place in the list, -1 for what is not in it.
    counts, which : array of int64, int
        Lengths of all lists, and which of them is that of this list.
    old : int
        Number that is taken out; in the list.
    """
    last = counts[which] - 1
    here, moved = place[old], members[last]
    members[here] = moved
    place[moved] = here
    members[last] = -1
    place[old] = -1
    counts[which] = last


def leaves_of(number: int) -> int:
    """Leaves of a binary tree over ``number`` entries; the tree is twice as long, its total at 1.

    Parameters
    ----------
    number : int
        Number of entries, at least one.
    """
    return 1 << max(number - 1, 0).bit_length()


@inner
def set_leaf(tree, leaf, value):  # type: ignore[no-untyped-def]
    """Set a leaf of a binary tree; every sum above it is made anew from its two parts.

    Parameters
    ----------
    tree : array
        Nodes, twice as many as leaves: the total at 1, the leaves in the second half.
    leaf : int
        Number of the leaf, from 0.
    value : float
        New weight, at least zero; a rate or a redox weight.
    """
    node = leaf + len(tree) // 2
    tree[node] = value
    node >>= 1
    while node > 0:
        tree[node] = tree[2 * node] + tree[2 * node + 1]
        node >>= 1


@inner
def drawn_leaf(tree, target):  # type: ignore[no-untyped-def]
    """Leaf in which ``target`` falls; never one of weight zero.

    Parameters
    ----------
    tree : array
        Nodes, twice as many as leaves: the total at 1, the leaves in the second half.
    target : float
        Drawn between 0 and the total, in the unit of the weights.
    """
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
    return node - half


@inner
def shell_between(tables, first, second):  # type: ignore[no-untyped-def]
    """Half the square of the separation of two sites, in half lattice parameters.

    Parameters
    ----------
    tables : Tables
        Constants of the box.
    first, second : int
        Numbers of octahedral sites, 0 to n - 1.
    """
    grid, cells = tables.grid, tables.cells
    total = 0
    for axis in range(3):
        d = abs(grid[first, axis] - grid[second, axis])
        if d > cells:
            d = 2 * cells - d
        total += d * d
    return total >> 1


@inner
def padded_place(tables, site):  # type: ignore[no-untyped-def]
    """Place of a site in ``padded_site``, where the sites around it lie at fixed distances.

    Parameters
    ----------
    tables : Tables
        Constants of the box.
    site : int
        Number of an octahedral site, 0 to n - 1.
    """
    return np.int64(tables.site_place[site])


@inner
def site_beside(tables, site, offset):  # type: ignore[no-untyped-def]
    """Site at a place of the list of offsets.

    Parameters
    ----------
    tables : Tables
        Constants of the box.
    site, offset : int
        Octahedral site, and place in the list of offsets.
    """
    return np.int64(tables.padded_site[padded_place(tables, site) + tables.offset_place[offset]])


@inner
def bin_of(tables, site, shift_x, shift_y, shift_z):  # type: ignore[no-untyped-def]
    """Bin of a site, or one beside it.

    Parameters
    ----------
    tables : Tables
        Constants of the box.
    site : int
        Number of an octahedral site, 0 to n - 1.
    shift_x, shift_y, shift_z : int
        Bins to go on along each edge, -1 to 1; the box is periodic.
    """
    grid, along, bins = tables.grid, tables.bin_along, tables.bins
    x = wrapped(along[grid[site, 0]] + shift_x, bins)
    y = wrapped(along[grid[site, 1]] + shift_y, bins)
    z = wrapped(along[grid[site, 2]] + shift_z, bins)
    return (x * bins + y) * bins + z


@inner
def wrapped(number, period):  # type: ignore[no-untyped-def]
    """A whole number that is one period out at most, brought into it.

    Parameters
    ----------
    number, period : int
        The result is 0 or more and below the period.
    """
    if number < 0:
        return number + period
    return number - period if number >= period else number
