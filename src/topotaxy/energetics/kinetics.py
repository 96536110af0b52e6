"""Rates of the lattice, and the overpotential that carries ions to and from metal.

The reach of exchange with a metal surface follows Cabrera and Mott, Rep. Prog. Phys. 12 (1949) 163,
10.1088/0034-4885/12/1/308: an ion crosses a layer of thickness d at the rate ``ν exp[-(W - q a' η/2d)/kT]``,
with η the voltage across it, so that a layer stops growing at a thickness in proportion to η.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy import portable
from topotaxy.constants import BOLTZMANN
from topotaxy.energetics.assumptions import assumptions_with
from topotaxy.energetics.handbook import LatticeEnergies
from topotaxy.errors import InputError
from topotaxy.tables import read_table


@dataclass(frozen=True, kw_only=True)
class LatticeKinetics:
    """What the events of the lattice need besides their energies; arrays go by species.

    Attributes
    ----------
    equilibrium_voltage:
        Voltage (V) at which M2+ among the anions of the material and bulk metal are in equilibrium: the
        overpotential of a species is counted from it.
    reach_per_volt:
        Reach of exchange with metal in nearest-neighbour distances per volt of overpotential.
    metal_hop_rate:
        Rate (1/s) of a hop of a single M0 between vacant sites; ``blocked_hop_rate`` where one is occupied.
    cation_hop_rate:
        Rate (1/s) at which an ion hops into a neighbouring vacancy at no cost.
    registry_rate:
        Rate (1/s) of the slowest step by which a region changes registry.
    step_factor:
        Factor on the rate of the step M2+/M+.
    two_electron_factor:
        Rate of M2+ to M0 and back in one step of two electrons, over that of other steps; 0: no such step.
    cation_hops_per_electron, metal_hops_per_electron, registry_trials_per_electron:
        Numerical caps, see ``assumptions.csv``.
    """

    equilibrium_voltage: NDArray[np.float64]
    reach_per_volt: float
    metal_hop_rate: NDArray[np.float64]
    blocked_hop_rate: float
    cation_hop_rate: float
    registry_rate: float
    step_factor: NDArray[np.float64]
    two_electron_factor: float
    cation_hops_per_electron: float
    metal_hops_per_electron: float
    registry_trials_per_electron: float


def migration_barriers() -> dict[str, float]:
    """Barrier (eV) of a hop of M0 by element (``tables/migration_barriers.csv``)."""
    return {
        r["element"]: float(r["barrier"]) for r in read_table("topotaxy.energetics", "migration_barriers")
    }


def lattice_kinetics(
    energies: LatticeEnergies,
    anion_fractions: Mapping[str, float],
    *,
    overrides: Mapping[str, float] | None = None,
) -> LatticeKinetics:
    """Assemble the rates at the temperature of ``energies``; ``anion_fractions`` sum to one.

    Parameters
    ----------
    energies : LatticeEnergies
        Energies of the material (eV); its temperature (K) is used.
    anion_fractions : mapping of str to float
        Share of each anion; they sum to one.
    overrides : mapping of str to float, optional
        Values in place of those of ``tables/assumptions.csv``, by name.

    Raises
    ------
    InputError
        For an unknown override, and a metal without a migration barrier.
    """
    table = assumptions_with(overrides)
    barriers = migration_barriers()
    unknown = [
        el for el, r in zip(energies.species, energies.reducible, strict=True) if r and el not in barriers
    ]
    if unknown:
        raise InputError(
            f"no migration barrier of metallic {unknown[0]} in energetics/tables/migration_barriers.csv"
        )
    attempts = table["attempt_frequency"].value
    kt = BOLTZMANN * energies.temperature

    def rate(barrier: float) -> float:
        return attempts * portable.exp(-max(barrier, 0.0) / kt)

    shift = table["metal_barrier_shift"].value
    slow = table["monovalent_step_factor"].value
    share = [anion_fractions[x] for x in energies.anions]
    return LatticeKinetics(
        equilibrium_voltage=_equilibrium_voltages(energies, share),
        reach_per_volt=table["reach_per_volt"].value,
        metal_hop_rate=np.array([rate(barriers.get(el, 0.0) + shift) for el in energies.species]),
        blocked_hop_rate=rate(table["blocked_hop_barrier"].value + shift),
        cation_hop_rate=rate(table["cation_barrier"].value),
        registry_rate=rate(table["registry_barrier"].value),
        step_factor=np.where(energies.monovalent_phase, slow, 1.0),
        two_electron_factor=table["two_electron_factor"].value,
        cation_hops_per_electron=table["cation_hops_per_electron"].value,
        metal_hops_per_electron=table["metal_hops_per_electron"].value,
        registry_trials_per_electron=table["registry_trials_per_electron"].value,
    )


def _equilibrium_voltages(energies: LatticeEnergies, share: list[float]) -> NDArray[np.float64]:
    """Half of what M2+ with six contacts costs less, with two A+ and eight contacts more."""
    found = np.zeros(len(energies.species))
    for s in range(len(found)):
        for x, part in enumerate(share):
            ion, salt = float(energies.cation_bond[s, 2, x]), float(energies.alkali_bond[x])
            found[s] += part * (6.0 * ion - 8.0 * salt) / 2.0
    return found
