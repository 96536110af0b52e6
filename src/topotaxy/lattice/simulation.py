"""One replica of the box through its cycles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics import LatticeEnergies, lattice_energies
from topotaxy.lattice import kernel
from topotaxy.lattice.geometry import Geometry, geometry_from_cells
from topotaxy.lattice.history import Curve, HalfCycle, Replica, load_replica, save_replica
from topotaxy.lattice.measures import measures_of
from topotaxy.lattice.running import configuration_of, state_from
from topotaxy.lattice.state import pristine_configuration
from topotaxy.lattice.tables import tables_from
from topotaxy.material import FARADAY, Composition, electrode_composition, molar_mass, theoretical_capacity
from topotaxy.spec import Spec

BINS = 200
"""Bins of charge in which the voltage of one half-cycle is averaged."""

EVENTS_PER_CALL = 100_000
"""Between two looks at the progress bar and at Ctrl-C."""

KEPT_CURVES = (1, 2, 5)
"""Cycles 1, 2, 5 of every decade keep their curves and structures, and so does the last."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """Everything that the replicas of a run share.

    ``electrons_per_second`` is the current of the whole box; ``capacity_per_electron`` in
    mAh/g; ``bin_width`` in electrons.
    """

    spec: Spec
    composition: Composition
    geometry: Geometry
    energies: LatticeEnergies
    electrons_per_second: float
    capacity_per_electron: float
    bin_width: float

    @property
    def cycles(self) -> int:
        """Number of cycles asked for."""
        return self.spec.protocol.cycles


def box_from_spec(spec: Spec) -> Box:
    """Work out what a specification asks for.

    Raises
    ------
    InputError
        Where the formula is unknown, is no rock salt or lacks data, or a cation claimed active
        is not in it.
    """
    composition = electrode_composition(spec.electrode)
    energies = lattice_energies(
        composition, spec.cell.ion, spec.cell.temperature, overrides=spec.lattice.parameters
    )
    geometry = geometry_from_cells(spec.lattice.cells)
    # A trial filling, so that a composition that does not fit the box is refused before anything runs.
    pristine_configuration(geometry, composition, energies, np.random.default_rng(0))
    mass = molar_mass(composition)
    units = geometry.sites / sum(composition.anions.values())
    return Box(
        spec=spec,
        composition=composition,
        geometry=geometry,
        energies=energies,
        electrons_per_second=spec.protocol.current * mass / FARADAY * units,
        capacity_per_electron=theoretical_capacity(1.0, mass) / units,
        bin_width=2.0 * geometry.sites / BINS,
    )


def keeps_curve(cycle: int, cycles: int) -> bool:
    """Whether this cycle's curves and structures are kept (all of them up to cycle 10)."""
    leading = cycle
    while leading % 10 == 0:
        leading //= 10
    return cycle <= 10 or cycle == cycles or leading in KEPT_CURVES


def new_replica(box: Box, seed: np.random.SeedSequence) -> Replica:
    """Fill the box at random; the same seed gives the same replica."""
    rng = np.random.Generator(np.random.PCG64(seed))
    pristine = pristine_configuration(box.geometry, box.composition, box.energies, rng)
    return Replica(pristine=pristine, configuration=pristine, rng=rng)


def run_replica(
    box: Box,
    seed: np.random.SeedSequence,
    checkpoint: Path,
    *,
    tick: Callable[[int], None] = lambda cycle: None,
) -> Replica:
    """Cycle a replica to the end, from its checkpoint where there is one.

    ``checkpoint`` is rewritten atomically after every cycle. ``tick`` is called with the
    number of finished cycles, often; what it raises ends the run, and the checkpoint stands.
    """
    replica = load_replica(checkpoint) if checkpoint.exists() else new_replica(box, seed)
    for cycle in range(len(replica.half_cycles) // 2 + 1, box.cycles + 1):
        for direction in ("discharge", "charge"):
            half = _half_cycle(box, replica, cycle, direction, partial(tick, cycle - 1))
            replica.half_cycles.append(half)
        save_replica(replica, checkpoint)
        tick(cycle)
    return replica


def _half_cycle(
    box: Box, replica: Replica, cycle: int, direction: str, tick: Callable[[], None]
) -> HalfCycle:
    sense = 1.0 if direction == "discharge" else -1.0
    current = sense * box.electrons_per_second
    cell = box.spec.cell
    drive = kernel.Drive(
        current=current,
        cutoff=cell.lower_cutoff if sense > 0 else cell.upper_cutoff,
        redox_rate=box.energies.redox_rate,
        hop_rate=box.energies.alkali_hops_per_electron * abs(current) / (6.0 * box.geometry.sites),
        exchange_rate=box.energies.exchange_rate,
    )
    # Rebuilt from the configuration every time, so that a resumed run takes the same path.
    tables = tables_from(box.geometry, box.energies, replica.configuration.anion)
    state = state_from(box.geometry, box.energies, tables, replica.configuration)
    trace = kernel.empty_trace(BINS, len(box.energies.species))
    before = state.electrons.copy()
    while (
        kernel.run(tables, state, replica.rng, drive, trace, box.bin_width, EVENTS_PER_CALL) == kernel.RUNNING
    ):
        tick()
    replica.configuration = configuration_of(state)
    keep = keeps_curve(cycle, box.cycles)
    time, net = trace.clock
    return HalfCycle(
        cycle=cycle,
        direction=direction,
        capacity=float(net) * box.capacity_per_electron,
        mean_voltage=float(trace.voltage_time[:, 0].sum() / time) if time > 0 else drive.cutoff,
        duration=float(time),
        tally=trace.tally,
        measures=measures_of(box.geometry, box.energies, replica.configuration, replica.pristine),
        curve=_curve(box, trace, before, state.electrons, drive) if keep else None,
        configuration=replica.configuration if keep else None,
    )


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
