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
from numpy.typing import NDArray

from topotaxy.lattice.compiled import entry
from topotaxy.lattice.drawing import drawn_exchange, drawn_hop, drawn_redox
from topotaxy.lattice.events import (
    ALKALI,
    METAL,
    VACANT_SITES,
    apply_exchange,
    apply_hop,
    apply_redox,
    apply_transfer,
)
from topotaxy.lattice.flips import drawn_transfer, try_flip
from topotaxy.lattice.galvanostat import voltage, voltage_factor
from topotaxy.lattice.straining import FADING_COST, refresh_frame
from topotaxy.lattice.weights import (
    ELECTRONS,
    INSIDE_OXIDATIONS,
    INSIDE_REDUCTIONS,
    OUTSIDE_OXIDATIONS,
    OUTSIDE_REDUCTIONS,
    REFRESHED,
    common_factors,
)
from topotaxy.portable import exp, log

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


@entry
def run(tables, state, rng, drive, trace, bin_width, budget):  # type: ignore[no-untyped-def]
    """Advance until the cut-off, or ``budget`` events and trials; returns the reason.

    The half-cycle ends on the instantaneous voltage: carried on, starved sums make time
    explode and let forbidden events happen.
    """
    counts, coherent, sums, frame = state.counts, state.coherent, state.sums, state.frame
    electrons, seen = state.electrons, trace.electrons
    kt, blocks = tables.thermal_energy, len(state.incoherent)
    voltage_time, clock, tally, reached = trace.voltage_time, trace.clock, trace.tally, trace.reached
    sense = 1 if drive.current >= 0.0 else -1
    bins = len(voltage_time)
    at = 0
    lower = higher = potential = 0.0
    reducing = oxidising = hopping = exchanging = transferring = flipping = total = 0.0
    changed = True
    for _ in range(budget):
        # Most trials are refused and leave everything as it was.
        if changed:
            changed = False
            at = min(max(int(clock[1] / bin_width), 0), bins - 1)
            while reached[0] < at:
                reached[0] += 1
                for s in range(len(electrons)):
                    seen[reached[0], s] = electrons[s]
            if abs(coherent[ELECTRONS] - coherent[REFRESHED]) >= drive.refresh:
                refresh_frame(tables, state, np.bool_(False))
            lower, higher = common_factors(tables, state, frame[FADING_COST])
            reductions = sums[1, INSIDE_REDUCTIONS] * lower + sums[1, OUTSIDE_REDUCTIONS]
            oxidations = sums[1, INSIDE_OXIDATIONS] * higher + sums[1, OUTSIDE_OXIDATIONS]
            if math.isfinite(drive.held):
                potential = drive.held
                factor = exp(-potential / (2.0 * kt))
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
            hopping = 6.0 * drive.hop_rate * counts[ALKALI]
            exchanging = 12.0 * drive.exchange_rate * counts[METAL]
            transferring = 12.0 * drive.transfer_rate * counts[VACANT_SITES]
            flipping = drive.flip_rate * blocks
            total = reducing + oxidising + hopping + exchanging + transferring + flipping
            if not total > 0.0 or math.isinf(total):
                return EXHAUSTED
        elapsed = -log(1.0 - rng.random()) / total
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
            start, direction, changed = drawn_hop(tables, state, rng)
            if changed:
                apply_hop(tables, state, start, direction)
                tally[HOPPED] += 1
            continue
        pick -= hopping
        if pick < exchanging:
            tally[EXCHANGE_TRIALS] += 1
            metal, direction, changed = drawn_exchange(tables, state, rng)
            if changed:
                apply_exchange(tables, state, metal, direction)
                tally[EXCHANGED] += 1
            continue
        pick -= exchanging
        if pick < transferring:
            tally[TRANSFER_TRIALS] += 1
            block, member, end, changed = drawn_transfer(tables, state, rng)
            if changed:
                apply_transfer(tables, state, block, member, end)
                tally[TRANSFERRED] += 1
            continue
        pick -= transferring
        if pick < flipping:
            tally[FLIP_TRIALS] += 1
            if try_flip(tables, state, rng, drive.ceiling):
                tally[FLIPPED] += 1
                refresh_frame(tables, state, np.bool_(True))
                changed = True
            continue
        pick -= flipping
        changed = True
        if pick < reducing or oxidising == 0.0:
            step, common = -1, lower
            tally[REDUCED] += 1
        else:
            step, common = 1, higher
            tally[OXIDISED] += 1
        site, direction, pool, member = drawn_redox(tables, state, rng, step, common)
        apply_redox(tables, state, site, direction, step, pool, member)
        clock[1] -= sense * step
    return RUNNING
