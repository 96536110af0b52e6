"""How fast the lattice runs, beside the least that exact selection costs on this machine.

Run with: python benchmarks/kernel.py [CELLS ...]. The limit is measured in the same run: one
descent and as many leaf updates of the same two trees as an event makes, with nothing else.
Times are of the thread, so that other load on the machine counts little.
"""

import sys
import time

import numpy as np
from numba import njit

from topotaxy.lattice import box_from_spec, kernel
from topotaxy.lattice.running import state_from
from topotaxy.lattice.selection import find_leaf, set_leaf
from topotaxy.lattice.simulation import new_replica
from topotaxy.lattice.tables import tables_from
from topotaxy.spec import load_spec


@njit
def bare_selection(reductions, oxidations, leaves, events, rng):
    """Draw a leaf and set ``leaves`` leaves of both trees, ``events`` times."""
    width = len(reductions) // 2
    for _ in range(events):
        leaf, _ = find_leaf(reductions, rng.random() * reductions[1])
        for k in range(leaves):
            set_leaf(reductions, (leaf + k) % width, rng.random())
            set_leaf(oxidations, (leaf + k) % width, rng.random())


def seconds_per_event(cells: int, *, redox_only: bool) -> tuple[float, float, int]:
    """Return seconds for an event, for a bare selection, and the number of events."""
    spec = load_spec("heos-na")
    spec = spec.model_copy(update={"lattice": spec.lattice.model_copy(update={"cells": cells})})
    box = box_from_spec(spec)
    replica = new_replica(box, np.random.SeedSequence(1))
    tables = tables_from(box.geometry, box.energies, replica.configuration.anion)
    state = state_from(box.geometry, box.energies, tables, replica.configuration)
    hops = 0.0 if redox_only else box.energies.alkali_hops_per_electron
    drive = kernel.Drive(
        current=box.electrons_per_second,
        cutoff=spec.cell.lower_cutoff,
        redox_rate=box.energies.redox_rate,
        hop_rate=hops * box.electrons_per_second / (6.0 * box.geometry.sites),
        exchange_rate=0.0 if redox_only else box.energies.exchange_rate,
    )
    trace = kernel.empty_trace(200, len(box.energies.species))
    kernel.run(tables, state, replica.rng, drive, trace, box.bin_width, 10)
    start = time.thread_time()
    kernel.run(tables, state, replica.rng, drive, trace, box.bin_width, 10**9)
    events = int(trace.tally[:4].sum())
    event = (time.thread_time() - start) / events
    leaves = int((state.stamp[:-1] == state.stamp[-1]).sum())
    bare_selection(state.reductions.copy(), state.oxidations.copy(), leaves, 1, replica.rng)
    start = time.thread_time()
    bare_selection(state.reductions.copy(), state.oxidations.copy(), leaves, events, replica.rng)
    return event, (time.thread_time() - start) / events, events


def main() -> None:
    """Print one line for each box, redox alone and everything."""
    print(f"{'cells':>5} {'sites':>8} {'events':>9} {'what':>10} {'us/event':>9} {'us bare':>8} {'ratio':>6}")
    for cells in [int(a) for a in sys.argv[1:]] or [8, 16]:
        for redox_only in (True, False):
            event, bare, events = seconds_per_event(cells, redox_only=redox_only)
            what = "redox" if redox_only else "full"
            row = f"{cells:5} {4 * cells**3:8} {events:9} {what:>10}"
            print(f"{row} {event * 1e6:9.2f} {bare * 1e6:8.2f} {event / bare:6.1f}")


if __name__ == "__main__":
    main()
