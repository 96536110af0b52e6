"""The compiled loop: rejection-free redox under current control, everything else by trial.

Redox events are drawn from exact sums. Hops, exchanges and transfers have a bounded rate, ``Γ`` downhill
and ``Γ exp(-ΔE/kT)`` uphill, so they are drawn uniformly at rate Γ and accepted with
min(1, exp(-ΔE/kT)): the same Markov process, without keeping a sum of their rates. Every
class obeys detailed balance with the one Hamiltonian.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from topotaxy.lattice.clusters import member_of
from topotaxy.lattice.costs import (
    ELECTRONS,
    REFRESHED,
    common_factors,
    content_cost,
    content_shift,
    exchange_cost,
    hop_cost,
    refresh_frame,
)
from topotaxy.lattice.events import apply_exchange, apply_hop, apply_redox
from topotaxy.lattice.flips import try_flip, try_transfer
from topotaxy.lattice.galvanostat import voltage, voltage_factor
from topotaxy.lattice.selection import find_leaf

RUNNING, CUTOFF, EXHAUSTED, TIMED_OUT = 0, 1, 2, 3
"""Why the loop came back: budget of events used up, cut-off reached, no event possible, time up."""

REDUCED, OXIDISED, HOPPED, EXCHANGED, TRANSFERRED, FLIPPED = range(6)
HOP_TRIALS, EXCHANGE_TRIALS, TRANSFER_TRIALS, FLIP_TRIALS = range(6, 10)


class Drive(NamedTuple):
    """How the box is driven.

    ``current`` in electrons per second (positive: discharge), ``cutoff`` in V (crossed
    downwards on discharge, upwards on charge), rates in 1/s. Where ``held`` is finite, the
    voltage is held there instead, and neither current nor cut-off applies.

    ``transfer_rate``: of an atom between incoherent blocks by a pair of sites; ``flip_rate``:
    trials of a block, and ``ceiling`` (eV) what that caps (:mod:`topotaxy.lattice.flips`).
    ``refresh``: electrons after which the frame follows its content. ``limit``: s.
    """

    current: float
    cutoff: float
    redox_rate: float
    hop_rate: float
    exchange_rate: float
    held: float = math.nan
    transfer_rate: float = 0.0
    flip_rate: float = 0.0
    ceiling: float = 0.0
    refresh: int = 1 << 62
    limit: float = math.inf


class Trace(NamedTuple):
    """Record of one half-cycle in bins of equal charge.

    ``voltage_time`` (bins, 2): sums of V·dt and dt while the net charge was in the bin;
    ``electrons`` (bins, species): electrons held when the bin was first entered;
    ``tally`` (10,): events of each kind; ``clock`` (2,): time (s) and net electrons passed;
    ``reached`` (1,): highest bin entered.
    """

    voltage_time: NDArray[np.float64]
    electrons: NDArray[np.int64]
    tally: NDArray[np.int64]
    clock: NDArray[np.float64]
    reached: NDArray[np.int64]


def empty_trace(bins: int, species: int) -> Trace:
    """Return a trace with nothing in it."""
    return Trace(
        voltage_time=np.zeros((bins, 2)),
        electrons=np.zeros((bins, species), dtype=np.int64),
        tally=np.zeros(10, dtype=np.int64),
        clock=np.zeros(2),
        reached=np.full(1, -1, dtype=np.int64),
    )


@njit(cache=True, nogil=True)
def _drawn_site(tables, state, rng, step, common):  # type: ignore[no-untyped-def]
    """Draw the site of a redox event; ``common`` is the factor that coherent blocks share."""
    if step < 0:
        inside, outside, weights = state.coherent_reductions, state.incoherent_reductions, state.reductions
    else:
        inside, outside, weights = state.coherent_oxidations, state.incoherent_oxidations, state.oxidations
    total = inside[1] * common
    tree = inside if rng.random() * (total + outside[1]) < total else outside
    block, _ = find_leaf(tree, rng.random() * tree[1])
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


@njit(cache=True, nogil=True)
def _drawn_pool(tables, state, rng, site, step):  # type: ignore[no-untyped-def]
    """Draw the cluster, within reach of a site, that takes or gives an atom: (block, place in it).

    An atom that is oxidised is drawn by its energy as M+ at this vacant site.
    """
    reach, incoherent, element = tables.reach[site], state.incoherent, state.species[site]
    gain, loss, one_body = state.pool_gain, state.pool_loss, tables.half_site
    species = loss.shape[1]
    total = 0.0
    pool, kind = -1, -1
    for sweep in range(2):
        # First the sum, then the choice.
        target = rng.random() * total if sweep else math.inf
        for block in reach:
            if block < 0 or not incoherent[block] or (step > 0 and state.pool_size[block] == 0):
                continue
            for s in range(species):
                if step < 0:
                    weight = gain[block, s] if s == element else 0.0
                else:
                    weight = loss[block, s] / one_body[site, s, 1]
                if sweep == 0:
                    total += weight
                elif weight > 0.0 and target >= 0.0:
                    pool, kind = block, s
                    target -= weight
    if step < 0:
        return pool, -1
    return pool, member_of(state, pool, kind, int(rng.random() * state.pool_count[pool, kind]))


@njit(cache=True, nogil=True)
def _redox(tables, state, rng, step, common):  # type: ignore[no-untyped-def]
    """Draw one redox event of the class ``step`` and carry it out."""
    weights = state.empty_weight if step < 0 else state.filled_weight
    site = _drawn_site(tables, state, rng, step, common)
    # The cation's own factor is common to its eight tetrahedra.
    total = 0.0
    for direction in range(8):
        total += weights[tables.octahedral_tetrahedra[site, direction]]
    target = rng.random() * total
    chosen = -1
    for direction in range(8):
        weight = weights[tables.octahedral_tetrahedra[site, direction]]
        if weight > 0.0:
            chosen = direction
            if target < weight:
                break
            target -= weight
    pool, member = -1, -1
    if state.species[site] < 0 or (
        step < 0 and state.valence[site] == 1 and state.incoherent[site // tables.sites_per_block]
    ):
        pool, member = _drawn_pool(tables, state, rng, site, step)
    apply_redox(tables, state, site, chosen, step, pool, member)


@njit(cache=True, nogil=True)
def _accepts(cost, thermal_energy, rng):  # type: ignore[no-untyped-def]
    return cost <= 0.0 or rng.random() < math.exp(-cost / thermal_energy)


@njit(cache=True, nogil=True)
def run(tables, state, rng, drive, trace, bin_width, budget):  # type: ignore[no-untyped-def]
    """Advance until the cut-off, or ``budget`` events; returns the reason.

    The half-cycle ends on the instantaneous voltage: carried on, starved sums make time
    explode and let forbidden events happen.
    """
    # Out of their tuples once: see topotaxy.lattice.costs.
    species, valence, alkali, counts = state.species, state.valence, state.alkali, state.counts
    site_excess, tetrahedral_excess = state.site_excess, state.tetrahedral_excess
    neighbours, metal_list, alkali_list = state.metal_neighbours, state.metal_list, state.alkali_list
    inside_reductions, outside_reductions = state.coherent_reductions, state.incoherent_reductions
    inside_oxidations, outside_oxidations = state.coherent_oxidations, state.incoherent_oxidations
    electrons, coherent, incoherent = state.electrons, state.coherent, state.incoherent
    block_electrons, bonds = state.block_electrons, state.bonds
    octahedra, tetrahedra = tables.octahedral_octahedra, tables.tetrahedral_tetrahedra
    site_energy, alkali_energy = tables.site_energy, tables.alkali_energy
    stiffness, kt, elastic, highest = (
        tables.stiffness,
        tables.thermal_energy,
        tables.elastic,
        tables.highest_valence,
    )
    per_block, blocks = tables.sites_per_block, len(state.incoherent)
    voltage_time, clock, tally, reached = trace.voltage_time, trace.clock, trace.tally, trace.reached
    sense = 1 if drive.current >= 0.0 else -1
    bins = len(voltage_time)
    for _ in range(budget):
        net = clock[1]
        at = min(max(int(net / bin_width), 0), bins - 1)
        while reached[0] < at:
            reached[0] += 1
            trace.electrons[reached[0]] = electrons
        if abs(coherent[ELECTRONS] - coherent[REFRESHED]) >= drive.refresh:
            refresh_frame(tables, state)
        lower, higher = common_factors(tables, state)
        reductions = inside_reductions[1] * lower + outside_reductions[1]
        oxidations = inside_oxidations[1] * higher + outside_oxidations[1]
        if math.isfinite(drive.held):
            potential = drive.held
            factor = math.exp(-potential / (2.0 * kt))
        else:
            factor = voltage_factor(drive.current / drive.redox_rate, reductions, oxidations)
            potential = voltage(factor, kt)
        if math.isnan(drive.held) and (
            (drive.current > 0.0 and potential < drive.cutoff)
            or (drive.current < 0.0 and potential > drive.cutoff)
        ):
            return CUTOFF
        reducing = drive.redox_rate * reductions * factor
        oxidising = drive.redox_rate * oxidations / factor
        hopping = 6.0 * drive.hop_rate * counts[1]
        exchanging = 12.0 * drive.exchange_rate * counts[0]
        transferring = 12.0 * drive.transfer_rate * counts[2]
        flipping = drive.flip_rate * blocks
        total = reducing + oxidising + hopping + exchanging + transferring + flipping
        if not total > 0.0 or math.isinf(total):
            return EXHAUSTED
        elapsed = -math.log(1.0 - rng.random()) / total
        if clock[0] + elapsed > drive.limit:
            # Nothing happens until then; the next event is drawn afresh, which changes nothing.
            voltage_time[at, 0] += potential * (drive.limit - clock[0])
            voltage_time[at, 1] += drive.limit - clock[0]
            clock[0] = drive.limit
            return TIMED_OUT
        clock[0] += elapsed
        voltage_time[at, 0] += potential * elapsed
        voltage_time[at, 1] += elapsed
        pick = rng.random() * total
        if pick < hopping:
            tally[HOP_TRIALS] += 1
            start = alkali_list[int(rng.random() * counts[1])]
            end = tetrahedra[start, int(rng.random() * 6)]
            if alkali[end] == 0:
                cost = hop_cost(alkali_energy, tetrahedral_excess, stiffness, start, end)
                if _accepts(cost, kt, rng):
                    apply_hop(tables, state, start, end)
                    tally[HOPPED] += 1
            continue
        pick -= hopping
        if pick < exchanging:
            tally[EXCHANGE_TRIALS] += 1
            metal = metal_list[int(rng.random() * counts[0])]
            other = octahedra[metal, int(rng.random() * 12)]
            if incoherent[other // per_block]:
                continue
            cost = exchange_cost(
                species, valence, site_excess, neighbours, bonds, site_energy, stiffness, metal, other
            )
            shift = content_shift(highest, species, valence, other)
            cost += content_cost(elastic, block_electrons, metal // per_block, other // per_block, shift)
            if _accepts(cost, kt, rng):
                apply_exchange(tables, state, metal, other)
                tally[EXCHANGED] += 1
            continue
        pick -= exchanging
        if pick < transferring:
            tally[TRANSFER_TRIALS] += 1
            tally[TRANSFERRED] += try_transfer(tables, state, rng)
            continue
        pick -= transferring
        if pick < flipping:
            tally[FLIP_TRIALS] += 1
            if try_flip(tables, state, rng, drive.ceiling):
                tally[FLIPPED] += 1
                refresh_frame(tables, state)
            continue
        pick -= flipping
        if pick < reducing or oxidising == 0.0:
            _redox(tables, state, rng, -1, lower)
            tally[REDUCED] += 1
            clock[1] += sense
        else:
            _redox(tables, state, rng, 1, higher)
            tally[OXIDISED] += 1
            clock[1] -= sense
    return RUNNING
