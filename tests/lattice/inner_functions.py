"""Inner functions of the kernel, compiled so that Python can call them."""

from __future__ import annotations

from numba import njit

from topotaxy.lattice import costs, events, flips, straining


@njit
def apply_redox(tables, state, site, direction, step, pool=-1, member=-1):  # type: ignore[no-untyped-def]
    events.apply_redox(tables, state, site, direction, step, pool, member)


@njit
def apply_hop(tables, state, start, direction):  # type: ignore[no-untyped-def]
    events.apply_hop(tables, state, start, direction)


@njit
def hop_cost(tables, state, start, end):  # type: ignore[no-untyped-def]
    return costs.hop_cost(tables, state, start, end)


@njit
def apply_exchange(tables, state, metal, direction):  # type: ignore[no-untyped-def]
    events.apply_exchange(tables, state, metal, direction)


@njit
def exchange_cost(tables, state, metal, other):  # type: ignore[no-untyped-def]
    return costs.exchange_cost(tables, state, metal, other)


@njit
def apply_transfer(tables, state, start, member, end):  # type: ignore[no-untyped-def]
    events.apply_transfer(tables, state, start, member, end)


@njit
def transfer_cost(tables, state, start, end, species):  # type: ignore[no-untyped-def]
    return flips.transfer_cost(tables, state, start, end, species)


@njit
def flip_cost(tables, state, block, layout):  # type: ignore[no-untyped-def]
    return flips.flip_cost(tables, state, block, layout)


@njit
def read_layout(tables, state, block, layout):  # type: ignore[no-untyped-def]
    flips.read_layout(tables, state, block, layout)


@njit
def draw_members(tables, state, block, rng, members, vacant):  # type: ignore[no-untyped-def]
    flips.draw_members(tables, state, block, rng, members, vacant)


@njit
def apply_decoherence(tables, state, block):  # type: ignore[no-untyped-def]
    events.apply_decoherence(tables, state, block)


@njit
def apply_coherence(tables, state, block, members):  # type: ignore[no-untyped-def]
    events.apply_coherence(tables, state, block, members)


@njit
def refresh_frame(tables, state, everything):  # type: ignore[no-untyped-def]
    straining.refresh_frame(tables, state, everything)
