"""Regions of the frame: their strain, what it makes of redox weights, and the sums over their sites."""

from __future__ import annotations

import numpy as np

from topotaxy.lattice.compiled import inner
from topotaxy.lattice.places import (
    DIRTY,
    MEAN,
    OXIDISE,
    OXIDISE_TWO,
    REDUCE,
    REDUCE_TWO,
    has_two_electron_steps,
)
from topotaxy.portable import exp


@inner
def mark_region(tables, state, site):  # type: ignore[no-untyped-def]
    """Note that a weight in the region of a site has changed; see :func:`renew_sums`.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    site : int
        Number of an octahedral site, 0 to n - 1.
    """
    region = np.int64(tables.region_of[site])
    number = state.clock[DIRTY]
    place = state.region_mark[region]
    # A mark is its place in the list: nothing has to be cleared.
    if place >= number or state.dirty[place] != region:
        state.region_mark[region] = number
        state.dirty[number] = region
        state.clock[DIRTY] = number + 1


@inner
def strain_energy(tables, state, region, content):  # type: ignore[no-untyped-def]
    """w (eV) of a registered region at a content.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    region : int
        Number of the region of the frame, from 0.
    content : float
        Electrons that its sites have taken.
    """
    sites = tables.region_start[region + 1] - tables.region_start[region]
    excess = content - sites * state.held[MEAN]
    free = tables.elastic[region] * excess * excess
    return free * tables.cap[region] / (free + tables.cap[region]) if free > 0.0 else 0.0


@inner
def renew_region_factor(tables, state, region):  # type: ignore[no-untyped-def]
    """What the strain of a region makes of the reductions and oxidations in it.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    region : int
        Number of the region of the frame, from 0.
    """
    state.region_factor[region, REDUCE] = 1.0
    state.region_factor[region, OXIDISE] = 1.0
    both = has_two_electron_steps(state)
    if both:
        state.region_factor[region, REDUCE_TWO] = 1.0
        state.region_factor[region, OXIDISE_TWO] = 1.0
    if state.registered[region] and tables.elastic[region] > 0.0:
        content, half = state.content[region], 0.5 / tables.thermal_energy
        now = strain_energy(tables, state, region, content)
        more = strain_energy(tables, state, region, content + 1)
        less = strain_energy(tables, state, region, content - 1)
        state.region_factor[region, REDUCE] = exp((now - more) * half)
        state.region_factor[region, OXIDISE] = exp((now - less) * half)
        if both:
            more = strain_energy(tables, state, region, content + 2)
            less = strain_energy(tables, state, region, content - 2)
            state.region_factor[region, REDUCE_TWO] = exp((now - more) * half)
            state.region_factor[region, OXIDISE_TWO] = exp((now - less) * half)


@inner
def renew_sums(tables, state):  # type: ignore[no-untyped-def]
    """Renew the sums of the regions that were marked, and forget the marks.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    """
    sums, redox = state.sums, state.redox
    half = len(sums) // 2
    for place in range(state.clock[DIRTY]):
        region = np.int64(state.dirty[place])
        reductions = oxidations = 0.0
        for site in range(tables.region_start[region], tables.region_start[region + 1]):
            reductions += redox[site, REDUCE]
            oxidations += redox[site, OXIDISE]
        node = half + region
        sums[node, REDUCE] = reductions * state.region_factor[region, REDUCE]
        sums[node, OXIDISE] = oxidations * state.region_factor[region, OXIDISE]
        for step in range(REDUCE_TWO, redox.shape[1]):
            total = 0.0
            for site in range(tables.region_start[region], tables.region_start[region + 1]):
                total += redox[site, step]
            sums[node, step] = total * state.region_factor[region, step]
        state.dirty[place] = node
    _renew_above(sums, state.dirty, state.clock[DIRTY])
    state.clock[DIRTY] = 0


@inner
def _renew_above(sums, nodes, number):  # type: ignore[no-untyped-def]
    """Renew all sums above some leaves of a tree, level by level; a node that follows itself once only."""
    level = len(sums) // 2
    while level > 1:
        level >>= 1
        last, kept = np.int64(-1), 0
        for place in range(number):
            node = np.int64(nodes[place]) >> 1
            if node != last:
                for step in range(sums.shape[1]):
                    sums[node, step] = sums[2 * node, step] + sums[2 * node + 1, step]
                nodes[kept] = node
                last, kept = node, kept + 1
        number = kept
