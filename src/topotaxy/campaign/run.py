"""Run a specification: replicas on threads, checkpoints, and the run folder."""

from __future__ import annotations

import datetime
import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

import topotaxy
from topotaxy.campaign.dataset import closed_forms, run_tree
from topotaxy.campaign.folder import CHECKPOINTS, DATA_FILE, PROVENANCE_FILE, prepare_folder
from topotaxy.campaign.headline import observables_of
from topotaxy.campaign.provenance import provenance_of
from topotaxy.files import write_atomically
from topotaxy.lattice import Box, Replica, box_from_spec, run_replica
from topotaxy.lattice.simulation import keeps_curve
from topotaxy.observables import to_csv, to_json
from topotaxy.spec import Spec, load_spec

if TYPE_CHECKING:
    import xarray as xr

Progress = Callable[[int, int, str], None]


class _Stopped(Exception):
    """Raised inside a replica's thread when the run is interrupted."""


def simulate(spec: Spec | str | Path, *, progress: Progress | None = None) -> xr.DataTree:
    """Simulate a specification in memory and return the dataset of the run.

    ``spec`` is a :class:`~topotaxy.spec.Spec`, a bundled name or the path of a TOML file.
    ``progress`` is called with (finished cycles, all cycles, message).

    Raises
    ------
    InputError
        Where the specification cannot be used.
    """
    if not isinstance(spec, Spec):
        spec = load_spec(spec)
    box = box_from_spec(spec)
    forms = closed_forms(box)
    with tempfile.TemporaryDirectory(prefix="topotaxy-") as folder:
        replicas = _run_replicas(box, Path(folder), progress)
    return run_tree(box, forms, replicas, topotaxy.__version__)


def run(spec: Spec, out: Path, *, resume: bool = False, progress: Progress | None = None) -> Path:
    """Simulate into the folder ``out`` and return it.

    Interrupted at any time, the folder holds valid checkpoints, and ``resume=True`` goes on
    to the same result as an uninterrupted run.

    Raises
    ------
    InputError
        Where the specification or the folder cannot be used; nothing is written then.
    """
    box = box_from_spec(spec)
    forms = closed_forms(box)
    if prepare_folder(out, spec, resume=resume):
        return out
    started = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    clock = time.monotonic()
    checkpoints = out / CHECKPOINTS
    checkpoints.mkdir(exist_ok=True)
    replicas = _run_replicas(box, checkpoints, progress)
    tree = run_tree(box, forms, replicas, topotaxy.__version__)
    cycles = [c for c in range(1, box.cycles + 1) if keeps_curve(c, box.cycles)]
    found = observables_of(tree, cycles, spec)
    events = int(sum(h.tally[:4].sum() for r in replicas for h in r.half_cycles))
    provenance = provenance_of(
        spec, box.energies, started=started, wall_time=time.monotonic() - clock, events=events
    )
    _write_tree(tree, out / DATA_FILE)
    write_atomically(out / "observables.json", to_json(found))
    write_atomically(out / "observables.csv", to_csv(found))
    # Last, because its presence marks the run as complete.
    write_atomically(out / PROVENANCE_FILE, json.dumps(provenance, indent=1, ensure_ascii=False))
    shutil.rmtree(checkpoints)
    return out


def _write_tree(tree: xr.DataTree, path: Path) -> None:
    partial = path.with_suffix(".part")
    tree.to_netcdf(partial, engine="h5netcdf")
    partial.replace(path)


def _run_replicas(box: Box, checkpoints: Path, progress: Progress | None) -> list[Replica]:
    """Run every replica, as many at once as there are cores; the kernel releases the GIL."""
    count = box.spec.lattice.replicas
    seeds = np.random.SeedSequence(box.spec.lattice.seed).spawn(count)
    finished = [0] * count
    stop = threading.Event()

    def work(index: int) -> Replica:
        def tick(cycle: int) -> None:
            finished[index] = cycle
            if stop.is_set():
                raise _Stopped

        return run_replica(box, seeds[index], checkpoints / f"replica-{index:03d}.npz", tick=tick)

    total = count * box.cycles
    with ThreadPoolExecutor(max_workers=min(count, os.cpu_count() or 1)) as pool:
        futures = [pool.submit(work, index) for index in range(count)]
        try:
            _watch(futures, lambda: progress and progress(sum(finished), total, "cycles"))
        finally:
            stop.set()
            for future in futures:
                future.cancel()
    return [future.result() for future in futures]


def _watch(futures: list[Future[Replica]], report: Callable[[], object]) -> None:
    """Wait, reporting a few times a second; the first failure ends the wait."""
    pending = set(futures)
    while pending:
        done, pending = wait(pending, timeout=0.25)
        report()
        for future in done:
            future.result()
