"""What a library says while it reads a file, kept off the terminal and handed on."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def listening(name: str, level: int = logging.WARNING) -> Iterator[list[str]]:
    """Collect what the loggers under a name say at a level or above.

    Parameters
    ----------
    name : str
        Of the loggers.
    level : int
        Of :mod:`logging`; what is below it is lost.
    """
    said: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    logger = logging.getLogger(name)
    listener, propagated, threshold = Listener(level), logger.propagate, logger.level
    logger.addHandler(listener)
    logger.propagate = False
    logger.setLevel(level)
    try:
        yield said
    finally:
        logger.removeHandler(listener)
        logger.propagate = propagated
        logger.setLevel(threshold)


@contextmanager
def panics_unprinted() -> Iterator[None]:
    """Keep what a compiled reader prints of its panics off the terminal; the exception says it.

    Rust prints a panic to the file descriptor of stderr, past ``sys.stderr``.
    """
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:
        # A process without stderr prints nothing.
        yield
        return
    try:
        with Path(os.devnull).open("wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
