"""One replica of the box through its cycles."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from topotaxy.lattice import kernel
from topotaxy.lattice.box import BINS, Box
from topotaxy.lattice.checkpoint import identity_of, load_replica, save_replica
from topotaxy.lattice.frame import Frame, frame_of, grain_factor, rigid_frame
from topotaxy.lattice.history import Curve, HalfCycle, Replica, keeps_curve, snapshot
from topotaxy.lattice.measures import measures_of
from topotaxy.lattice.running import configuration_of, state_from
from topotaxy.lattice.state import Configuration, pristine_configuration
from topotaxy.lattice.tables import Tables, tables_from

REFRESHES = 128
"""Times that frame and voltage of exchange follow while every cation is reduced."""

HOLD_STEPS = 100
"""Looks at the current during a hold."""

EVENTS_PER_CALL = 100_000
"""Between two looks at the progress bar and at Ctrl-C."""

SECONDS_BETWEEN_CHECKPOINTS = 5.0
"""All that a kill may lose; what ends a run in order loses nothing but the cycle under way."""


def new_replica(box: Box, seed: np.random.SeedSequence) -> Replica:
    """Fill the box at random; the same seed gives the same replica.

    Parameters
    ----------
    box : Box
        Geometry, energies, kinetics and specification that all replicas share.
    seed : SeedSequence
        Seed of the random numbers of the replica.
    """
    rng = np.random.Generator(np.random.PCG64(seed))
    pristine = pristine_configuration(
        box.geometry, box.composition, box.energies, rng, disorder=box.spec.lattice.disorder
    )
    return Replica(pristine=pristine, configuration=pristine, rng=rng)


def run_replica(
    box: Box,
    seed: np.random.SeedSequence,
    checkpoint: Path,
    *,
    grain: float = 0.5,
    tick: Callable[[int], None] = lambda cycle: None,
) -> Replica:
    """Cycle a replica to the end, from its checkpoint where there is one.

    Parameters
    ----------
    box : Box
        Geometry, energies, kinetics and specification that all replicas share.
    seed : SeedSequence
        Seed of the random numbers of the replica.
    checkpoint : Path
        Rewritten atomically after a cycle, if the last time was a few seconds ago, and at the end.
    grain : float
        Quantile among the grains, 0 to 1: how hard it nucleates the loss of registry.
    tick : callable
        Called with the number of finished cycles, often; what it raises ends the run, and every finished
        cycle is in the checkpoint.
    """
    replica, identity = new_replica(box, seed), identity_of(box, seed, grain)
    if os.path.lexists(checkpoint):
        replica = load_replica(checkpoint, box, replica, identity=identity)
    frame = grain_frame(box, grain, replica.pristine)
    tables = tables_of(box, frame, replica.pristine)
    finished, written = replica, -math.inf
    try:
        for cycle in range(len(replica.half_cycles) // 2 + 1, box.cycles + 1):
            for direction in ("discharge", "charge"):
                half = _half_cycle(box, frame, tables, replica, cycle, direction, partial(tick, cycle - 1))
                replica.half_cycles.append(half)
            finished = snapshot(replica)
            if time.monotonic() - written > SECONDS_BETWEEN_CHECKPOINTS:
                save_replica(finished, checkpoint, identity=identity)
                written = time.monotonic()
                finished = replica
            tick(cycle)
    finally:
        if finished is not replica:
            save_replica(finished, checkpoint, identity=identity)
    return replica


def grain_frame(box: Box, grain: float, pristine: Configuration) -> Frame:
    """Return the constants of the grain at quantile ``grain``.

    Parameters
    ----------
    box : Box
        What all replicas share; its registry energies are used, if there are any.
    grain : float
        Quantile among the grains, 0 to 1: how hard it nucleates the loss of registry.
    pristine : Configuration
        Who sat where before the first electron: content is counted from it.
    """
    if box.registry is None:
        return rigid_frame(box.geometry, pristine)
    factor = grain_factor(box.registry.nucleation_factor, box.registry.nucleation_spread, grain)
    return frame_of(
        box.registry, box.geometry, box.composition, box.energies, pristine, nucleation_factor=factor
    )


def tables_of(box: Box, frame: Frame, pristine: Configuration) -> Tables:
    """Return the tables of a replica.

    Parameters
    ----------
    box : Box
        Geometry, energies, kinetics and specification that all replicas share.
    frame : Frame
        Constants of the grain: k and W by region (eV), pressure, interface energy.
    pristine : Configuration
        Who sat where before the first electron; its anions and charges are used.
    """
    return tables_from(
        box.geometry,
        box.energies,
        box.kinetics,
        pristine.anion,
        frame,
        spacing=box.spacing,
        atomic_volume=box.atomic_volume,
    )


def drive_of(box: Box, direction: str) -> kernel.Drive:
    """How a half-cycle is driven; what is faster than the experiment is tried that often only.

    Parameters
    ----------
    box : Box
        Geometry, energies, kinetics and specification that all replicas share.
    direction : str
        ``discharge`` or ``charge``.
    """
    sense = 1.0 if direction == "discharge" else -1.0
    cell, lattice, kinetics = box.spec.cell, box.spec.lattice, box.kinetics
    driven = box.electrons_per_second_of(direction)
    per_site = driven / box.geometry.sites
    trials = per_site * kinetics.registry_trials_per_electron
    cations = min(kinetics.cation_hop_rate, per_site * kinetics.cation_hops_per_electron)
    fastest = max(float(kinetics.metal_hop_rate.max()), kinetics.blocked_hop_rate)
    return kernel.Drive(
        current=sense * driven,
        cutoff=cell.lower_cutoff if sense > 0 else cell.upper_cutoff,
        redox_rate=box.energies.redox_rate,
        hop_rate=box.energies.alkali_hops_per_electron * per_site / 6.0,
        cation_rate=cations if lattice.transport else 0.0,
        metal_rate=min(fastest, metal_cap(box, direction)) if lattice.mobility else 0.0,
        transfers=lattice.mobility,
        registry_rate=trials if box.registry is not None else 0.0,
        registry_step=kinetics.registry_rate,
        refresh=max(1, 2 * box.geometry.sites // REFRESHES),
    )


def metal_cap(box: Box, direction: str) -> float:
    """Fastest hop of a single atom, and fastest rate of leaving an object, that is followed (1/s).

    Parameters
    ----------
    box : Box
        What all replicas share; its kinetics (1/s) and protocol are used.
    direction : str
        ``discharge`` or ``charge``: what is followed goes by the electron.
    """
    per_site = box.electrons_per_second_of(direction) / box.geometry.sites
    return box.kinetics.metal_hops_per_electron * per_site


def _half_cycle(
    box: Box,
    frame: Frame,
    tables: Tables,
    replica: Replica,
    cycle: int,
    direction: str,
    tick: Callable[[], None],
) -> HalfCycle:
    drive = drive_of(box, direction)
    # Rebuilt from the configuration every time, so that a resumed run takes the same path.
    fastest = metal_cap(box, direction)
    state = state_from(box.geometry, box.energies, tables, replica.configuration, fastest=fastest)
    trace = kernel.empty_trace(BINS, len(box.energies.species))
    before = state.electrons.copy()

    def advance(drive: kernel.Drive) -> int:
        reason: int = kernel.RUNNING
        while reason == kernel.RUNNING:
            reason = kernel.run(tables, state, replica.rng, drive, trace, box.bin_width, EVENTS_PER_CALL)
            tick()
        return reason

    advance(drive)
    flowed = np.array([math.fsum(column) for column in trace.voltage_time.T.tolist()])
    passed = float(trace.clock[1])
    _held(box, drive, trace, advance)
    # A rest afterwards belongs to no voltage of the half-cycle.
    driven, net = trace.voltage_time.copy(), float(trace.clock[1])
    if box.spec.protocol.rest:
        advance(drive._replace(current=0.0, limit=float(trace.clock[0]) + 3600.0 * box.spec.protocol.rest))
    replica.configuration = configuration_of(state)
    keep = keeps_curve(cycle, box.cycles)
    return HalfCycle(
        cycle=cycle,
        direction=direction,
        capacity=float(trace.clock[1]) * box.capacity_per_electron,
        mean_voltage=_mean_voltage(flowed, passed, net, drive.cutoff),
        duration=float(trace.clock[0]),
        tally=trace.tally,
        exchange_distance=_exchange_distance(trace),
        clipped=float(trace.exchange[3] / max(trace.tally[:2].sum(), 1)),
        measures=measures_of(
            box.geometry, box.energies, frame, box.spacings, replica.configuration, replica.pristine
        ),
        curve=_curve(box, trace._replace(voltage_time=driven), before, state.electrons, drive)
        if keep
        else None,
        configuration=replica.configuration if keep else None,
    )


def _exchange_distance(trace: kernel.Trace) -> float:
    """Mean distance (nm) over which atoms were exchanged with metal; NaN where none was."""
    number, total = trace.exchange[:2]
    return float(0.1 * total / number) if number > 0.0 else math.nan


def _mean_voltage(flowed: NDArray[np.float64], passed: float, net: float, cutoff: float) -> float:
    """Energy over charge: averaged over time while the current was constant, the cut-off while it was held.

    ``flowed`` are the sums of V·dt and dt at constant current, ``passed`` the electrons of that part and
    ``net`` those with the hold.
    """
    if not flowed[1] > 0.0:
        return cutoff
    constant = float(flowed[0] / flowed[1])
    return constant if net <= passed else (constant * max(passed, 0.0) + cutoff * (net - passed)) / net


def _held(box: Box, drive: kernel.Drive, trace: kernel.Trace, advance: Callable[[kernel.Drive], int]) -> None:
    """Hold the cut-off until the current, averaged over a hundredth of the time, has fallen."""
    protocol = box.spec.protocol
    if protocol.hold is None:
        return
    step = 3600.0 * protocol.hold_time / HOLD_STEPS
    for _ in range(HOLD_STEPS):
        before = float(trace.clock[1])
        limit = float(trace.clock[0]) + step
        advance(drive._replace(held=drive.cutoff, limit=limit))
        if float(trace.clock[1]) - before < protocol.hold * abs(drive.current) * step:
            return


def _curve(
    box: Box,
    trace: kernel.Trace,
    before: NDArray[np.int64],
    after: NDArray[np.int64],
    drive: kernel.Drive,
) -> Curve:
    """Time-averaged voltage by charge; the last point is the cut-off that ended the half-cycle.

    The last bin ends wherever the cut-off came, after a few events perhaps, so it is averaged
    together with the one before.
    """
    sense = 1 if drive.current > 0 else -1
    seen = np.flatnonzero(trace.voltage_time[:, 1] > 0)
    sums = trace.voltage_time[seen]
    if len(seen) > 1:
        sums[-2] += sums[-1]
        seen, sums = seen[:-1], sums[:-1]
    voltage = sums[:, 0] / sums[:, 1]
    held = np.vstack([trace.electrons[seen], after])
    net = max(float(trace.clock[1]), 0.0)
    charge = np.append(np.minimum(seen * box.bin_width, net), net)
    return Curve(
        charge=charge * box.capacity_per_electron,
        voltage=np.append(voltage, drive.cutoff),
        charge_by_element=np.asarray(sense * (held - before) * box.capacity_per_electron, dtype=np.float64),
    )
