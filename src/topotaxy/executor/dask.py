"""Tasks on the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from topotaxy.errors import InputError
from topotaxy.executor.places import Places, opened

INSTALL = 'pip install "topotaxy[dask]"'

CONNECT = 10.0
"""Seconds to wait for a scheduler."""


@contextmanager
def cluster(address: str) -> Iterator[Places]:
    """Run tasks on the Dask cluster whose scheduler is at ``address``, such as ``tcp://host:8786``.

    Parameters
    ----------
    address : str
        Of the scheduler.

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
        yield from opened(Places(executor=executor, number=number, stop=lambda: None, shares_files=False))
