"""One calculation of a parameterisation, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Task:
    """One calculation: ``kind`` names a function of the potentials, ``needs`` other tasks."""

    name: str
    kind: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
