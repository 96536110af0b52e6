"""Moves without electrons: A+ between tetrahedra, single atoms, atoms from and to objects.

Hops have a bounded rate, Γ downhill and Γ exp(-ΔE/kT) uphill, so they are drawn uniformly at rate Γ and
accepted with min(1, exp(-ΔE/kT)): the same Markov process, without keeping a sum of their rates.
"""

from __future__ import annotations

import numpy as np

from topotaxy.lattice.compiled import inner
from topotaxy.lattice.events import (
    apply_hop,
    apply_join,
    apply_leave,
    apply_metal_hop,
)
from topotaxy.lattice.object_energies import leaving_cost, lone_species, rate_of_leaving
from topotaxy.lattice.objects import drawn_partner
from topotaxy.lattice.places import ALKALI, LONE, drawn_leaf, site_beside
from topotaxy.portable import exp


@inner
def accepted(cost, kt, rng):  # type: ignore[no-untyped-def]
    """Metropolis: whether a step of this ΔE (eV) is taken.

    Parameters
    ----------
    cost, kt : float
        Energy that the move takes (negative where it gives some) and kT, eV.
    rng : Generator
        Source of the random numbers; advanced.
    """
    return cost <= 0.0 or rng.random() < exp(-cost / kt)


@inner
def hop_cost(tables, state, start, end):  # type: ignore[no-untyped-def]
    """ΔE (eV) of A+ moving between neighbouring tetrahedra; ``end`` must be empty.

    Δ(Σq²) = 6 (Σ_4' q - Σ_4 q) + 36.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    start, end : int
        Numbers of tetrahedral sites, 0 to 2n - 1; the second is empty.
    """
    change = 6 * (state.tetrahedral_excess[end] - state.tetrahedral_excess[start]) + 36
    energy, kind = tables.alkali_energy, tables.alkali_class
    return energy[kind[end]] - energy[kind[start]] + tables.stiffness * change


@inner
def try_hop(tables, state, rng):  # type: ignore[no-untyped-def]
    """Try to move an A+ to one of six neighbouring tetrahedra; returns whether it moved.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    rng : Generator
        Source of the random numbers; advanced.
    """
    start = np.int64(state.alkali_list[int(rng.random() * state.counts[ALKALI])])
    place = tables.tetrahedron_place[start] + tables.tetrahedron_neighbour[int(rng.random() * 6)]
    end = np.int64(tables.padded_tetrahedron[place])
    if state.alkali[end] == 1 or not accepted(
        hop_cost(tables, state, start, end), tables.thermal_energy, rng
    ):
        return False
    apply_hop(tables, state, start, end)
    return True


@inner
def try_metal_hop(tables, state, rng, rate):  # type: ignore[no-untyped-def]
    """Try to move a single atom to one of twelve neighbouring sites, tried at ``rate`` (1/s).

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    rng : Generator
        Source of the random numbers; advanced.
    rate : float
        At which each single atom is tried, 1/s.
    """
    k = np.int64(state.lone_list[int(rng.random() * state.counts[LONE])])
    start = np.int64(state.centre[k])
    place = tables.site_place[start] + tables.site_neighbour[int(rng.random() * 12)]
    end = np.int64(tables.padded_site[place])
    if state.object_at[end] >= 0:
        return False
    free = state.species[start] < 0 and state.species[end] < 0
    true = tables.metal_hop_rate[lone_species(state, k)] if free else tables.blocked_hop_rate
    if true < rate and rng.random() * rate >= true:
        return False
    apply_metal_hop(tables, state, k, end)
    return True


@inner
def metal_transfer(tables, state, rng):  # type: ignore[no-untyped-def]
    """An atom leaves its object or a single one joins: 1 joined, -1 left, 0 where the way was barred.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    rng : Generator
        Source of the random numbers; advanced.
    """
    k = drawn_leaf(state.rates, rng.random() * state.rates[1])
    if state.size[k] == 1:
        q = drawn_partner(tables, state, k, rng.random() * state.rates[k + len(state.rates) // 2])
        if q < 0:
            return 0
        apply_join(tables, state, k, q)
        return 1
    site = site_beside(
        tables,
        np.int64(state.centre[k]),
        int(rng.random() * tables.touching[tables.size_class[state.size[k] - 1]]),
    )
    species, ordinal = _leaver(tables, state, rng, k)
    if state.object_at[site] >= 0:
        return 0
    apply_leave(tables, state, k, species, ordinal, site)
    return -1


@inner
def _leaving_weight(tables, state, k, s):  # type: ignore[no-untyped-def]
    cost, atoms = leaving_cost(tables, state, k, s), np.int64(state.size[k])
    return rate_of_leaving(tables, state, s, atoms, cost) * state.composition[k, s]


@inner
def _leaver(tables, state, rng, k):  # type: ignore[no-untyped-def]
    """Draw the atom that leaves an object by the rates of its species."""
    total = 0.0
    for s in range(len(tables.bonds)):
        if state.composition[k, s] > 0:
            total += _leaving_weight(tables, state, k, s)
    target = rng.random() * total
    species = 0
    for s in range(len(tables.bonds)):
        if state.composition[k, s] > 0:
            rate = _leaving_weight(tables, state, k, s)
            species = s
            if target < rate:
                break
            target -= rate
    return species, int(rng.random() * state.composition[k, species])
