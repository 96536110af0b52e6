"""CHGNet: trained on corrected Materials Project energies, which compare as they are.

Deng et al., Nat. Mach. Intell. 5 (2023) 1031, 10.1038/s42256-023-00716-3.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from importlib.metadata import version as package_version
from typing import Any


class CHGNetPotential:
    """CHGNet with the weights that its package carries."""

    name = "chgnet"

    def __init__(self) -> None:
        from topotaxy.energetics.potentials.device import compute_device

        self._device = compute_device()
        self._model: Any = None
        self.version = f"CHGNet 0.3.0 weights, chgnet {package_version('chgnet')}"

    def calculator(self) -> Any:
        """Return an ASE calculator; all calculators of this potential share one model."""
        from topotaxy.energetics.potentials.gradient import GradientCalculator

        return GradientCalculator(self._loaded(), self._device)

    def _loaded(self) -> Any:
        if self._model is None:
            from chgnet.model import CHGNet

            # The package greets on standard output, where results go.
            with contextlib.redirect_stdout(sys.stderr):
                self._model = CHGNet.load(model_name="0.3.0", use_device=self._device, verbose=False)
            self._model.requires_grad_(False)
            self._model.graph_converter.set_isolated_atom_response("ignore")
        return self._model

    def correction(self, symbols: Sequence[str]) -> float:
        """Zero: the training energies carry the MP2020 corrections already.

        Parameters
        ----------
        symbols : sequence of str
            Symbols of all atoms of the cell.
        """
        return 0.0

    def moments(self, atoms: Any) -> Sequence[float]:
        """Return the moments that CHGNet was trained to predict beside the energy.

        Parameters
        ----------
        atoms : ase.Atoms
            Atoms with positions and a periodic cell, Å.
        """
        from pymatgen.io.ase import AseAtomsAdaptor

        found = self._loaded().predict_structure(AseAtomsAdaptor.get_structure(atoms), task="em")
        return [float(moment) for moment in found["m"]]
