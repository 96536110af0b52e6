"""What the tests of the command line share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """What one call of the command line did; ``files`` are relative to its folder."""

    status: int
    out: str
    err: str
    files: frozenset[str]


Call = Callable[..., Outcome]
