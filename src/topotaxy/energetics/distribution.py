"""Where tasks are done: processes of this machine, or the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from topotaxy.errors import InputError

INSTALL = 'pip install "topotaxy[dask]"'

CONNECT = 10.0
"""Seconds to wait for a scheduler."""

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Places:
    """An executor and how many tasks it does at once; ``stop`` ends the tasks under way."""

    executor: Executor
    number: int
    stop: Callable[[], None]


@contextmanager
def processes(number: int) -> Iterator[Places]:
    """Run tasks in processes of this machine, each with one thread.

    What is under way when an exception leaves the block is lost: it would go on for minutes.
    """
    import multiprocessing

    pool = ProcessPoolExecutor(
        number, mp_context=multiprocessing.get_context("spawn"), initializer=_single_thread
    )

    def stop() -> None:
        for worker in multiprocessing.active_children():
            worker.terminate()
        pool.shutdown(wait=False, cancel_futures=True)

    yield from _open(Places(executor=pool, number=number, stop=stop))


@contextmanager
def cluster(address: str) -> Iterator[Places]:
    """Run tasks on the Dask cluster whose scheduler is at ``address``, such as ``tcp://host:8786``.

    Raises
    ------
    InputError
        Where dask.distributed is not installed, no scheduler answers, or it has no workers.
    """
    try:
        from distributed import Client
    except ImportError:
        raise InputError(f"--scheduler needs dask.distributed, which is not installed: {INSTALL}") from None
    try:
        client = Client(address, timeout=CONNECT)
    except (OSError, ValueError) as error:
        raise InputError(f"no Dask scheduler answers at {address!r:.80} ({error!s:.120})") from None
    with client:
        number = sum(client.nthreads().values())
        if number == 0:
            raise InputError(f"the Dask scheduler at {address!r:.80} has no workers")
        # A task is one calculation with state of its own: not to be done twice for the same answer.
        executor = client.get_executor(pure=False)
        # A scheduler forgets what no client waits for: closing the client ends the tasks.
        yield from _open(Places(executor=executor, number=number, stop=lambda: None))


def _open(places: Places) -> Iterator[Places]:
    try:
        yield places
    except BaseException:
        places.stop()
        raise
    places.executor.shutdown()


def hand_out(
    waiting: Sequence[T],
    places: Places,
    *,
    ready: Callable[[T], bool],
    submit: Callable[[Executor, T], Future[Any]],
    finished: Callable[[T, Any], None],
) -> None:
    """Submit each item as soon as it is ``ready`` and a place is free; ``finished`` takes each result."""
    left = list(waiting)
    running: dict[Future[Any], T] = {}
    while left or running:
        for item in [item for item in left if ready(item)][: max(0, places.number - len(running))]:
            left.remove(item)
            running[submit(places.executor, item)] = item
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            finished(running.pop(future), future.result())


def _single_thread() -> None:
    import torch

    torch.set_num_threads(1)
