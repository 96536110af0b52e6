"""Which metal objects are nearest to a site, kept up to date as objects grow, shrink, come and go.

Kept for vacancies and M+ only (and M2+, where it is reduced by two electrons), as far as the longest
separation that is looked at: the nearest object and the next, which do not depend on the voltage. Each object
lists the sites that it is nearest or next to, so that a change of it renews those alone; only an object that
has come nearer looks around. Where the next object went away, another is looked for once the nearest, without
the atom that may leave, is no longer surely nearer. Equal distances are told apart by the centres, which both
directions of an event see alike.
"""

from __future__ import annotations

import math

import numpy as np

from topotaxy.lattice.compiled import inner
from topotaxy.lattice.places import bin_of, has_two_electron_steps, padded_place, shell_between
from topotaxy.lattice.weights import touch


@inner
def sees_metal(tables, state, site):  # type: ignore[no-untyped-def]
    """Whether a site may take an atom from metal or give it one: a vacancy or M+; M2+ by two electrons.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    site : int
        Number of an octahedral site, 0 to n - 1.
    """
    s = state.species[site]
    return s < 0 or (tables.reducible[s] == 1 and (state.valence[site] == 1 or has_two_electron_steps(state)))


@inner
def put_into_bin(tables, state, k):  # type: ignore[no-untyped-def]
    """List an object by its place.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    k : int
        Number of a metal object.
    """
    place = bin_of(tables, np.int64(state.centre[k]), 0, 0, 0)
    first = np.int64(state.bin_head[place])
    state.bin_next[k] = first
    state.bin_previous[k] = -1
    if first >= 0:
        state.bin_previous[first] = k
    state.bin_head[place] = k


@inner
def take_out_of_bin(tables, state, k):  # type: ignore[no-untyped-def]
    """Undo :func:`put_into_bin`; the object is still at its place.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    k : int
        Number of a metal object.
    """
    before, after = np.int64(state.bin_previous[k]), np.int64(state.bin_next[k])
    if before >= 0:
        state.bin_next[before] = after
    else:
        state.bin_head[bin_of(tables, np.int64(state.centre[k]), 0, 0, 0)] = after
    if after >= 0:
        state.bin_previous[after] = before


@inner
def _set_near(state, rank, site, k, shell):  # type: ignore[no-untyped-def]
    """Note object k, or none (-1), as the nearest (rank 0) or next (rank 1) of a site."""
    old = np.int64(state.near[rank, site])
    state.near_shell[rank, site] = shell
    if old == k:
        return
    if old >= 0:
        before = np.int64(state.near_previous[rank, site])
        after = np.int64(state.near_next[rank, site])
        if before >= 0:
            state.near_next[rank, before] = after
        else:
            state.near_head[rank, old] = after
        if after >= 0:
            state.near_previous[rank, after] = before
    state.near[rank, site] = k
    if k >= 0:
        first = np.int64(state.near_head[rank, k])
        state.near_next[rank, site] = first
        state.near_previous[rank, site] = -1
        if first >= 0:
            state.near_previous[rank, first] = site
        state.near_head[rank, k] = site


@inner
def release_site(state, site):  # type: ignore[no-untyped-def]
    """Forget the metal around a site that no longer sees any.

    Parameters
    ----------
    state : State
        What changes in the box.
    site : int
        Number of an octahedral site, 0 to n - 1.
    """
    _set_near(state, 0, site, np.int64(-1), np.int64(0))
    _set_near(state, 1, site, np.int64(-1), np.int64(0))
    state.floor[site] = math.nan
    state.horizon[site] = -math.inf


@inner
def _steps_to_bin(tables, at, shift):  # type: ignore[no-untyped-def]
    """Points from a point of an axis to the nearest in its own bin (0) or one beside it (-1 or 1)."""
    own = tables.bin_along[at]
    if shift == 0:
        return 0
    return at - tables.bin_start[own] + 1 if shift < 0 else tables.bin_start[own + 1] - at


@inner
def find_owner(tables, state, site):  # type: ignore[no-untyped-def]
    """Look for the nearest object of a site and the next among all that may reach it.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    site : int
        Number of an octahedral site, 0 to n - 1.
    """
    shells = tables.distance.shape[1]
    best, best_at, owner, own_shell = math.inf, np.int64(-1), np.int64(-1), np.int64(0)
    gap, gap_at, second, second_shell = math.inf, np.int64(-1), np.int64(-1), np.int64(0)
    around = 1 if tables.bins > 1 else 0
    grid = tables.grid
    for shift_x in range(-around, around + 1):
        over_x = _steps_to_bin(tables, grid[site, 0], shift_x)
        for shift_y in range(-around, around + 1):
            over_y = _steps_to_bin(tables, grid[site, 1], shift_y)
            for shift_z in range(-around, around + 1):
                over_z = _steps_to_bin(tables, grid[site, 2], shift_z)
                if (over_x * over_x + over_y * over_y + over_z * over_z) >> 1 >= shells:
                    continue
                k = np.int64(state.bin_head[bin_of(tables, site, shift_x, shift_y, shift_z)])
                while k >= 0:
                    at = np.int64(state.centre[k])
                    shell = np.int64(shell_between(tables, at, site))
                    if shell < shells:
                        d = tables.distance[tables.size_class[state.size[k]], shell]
                        if d < best or (d == best and at < best_at):
                            gap, gap_at, second, second_shell = best, best_at, owner, own_shell
                            best, best_at, owner, own_shell = d, at, k, shell
                        elif d < gap or (d == gap and at < gap_at):
                            gap, gap_at, second, second_shell = d, at, k, shell
                    k = np.int64(state.bin_next[k])
    _set_near(state, 0, site, owner, own_shell)
    _set_near(state, 1, site, second, second_shell)
    state.floor[site] = math.nan
    state.horizon[site] = gap


@inner
def distance_of(tables, state, rank, site):  # type: ignore[no-untyped-def]
    """Distance (Å) of a site from the surface of its nearest (rank 0) or next object (1).

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    rank : int
        0 for the nearest, 1 for the next.
    site : int
        Number of an octahedral site, 0 to n - 1.
    """
    k = np.int64(state.near[rank, site])
    if k < 0:
        return math.inf
    return tables.distance[tables.size_class[state.size[k]], state.near_shell[rank, site]]


@inner
def _nearer(tables, state, site, k, shell):  # type: ignore[no-untyped-def]
    """Enter object k, which has grown or is new; returns whether a site of another has changed."""
    owner = np.int64(state.near[0, site])
    if owner == k:
        return False
    d, at = tables.distance[tables.size_class[state.size[k]], shell], state.centre[k]
    own = distance_of(tables, state, 0, site)
    if d < own or (d == own and (owner < 0 or at < state.centre[owner])):
        own_shell = np.int64(state.near_shell[0, site])
        _set_near(state, 0, site, k, shell)
        _set_near(state, 1, site, owner, own_shell)
        state.floor[site] = math.nan
        state.horizon[site] = own
        return False
    second, floor = np.int64(state.near[1, site]), state.floor[site]
    if not math.isnan(floor):
        if d < floor:
            _set_near(state, 1, site, k, shell)
            state.floor[site] = math.nan
            state.horizon[site] = d
            return True
        return False
    if second == k:
        state.horizon[site] = d
        return True
    gap = distance_of(tables, state, 1, site)
    if d < gap or (d == gap and (second < 0 or at < state.centre[second])):
        _set_near(state, 1, site, k, shell)
        state.horizon[site] = d
        return True
    return False


@inner
def _look_around(tables, state, k):  # type: ignore[no-untyped-def]
    """Enter an object that has come nearer at the sites around it."""
    place, row = padded_place(tables, np.int64(state.centre[k])), tables.size_class[state.size[k]]
    for shell in range(tables.distance.shape[1]):
        d = tables.distance[row, shell]
        for offset in range(tables.within[shell], tables.within[shell + 1]):
            site = np.int64(tables.padded_site[place + tables.offset_place[offset]])
            # Most are nearer to two others, or see no metal.
            if d <= state.horizon[site] and _nearer(tables, state, site, k, np.int64(shell)):
                touch(tables, state, site)


@inner
def _settle(tables, state, site):  # type: ignore[no-untyped-def]
    """Look for the next object of a site where it matters and is not known."""
    floor = state.floor[site]
    if not math.isnan(floor):
        k = np.int64(state.near[0, site])
        size = np.int64(state.size[k])
        row = tables.size_class[max(size - 1, 1)]
        if not tables.distance[row, state.near_shell[0, site]] < floor:
            find_owner(tables, state, site)


@inner
def _touch_own(tables, state, k):  # type: ignore[no-untyped-def]
    """Renew the sites that an object is nearest to."""
    site = np.int64(state.near_head[0, k])
    while site >= 0:
        following = np.int64(state.near_next[0, site])
        _settle(tables, state, site)
        touch(tables, state, site)
        site = following


@inner
def object_grew(tables, state, k):  # type: ignore[no-untyped-def]
    """Renew the sites around an object that is new or has one atom more.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    k : int
        Number of a metal object.
    """
    size = np.int64(state.size[k])
    if size == 1 or tables.size_class[size] != tables.size_class[size - 1]:
        _look_around(tables, state, k)
    _touch_own(tables, state, k)


@inner
def object_shrank(tables, state, k):  # type: ignore[no-untyped-def]
    """Renew the sites around an object that has one atom less; of none left, its number is still k.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    k : int
        Number of a metal object.
    """
    size = np.int64(state.size[k])
    before = tables.size_class[size + 1]
    if tables.size_class[size] != before:
        _leave_own(tables, state, k)
        site = np.int64(state.near_head[1, k])
        while site >= 0:
            following = np.int64(state.near_next[1, site])
            if math.isnan(state.floor[site]):
                state.floor[site] = tables.distance[before, state.near_shell[1, site]]
            if size == 0:
                _set_near(state, 1, site, np.int64(-1), np.int64(0))
            _settle(tables, state, site)
            touch(tables, state, site)
            site = following
    if size > 0:
        _touch_own(tables, state, k)


@inner
def _leave_own(tables, state, k):  # type: ignore[no-untyped-def]
    """Find the objects of the sites that an object which has gone or shrunk may no longer be nearest to."""
    at, row = state.centre[k], tables.size_class[state.size[k]]
    site = np.int64(state.near_head[0, k])
    while site >= 0:
        following = np.int64(state.near_next[0, site])
        lost = state.size[k] == 0
        if not lost:
            d, floor = tables.distance[row, state.near_shell[0, site]], state.floor[site]
            if math.isnan(floor):
                second = np.int64(state.near[1, site])
                gap = distance_of(tables, state, 1, site)
                lost = d > gap or (d == gap and second >= 0 and at > state.centre[second])
            else:
                lost = not d < floor
        if lost:
            find_owner(tables, state, site)
            touch(tables, state, site)
        site = following
