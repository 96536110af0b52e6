"""A potential without torch, for tests of everything around the real ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class LennardJonesPotential:
    """The same pair potential for all atoms; physics is not the point."""

    name = "lennard-jones"

    def __init__(self, version: str = "test 1") -> None:
        self.version = version

    def calculator(self) -> Any:
        """Return ASE's own calculator."""
        from ase.calculators.lj import LennardJones

        return LennardJones(sigma=1.85, epsilon=0.3, rc=3.7, smooth=True)

    def correction(self, symbols: Sequence[str]) -> float:
        """Shift oxides, so that a test sees whether corrections arrive."""
        return -0.5 * sum(symbol == "O" for symbol in symbols)
