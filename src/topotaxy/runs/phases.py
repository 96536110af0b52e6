"""The phases of an electrode as boxes: one, or the grains of a composite."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.lattice import Box, box_from_spec
from topotaxy.material import Composition, conversion_volume_ratio, lattice_parameter
from topotaxy.material.grains import electrode_grains
from topotaxy.spec import Spec


@dataclass(frozen=True, kw_only=True)
class Phase:
    """One phase of an electrode, and what its formula alone gives.

    ``share`` of the cation sites and ``mass_fraction`` are those in the electrode;
    ``lattice_parameter`` in Å; ``growth`` (species,): volume of the products over that of the
    host, less one, for each cation (zero for those that do not react).
    """

    box: Box
    share: float
    mass_fraction: float
    lattice_parameter: float
    growth: NDArray[np.float64]

    @property
    def composition(self) -> Composition:
        """Composition of this phase."""
        return self.box.composition

    @property
    def fractions(self) -> NDArray[np.float64]:
        """Share of each species among the cations of this phase."""
        return np.array([self.composition.cation_fractions[el] for el in self.box.energies.species])


def phases_of(spec: Spec) -> tuple[Phase, ...]:
    """Return the phases of a specification; all that a run needs of tables is looked up here.

    A phase of a composite is a box of its own, at the same current per gram.

    Parameters
    ----------
    spec : Spec
        One formula, or the grains of a composite.

    Raises
    ------
    InputError
        Where a formula cannot be used, or a volume, a lattice parameter or an energy is not
        tabulated.
    """
    grains = electrode_grains(spec.electrode)
    phases = []
    for grain in grains:
        electrode = spec.electrode
        if electrode.grains:
            electrode = electrode.model_copy(
                update={"formula": grain.composition.formula, "grains": (), "claimed_active": ()}
            )
        box = box_from_spec(spec.model_copy(update={"electrode": electrode}))
        growth = [
            conversion_volume_ratio(box.composition, spec.cell.ion, [element]) - 1.0 if reducible else 0.0
            for element, reducible in zip(box.energies.species, box.energies.reducible, strict=True)
        ]
        phases.append(
            Phase(
                box=box,
                share=grain.share,
                mass_fraction=grain.mass_fraction,
                lattice_parameter=lattice_parameter(box.composition),
                growth=np.array(growth),
            )
        )
    return tuple(phases)
