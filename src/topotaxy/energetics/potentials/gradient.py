"""CHGNet's energy, forces and stress from one backward pass.

The package's own calculator asks for forces and stress one after the other and keeps the
graph for a third derivative that only training needs; that takes two to three times as long.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from ase.calculators.calculator import Calculator, all_changes


class GradientCalculator(Calculator):  # type: ignore[misc,unused-ignore]
    """ASE calculator around a CHGNet model: energy (eV), forces (eV/Å), stress (eV/Å³)."""

    implemented_properties: ClassVar[list[str]] = ["energy", "free_energy", "forces", "stress"]

    def __init__(self, model: Any, device: str) -> None:
        super().__init__()
        self._model = model
        self._device = device

    def calculate(
        self,
        atoms: Any = None,
        properties: Any = None,
        system_changes: Any = all_changes,
    ) -> None:
        """Evaluate the model; called by ASE.

        Parameters
        ----------
        atoms : ase.Atoms, optional
            What is to be evaluated; periodic.
        properties, system_changes
            As ASE hands them over. All properties are always computed.
        """
        import torch
        from chgnet.model.model import BatchedGraph
        from pymatgen.io.ase import AseAtomsAdaptor

        super().calculate(atoms, properties, system_changes)
        model = self._model
        graph = model.graph_converter(AseAtomsAdaptor.get_structure(self.atoms)).to(self._device)
        batch = BatchedGraph.from_graphs(
            [graph],
            bond_basis_expansion=model.bond_basis_expansion,
            angle_basis_expansion=model.angle_basis_expansion,
            compute_stress=True,
        )
        energy = model._compute(batch)["e"]
        if model.is_intensive:
            energy = energy * len(self.atoms)
        forces, strain = torch.autograd.grad(energy.sum(), [batch.atom_positions[0], batch.strains[0]])
        reference = float(model.composition_model([graph]).item()) * (
            len(self.atoms) if model.is_intensive else 1
        )
        stress = strain.cpu().numpy().astype(float) / self.atoms.get_volume()
        symmetric = 0.5 * (stress + stress.T)
        self.results = {
            "energy": float(energy.item()) + reference,
            "free_energy": float(energy.item()) + reference,
            "forces": -forces.cpu().numpy().astype(float),
            "stress": symmetric[[0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]].astype(np.float64),
        }
