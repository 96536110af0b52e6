"""Which metal object is nearest to a site, kept up to date as objects grow, shrink, come and go.

Kept for vacancies and M+ only, up to the present reach: the nearest object (its number), and the distance
and centre of the next. Equal distances are told apart by the centres, which both directions of an
event see alike.
"""

from __future__ import annotations

import math

import numpy as np

from topotaxy.lattice.compiled import inlined, inner
from topotaxy.lattice.places import REACH, bin_of, shell_between, site_beside
from topotaxy.lattice.weights import touch


@inlined
def sees_metal(tables, state, site):  # type: ignore[no-untyped-def]
    """Whether a site may take an atom from metal or give it one: a vacancy or M+."""
    s = state.species[site]
    return s < 0 or (state.valence[site] == 1 and tables.reducible[s] == 1)


@inlined
def put_into_bin(tables, state, k):  # type: ignore[no-untyped-def]
    """List an object by its place."""
    place = bin_of(tables, np.int64(state.centre[k]), 0, 0, 0)
    first = np.int64(state.bin_head[place])
    state.bin_next[k] = first
    state.bin_previous[k] = -1
    if first >= 0:
        state.bin_previous[first] = k
    state.bin_head[place] = k


@inlined
def take_out_of_bin(tables, state, k):  # type: ignore[no-untyped-def]
    """Undo :func:`put_into_bin`; the object is still at its place."""
    before, after = np.int64(state.bin_previous[k]), np.int64(state.bin_next[k])
    if before >= 0:
        state.bin_next[before] = after
    else:
        state.bin_head[bin_of(tables, np.int64(state.centre[k]), 0, 0, 0)] = after
    if after >= 0:
        state.bin_previous[after] = before


@inner
def find_owner(tables, state, site):  # type: ignore[no-untyped-def]
    """Look for the nearest object of a site and the next among all that may reach it."""
    reach, shells = state.held[REACH], tables.distance.shape[1]
    best, best_at, owner = math.inf, np.int64(-1), np.int64(-1)
    gap, gap_at = math.inf, np.int64(-1)
    around = 1 if tables.bins > 1 else 0
    for shift_x in range(-around, around + 1):
        for shift_y in range(-around, around + 1):
            for shift_z in range(-around, around + 1):
                k = np.int64(state.bin_head[bin_of(tables, site, shift_x, shift_y, shift_z)])
                while k >= 0:
                    at = np.int64(state.centre[k])
                    shell = shell_between(tables, at, site)
                    if shell < shells:
                        d = tables.distance[state.size[k], shell]
                        if d <= reach:
                            if d < best or (d == best and at < best_at):
                                gap, gap_at = best, best_at
                                best, best_at, owner = d, at, k
                            elif d < gap or (d == gap and at < gap_at):
                                gap, gap_at = d, at
                    k = np.int64(state.bin_next[k])
    state.owner[site] = owner
    state.gap[site] = gap
    state.gap_centre[site] = gap_at


@inlined
def _nearer(tables, state, site, k, d):  # type: ignore[no-untyped-def]
    """Enter object k at distance d, which has grown or is new."""
    at, owner = np.int64(state.centre[k]), np.int64(state.owner[site])
    if owner == k:
        return
    if owner < 0:
        state.owner[site] = k
        state.gap[site] = math.inf
        state.gap_centre[site] = -1
        return
    there = np.int64(state.centre[owner])
    own = tables.distance[state.size[owner], shell_between(tables, there, site)]
    if d < own or (d == own and at < there):
        state.gap[site] = own
        state.gap_centre[site] = there
        state.owner[site] = k
    elif state.gap_centre[site] == at or (
        d < state.gap[site] or (d == state.gap[site] and at < state.gap_centre[site])
    ):
        state.gap[site] = d
        state.gap_centre[site] = at


@inner
def enter_object(tables, state, k):  # type: ignore[no-untyped-def]
    """Enter an object at every site within reach, where nothing but its own distance has changed."""
    size, at = np.int64(state.size[k]), np.int64(state.centre[k])
    for offset in range(state.row_reach[size]):
        site = site_beside(tables, at, offset)
        if sees_metal(tables, state, site):
            _nearer(tables, state, site, k, tables.distance[size, tables.offset_shell[offset]])


@inner
def object_grew(tables, state, k):  # type: ignore[no-untyped-def]
    """Renew the sites around an object that is new or has one atom more."""
    size, at = np.int64(state.size[k]), np.int64(state.centre[k])
    for offset in range(state.row_reach[size]):
        site = site_beside(tables, at, offset)
        if sees_metal(tables, state, site):
            _nearer(tables, state, site, k, tables.distance[size, tables.offset_shell[offset]])
            touch(tables, state, site)


@inner
def object_shrank(tables, state, k):  # type: ignore[no-untyped-def]
    """Renew the sites around an object that has one atom less; of none left, its number is still k."""
    size, at, reach = np.int64(state.size[k]), np.int64(state.centre[k]), state.held[REACH]
    for offset in range(state.row_reach[size + 1]):
        site = site_beside(tables, at, offset)
        if sees_metal(tables, state, site):
            if state.owner[site] == k:
                d = tables.distance[size, tables.offset_shell[offset]]
                gap = state.gap[site]
                if size == 0 or d > reach or d > gap or (d == gap and at > state.gap_centre[site]):
                    find_owner(tables, state, site)
            elif state.gap_centre[site] == at:
                find_owner(tables, state, site)
            touch(tables, state, site)
