"""A potential without torch, for tests of everything around the real ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class PairPotential:
    """The same Morse pair for all atoms, in whole arrays because tests wait; physics is not the point."""

    name = "pair"

    def __init__(self, version: str = "test 1") -> None:
        self.version = version

    def calculator(self) -> Any:
        """Return an ASE calculator with energy, forces and stress."""
        return _calculator()

    def correction(self, symbols: Sequence[str]) -> float:
        """Shift oxides, so that a test sees whether corrections arrive."""
        return -0.5 * sum(symbol == "O" for symbol in symbols)

    def moments(self, atoms: Any) -> None:
        """None: it knows no moments."""
        return


DEPTH, STEEPNESS, LENGTH, CUT_OFF = 0.6, 1.6, 2.1, 2.8
"""eV, 1/Å, Å and Å."""


def _calculator() -> Any:
    import numpy as np
    from ase.calculators.calculator import Calculator, all_changes
    from ase.neighborlist import neighbor_list

    class Pair(Calculator):  # type: ignore[misc,unused-ignore]
        implemented_properties = ("energy", "free_energy", "forces", "stress")

        def calculate(self, atoms: Any = None, properties: Any = None, changes: Any = all_changes) -> None:
            super().calculate(atoms, properties, changes)
            first, d, vector = neighbor_list("idD", self.atoms, CUT_OFF)
            decay = np.exp(-STEEPNESS * (d - LENGTH))
            morse, slope = DEPTH * (decay**2 - 2 * decay), 2 * DEPTH * STEEPNESS * (decay - decay**2)
            fade = (1 - (d / CUT_OFF) ** 2) ** 2
            # Each pair stands twice in the list.
            pull = (slope * fade - morse * 4 * d / CUT_OFF**2 * (1 - (d / CUT_OFF) ** 2)) / d
            forces = np.zeros((len(self.atoms), 3))
            np.add.at(forces, first, pull[:, None] * vector)
            virial = 0.5 * (vector * pull[:, None]).T @ vector / self.atoms.get_volume()
            energy = 0.5 * float((morse * fade).sum())
            self.results = {
                "energy": energy,
                "free_energy": energy,
                "forces": forces,
                "stress": virial[[0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]],
            }

    return Pair()
