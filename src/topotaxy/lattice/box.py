"""What a specification asks of the lattice: everything that the replicas of a run share."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from topotaxy.constants import FARADAY
from topotaxy.energetics import (
    LatticeEnergies,
    LatticeKinetics,
    RegistryEnergies,
    lattice_energies,
    lattice_kinetics,
    registry_energies,
    salt_ratios,
)
from topotaxy.lattice.distances import Spacings, spacings_of
from topotaxy.lattice.geometry import Geometry, geometry_from_cells
from topotaxy.lattice.state import pristine_configuration
from topotaxy.material import (
    Composition,
    electrode_composition,
    lattice_parameter,
    molar_mass,
    product_volume,
    theoretical_capacity,
)
from topotaxy.portable import cbrt
from topotaxy.spec import Spec

BINS = 200
"""Bins of charge in which the voltage of one half-cycle is averaged."""


@dataclass(frozen=True, kw_only=True)
class Box:
    """Everything that the replicas of a run share.

    ``registry`` is None where the specification switches coherency off, and the frame is rigid;
    ``spacing`` (Å) is the lattice parameter of the matrix half-way through conversion and
    ``atomic_volume`` (Å³) the mean of the metals that form;
    ``electrons_per_second`` is the current of the whole box, ``charge_electrons_per_second`` that of a
    charge; ``capacity_per_electron`` in mAh/g; ``bin_width`` in electrons.
    """

    spec: Spec
    composition: Composition
    geometry: Geometry
    energies: LatticeEnergies
    kinetics: LatticeKinetics
    registry: RegistryEnergies | None
    spacings: Spacings
    spacing: float
    atomic_volume: float
    electrons_per_second: float
    charge_electrons_per_second: float
    capacity_per_electron: float
    bin_width: float

    @property
    def cycles(self) -> int:
        """Number of cycles asked for."""
        return self.spec.protocol.cycles

    def electrons_per_second_of(self, direction: str) -> float:
        """Return the current of the whole box in a direction, electrons per second.

        Parameters
        ----------
        direction : str
            ``discharge`` or ``charge``.
        """
        return self.charge_electrons_per_second if direction == "charge" else self.electrons_per_second


def box_from_spec(spec: Spec, *, energies: LatticeEnergies | None = None) -> Box:
    """Work out what a specification asks for.

    Parameters
    ----------
    spec : Spec
        Electrode, cell, protocol and lattice that are to be run.
    energies : LatticeEnergies, optional
        In place of those of the handbook: a draw within their ranges.

    Raises
    ------
    InputError
        Where the formula is unknown, is no rock salt or lacks data, or a cation claimed active
        is not in it.
    """
    composition = electrode_composition(spec.electrode)
    if energies is None:
        energies = lattice_energies(
            composition, spec.cell.ion, spec.cell.temperature, overrides=spec.lattice.parameters
        )
    lattice = spec.lattice
    total = math.fsum(composition.anions.values())
    kinetics = lattice_kinetics(
        energies, {x: y / total for x, y in composition.anions.items()}, overrides=lattice.parameters
    )
    if not lattice.reach:
        kinetics = replace(kinetics, reach_per_volt=0.0)
    registry = None
    if lattice.coherency:
        registry = registry_energies(composition, spec.cell.ion, overrides=lattice.parameters)
    geometry = geometry_from_cells(lattice.cells, lattice.block)
    spacing, atomic_volume = _matrix(composition, spec, energies, kinetics)
    # A trial filling, so that a composition that does not fit the box is refused before anything runs.
    pristine_configuration(geometry, composition, energies, np.random.default_rng(0))
    mass = molar_mass(composition)
    units = geometry.sites / total
    return Box(
        spec=spec,
        composition=composition,
        geometry=geometry,
        energies=energies,
        kinetics=kinetics,
        registry=registry,
        spacings=spacings_of(composition, energies),
        spacing=spacing,
        atomic_volume=atomic_volume,
        electrons_per_second=spec.protocol.current_of("discharge") * mass / FARADAY * units,
        charge_electrons_per_second=spec.protocol.current_of("charge") * mass / FARADAY * units,
        capacity_per_electron=theoretical_capacity(1.0, mass) / units,
        bin_width=2.0 * geometry.sites / BINS,
    )


def _matrix(
    composition: Composition, spec: Spec, energies: LatticeEnergies, kinetics: LatticeKinetics
) -> tuple[float, float]:
    """Lattice parameter half-way through the conversion of what can react inside the window, by the salt
    alone, and the mean atomic volume of the metals that form (of all, where none can).
    """
    ratios = salt_ratios(composition, spec.cell.ion)
    inside = energies.reducible & (kinetics.equilibrium_voltage > spec.cell.lower_cutoff)
    chosen = inside if inside.any() else energies.reducible
    share = [
        composition.cation_fractions[el] if c else 0.0 for el, c in zip(energies.species, chosen, strict=True)
    ]
    growth = math.fsum(x * (float(r) - 1.0) for x, r in zip(share, ratios, strict=True))
    metal = math.fsum(x * product_volume(el) for x, el in zip(share, energies.species, strict=True) if x)
    return lattice_parameter(composition) * cbrt(1.0 + 0.5 * growth), metal / math.fsum(share)
