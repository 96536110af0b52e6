"""What a backend gives: an executor, and how many tasks it does at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Places:
    """An executor and how many tasks it does at once; ``stop`` ends the tasks under way.

    ``shares_files`` is whether its tasks see the files of this process.
    """

    executor: Executor
    number: int
    stop: Callable[[], None]
    shares_files: bool = True


def opened(places: Places) -> Iterator[Places]:
    """Yield the places once, and close them: at once where an exception leaves the block.

    Parameters
    ----------
    places : Places
        What the block uses.
    """
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
    submit: Callable[[Executor, T], Future[Any]],
    finished: Callable[[T, Any], None],
    ready: Callable[[T], bool] = lambda item: True,
) -> None:
    """Submit each item as soon as it is ``ready`` and a place is free; ``finished`` takes each result.

    Parameters
    ----------
    waiting : sequence
        What is to be done, in the order in which it is begun.
    places : Places
        Where.
    submit : callable
        Hands one item to an executor and returns its future.
    finished : callable
        Takes an item and its result, in the order in which they come.
    ready : callable
        Whether an item may be begun; asked again after each result.
    """
    left = list(waiting)
    running: dict[Future[Any], T] = {}
    while left or running:
        for item in [item for item in left if ready(item)][: max(0, places.number - len(running))]:
            left.remove(item)
            running[submit(places.executor, item)] = item
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in done:
            finished(running.pop(future), future.result())
