"""Tasks in processes of this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

from topotaxy.executor.places import Places, opened


@contextmanager
def processes(number: int, initializer: Callable[[], None] | None = None) -> Iterator[Places]:
    """Run tasks in processes of this machine.

    What is under way when an exception leaves the block is lost: it would go on for minutes.

    Parameters
    ----------
    number : int
        Of processes.
    initializer : callable, optional
        What every process does first.
    """
    import multiprocessing

    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(
        number, mp_context=multiprocessing.get_context("spawn"), initializer=initializer
    )

    def stop() -> None:
        for worker in set(multiprocessing.active_children()) - before:
            worker.terminate()
        pool.shutdown(wait=False, cancel_futures=True)

    yield from opened(Places(executor=pool, number=number, stop=stop))
