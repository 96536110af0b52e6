"""The compiled loop: rejection-free redox under current control, hops and exchanges by trial.

Redox events are drawn from exact sums. Hops and exchanges have a bounded rate, ``Γ`` downhill
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

from topotaxy.lattice.costs import exchange_cost, hop_cost
from topotaxy.lattice.events import apply_exchange, apply_hop, apply_redox
from topotaxy.lattice.galvanostat import voltage, voltage_factor
from topotaxy.lattice.selection import find_leaf

RUNNING, CUTOFF, EXHAUSTED = 0, 1, 2
"""Why the loop came back: budget of events used up, cut-off reached, no event possible."""

REDUCED, OXIDISED, HOPPED, EXCHANGED, HOP_TRIALS, EXCHANGE_TRIALS = range(6)


class Drive(NamedTuple):
    """How the box is driven.

    ``current`` in electrons per second (positive: discharge), ``cutoff`` in V (crossed
    downwards on discharge, upwards on charge), rates in 1/s. Where ``held`` is finite, the
    voltage is held there instead, and neither current nor cut-off applies.
    """

    current: float
    cutoff: float
    redox_rate: float
    hop_rate: float
    exchange_rate: float
    held: float = math.nan


class Trace(NamedTuple):
    """Record of one half-cycle in bins of equal charge.

    ``voltage_time`` (bins, 2): sums of V·dt and dt while the net charge was in the bin;
    ``electrons`` (bins, species): electrons held when the bin was first entered;
    ``tally`` (6,): events of each kind; ``clock`` (2,): time (s) and net electrons passed;
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
        tally=np.zeros(6, dtype=np.int64),
        clock=np.zeros(2),
        reached=np.full(1, -1, dtype=np.int64),
    )


@njit(cache=True, nogil=True)
def _redox(tables, state, rng, step):  # type: ignore[no-untyped-def]
    """Draw one redox event of the class ``step`` and carry it out."""
    tree = state.reductions if step < 0 else state.oxidations
    weights = state.empty_weight if step < 0 else state.filled_weight
    site, _ = find_leaf(tree, rng.random() * tree[1])
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
    apply_redox(tables, state, site, chosen, step)


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
    reduction_tree, oxidation_tree, electrons = state.reductions, state.oxidations, state.electrons
    octahedra, tetrahedra = tables.octahedral_octahedra, tables.tetrahedral_tetrahedra
    site_energy, alkali_energy, bonds = tables.site_energy, tables.alkali_energy, tables.metal_bond
    stiffness, kt = tables.stiffness, tables.thermal_energy
    voltage_time, clock, tally, reached = trace.voltage_time, trace.clock, trace.tally, trace.reached
    sense = 1 if drive.current >= 0.0 else -1
    bins = len(voltage_time)
    for _ in range(budget):
        net = clock[1]
        at = min(max(int(net / bin_width), 0), bins - 1)
        while reached[0] < at:
            reached[0] += 1
            trace.electrons[reached[0]] = electrons
        reductions, oxidations = reduction_tree[1], oxidation_tree[1]
        if math.isfinite(drive.held):
            potential = drive.held
            factor = math.exp(-potential / (2.0 * kt))
        else:
            factor = voltage_factor(drive.current / drive.redox_rate, reductions, oxidations)
            potential = voltage(factor, kt)
        if math.isnan(drive.held) and (
            (sense > 0 and potential < drive.cutoff) or (sense < 0 and potential > drive.cutoff)
        ):
            return CUTOFF
        reducing = drive.redox_rate * reductions * factor
        oxidising = drive.redox_rate * oxidations / factor
        hopping = 6.0 * drive.hop_rate * counts[1]
        exchanging = 12.0 * drive.exchange_rate * counts[0]
        total = reducing + oxidising + hopping + exchanging
        if total <= 0.0:
            return EXHAUSTED
        elapsed = -math.log(1.0 - rng.random()) / total
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
        elif pick < hopping + exchanging:
            tally[EXCHANGE_TRIALS] += 1
            metal = metal_list[int(rng.random() * counts[0])]
            other = octahedra[metal, int(rng.random() * 12)]
            cost = exchange_cost(
                species, valence, site_excess, neighbours, bonds, site_energy, stiffness, metal, other
            )
            if _accepts(cost, kt, rng):
                apply_exchange(tables, state, metal, other)
                tally[EXCHANGED] += 1
        elif pick < hopping + exchanging + reducing or oxidising == 0.0:
            _redox(tables, state, rng, -1)
            tally[REDUCED] += 1
            clock[1] += sense
        else:
            _redox(tables, state, rng, 1)
            tally[OXIDISED] += 1
            clock[1] -= sense
    return RUNNING
