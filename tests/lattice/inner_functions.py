"""Inner functions of the kernel, compiled so that Python can call them."""

from __future__ import annotations

from typing import Any

from numba import njit

from topotaxy.lattice import cation_hops, events, moves, objects, regions, registry, renewing
from topotaxy.lattice.compiled import by_address


def called(function: Any) -> Any:
    return by_address(njit(function))


@called
def reduce(tables, state, site, direction, k):  # type: ignore[no-untyped-def]
    events.apply_reduction(tables, state, site, direction, k)
    regions.renew_sums(tables, state)


@called
def oxidise(tables, state, site, direction, k, species, ordinal):  # type: ignore[no-untyped-def]
    events.apply_oxidation(tables, state, site, direction, k, species, ordinal)
    regions.renew_sums(tables, state)


@called
def hop(tables, state, start, end):  # type: ignore[no-untyped-def]
    events.apply_hop(tables, state, start, end)
    regions.renew_sums(tables, state)


@called
def hop_cost(tables, state, start, end):  # type: ignore[no-untyped-def]
    return moves.hop_cost(tables, state, start, end)


@called
def try_cation_hop(tables, state, rng):  # type: ignore[no-untyped-def]
    moved = cation_hops.try_cation_hop(tables, state, rng)
    regions.renew_sums(tables, state)
    return moved


@called
def try_metal_hop(tables, state, rng, rate):  # type: ignore[no-untyped-def]
    moved = moves.try_metal_hop(tables, state, rng, rate)
    regions.renew_sums(tables, state)
    return moved


@called
def leave(tables, state, k, species, ordinal, site):  # type: ignore[no-untyped-def]
    events.apply_leave(tables, state, k, species, ordinal, site)
    regions.renew_sums(tables, state)


@called
def join(tables, state, k, q):  # type: ignore[no-untyped-def]
    events.apply_join(tables, state, k, q)
    regions.renew_sums(tables, state)


@called
def leaving_cost(tables, state, k, species):  # type: ignore[no-untyped-def]
    return objects.leaving_cost(tables, state, k, species)


@called
def rate_of_leaving(tables, state, species, atoms, cost):  # type: ignore[no-untyped-def]
    return objects.rate_of_leaving(tables, state, species, atoms, cost)


@called
def rate_of_joining(tables, state, species, atoms, cost):  # type: ignore[no-untyped-def]
    return objects.rate_of_joining(tables, state, species, atoms, cost)


@called
def loss_cost(tables, state, region):  # type: ignore[no-untyped-def]
    return registry.loss_cost(tables, state, region)


@called
def change_registry(tables, state, region):  # type: ignore[no-untyped-def]
    mean = state.held[2]
    registry.flip(tables, state, region)
    # At the content that the frame was held at before.
    state.held[2] = mean
    for other in range(len(state.registered)):
        regions.renew_region_factor(tables, state, other)
    renewing.renew_exchange(tables, state, state.held[0])


@called
def change_factor(tables, state, region, cost, saddle):  # type: ignore[no-untyped-def]
    return registry.change_factor(tables, state, region, cost, saddle)


@called
def hold_frame(tables, state):  # type: ignore[no-untyped-def]
    renewing.hold_frame(tables, state)
    renewing.renew_exchange(tables, state, state.held[0])


@called
def hold_voltage(tables, state, voltage):  # type: ignore[no-untyped-def]
    renewing.renew_exchange(tables, state, voltage)


@called
def cation_hop_cost(tables, state, start, end, out, into, out2, into2):  # type: ignore[no-untyped-def]
    return cation_hops.cation_hop_cost(tables, state, start, end, out, into, out2, into2)
