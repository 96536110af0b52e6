"""Drawing and doing redox events, of one electron and of two."""

from __future__ import annotations

import numpy as np

from topotaxy.lattice.compiled import inner
from topotaxy.lattice.drawing import drawn_direction, drawn_giver, drawn_pair, drawn_site, drawn_taker
from topotaxy.lattice.events import apply_oxidation, apply_reduction
from topotaxy.lattice.places import REDUCE, REDUCE_TWO


@inner
def react_by_one(tables, state, rng, which, exchange):  # type: ignore[no-untyped-def]
    """Draw and do one redox event of one electron; returns whether there was one.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    rng : Generator
        Source of the random numbers; advanced.
    which : int
        ``REDUCE`` or ``OXIDISE``.
    exchange : array of float64, shape (4,)
        Record of what is exchanged with metal, of the trace of a half-cycle; added to.
    """
    site = drawn_site(tables, state, rng, which)
    if site < 0:
        return False
    direction = drawn_direction(tables, state, rng, site, which)
    if which == REDUCE:
        k = drawn_taker(tables, state, rng, site, 1) if state.valence[site] == 1 else np.int64(-1)
        if k >= 0:
            _note(tables, state, exchange, site, k, np.int64(state.size[k]))
        apply_reduction(tables, state, site, direction, k)
        return True
    k, species, ordinal = np.int64(-1), np.int64(-1), 0
    if state.species[site] < 0:
        k = np.int64(state.near[0, site])
        species, ordinal = drawn_giver(tables, state, rng, site, 1)
        _note(tables, state, exchange, site, k, np.int64(state.size[k]) - 1)
    apply_oxidation(tables, state, site, direction, k, species, ordinal)
    return True


@inner
def react_by_two(tables, state, rng, which, exchange):  # type: ignore[no-untyped-def]
    """Draw and do one redox event of two electrons; returns whether there was one.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it; the fields have shapes and units.
    rng : Generator
        Source of the random numbers; advanced.
    which : int
        ``REDUCE_TWO`` or ``OXIDISE_TWO``.
    exchange : array of float64, shape (4,)
        Record of what is exchanged with metal, of the trace of a half-cycle; added to.
    """
    site = drawn_site(tables, state, rng, which)
    if site < 0:
        return False
    first, second = drawn_pair(tables, state, rng, site, 1.0 if which == REDUCE_TWO else -1.0)
    if first < 0:
        return False
    none = np.int64(-1)
    if which == REDUCE_TWO:
        k = drawn_taker(tables, state, rng, site, 2)
        if k >= 0:
            _note(tables, state, exchange, site, k, np.int64(state.size[k]))
        apply_reduction(tables, state, site, first, none)
        apply_reduction(tables, state, site, second, k)
        return True
    k = np.int64(state.near[0, site])
    species, ordinal = drawn_giver(tables, state, rng, site, 2)
    _note(tables, state, exchange, site, k, np.int64(state.size[k]) - 1)
    apply_oxidation(tables, state, site, first, k, species, ordinal)
    apply_oxidation(tables, state, site, second, none, none, 0)
    return True


@inner
def _note(tables, state, exchange, site, k, atoms):  # type: ignore[no-untyped-def]
    """Record the distance over which an atom is exchanged with an object."""
    distance = tables.distance[tables.size_class[atoms], state.near_shell[0, site]]
    exchange[0] += 1.0
    exchange[1] += distance
    exchange[2] = max(exchange[2], distance)
