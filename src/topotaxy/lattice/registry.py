"""Regions of the frame that lose registry with their host, or find it again.

ΔG of a change is the difference of H. The saddle S is the higher of both states; where no neighbour has gone
before and the region is larger than the critical nucleus 2γ/g, it is at least 16π γ³/3g², g being the gain
per volume: the same in both directions. A change is made of elementary steps, and none is faster than
the slowest of them: the rate is ``ν exp[-(E_step + S)/kT]``. Changes faster than the experiment are
capped, both ways by the same factor.
"""

from __future__ import annotations

import math

import numpy as np

from topotaxy.lattice.compiled import inner
from topotaxy.lattice.places import ACTIVE, VOLTAGE
from topotaxy.lattice.renewing import hold_frame, renew_exchange, renew_rates
from topotaxy.lattice.weights import strain_energy
from topotaxy.portable import exp


@inner
def released_energy(tables, state, region):  # type: ignore[no-untyped-def]
    """Energy (eV) of strain and pressure that a region has while it is registered."""
    energy = strain_energy(tables, state, region, state.content[region])
    for place in range(state.counts[ACTIVE]):
        k = np.int64(state.active_list[place])
        if state.size[k] > 1 and tables.region_of[state.centre[k]] == region:
            for s in range(len(tables.volumes)):
                energy += tables.pressure * state.composition[k, s] * tables.volumes[s]
    return energy


@inner
def loss_cost(tables, state, region):  # type: ignore[no-untyped-def]
    """ΔG (eV) of a region that loses registry, as its neighbours are, and the saddle above registry."""
    released = released_energy(tables, state, region)
    faces, gone = 0.0, 0
    for m in range(6):
        neighbour = np.int64(tables.region_neighbours[region, m])
        if neighbour != region:
            gone += 1 - state.registered[neighbour]
            faces += tables.faces[region, m] * (1.0 if state.registered[neighbour] else -1.0)
    cost = faces - released
    saddle = max(0.0, cost)
    volume = tables.region_volume[region]
    if gone == 0 and released > 0.0:
        gain = released / volume
        radius = 2.0 * tables.surface / gain
        if 4.0 * math.pi / 3.0 * radius * radius * radius < volume:
            cube = tables.surface * tables.surface * tables.surface
            saddle = max(saddle, 16.0 * math.pi / 3.0 * cube / (gain * gain))
    return cost, saddle


@inner
def try_registry(tables, state, rng, ceiling):  # type: ignore[no-untyped-def]
    """Try to change the registry of a region at random; returns whether it changed."""
    region = int(rng.random() * len(state.registered))
    cost, saddle = loss_cost(tables, state, region)
    top = max(saddle, max(0.0, cost) + ceiling) - ceiling
    height = top if state.registered[region] else top - cost
    if rng.random() >= exp(-height / tables.thermal_energy):
        return False
    state.registered[region] = 1 - state.registered[region]
    hold_frame(tables, state)
    renew_exchange(tables, state, state.held[VOLTAGE])
    renew_rates(tables, state)
    return True
