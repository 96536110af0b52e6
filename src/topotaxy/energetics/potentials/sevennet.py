"""SevenNet-0: trained on uncorrected energies, which compare after the MP2020 corrections.

Park et al., J. Chem. Theory Comput. 20 (2024) 4857, 10.1021/acs.jctc.4c00190; corrections:
Wang et al., Sci. Rep. 11 (2021) 15496, 10.1038/s41598-021-94550-5.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version as package_version
from typing import Any

from topotaxy.energetics.potentials.corrections import mp2020_correction

WEIGHTS = "7net-0"


class SevenNetPotential:
    """SevenNet with the 7net-0 weights that its package carries."""

    name = "sevennet"

    def __init__(self) -> None:
        from topotaxy.energetics.potentials.device import compute_device

        self._device = compute_device()
        self._shared: Any = None
        self.version = f"{WEIGHTS} (11 July 2024), sevenn {package_version('sevenn')}, MP2020 corrections"

    def calculator(self) -> Any:
        """Return an ASE calculator; all atoms objects share one, which keeps a single result."""
        if self._shared is None:
            from sevenn.calculator import SevenNetCalculator

            self._shared = SevenNetCalculator(WEIGHTS, device=self._device)
        return self._shared

    def correction(self, symbols: Sequence[str]) -> float:
        """Return the MP2020 anion and GGA/GGA+U corrections, eV.

        Parameters
        ----------
        symbols : sequence of str
            Symbols of all atoms of the cell.
        """
        return mp2020_correction(symbols)

    def moments(self, atoms: Any) -> None:
        """None: the potential knows no moments.

        Parameters
        ----------
        atoms : ase.Atoms
            Atoms with positions and a periodic cell, Å.
        """
        return
