"""The compiled loop: rejection-free redox and metal under current control, hops by trial.

Redox events of one electron or two, and atoms that leave or join metal objects, are drawn from exact sums.
Hops of A+, of ions and of single atoms, and changes of registry are tried at a uniform rate. Every class
obeys detailed balance with the one Hamiltonian, at the voltage and the frame that are held meanwhile.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from topotaxy.lattice.cation_hops import try_cation_hop
from topotaxy.lattice.compiled import entry, inner
from topotaxy.lattice.following import followed
from topotaxy.lattice.galvanostat import factor_with_pairs, voltage, voltage_factor
from topotaxy.lattice.moves import metal_transfer, try_hop, try_metal_hop
from topotaxy.lattice.places import (
    ALKALI,
    LONE,
    OXIDISE,
    OXIDISE_TWO,
    PASSED,
    REDUCE,
    REDUCE_TWO,
    VACANT,
    has_two_electron_steps,
)
from topotaxy.lattice.reach import is_clipped
from topotaxy.lattice.redox_steps import react_by_one, react_by_two
from topotaxy.lattice.regions import renew_sums
from topotaxy.lattice.registry import try_registry
from topotaxy.portable import exp, log

RUNNING, CUTOFF, EXHAUSTED, TIMED_OUT = 0, 1, 2, 3
"""Why the loop came back: budget of events used up, cut-off reached, no event possible, time up."""

REDUCED, OXIDISED, HOPPED, CATION_HOPPED, METAL_HOPPED, JOINED, LEFT, REGISTRY = range(8)
HOP_TRIALS, CATION_TRIALS, METAL_TRIALS, TRANSFER_TRIALS, REGISTRY_TRIALS = range(8, 13)


class Drive(NamedTuple):
    """How the box is driven.

    ``current`` in electrons per second (positive: discharge), ``cutoff`` in V (crossed
    downwards on discharge, upwards on charge), rates in 1/s, of which that of a cation is by vacancy
    and direction, with none, one or two A+. Where ``held`` is finite, the
    voltage is held there instead, and neither current nor cut-off applies.

    ``registry_rate``: trials of a region, and ``registry_step`` the rate of an elementary step
    (:mod:`topotaxy.lattice.registry`). ``refresh``: electrons after which the voltage of exchange and the
    frame follow, at most. ``limit``: s.
    """

    current: float
    cutoff: float
    redox_rate: float
    hop_rate: float = 0.0
    cation_rate: float = 0.0
    metal_rate: float = 0.0
    transfers: bool = True
    held: float = math.nan
    registry_rate: float = 0.0
    registry_step: float = 0.0
    refresh: int = 1 << 62
    limit: float = math.inf


class Trace(NamedTuple):
    """Record of one half-cycle in bins of equal charge.

    ``voltage_time`` (bins, 2): sums of V·dt and dt while the net charge was in the bin;
    ``electrons`` (bins, species): electrons held when the bin was first entered;
    ``tally`` (13,): events of each kind, those of two electrons twice; ``clock`` (2,): time (s) and net
    electrons passed; ``reached`` (1,): highest bin entered; ``exchange`` (4,): atoms exchanged with metal,
    the sum and the largest of the distances over which (Å), and the electrons that passed while the box cut
    the reach.
    """

    voltage_time: NDArray[np.float64]
    electrons: NDArray[np.int64]
    tally: NDArray[np.int64]
    clock: NDArray[np.float64]
    reached: NDArray[np.int64]
    exchange: NDArray[np.float64]


def empty_trace(bins: int, species: int) -> Trace:
    """Return a trace with nothing in it.

    Parameters
    ----------
    bins : int
        Number of bins of equal charge.
    species : int
        Number of species of cations.
    """
    return Trace(
        voltage_time=np.zeros((bins, 2)),
        electrons=np.zeros((bins, species), dtype=np.int64),
        tally=np.zeros(13, dtype=np.int64),
        clock=np.zeros(2),
        reached=np.full(1, -1, dtype=np.int64),
        exchange=np.zeros(4),
    )


@inner
def _record_electrons(state, trace, bin_width):  # type: ignore[no-untyped-def]
    """Bin of the charge passed so far; electrons held are noted where it was entered for the first time."""
    at = min(max(int(trace.clock[1] / bin_width), 0), len(trace.voltage_time) - 1)
    while trace.reached[0] < at:
        trace.reached[0] += 1
        for s in range(len(state.electrons)):
            trace.electrons[trace.reached[0], s] = state.electrons[s]
    return at


@inner
def _voltage_now(drive, sums, kt):  # type: ignore[no-untyped-def]
    """Voltage (V), held or that the current needs, and the factor by which it favours reduction."""
    if math.isfinite(drive.held):
        return drive.held, exp(-drive.held / (2.0 * kt))
    over = drive.current / drive.redox_rate
    if sums.shape[1] > REDUCE_TWO:
        factor = factor_with_pairs(
            over, sums[1, REDUCE], sums[1, OXIDISE], sums[1, REDUCE_TWO], sums[1, OXIDISE_TWO]
        )
    else:
        factor = voltage_factor(over, sums[1, REDUCE], sums[1, OXIDISE])
    return voltage(factor, kt), factor


@inner
def _renew_ends(state, drive, factor, ends):  # type: ignore[no-untyped-def]
    """Rates of the classes of events, summed up in order: a number below ``ends[c]`` draws class c."""
    counts, sums = state.counts, state.sums
    reducing = drive.redox_rate * sums[1, REDUCE] * factor
    oxidising = drive.redox_rate * sums[1, OXIDISE] / factor
    hopping = 6.0 * drive.hop_rate * counts[ALKALI]
    cations = 36.0 * drive.cation_rate * counts[VACANT]
    metals = 12.0 * drive.metal_rate * counts[LONE]
    transferring = state.rates[1] if drive.transfers else 0.0
    registering = drive.registry_rate * len(state.registered)
    ends[0] = hopping
    ends[1] = hopping + cations
    ends[2] = hopping + cations + metals
    ends[3] = hopping + cations + metals + transferring
    ends[4] = hopping + cations + metals + transferring + registering
    ends[5] = reducing
    ends[6] = oxidising
    # In another order than above, which is a matter of the last bit.
    total = reducing + oxidising + hopping + cations + metals + transferring + registering
    if has_two_electron_steps(state):
        ends[7] = drive.redox_rate * sums[1, REDUCE_TWO] * (factor * factor)
        ends[8] = drive.redox_rate * sums[1, OXIDISE_TWO] / (factor * factor)
        total += ends[7] + ends[8]
    return total


@inner
def _drawn_redox(ends, at):  # type: ignore[no-untyped-def]
    """Which redox event ``at`` falls in, of the rates that follow the trials; never one of rate zero."""
    if at < ends[5] or (ends[6] == 0.0 and ends[7] == 0.0 and ends[8] == 0.0):
        return REDUCE
    at -= ends[5]
    if at < ends[6] or (ends[7] == 0.0 and ends[8] == 0.0):
        return OXIDISE
    return REDUCE_TWO if at - ends[6] < ends[7] or ends[8] == 0.0 else OXIDISE_TWO


@inner
def _moved(tables, state, rng, drive, tally, pick, ends):  # type: ignore[no-untyped-def]
    """Try the move without electrons that ``pick`` draws; returns whether anything changed."""
    if pick < ends[0]:
        tally[HOP_TRIALS] += 1
        done, kind = try_hop(tables, state, rng), HOPPED
    elif pick < ends[1]:
        tally[CATION_TRIALS] += 1
        done, kind = try_cation_hop(tables, state, rng), CATION_HOPPED
    elif pick < ends[2]:
        tally[METAL_TRIALS] += 1
        done, kind = try_metal_hop(tables, state, rng, drive.metal_rate), METAL_HOPPED
    elif pick < ends[3]:
        tally[TRANSFER_TRIALS] += 1
        moved = metal_transfer(tables, state, rng)
        done, kind = moved != 0, JOINED if moved > 0 else LEFT
    else:
        tally[REGISTRY_TRIALS] += 1
        done, kind = try_registry(tables, state, rng, drive.registry_step, drive.registry_rate), REGISTRY
    if done:
        tally[kind] += 1
    return done


@inner
def _reacted(tables, state, rng, trace, sense, which, clipped):  # type: ignore[no-untyped-def]
    """Do a redox event and record it; returns whether there was one."""
    electrons = 1 if which <= OXIDISE else 2
    if electrons == 1:
        done = react_by_one(tables, state, rng, which, trace.exchange)
    else:
        done = react_by_two(tables, state, rng, which, trace.exchange)
    if not done:
        return False
    reduced = which in (REDUCE, REDUCE_TWO)
    trace.tally[REDUCED if reduced else OXIDISED] += electrons
    trace.clock[1] += sense * (electrons if reduced else -electrons)
    state.clock[PASSED] += electrons
    if clipped:
        trace.exchange[3] += electrons
    return True


@inner
def _passed(trace, at, potential, elapsed, limit):  # type: ignore[no-untyped-def]
    """Let time pass at a potential, to the limit at most; returns whether that was reached."""
    clock, voltage_time = trace.clock, trace.voltage_time
    if clock[0] + elapsed > limit:
        # Nothing happens until then; the next event is drawn afresh, which changes nothing.
        voltage_time[at, 0] += potential * (limit - clock[0])
        voltage_time[at, 1] += limit - clock[0]
        clock[0] = limit
        return True
    clock[0] += elapsed
    voltage_time[at, 0] += potential * elapsed
    voltage_time[at, 1] += elapsed
    return False


@entry
def run(tables, state, rng, drive, trace, bin_width, budget):  # type: ignore[no-untyped-def]
    """Advance until the cut-off, or ``budget`` events and trials; returns the reason.

    The half-cycle ends on the instantaneous voltage: carried on, starved sums make time
    explode and let forbidden events happen. Before it ends, exchange has followed to the cut-off.

    Parameters
    ----------
    tables, state : Tables, State
        Constants of the box, and what changes in it: that is advanced.
    rng : Generator
        Source of the random numbers; advanced.
    drive, trace : Drive, Trace
        How the box is driven, and the record that is continued.
    bin_width : float
        Charge of a bin of the trace, electrons of the box.
    budget : int
        Events and trials after which the loop comes back at the latest.

    Returns
    -------
    int
        :data:`RUNNING`, :data:`CUTOFF`, :data:`EXHAUSTED` or :data:`TIMED_OUT`.
    """
    kt, sums, ends = tables.thermal_energy, state.sums, np.zeros(9)
    sense = 1 if drive.current >= 0.0 else -1
    at = 0
    potential = factor = total = 0.0
    changed = True
    clipped = is_clipped(tables, state)
    for _ in range(budget):
        # Most trials are refused and leave everything as it was.
        if changed:
            changed = False
            at = _record_electrons(state, trace, bin_width)
            potential, factor = _voltage_now(drive, sums, kt)
            changed, moved, over = followed(tables, state, drive, potential)
            if moved:
                clipped = is_clipped(tables, state)
            if changed:
                continue
            if over:
                return CUTOFF
            total = _renew_ends(state, drive, factor, ends)
            if not total > 0.0 or math.isinf(total):
                return EXHAUSTED
        if _passed(trace, at, potential, -log(1.0 - rng.random()) / total, drive.limit):
            return TIMED_OUT
        pick = rng.random() * total
        if pick < ends[4]:
            changed = _moved(tables, state, rng, drive, trace.tally, pick, ends)
        else:
            which = _drawn_redox(ends, pick - ends[4])
            changed = _reacted(tables, state, rng, trace, sense, which, clipped)
        if changed:
            renew_sums(tables, state)
    return RUNNING
