"""What a library logs while it reads a file, kept off the terminal and handed on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def listening(name: str, level: int = logging.WARNING) -> Iterator[list[str]]:
    """Collect what the loggers under a name say at a level or above."""
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
