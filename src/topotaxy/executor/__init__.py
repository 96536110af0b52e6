"""Where many tasks are done: in this process, in processes of this machine, on a Dask cluster.

Knows nothing of what the tasks are; each backend is one file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from topotaxy.errors import InputError
from topotaxy.executor.places import Places, hand_out

__all__ = ["Places", "hand_out", "places"]


@contextmanager
def places(
    *, workers: int = 1, scheduler: str | None = None, initializer: Callable[[], None] | None = None
) -> Iterator[Places]:
    """Open the backend that is asked for.

    Parameters
    ----------
    workers : int
        Tasks at once; with 1 they are done in this process.
    scheduler : str, optional
        Address of a Dask scheduler, such as ``tcp://host:8786``, whose workers then do the tasks.
    initializer : callable, optional
        What every process of this machine does first.

    Raises
    ------
    InputError
        Where both are given, or the scheduler cannot be used.
    """
    if scheduler is not None and workers > 1:
        raise InputError("--scheduler has workers of its own: leave --workers out")
    if scheduler is not None:
        from topotaxy.executor.dask import cluster

        with cluster(scheduler) as found:
            yield found
    elif workers > 1:
        from topotaxy.executor.processes import processes

        with processes(workers, initializer) as found:
            yield found
    else:
        from topotaxy.executor.in_process import in_process

        with in_process() as found:
            yield found
