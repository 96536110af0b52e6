"""Regions of the frame that lose registry with their host, or find it again.

What a region gains is the difference of H, in which pressure and border go by the grain as a whole, so a
region is only where it happens: the drive per volume, the barrier and the speed of the border do not
depend on how many regions there are. Rates are counted by site:

* where no other region is lost, loss starts at any of the n sites of the region, over the highest point S
  of ``γ A(V) - g V`` on the way, which is 16π γ³/3g² for a sphere smaller than the region;
* otherwise the border moves into a region through its faces to lost ones, of m sites together, by
  steps of one site; a walk of n steps that all cost the same takes ``m/n (1 - e^-δ)/(1 - e^-nδ)`` of the rate
  of one, with nδ the cost of the whole in kT, and so moves as fast as one in a larger region.

No step is faster than the slowest elementary one, ``ν exp(-E_step/kT)``. The factors are the same in both
directions; what is faster than the experiment follows is capped, both ways alike.
"""

from __future__ import annotations

import math

import numpy as np

from topotaxy.lattice.compiled import inner
from topotaxy.lattice.places import LOST, VOLTAGE
from topotaxy.lattice.regions import strain_energy
from topotaxy.lattice.renewing import hold_frame, renew_exchange, renew_rates
from topotaxy.portable import cbrt, exp

SPHERE = cbrt(36.0 * math.pi)
"""Area of a sphere over the two-thirds power of its volume."""


@inner
def border_area(tables, lost):  # type: ignore[no-untyped-def]
    """Area (Å²) of the border of so many lost sites: a sphere of them or of the rest, at most a slab.

    Parameters
    ----------
    tables : Tables
        Constants of the box.
    lost : int
        Number of sites in regions out of registry.
    """
    sites = tables.region_start[len(tables.region_start) - 1]
    part = cbrt(min(lost, sites - lost) * tables.site_volume)
    edge = cbrt(sites * tables.site_volume)
    return min(SPHERE * part * part, 2.0 * edge * edge)


@inner
def released_energy(tables, state, region):  # type: ignore[no-untyped-def]
    """Energy (eV) of strain and pressure that a region has while it is registered.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    region : int
        Number of the region of the frame, from 0.
    """
    sites = tables.region_start[region + 1] - tables.region_start[region]
    room = 0.0
    for s in range(len(tables.volumes)):
        room += state.pooled[s] * tables.volumes[s]
    share = sites / tables.region_start[len(tables.region_start) - 1]
    return strain_energy(tables, state, region, state.content[region]) + tables.pressure * room * share


@inner
def loss_cost(tables, state, region):  # type: ignore[no-untyped-def]
    """ΔG (eV) of a region that loses registry, as the others are, and the highest point on the way.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    region : int
        Number of the region of the frame, from 0.
    """
    sites = np.int64(tables.region_start[region + 1] - tables.region_start[region])
    others = np.int64(state.clock[LOST]) - (0 if state.registered[region] else sites)
    released = released_energy(tables, state, region)
    before = tables.surface * border_area(tables, others)
    cost = tables.surface * border_area(tables, others + sites) - before - released
    saddle = max(0.0, cost)
    # The critical nucleus: a sphere of radius 2γ/g, or the one at which a slab takes less.
    gain, grain = released / (sites * tables.site_volume), cbrt(len(state.species) * tables.site_volume)
    edge = grain * math.sqrt(2.0 / SPHERE)
    if gain > 0.0:
        edge = min(edge, 2.0 * SPHERE * tables.surface / (3.0 * gain))
    volume = edge * edge * edge
    nucleus = volume / tables.site_volume
    if others < nucleus and nucleus < others + sites:
        top = tables.surface * SPHERE * edge * edge - before
        saddle = max(saddle, top - gain * (volume - others * tables.site_volume))
    return cost, saddle


@inner
def change_factor(tables, state, region, cost, saddle):  # type: ignore[no-untyped-def]
    """Rate of a change over that of one elementary step, without the factor of what it costs in the end.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    region : int
        Number of the region of the frame, from 0.
    cost, saddle : float
        Energy that the loss of registry takes, and its barrier, eV: of :func:`loss_cost`.
    """
    sites = np.int64(tables.region_start[region + 1] - tables.region_start[region])
    others = np.int64(state.clock[LOST]) - (0 if state.registered[region] else sites)
    higher = exp(-(saddle - max(0.0, cost)) / tables.thermal_energy)
    if others == 0:
        return sites * higher
    border = 0.0
    for m in range(6):
        neighbour = np.int64(tables.region_neighbours[region, m])
        if neighbour != region and state.registered[neighbour] == 0:
            border += tables.faces[region, m]
    step = abs(cost) / (sites * tables.thermal_energy)
    walk = (1.0 - exp(-step)) / (1.0 - exp(-sites * step)) if step > 1e-9 else 1.0 / sites
    return border / sites * walk * higher


@inner
def flip(tables, state, region):  # type: ignore[no-untyped-def]
    """Change the registry of a region, and renew all that feels it.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    region : int
        Number of the region of the frame, from 0.
    """
    sites = np.int64(tables.region_start[region + 1] - tables.region_start[region])
    state.registered[region] = 1 - state.registered[region]
    state.clock[LOST] += -sites if state.registered[region] else sites
    hold_frame(tables, state)
    renew_exchange(tables, state, state.held[VOLTAGE])
    renew_rates(tables, state)


@inner
def try_registry(tables, state, rng, step_rate, rate):  # type: ignore[no-untyped-def]
    """Try to change the registry of a region at random; returns whether it changed.

    ``step_rate`` (1/s): of the slowest elementary step; ``rate`` (1/s): at which each region is tried.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    rng : Generator
        Source of the random numbers; advanced.
    step_rate : float
        Of the slowest elementary step, 1/s.
    rate : float
        At which each region is tried, 1/s.
    """
    region = int(rng.random() * len(state.registered))
    cost, saddle = loss_cost(tables, state, region)
    share = step_rate * change_factor(tables, state, region, cost, saddle) / rate
    uphill = cost if state.registered[region] else -cost
    if rng.random() >= min(share, 1.0) * exp(-max(0.0, uphill) / tables.thermal_energy):
        return False
    flip(tables, state, region)
    return True
