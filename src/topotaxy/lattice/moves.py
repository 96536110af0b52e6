"""Moves without electrons: A+ between tetrahedra, ions against A+, single atoms, atoms from and to objects.

Hops have a bounded rate, Γ downhill and Γ exp(-ΔE/kT) uphill, so they are drawn uniformly at rate Γ and
accepted with min(1, exp(-ΔE/kT)): the same Markov process, without keeping a sum of their rates.
"""

from __future__ import annotations

import numpy as np

from topotaxy.lattice.compiled import inner
from topotaxy.lattice.events import (
    add_alkali,
    apply_hop,
    apply_join,
    apply_leave,
    apply_metal_hop,
    move_cation,
    renew_after_move,
    take_alkali,
)
from topotaxy.lattice.objects import drawn_partner, leaving_cost, lone_species, rate_of_leaving
from topotaxy.lattice.places import ALKALI, LONE, VACANT, drawn_leaf, site_beside
from topotaxy.lattice.weights import renew_near_tetrahedron, strain_energy
from topotaxy.portable import exp


@inner
def accepted(cost, kt, rng):  # type: ignore[no-untyped-def]
    """Metropolis: whether a step of this ΔE (eV) is taken."""
    return cost <= 0.0 or rng.random() < exp(-cost / kt)


@inner
def hop_cost(tables, state, start, end):  # type: ignore[no-untyped-def]
    """ΔE (eV) of A+ moving between neighbouring tetrahedra; ``end`` must be empty.

    Δ(Σq²) = 6 (Σ_4' q - Σ_4 q) + 36.
    """
    change = 6 * (state.tetrahedral_excess[end] - state.tetrahedral_excess[start]) + 36
    energy, kind = tables.alkali_energy, tables.alkali_class
    return energy[kind[end]] - energy[kind[start]] + tables.stiffness * change


@inner
def try_hop(tables, state, rng):  # type: ignore[no-untyped-def]
    """Try to move an A+ to one of six neighbouring tetrahedra; returns whether it moved."""
    start = np.int64(state.alkali_list[int(rng.random() * state.counts[ALKALI])])
    end = np.int64(tables.tetrahedral_tetrahedra[start, int(rng.random() * 6)])
    if state.alkali[end] == 1 or not accepted(
        hop_cost(tables, state, start, end), tables.thermal_energy, rng
    ):
        return False
    apply_hop(tables, state, start, end)
    return True


@inner
def _filled_around(tables, state, site):  # type: ignore[no-untyped-def]
    number = 0
    for direction in range(8):
        number += state.alkali[tables.octahedral_tetrahedra[site, direction]]
    return number


@inner
def _tetrahedron_with(tables, state, site, content, ordinal, but):  # type: ignore[no-untyped-def]
    """Tetrahedron number ``ordinal`` around a site that has this content, leaving out one."""
    for direction in range(8):
        t = np.int64(tables.octahedral_tetrahedra[site, direction])
        if state.alkali[t] == content and t != but:
            if ordinal == 0:
                return t
            ordinal -= 1
    return np.int64(-1)


@inner
def _shared(first, second):  # type: ignore[no-untyped-def]
    """Anions that two lists have in common."""
    number = 0
    for a in first:
        for b in second:
            if a == b:
                number += 1
    return number


@inner
def _pair_change(tables, state, start, end, charge, out, into):  # type: ignore[no-untyped-def]
    """Change of Σq² as one A+ goes from ``out`` to ``into``, besides that of the ion alone.

    Each q changes by 3 for A+ and by 2 for a charge of the ion.
    """
    gone, come = tables.tetrahedral_anions[out], tables.tetrahedral_anions[into]
    left, entered = tables.octahedral_anions[start], tables.octahedral_anions[end]
    change = 6 * (state.tetrahedral_excess[into] - state.tetrahedral_excess[out]) + 72
    change -= 18 * _shared(gone, come)
    # The ion's own: an octahedron shares three anions with a tetrahedron beside it.
    both = _shared(left, gone) - 3 + _shared(entered, come) - 3
    return change + 12 * charge * both


@inner
def _elastic_change(tables, state, start, end, charge):  # type: ignore[no-untyped-def]
    """Change of elastic energy (eV) as a charge moves from one site to another."""
    a, b = np.int64(tables.region_of[start]), np.int64(tables.region_of[end])
    if a == b:
        return 0.0
    change = 0.0
    if state.registered[a]:
        change += strain_energy(tables, state, a, state.content[a] + charge)
        change -= strain_energy(tables, state, a, state.content[a])
    if state.registered[b]:
        change += strain_energy(tables, state, b, state.content[b] - charge)
        change -= strain_energy(tables, state, b, state.content[b])
    return change


@inner
def cation_hop_cost(tables, state, start, end, out, into, out2, into2):  # type: ignore[no-untyped-def]
    """ΔE (eV) of an ion that moves into a vacancy beside it, and A+ from ``out`` to ``into``; -1 for none."""
    s, charge = np.int64(state.species[start]), np.int64(state.valence[start])
    here, there = tables.site_class[start], tables.site_class[end]
    cost = tables.site_energy[there, s, charge] - tables.site_energy[here, s, charge]
    cost += _elastic_change(tables, state, start, end, charge)
    # Σq² of the ion alone: neighbouring octahedra share two anions.
    change = 4 * charge * (state.site_excess[end] - state.site_excess[start]) + 32 * charge * charge
    energy, kind = tables.alkali_energy, tables.alkali_class
    for a, b in ((out, into), (out2, into2)):
        if a >= 0:
            cost += energy[kind[b]] - energy[kind[a]]
            change += _pair_change(tables, state, start, end, charge, a, b)
    if out2 >= 0:
        first, second = tables.tetrahedral_anions[out], tables.tetrahedral_anions[out2]
        third, fourth = tables.tetrahedral_anions[into], tables.tetrahedral_anions[into2]
        alike = _shared(first, second) + _shared(third, fourth)
        change += 18 * (alike - _shared(first, fourth) - _shared(third, second))
    return cost + tables.stiffness * change


@inner
def try_cation_hop(tables, state, rng):  # type: ignore[no-untyped-def]
    """Try to move an ion into a vacancy beside it, and none, one or two A+ the other way.

    The A+ come from tetrahedra around the vacancy and go to empty ones around the ion, drawn at
    random; the number of choices there and back enters the acceptance.
    """
    end = np.int64(state.vacant_list[int(rng.random() * state.counts[VACANT])])
    start = np.int64(tables.octahedral_octahedra[end, int(rng.random() * 12)])
    number = int(rng.random() * 3)
    if state.species[start] < 0:
        return False
    full, empty = _filled_around(tables, state, end), 8 - _filled_around(tables, state, start)
    if full < number or empty < number:
        return False
    return _cation_hopped(tables, state, rng, start, end, number, full, empty)


@inner
def _cation_hopped(tables, state, rng, start, end, number, full, empty):  # type: ignore[no-untyped-def]
    """Whether the ion moves with so many A+, of so many that could; it has moved then."""
    out = into = out2 = into2 = np.int64(-1)
    ways = 1.0
    if number > 0:
        out = _tetrahedron_with(tables, state, end, 1, int(rng.random() * full), -1)
        into = _tetrahedron_with(tables, state, start, 0, int(rng.random() * empty), -1)
        ways = full * empty
    if number > 1:
        out2 = _tetrahedron_with(tables, state, end, 1, int(rng.random() * (full - 1)), out)
        into2 = _tetrahedron_with(tables, state, start, 0, int(rng.random() * (empty - 1)), into)
        ways *= (full - 1) * (empty - 1)
    cost = cation_hop_cost(tables, state, start, end, out, into, out2, into2)
    for a, b in ((out, into), (out2, into2)):
        if a >= 0:
            state.alkali[a] = 0
            state.alkali[b] = 1
    full, empty = _filled_around(tables, state, start), 8 - _filled_around(tables, state, end)
    back = 1.0
    if number > 0:
        back = full * empty
    if number > 1:
        back *= (full - 1) * (empty - 1)
    taken = rng.random() * back < ways * exp(-cost / tables.thermal_energy)
    # As it was; what is taken is then done in the ordinary way.
    for a, b in ((out2, into2), (out, into)):
        if a >= 0:
            state.alkali[b] = 0
            state.alkali[a] = 1
    if taken:
        move_cation(tables, state, start, end)
        for a, b in ((out, into), (out2, into2)):
            if a >= 0:
                take_alkali(tables, state, a)
                add_alkali(tables, state, b)
        renew_after_move(tables, state, start, end)
        for t in (out, into, out2, into2):
            if t >= 0:
                renew_near_tetrahedron(tables, state, t)
    return taken


@inner
def try_metal_hop(tables, state, rng, rate):  # type: ignore[no-untyped-def]
    """Try to move a single atom to one of twelve neighbouring sites, tried at ``rate`` (1/s)."""
    k = np.int64(state.lone_list[int(rng.random() * state.counts[LONE])])
    start = np.int64(state.centre[k])
    end = np.int64(tables.octahedral_octahedra[start, int(rng.random() * 12)])
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
    """An atom leaves its object or a single one joins: 1 joined, -1 left, 0 where the way was barred."""
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
