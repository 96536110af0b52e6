"""Two replicas on two threads against one: how much of the second core arrives.

Run with: python benchmarks/replicas.py [SPEC] [CYCLES]. Best of three, because a core that
other programs use makes either time longer. A ratio of 1 is perfect; 2 is no gain at all.
What the kernel spends is compiled and runs without the interpreter's lock; the time of the
threads themselves (CPU) tells a lock that is held (equal CPU, longer wall) from cores that
share a cache or are busy (more CPU).
"""

import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from topotaxy.lattice import Box, box_from_spec, run_replica
from topotaxy.spec import load_spec

ROUNDS = 3


def seconds(box: Box, replicas: int) -> tuple[float, float]:
    """Wall and CPU seconds of that many replicas, each on a thread of its own."""
    seeds = np.random.SeedSequence(1).spawn(replicas)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(max_workers=replicas) as pool:
        paths = [Path(folder) / f"{index}.npz" for index in range(replicas)]
        wall, cpu = time.perf_counter(), time.process_time()
        # The same seed for all: equal work, so that the ratio is of speed alone.
        list(pool.map(lambda path: run_replica(box, seeds[0], path), paths))
        return time.perf_counter() - wall, time.process_time() - cpu


def main() -> None:
    """Print one line for each number of replicas and their ratio."""
    spec = load_spec(sys.argv[1] if len(sys.argv) > 1 else "heos-na")
    cycles = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    spec = spec.model_copy(update={"protocol": spec.protocol.model_copy(update={"cycles": cycles})})
    box = box_from_spec(spec)
    seconds(box_from_spec(load_spec("nio-na")), 1)  # compiles, or loads what was compiled
    found = {replicas: min(seconds(box, replicas) for _ in range(ROUNDS)) for replicas in (1, 2)}
    print(f"{spec.name}, {spec.lattice.cells} cells along an edge, {cycles} cycles")
    for replicas, (wall, cpu) in found.items():
        print(f"{replicas} replica{'s' if replicas > 1 else ' '} wall {wall:7.2f} s   CPU {cpu:7.2f} s")
    wall, cpu = (found[2][k] / found[1][k] for k in (0, 1))
    print(f"two over one: {wall:.2f} (wall), {cpu / 2:.2f} (CPU of each)")


if __name__ == "__main__":
    main()
