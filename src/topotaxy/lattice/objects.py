"""Metal objects as they change: their energy, their factors of redox weights, the rates of their atoms.

An atom leaves an object of n atoms for a site in contact, as a single atom, at the rate
``ν exp(-E_m/kT) min(1, exp(-ΔE/kT)) n_s/n``, and a single atom in contact joins at ``ν exp(-E_m/kT)
min(1, exp(ΔE/kT))``: contact is judged by the object without that atom, in both directions. Where atoms of
a kind would leave an object faster than the cap, both are slowed by the same factor.
"""

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
from topotaxy.lattice.places import (
    ACTIVE,
    FASTEST,
    FREE,
    LARGEST,
    LONE,
    LOST,
    bin_of,
    delist,
    enlist,
    padded_place,
    set_leaf,
    shell_between,
)
from topotaxy.lattice.reach import ensure_row
from topotaxy.lattice.weights import touch
from topotaxy.portable import exp


@inner
def changed_energy(tables, state, k, species, step):  # type: ignore[no-untyped-def]
    """Energy (eV) of object k with an atom of ``species`` more (``step`` = 1), less (-1), or as it is (0)."""
    atoms = state.size[k] + step
    broken = room = 0.0
    for s in range(len(tables.bonds)):
        number = state.composition[k, s]
        if s == species:
            number += step
        broken += number * tables.bonds[s]
        room += number * tables.volumes[s]
    energy = broken * tables.lost_bonds[atoms]
    if atoms > 1:
        sites = len(state.species)
        energy += tables.pressure * room * ((sites - state.clock[LOST]) / sites)
    return energy


@inner
def leaving_cost(tables, state, k, species):  # type: ignore[no-untyped-def]
    """ΔE (eV) of an atom that leaves object k to be a single one."""
    now = changed_energy(tables, state, k, species, 0)
    return 6.0 * tables.bonds[species] + changed_energy(tables, state, k, species, -1) - now


@inner
def joining_cost(tables, state, k, species):  # type: ignore[no-untyped-def]
    """ΔE (eV) of a single atom that joins object k."""
    now = changed_energy(tables, state, k, species, 0)
    return changed_energy(tables, state, k, species, 1) - now - 6.0 * tables.bonds[species]


@inner
def rate_of_leaving(tables, state, species, atoms, cost):  # type: ignore[no-untyped-def]
    """Rate (1/s) at which one of ``atoms`` takes one site when it leaves at this ΔE (eV); see above."""
    rate = tables.metal_hop_rate[species] * exp(-max(cost, 0.0) / tables.thermal_energy)
    return min(rate, state.held[FASTEST] / tables.touching[tables.size_class[atoms - 1]])


@inner
def rate_of_joining(tables, state, species, atoms, cost):  # type: ignore[no-untyped-def]
    """Rate (1/s) of the way back to ``atoms``, of which ``cost`` is that of leaving."""
    leaving = rate_of_leaving(tables, state, species, atoms, cost)
    return leaving * exp(cost / tables.thermal_energy) if leaving > 0.0 else 0.0


@inner
def renew_factors(tables, state, k):  # type: ignore[no-untyped-def]
    """What object k gives to redox weights by species, as its size and composition are."""
    half, atoms = 0.5 / tables.thermal_energy, np.int64(state.size[k])
    full = atoms + 2 > len(tables.lost_bonds) - 1
    for s in range(len(tables.bonds)):
        state.gain[k, s] = 0.0
        state.loss[k, s] = 0.0
        if tables.reducible[s] == 1:
            if not full:
                state.gain[k, s] = exp(-joining_cost(tables, state, k, s) * half)
            if state.composition[k, s] > 0:
                share = state.composition[k, s] / atoms
                state.loss[k, s] = exp(-leaving_cost(tables, state, k, s) * half) * share


@inner
def lone_species(state, k):  # type: ignore[no-untyped-def]
    """Species of a single atom."""
    species = 0
    for s in range(state.composition.shape[1]):
        if state.composition[k, s] > 0:
            species = s
    return species


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
    """Object that the single atom k joins, by the rates that :func:`renew_rate` summed."""
    return _partners(tables, state, k, target)[1]


@inner
def renew_rate(tables, state, k):  # type: ignore[no-untyped-def]
    """Rate at which atoms leave object k, or at which it joins others where it is a single atom."""
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
    """Factors and rows of an object that is there; its rate is apart."""
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
    """A single atom appears at a site that is the centre of no object."""
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
    """An atom joins object k."""
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
    """An atom leaves object k, which is gone if it was the last; returns its identity."""
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
    """Look up the metal nearest to a site that has begun to see it, and renew the site."""
    find_owner(tables, state, site)
    touch(tables, state, site)
