"""The compiled loop: rejection-free redox and metal under current control, hops by trial.

Redox events, and atoms that leave or join metal objects, are drawn from exact sums. Hops of A+, of ions
and of single atoms, and changes of registry are tried at a uniform rate. Every class obeys detailed
balance with the one Hamiltonian, at the voltage and the frame that are held meanwhile.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from topotaxy.lattice.compiled import entry, inner
from topotaxy.lattice.drawing import drawn_direction, drawn_giver, drawn_site, drawn_taker
from topotaxy.lattice.events import apply_oxidation, apply_reduction
from topotaxy.lattice.galvanostat import voltage, voltage_factor
from topotaxy.lattice.moves import metal_transfer, try_cation_hop, try_hop, try_metal_hop
from topotaxy.lattice.places import ALKALI, LONE, OXIDISE, PASSED, REDUCE, VACANT, VOLTAGE
from topotaxy.lattice.reach import is_clipped
from topotaxy.lattice.registry import try_registry
from topotaxy.lattice.renewing import hold_frame, renew_all_sums, renew_exchange
from topotaxy.lattice.weights import renew_sums
from topotaxy.portable import exp, log

RUNNING, CUTOFF, EXHAUSTED, TIMED_OUT = 0, 1, 2, 3
"""Why the loop came back: budget of events used up, cut-off reached, no event possible, time up."""

REDUCED, OXIDISED, HOPPED, CATION_HOPPED, METAL_HOPPED, JOINED, LEFT, REGISTRY = range(8)
HOP_TRIALS, CATION_TRIALS, METAL_TRIALS, TRANSFER_TRIALS, REGISTRY_TRIALS = range(8, 13)

STEP = 0.25
"""Volts by which the voltage of exchange follows at most at a time."""

CLOSE = 0.02
"""Volts by which the voltage of exchange may lag behind that of the cell."""


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
    ``tally`` (13,): events of each kind; ``clock`` (2,): time (s) and net electrons passed;
    ``reached`` (1,): highest bin entered; ``exchange`` (4,): atoms exchanged with metal, the sum
    and the largest of the distances over which (Å), and the electrons that passed while the box cut
    the reach.
    """

    voltage_time: NDArray[np.float64]
    electrons: NDArray[np.int64]
    tally: NDArray[np.int64]
    clock: NDArray[np.float64]
    reached: NDArray[np.int64]
    exchange: NDArray[np.float64]


def empty_trace(bins: int, species: int) -> Trace:
    """Return a trace with nothing in it."""
    return Trace(
        voltage_time=np.zeros((bins, 2)),
        electrons=np.zeros((bins, species), dtype=np.int64),
        tally=np.zeros(13, dtype=np.int64),
        clock=np.zeros(2),
        reached=np.full(1, -1, dtype=np.int64),
        exchange=np.zeros(4),
    )


@inner
def _follow(tables, state, target, step):  # type: ignore[no-untyped-def]
    """Let the voltage of exchange follow ``target`` by ``step`` (V) at most; returns whether it moved."""
    held = state.held[VOLTAGE]
    if abs(target - held) <= CLOSE:
        return False
    renew_exchange(tables, state, held + min(max(target - held, -step), step))
    return True


@inner
def _redox(tables, state, rng, which, exchange):  # type: ignore[no-untyped-def]
    """Draw and do one redox event; returns whether there was one."""
    site = drawn_site(tables, state, rng, which)
    if site < 0:
        return False
    direction = drawn_direction(tables, state, rng, site, which)
    if which == REDUCE:
        k = drawn_taker(tables, state, rng, site) if state.valence[site] == 1 else np.int64(-1)
        if k >= 0:
            _note(tables, state, exchange, site, k, np.int64(state.size[k]))
        apply_reduction(tables, state, site, direction, k)
        return True
    k, species, ordinal = np.int64(-1), np.int64(-1), 0
    if state.species[site] < 0:
        k = np.int64(state.near[0, site])
        species, ordinal = drawn_giver(tables, state, rng, site)
        _note(tables, state, exchange, site, k, np.int64(state.size[k]) - 1)
    apply_oxidation(tables, state, site, direction, k, species, ordinal)
    return True


@inner
def _note(tables, state, exchange, site, k, atoms):  # type: ignore[no-untyped-def]
    """Record the distance over which an atom is exchanged with an object."""
    distance = tables.distance[tables.size_class[atoms], state.near_shell[0, site]]
    exchange[0] += 1.0
    exchange[1] += distance
    exchange[2] = max(exchange[2], distance)


@entry
def run(tables, state, rng, drive, trace, bin_width, budget):  # type: ignore[no-untyped-def]
    """Advance until the cut-off, or ``budget`` events and trials; returns the reason.

    The half-cycle ends on the instantaneous voltage: carried on, starved sums make time
    explode and let forbidden events happen. Before it ends, exchange has followed to the cut-off.
    """
    counts, sums, electrons, seen = state.counts, state.sums, state.electrons, trace.electrons
    kt, regions = tables.thermal_energy, len(state.registered)
    voltage_time, clock, tally, reached = trace.voltage_time, trace.clock, trace.tally, trace.reached
    sense = 1 if drive.current >= 0.0 else -1
    bins = len(voltage_time)
    at = 0
    potential = factor = 0.0
    reducing = oxidising = hopping = cations = metals = transferring = registering = total = 0.0
    changed = True
    clipped = is_clipped(tables, state)
    for _ in range(budget):
        # Most trials are refused and leave everything as it was.
        if changed:
            changed = False
            at = min(max(int(clock[1] / bin_width), 0), bins - 1)
            while reached[0] < at:
                reached[0] += 1
                for s in range(len(electrons)):
                    seen[reached[0], s] = electrons[s]
            held = math.isfinite(drive.held)
            if held:
                potential = drive.held
                factor = exp(-potential / (2.0 * kt))
            else:
                factor = voltage_factor(drive.current / drive.redox_rate, sums[1, REDUCE], sums[1, OXIDISE])
                potential = voltage(factor, kt)
            target = potential
            if not held and drive.current > 0.0:
                target = max(potential, drive.cutoff)
            elif not held and drive.current < 0.0:
                target = min(potential, drive.cutoff)
            if state.clock[PASSED] >= drive.refresh:
                state.clock[PASSED] = 0
                hold_frame(tables, state)
                if math.isfinite(target) and abs(target - state.held[VOLTAGE]) > CLOSE:
                    # Half-way: the voltage fluctuates from event to event.
                    renew_exchange(tables, state, 0.5 * (target + state.held[VOLTAGE]))
                    clipped = is_clipped(tables, state)
                else:
                    renew_all_sums(tables, state)
                changed = True
                continue
            over = not held and (
                (drive.current > 0.0 and potential < drive.cutoff)
                or (drive.current < 0.0 and potential > drive.cutoff)
            )
            # Away from equilibrium at once; back only after some electrons, or one would chase the other.
            ahead = sense * (state.held[VOLTAGE] - target)
            behind = (over or held or ahead > STEP) and math.isfinite(target)
            if behind and _follow(tables, state, target, STEP):
                clipped = is_clipped(tables, state)
                changed = True
                continue
            if over:
                return CUTOFF
            reducing = drive.redox_rate * sums[1, REDUCE] * factor
            oxidising = drive.redox_rate * sums[1, OXIDISE] / factor
            hopping = 6.0 * drive.hop_rate * counts[ALKALI]
            cations = 36.0 * drive.cation_rate * counts[VACANT]
            metals = 12.0 * drive.metal_rate * counts[LONE]
            transferring = state.rates[1] if drive.transfers else 0.0
            registering = drive.registry_rate * regions
            total = reducing + oxidising + hopping + cations + metals + transferring + registering
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
            if try_hop(tables, state, rng):
                tally[HOPPED] += 1
                changed = True
        elif pick < hopping + cations:
            tally[CATION_TRIALS] += 1
            if try_cation_hop(tables, state, rng):
                tally[CATION_HOPPED] += 1
                changed = True
        elif pick < hopping + cations + metals:
            tally[METAL_TRIALS] += 1
            if try_metal_hop(tables, state, rng, drive.metal_rate):
                tally[METAL_HOPPED] += 1
                changed = True
        elif pick < hopping + cations + metals + transferring:
            tally[TRANSFER_TRIALS] += 1
            moved = metal_transfer(tables, state, rng)
            if moved != 0:
                tally[JOINED if moved > 0 else LEFT] += 1
                changed = True
        elif pick < hopping + cations + metals + transferring + registering:
            tally[REGISTRY_TRIALS] += 1
            if try_registry(tables, state, rng, drive.registry_step, drive.registry_rate):
                tally[REGISTRY] += 1
                changed = True
        else:
            left = pick - (hopping + cations + metals + transferring + registering)
            which = REDUCE if left < reducing or oxidising == 0.0 else OXIDISE
            if _redox(tables, state, rng, which, trace.exchange):
                step = 1 if which == REDUCE else -1
                tally[REDUCED if which == REDUCE else OXIDISED] += 1
                clock[1] += sense * step
                state.clock[PASSED] += 1
                if clipped:
                    trace.exchange[3] += 1.0
                changed = True
        if changed:
            renew_sums(tables, state)
    return RUNNING
