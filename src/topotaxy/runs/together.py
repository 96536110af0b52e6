"""Boxes of the lattice at once, on threads: their kernel holds no lock of the interpreter."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from topotaxy.lattice import Replica

Progress = Callable[[int, int, str], None]
"""Told finished cycles, all cycles, and what is under way."""
Tick = Callable[[int], None]
Task = Callable[[Tick], Replica]

LOOK = 0.25
"""Seconds between looks at how far the boxes are."""


class _Stopped(Exception):
    """Raised inside a box's thread when the run is interrupted."""


def run_together(tasks: Sequence[Task], *, at_once: int, told: Callable[[int], object]) -> list[Replica]:
    """Run boxes, so many at once, and return them in order.

    The first failure, and an interruption, ends all of them; each writes its checkpoint first.

    Parameters
    ----------
    tasks : sequence of callable
        Each runs one box; it calls what it is given with the number of finished cycles, often.
    at_once : int
        Threads.
    told : callable
        Called a few times a second, with the finished cycles of all boxes together.
    """
    finished = [0] * len(tasks)
    stop = threading.Event()

    def work(index: int) -> Replica:
        def tick(cycle: int) -> None:
            finished[index] = cycle
            if stop.is_set():
                raise _Stopped

        return tasks[index](tick)

    with ThreadPoolExecutor(max_workers=max(1, min(len(tasks), at_once))) as pool:
        futures = [pool.submit(work, index) for index in range(len(tasks))]
        try:
            _watch(futures, lambda: told(sum(finished)))
        finally:
            stop.set()
            for future in futures:
                future.cancel()
    return [future.result() for future in futures]


def _watch(futures: list[Future[Replica]], report: Callable[[], object]) -> None:
    """Wait, reporting now and then; the first failure ends the wait."""
    pending = set(futures)
    while pending:
        done, pending = wait(pending, timeout=LOOK)
        report()
        for future in done:
            future.result()
