"""Metal objects as they change: atoms that appear, join and leave, and the rates that change with them."""

from __future__ import annotations

import math

import numpy as np

from topotaxy.lattice.compiled import inner
from topotaxy.lattice.contacts import (
    find_owner,
    object_grew,
    object_shrank,
    put_into_bin,
    sees_metal,
    take_out_of_bin,
)
from topotaxy.lattice.object_energies import (
    joining_cost,
    leaving_cost,
    lone_species,
    rate_of_joining,
    rate_of_leaving,
    renew_factors,
)
from topotaxy.lattice.places import (
    ACTIVE,
    FREE,
    LARGEST,
    LONE,
    bin_of,
    delist,
    enlist,
    padded_place,
    set_leaf,
    shell_between,
)
from topotaxy.lattice.reach import ensure_row
from topotaxy.lattice.weights import touch


@inner
def _rate_to(tables, state, k, q, species):  # type: ignore[no-untyped-def]
    """Rate at which the single atom k joins object q; zero out of contact."""
    atoms = np.int64(state.size[q])
    if q == k or atoms + 2 > len(tables.lost_bonds) - 1:
        return 0.0
    shell = shell_between(tables, np.int64(state.centre[q]), np.int64(state.centre[k]))
    if shell >= tables.distance.shape[1] or tables.within[shell] >= tables.touching[tables.size_class[atoms]]:
        return 0.0
    return rate_of_joining(tables, state, species, atoms + 1, -joining_cost(tables, state, q, species))


@inner
def _partners(tables, state, k, target):  # type: ignore[no-untyped-def]
    """Rate at which the single atom k joins objects, up to ``target``, and the object that this falls in.

    Looks at the sites from which the largest object may touch it, or through the objects, whatever is less.
    """
    species, at = lone_species(state, k), np.int64(state.centre[k])
    total, chosen = 0.0, np.int64(-1)
    beside = np.int64(tables.touching[tables.size_class[state.clock[LARGEST]]])
    if beside <= state.counts[ACTIVE]:
        place = padded_place(tables, at)
        for offset in range(beside):
            q = np.int64(state.object_at[tables.padded_site[place + tables.offset_place[offset]]])
            rate = _rate_to(tables, state, k, q, species) if q >= 0 else 0.0
            if rate > 0.0:
                total, chosen = total + rate, q
                if target < total:
                    break
        return total, chosen
    around = 1 if tables.bins > 1 else 0
    for shift_x in range(-around, around + 1):
        for shift_y in range(-around, around + 1):
            for shift_z in range(-around, around + 1):
                q = np.int64(state.bin_head[bin_of(tables, at, shift_x, shift_y, shift_z)])
                while q >= 0:
                    rate = _rate_to(tables, state, k, q, species)
                    if rate > 0.0:
                        total, chosen = total + rate, q
                        if target < total:
                            return total, chosen
                    q = np.int64(state.bin_next[q])
    return total, chosen


@inner
def drawn_partner(tables, state, k, target):  # type: ignore[no-untyped-def]
    """Object that the single atom k joins, by the rates that :func:`renew_rate` summed.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    k : int
        Number of an object of one atom.
    target : float
        1/s, drawn between 0 and the rate at which it joins any.

    Returns
    -------
    int
        Number of the object that it joins; -1 where there is none.
    """
    return _partners(tables, state, k, target)[1]


@inner
def renew_rate(tables, state, k):  # type: ignore[no-untyped-def]
    """Rate at which atoms leave object k, or at which it joins others where it is a single atom.

    Parameters
    ----------
    tables, state : Tables, State
        Of the box; the leaf of the object in ``rates`` is renewed (1/s).
    k : int
        Number of an object.
    """
    rate, atoms = 0.0, np.int64(state.size[k])
    if atoms == 1:
        rate = _partners(tables, state, k, math.inf)[0]
    elif atoms > 1:
        for s in range(len(tables.bonds)):
            if state.composition[k, s] > 0:
                cost = leaving_cost(tables, state, k, s)
                rate += rate_of_leaving(tables, state, s, atoms, cost) * state.composition[k, s] / atoms
        rate *= tables.touching[tables.size_class[atoms - 1]]
    set_leaf(state.rates, k, rate)


@inner
def _renew_lone_around(tables, state, k, atoms):  # type: ignore[no-untyped-def]
    """Rates of the single atoms in contact with object k, of ``atoms`` at most before or after."""
    place = padded_place(tables, np.int64(state.centre[k]))
    for offset in range(tables.touching[tables.size_class[atoms]]):
        other = np.int64(state.object_at[tables.padded_site[place + tables.offset_place[offset]]])
        if other >= 0 and other != k and state.size[other] == 1:
            renew_rate(tables, state, other)


@inner
def renew_object(tables, state, k):  # type: ignore[no-untyped-def]
    """Factors and rows of an object that is there; its rate is apart.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    k : int
        Number of an object.
    """
    ensure_row(tables, state, np.int64(state.size[k]))
    ensure_row(tables, state, np.int64(state.size[k]) - 1)
    renew_factors(tables, state, k)


@inner
def _push(state, k, species, identity):  # type: ignore[no-untyped-def]
    state.following[identity] = state.head[k, species]
    state.head[k, species] = identity


@inner
def _pull(state, k, species, ordinal):  # type: ignore[no-untyped-def]
    """Take member number ``ordinal`` of a species out of its list."""
    before, here = np.int64(-1), np.int64(state.head[k, species])
    for _ in range(ordinal):
        before, here = here, np.int64(state.following[here])
    if before < 0:
        state.head[k, species] = state.following[here]
    else:
        state.following[before] = state.following[here]
    state.following[here] = -1
    return here


@inner
def new_object(tables, state, site, species, identity):  # type: ignore[no-untyped-def]
    """A single atom appears at a site that is the centre of no object.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it: that is changed.
    site : int
        Number of a site that is the centre of no object.
    species : int
        Index of the metal among the cations.
    identity : int
        Of the atom: the number of the site where its cation was at the start.

    Returns
    -------
    int
        Number of the new object.
    """
    last = state.counts[FREE] - 1
    k = np.int64(state.free_list[last])
    state.free_list[last] = -1
    state.counts[FREE] = last
    state.size[k] = 1
    state.composition[k, species] = 1
    state.centre[k] = site
    _push(state, k, species, identity)
    state.object_at[site] = k
    enlist(state.active_list, state.active_place, state.counts, ACTIVE, k)
    enlist(state.lone_list, state.lone_place, state.counts, LONE, k)
    put_into_bin(tables, state, k)
    renew_object(tables, state, k)
    object_grew(tables, state, k)
    if sees_metal(tables, state, site):
        touch(tables, state, site)
    renew_rate(tables, state, k)
    _renew_lone_around(tables, state, k, 1)
    return k


@inner
def add_atom(tables, state, k, species, identity):  # type: ignore[no-untyped-def]
    """An atom joins object k.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it: that is changed.
    k : int
        Number of an object.
    species : int
        Index of the metal among the cations.
    identity : int
        Of the atom: the number of the site where its cation was at the start.
    """
    if state.size[k] == 1:
        delist(state.lone_list, state.lone_place, state.counts, LONE, k)
        state.pooled[lone_species(state, k)] += 1
    state.pooled[species] += 1
    state.size[k] += 1
    state.clock[LARGEST] = max(state.clock[LARGEST], state.size[k])
    state.composition[k, species] += 1
    _push(state, k, species, identity)
    renew_object(tables, state, k)
    object_grew(tables, state, k)
    renew_rate(tables, state, k)
    _renew_lone_around(tables, state, k, np.int64(state.size[k]))


@inner
def take_atom(tables, state, k, species, ordinal):  # type: ignore[no-untyped-def]
    """An atom leaves object k, which is gone if it was the last; returns its identity.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it: that is changed.
    k : int
        Number of an object.
    species : int
        Index of the metal among the cations.
    ordinal : int
        Which of the object's atoms of that species, from 0 in the order of its list.

    Returns
    -------
    int
        Identity of the atom.
    """
    identity = _pull(state, k, species, ordinal)
    ensure_row(tables, state, np.int64(state.size[k]))
    state.size[k] -= 1
    state.composition[k, species] -= 1
    if state.size[k] == 0:
        _vanish(tables, state, k)
        return identity
    state.pooled[species] -= 1
    if state.size[k] == 1:
        enlist(state.lone_list, state.lone_place, state.counts, LONE, k)
        state.pooled[lone_species(state, k)] -= 1
    renew_object(tables, state, k)
    object_shrank(tables, state, k)
    renew_rate(tables, state, k)
    _renew_lone_around(tables, state, k, np.int64(state.size[k]) + 1)
    return identity


@inner
def _vanish(tables, state, k):  # type: ignore[no-untyped-def]
    site = np.int64(state.centre[k])
    take_out_of_bin(tables, state, k)
    state.object_at[site] = -1
    delist(state.active_list, state.active_place, state.counts, ACTIVE, k)
    delist(state.lone_list, state.lone_place, state.counts, LONE, k)
    set_leaf(state.rates, k, 0.0)
    object_shrank(tables, state, k)
    if sees_metal(tables, state, site):
        touch(tables, state, site)
    _renew_lone_around(tables, state, k, 1)
    state.centre[k] = -1
    last = state.counts[FREE]
    state.free_list[last] = k
    state.counts[FREE] = last + 1


@inner
def track_site(tables, state, site):  # type: ignore[no-untyped-def]
    """Look up the metal nearest to a site that has begun to see it, and renew the site.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it: that is changed.
    site : int
        Number of an octahedral site, 0 to n - 1.
    """
    find_owner(tables, state, site)
    touch(tables, state, site)
