"""Drawing the next event of a class: redox in proportion to its weight, the rest by trial."""

from __future__ import annotations

import math

import numpy as np

from topotaxy.lattice.clusters import member_of
from topotaxy.lattice.compiled import inlined, inner
from topotaxy.lattice.costs import exchange_cost, hop_cost
from topotaxy.lattice.events import ALKALI, METAL
from topotaxy.lattice.weights import (
    INSIDE_OXIDATIONS,
    INSIDE_REDUCTIONS,
    OUTSIDE_OXIDATIONS,
    OUTSIDE_REDUCTIONS,
)
from topotaxy.portable import exp


@inlined
def _drawn_block(sums, column, target):  # type: ignore[no-untyped-def]
    """Block in which ``target`` falls; never one of weight zero."""
    half = len(sums) // 2
    node = 1
    while node < half:
        left = 2 * node
        # Rounding may leave target at or above the last sum: then stay where weight is.
        if target < sums[left, column] or sums[left + 1, column] == 0.0:
            node = left
        else:
            target -= sums[left, column]
            node = left + 1
    return node - half


@inlined
def drawn_site(tables, state, rng, step, common):  # type: ignore[no-untyped-def]
    """Draw the site of a redox event; ``common`` is the factor that coherent blocks share."""
    reducing = step < 0
    inside = INSIDE_REDUCTIONS if reducing else INSIDE_OXIDATIONS
    outside = OUTSIDE_REDUCTIONS if reducing else OUTSIDE_OXIDATIONS
    weights = state.reductions if reducing else state.oxidations
    sums = state.sums
    total = sums[1, inside] * common
    column = inside if rng.random() * (total + sums[1, outside]) < total else outside
    block = _drawn_block(sums, column, rng.random() * sums[1, column])
    first = block * tables.sites_per_block
    total = 0.0
    for site in range(first, first + tables.sites_per_block):
        total += weights[site]
    target = rng.random() * total
    chosen = first
    for site in range(first, first + tables.sites_per_block):
        weight = weights[site]
        if weight > 0.0:
            chosen = site
            if target < weight:
                break
            target -= weight
    return chosen


@inlined
def _drawn_direction(tables, state, rng, site, step):  # type: ignore[no-untyped-def]
    """Draw the tetrahedron; the cation's own factor is common to all eight."""
    total = 0.0
    for direction in range(8):
        total += max(-step * state.weight[tables.octahedral_tetrahedra[site, direction]], 0.0)
    target = rng.random() * total
    chosen = -1
    for direction in range(8):
        weight = -step * state.weight[tables.octahedral_tetrahedra[site, direction]]
        if weight > 0.0:
            chosen = direction
            if target < weight:
                break
            target -= weight
    return chosen


@inner
def _drawn_pool(tables, state, rng, site, step):  # type: ignore[no-untyped-def]
    """Draw the cluster, within reach of a site, that takes or gives an atom: (block, place in it).

    An atom that is oxidised is drawn by its energy as M+ at this vacant site.
    """
    incoherent, element = state.incoherent, state.species[site]
    gain, loss, one_body = state.pool_gain, state.pool_loss, tables.half_site
    species = loss.shape[1]
    total = 0.0
    pool, kind = np.int64(-1), np.int64(-1)
    for sweep in range(2):
        # First the sum, then the choice.
        target = rng.random() * total if sweep else math.inf
        for k in range(tables.reach.shape[1]):
            block = np.int64(tables.reach[site, k])
            if block < 0 or not incoherent[block] or (step > 0 and state.pool_size[block] == 0):
                continue
            for s in range(species):
                if step < 0:
                    weight = gain[block, s] if s == element else 0.0
                else:
                    weight = loss[block, s] * one_body[1, tables.site_class[site], s, 0]
                if sweep == 0:
                    total += weight
                elif weight > 0.0 and target >= 0.0:
                    pool, kind = block, np.int64(s)
                    target -= weight
    if step < 0:
        return pool, -1
    return pool, member_of(state, pool, kind, int(rng.random() * state.pool_count[pool, kind]))


@inlined
def drawn_redox(tables, state, rng, step, common):  # type: ignore[no-untyped-def]
    """Draw one redox event of the class ``step``: site, direction, and cluster with place or -1."""
    site = drawn_site(tables, state, rng, step, common)
    direction = _drawn_direction(tables, state, rng, site, step)
    pool, member = -1, -1
    if state.species[site] < 0 or (
        step < 0 and state.valence[site] == 1 and state.incoherent[site // tables.sites_per_block]
    ):
        pool, member = _drawn_pool(tables, state, rng, site, step)
    return site, direction, pool, member


@inlined
def _accepts(cost, thermal_energy, rng):  # type: ignore[no-untyped-def]
    return cost <= 0.0 or rng.random() < exp(-cost / thermal_energy)


@inlined
def drawn_hop(tables, state, rng):  # type: ignore[no-untyped-def]
    """Draw an A+ and a direction; whether it may go there."""
    start = np.int64(state.alkali_list[int(rng.random() * state.counts[ALKALI])])
    direction = int(rng.random() * 6)
    end = np.int64(tables.tetrahedral_tetrahedra[start, direction])
    accepted = False
    if state.alkali[end] == 0:
        accepted = _accepts(hop_cost(tables, state, start, end), tables.thermal_energy, rng)
    return start, direction, accepted


@inlined
def drawn_exchange(tables, state, rng):  # type: ignore[no-untyped-def]
    """Draw an M0 and a direction; whether it may trade places."""
    metal = np.int64(state.metal_list[int(rng.random() * state.counts[METAL])])
    direction = int(rng.random() * 12)
    other = np.int64(tables.octahedral_octahedra[metal, direction])
    accepted = False
    if not state.incoherent[other // tables.sites_per_block]:
        accepted = _accepts(exchange_cost(tables, state, metal, other), tables.thermal_energy, rng)
    return metal, direction, accepted
