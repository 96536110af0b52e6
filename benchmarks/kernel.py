"""How fast the lattice runs, beside the least that exact selection costs on this machine.

Run with: python benchmarks/kernel.py [CELLS ...]. HEOS against sodium is discharged and charged,
with redox events and their exchange with metal alone (`redox`), with hops of A+, ions and metal too
(`sites`), and with regions that strain and may lose registry as well (`all`). Most trials are refused.
The limit is measured in the same run: a site is drawn and the sums are renewed that an
event at that site would renew, with nothing else. Times are of the thread, so that other load on
the machine counts little; each line gives the median of its half-cycles.
"""

import sys
import time
from dataclasses import dataclass

import numpy as np
from numba import njit

from topotaxy.lattice import box_from_spec, kernel
from topotaxy.lattice.box import BINS
from topotaxy.lattice.compiled import by_address
from topotaxy.lattice.drawing import drawn_site
from topotaxy.lattice.places import REDUCE
from topotaxy.lattice.regions import mark_region, renew_sums
from topotaxy.lattice.running import State, state_from
from topotaxy.lattice.simulation import drive_of, grain_frame, metal_cap, new_replica, tables_of
from topotaxy.lattice.tables import Tables
from topotaxy.spec import load_spec

HALF_CYCLES = 8
"""For their median; with an even number, as many discharges as charges."""


@by_address
@njit(nogil=True)
def bare_selection(tables, state, events, rng):
    """Draw a site and renew the sums of the regions around it that a redox event there touches."""
    for _ in range(events):
        site = drawn_site(tables, state, rng, REDUCE)
        mark_region(tables, state, site)
        for neighbour in range(12):
            mark_region(tables, state, np.int64(tables.octahedral_octahedra[site, neighbour]))
        renew_sums(tables, state)


@dataclass(frozen=True, kw_only=True)
class Pace:
    """Of one box and one kind of run; times in seconds for an accepted event."""

    event: float
    bare: float
    events: int
    trials: int
    seconds: float
    bytes_per_site: float
    table_bytes_per_site: float


def pace(cells: int, what: str) -> Pace:
    """Run half-cycles, then as many bare selections."""
    changes = {"cells": cells, "coherency": what == "all"}
    spec = load_spec("heos-na")
    spec = spec.model_copy(update={"lattice": spec.lattice.model_copy(update=changes)})
    box = box_from_spec(spec)
    replica = new_replica(box, np.random.SeedSequence(1))
    frame = grain_frame(box, 0.5, replica.pristine)
    tables = tables_of(box, frame, replica.pristine)
    state = state_from(
        box.geometry, box.energies, tables, replica.configuration, fastest=metal_cap(box, "discharge")
    )
    kernel.run(tables, state, replica.rng, drive_of(box, "discharge"), _trace(box), box.bin_width, 1)
    each, events, trials, spent = [], 0, 0, 0.0
    for half in range(HALF_CYCLES):
        drive = drive_of(box, "charge" if half % 2 else "discharge")
        if what == "redox":
            drive = drive._replace(hop_rate=0.0, cation_rate=0.0, metal_rate=0.0, transfers=False)
        trace = _trace(box)
        start = time.thread_time()
        kernel.run(tables, state, replica.rng, drive, trace, box.bin_width, 10**9)
        seconds = time.thread_time() - start
        accepted = int(trace.tally[: kernel.HOP_TRIALS].sum())
        each.append(seconds / accepted)
        events, spent = events + accepted, spent + seconds
        trials += int(trace.tally[:2].sum() + trace.tally[kernel.HOP_TRIALS :].sum())
    sites = box.geometry.sites
    return Pace(
        event=float(np.median(each)),
        bare=_bare(tables, state, replica.rng),
        events=events,
        trials=trials,
        seconds=spent,
        bytes_per_site=_bytes(state) / sites,
        table_bytes_per_site=_bytes(tables) / sites,
    )


def _trace(box) -> kernel.Trace:
    return kernel.empty_trace(BINS, len(box.energies.species))


def _bare(tables: Tables, state: State, rng: np.random.Generator) -> float:
    bare_selection(tables, state, 1, rng)
    times = []
    for _ in range(5):
        start = time.thread_time()
        bare_selection(tables, state, 20_000, rng)
        times.append((time.thread_time() - start) / 20_000)
    return float(np.median(times))


def _bytes(arrays: Tables | State) -> int:
    return sum(a.nbytes for a in arrays if isinstance(a, np.ndarray))


def main() -> None:
    """Print one line for each box, redox alone and everything."""
    print("events: redox, and what was accepted; trials: redox, and all that was tried")
    print(
        f"{'cells':>5} {'sites':>8} {'what':>6} {'events':>9} {'events/s':>10} {'trials/s':>10} "
        f"{'us/event':>9} {'us bare':>8} {'ratio':>6} {'state B/site':>12} {'tables B/site':>13}"
    )
    for cells in [int(a) for a in sys.argv[1:]] or [8, 16, 32]:
        for what in ("redox", "sites", "all"):
            p = pace(cells, what)
            print(
                f"{cells:5} {4 * cells**3:8,} {what:>6} {p.events:9,} "
                f"{1.0 / p.event:10,.0f} {p.trials / p.seconds:10,.0f} {p.event * 1e6:9.2f} "
                f"{p.bare * 1e6:8.2f} {p.event / p.bare:6.1f} {p.bytes_per_site:12.0f} "
                f"{p.table_bytes_per_site:13.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
