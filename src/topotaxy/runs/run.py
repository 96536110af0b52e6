"""Run a specification: replicas on threads, checkpoints, and the run folder."""

from __future__ import annotations

import datetime
import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from topotaxy.files import write_atomically
from topotaxy.lattice import Replica, run_replica
from topotaxy.lattice.history import keeps_curve
from topotaxy.lattice.kernel import HOP_TRIALS
from topotaxy.material import electrode_composition
from topotaxy.observables import to_csv, to_json
from topotaxy.results import (
    CHECKPOINTS,
    CURVES_FILE,
    DATA_FILE,
    LABELS_FILE,
    OBSERVABLES_FILE,
    OBSERVABLES_TABLE,
    PROVENANCE_FILE,
    SPEC_FILE,
    json_text,
    publishing,
    write_dataset,
)
from topotaxy.runs.asked import specification_or_cell
from topotaxy.runs.curves_table import curves_csv
from topotaxy.runs.dataset import equilibrium_of, run_tree
from topotaxy.runs.folder import prepare_folder, spec_text
from topotaxy.runs.labels import labels_text
from topotaxy.runs.observed import observables_of
from topotaxy.runs.phases import Phase, phases_of
from topotaxy.runs.provenance import provenance_of
from topotaxy.runs.together import Progress, Tick, run_together
from topotaxy.spec import Spec
from topotaxy.version import __version__

if TYPE_CHECKING:
    import xarray as xr

FIRST_CYCLE = "cycles (the first waits for the kernel, which is compiled once on each machine)"


def simulate(
    spec: Spec | str | Path | Mapping[str, Any], *, progress: Progress | None = None, **options: Any
) -> xr.DataTree:
    """Simulate a specification, or a cell, in memory and return the dataset of the run.

    Parameters
    ----------
    spec : Spec, str, Path or mapping
        A specification, a bundled name, the path of a TOML file, the content of one, or a formula. What has
        ``[[step]]`` is a cell.
    progress : callable, optional
        Called with (finished cycles, all cycles, message).
    **options
        Keys of :data:`topotaxy.spec.SHORTHAND`, in place of what the specification says; a formula needs
        ``ion``. ``current`` and ``charge_current`` may be rates, such as ``"C/10"``, of the capacity of all
        cations. A cell has none.

    Returns
    -------
    xarray.DataTree
        As in ``docs/run-dataset.md``; of a cell, groups ``cycles``, ``curves``, ``ledger`` and ``lattice``.

    Raises
    ------
    InputError
        Where the specification cannot be used.
    """
    chosen = specification_or_cell(spec, options)
    if not isinstance(chosen, Spec):
        from topotaxy.runs.cell_run import simulated_cell

        return simulated_cell(chosen, progress=progress)
    return _simulated(chosen, progress)


def _simulated(spec: Spec, progress: Progress | None) -> xr.DataTree:
    phases = _prepared(spec)
    with tempfile.TemporaryDirectory(prefix="topotaxy-") as folder:
        histories = _run_replicas(spec, phases, Path(folder), progress)
    return run_tree(spec, phases, histories, __version__)


def run(spec: Spec, out: Path, *, resume: bool = False, progress: Progress | None = None) -> Path:
    """Simulate into the folder ``out`` and return it.

    Interrupted at any time, the folder holds valid checkpoints, and ``resume=True`` goes on
    to the same result as an uninterrupted run.

    Parameters
    ----------
    spec : Spec
        Electrode, cell, protocol and lattice that are to be run.
    out : Path
        The folder; it need not be there.
    resume : bool
        Whether a run that is there is continued.
    progress : callable, optional
        Called with (finished cycles, all cycles, message).

    Raises
    ------
    InputError
        Where the specification or the folder cannot be used; nothing is written then.
    """
    phases = _prepared(spec)
    if prepare_folder(out, spec, resume=resume):
        return out
    started = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    clock = time.monotonic()
    checkpoints = out / CHECKPOINTS
    checkpoints.mkdir(exist_ok=True)
    histories = _run_replicas(spec, phases, checkpoints, progress)
    tree = run_tree(spec, phases, histories, __version__)
    last = spec.protocol.cycles
    found = observables_of(tree, [c for c in range(1, last + 1) if keeps_curve(c, last)], spec)
    events = int(
        sum(h.tally[:HOP_TRIALS].sum() for replicas in histories for r in replicas for h in r.half_cycles)
    )
    provenance = provenance_of(
        spec, phases[0].box.energies, started=started, wall_time=time.monotonic() - clock, events=events
    )
    headline = [item for item in found if item.label is not None]
    with publishing(out) as work:
        write_atomically(work / SPEC_FILE, spec_text(spec))
        write_dataset(tree, work / DATA_FILE)
        write_atomically(work / CURVES_FILE, curves_csv(tree["curves"].to_dataset()))
        write_atomically(work / OBSERVABLES_FILE, to_json(found))
        write_atomically(work / OBSERVABLES_TABLE, to_csv(found))
        write_atomically(work / LABELS_FILE, labels_text(headline, spec))
        write_atomically(work / PROVENANCE_FILE, json_text(provenance))
    shutil.rmtree(checkpoints)
    return out


def _prepared(spec: Spec) -> tuple[Phase, ...]:
    """The phases of a specification, once everything that a run reports is known to be tabulated."""
    phases = phases_of(spec)
    equilibrium_of(spec, electrode_composition(spec.electrode))
    return phases


def _run_replicas(
    spec: Spec, phases: Sequence[Phase], checkpoints: Path, progress: Progress | None
) -> list[list[Replica]]:
    """Run every replica of every phase, as many at once as there are cores.

    The kernel releases the GIL. Replica n has the same seed in every phase, and is the same
    quantile of its grains.
    """
    count, cycles = spec.lattice.replicas, spec.protocol.cycles
    seeds = np.random.SeedSequence(spec.lattice.seed).spawn(count)
    tasks = [(phase, index) for index in range(count) for phase in range(len(phases))]

    def work(phase: int, index: int, tick: Tick) -> Replica:
        suffix = f"-{phases[phase].composition.formula}" if len(phases) > 1 else ""
        path = checkpoints / f"replica-{index:03d}{suffix}.npz"
        # Stratified: the grains of any run cover the distribution of nucleation evenly.
        grain = (index + 0.5) / count
        return run_replica(phases[phase].box, seeds[index], path, grain=grain, tick=tick)

    total = len(tasks) * cycles

    def told(done: int) -> None:
        if progress is not None:
            progress(done, total, "cycles" if done else FIRST_CYCLE)

    found = run_together([partial(work, *task) for task in tasks], at_once=os.cpu_count() or 1, told=told)
    histories: list[list[Replica]] = [[] for _ in phases]
    for (phase, _), replica in zip(tasks, found, strict=True):
        histories[phase].append(replica)
    return histories
