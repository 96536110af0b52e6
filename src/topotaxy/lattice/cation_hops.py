"""Hops of ions into vacancies, with none, one or two A+ the other way.

Drawn at a uniform rate and accepted by their energy, as all moves without electrons
(:mod:`topotaxy.lattice.moves`).
"""

from __future__ import annotations

import numpy as np

from topotaxy.lattice.compiled import inner
from topotaxy.lattice.events import (
    add_alkali,
    move_cation,
    renew_after_move,
    renew_near_tetrahedron,
    take_alkali,
)
from topotaxy.lattice.places import VACANT
from topotaxy.lattice.regions import strain_energy
from topotaxy.portable import exp


@inner
def _filled_around(tables, state, site):  # type: ignore[no-untyped-def]
    number = 0
    place = np.int64(tables.site_place[site])
    for direction in range(8):
        number += state.alkali[tables.padded_tetrahedron[place + tables.tetrahedron_beside[direction]]]
    return number


@inner
def _tetrahedron_with(tables, state, site, content, ordinal, but):  # type: ignore[no-untyped-def]
    """Tetrahedron number ``ordinal`` around a site that has this content, leaving out one."""
    place = np.int64(tables.site_place[site])
    for direction in range(8):
        t = np.int64(tables.padded_tetrahedron[place + tables.tetrahedron_beside[direction]])
        if state.alkali[t] == content and t != but:
            if ordinal == 0:
                return t
            ordinal -= 1
    return np.int64(-1)


@inner
def _direction_to(tables, site, t):  # type: ignore[no-untyped-def]
    """Which of the tetrahedra around a site this is."""
    place, chosen = np.int64(tables.site_place[site]), 0
    for direction in range(8):
        if tables.padded_tetrahedron[place + tables.tetrahedron_beside[direction]] == t:
            chosen = direction
    return chosen


@inner
def _neighbour_to(tables, site, other):  # type: ignore[no-untyped-def]
    """Which of the neighbours of a site this is."""
    place, chosen = np.int64(tables.site_place[site]), 0
    for k in range(12):
        if tables.padded_site[place + tables.site_neighbour[k]] == other:
            chosen = k
    return chosen


@inner
def _pair_change(tables, state, out, into, charge, k, a, b):  # type: ignore[no-untyped-def]
    """Change of Σq² as one A+ goes from ``out`` to ``into``, besides that of the ion alone.

    Each q changes by 3 for A+ and by 2 for a charge of the ion; ``k``, ``a`` and ``b`` are the directions of
    the ion and of both tetrahedra. An octahedron shares three anions with a tetrahedron beside it.
    """
    change = 6 * (state.tetrahedral_excess[into] - state.tetrahedral_excess[out]) + 72
    return change - 18 * tables.hop_shared[k, a, b] + 12 * charge * tables.hop_own[k, a, b]


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
    """ΔE (eV) of an ion that moves into a vacancy beside it, and A+ from ``out`` to ``into``; -1 for none.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    start, end : int
        Numbers of octahedral sites, 0 to n - 1; the second is vacant.
    out, into, out2, into2 : int
        Tetrahedral sites that A+ leave and enter, or -1.
    """
    s, charge = np.int64(state.species[start]), np.int64(state.valence[start])
    here, there = tables.site_class[start], tables.site_class[end]
    cost = tables.site_energy[there, s, charge] - tables.site_energy[here, s, charge]
    cost += _elastic_change(tables, state, start, end, charge)
    # Σq² of the ion alone: neighbouring octahedra share two anions.
    change = 4 * charge * (state.site_excess[end] - state.site_excess[start]) + 32 * charge * charge
    if out >= 0:
        energy, kind = tables.alkali_energy, tables.alkali_class
        k = _neighbour_to(tables, end, start)
        a, b = _direction_to(tables, end, out), _direction_to(tables, start, into)
        cost += energy[kind[into]] - energy[kind[out]]
        change += _pair_change(tables, state, out, into, charge, k, a, b)
        if out2 >= 0:
            a2, b2 = _direction_to(tables, end, out2), _direction_to(tables, start, into2)
            cost += energy[kind[into2]] - energy[kind[out2]]
            change += _pair_change(tables, state, out2, into2, charge, k, a2, b2)
            alike = tables.beside_shared[a, a2] + tables.beside_shared[b, b2]
            change += 18 * (alike - tables.hop_shared[k, a, b2] - tables.hop_shared[k, a2, b])
    return cost + tables.stiffness * change


@inner
def try_cation_hop(tables, state, rng):  # type: ignore[no-untyped-def]
    """Try to move an ion into a vacancy beside it, and none, one or two A+ the other way.

    The A+ come from tetrahedra around the vacancy and go to empty ones around the ion, drawn at
    random; the number of choices there and back enters the acceptance.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    rng : Generator
        Source of the random numbers; advanced.
    """
    end = np.int64(state.vacant_list[int(rng.random() * state.counts[VACANT])])
    place = tables.site_place[end] + tables.site_neighbour[int(rng.random() * 12)]
    start = np.int64(tables.padded_site[place])
    number = int(rng.random() * 3)
    if state.species[start] < 0:
        return False
    full, empty = np.int64(state.alkali_beside[end]), 8 - np.int64(state.alkali_beside[start])
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
        for t, step in ((out, -1), (into, 1), (out2, -1), (into2, 1)):
            if t >= 0:
                renew_near_tetrahedron(tables, state, t, step)
    return taken
