"""What the coherency of the frame costs, and what its loss gains: inputs of the blocks of the lattice.

A block of the frame is coherent (metal on its cation sites, strained with its neighbours) or
incoherent (metal in a cluster of its own). See J. W. Cahn, Acta Metall. 9 (1961) 795,
10.1016/0001-6160(61)90182-1, for the energy of composition differences in a coherent crystal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.constants import ELEMENTARY_CHARGE
from topotaxy.energetics.assumptions import Assumption, assumptions_with
from topotaxy.energetics.handbook import EV_PER_SQUARE_ANGSTROM
from topotaxy.energetics.moduli import cleavage_strength, frame_moduli, twinning_strength
from topotaxy.errors import InputError
from topotaxy.material import IONS, Composition, conversion_volume_ratio, lattice_parameter, product_volume
from topotaxy.portable import cbrt, exp, over
from topotaxy.tables import read_table

EV_PER_CUBIC_ANGSTROM = 1e-21 / ELEMENTARY_CHARGE
"""One GPa in eV/Å³."""

STRAIN_GRID = np.linspace(0.0, 0.8, 161)
"""Linear strains of the frame at which the fading is tabulated; wide enough for potassium and oxygen."""


@dataclass(frozen=True, kw_only=True)
class Fading:
    """How the bonds of reduced metal weaken as the frame stretches.

    ``values`` has shape (species, strains): bond in the frame over bond at the metal's own
    distance. ``source`` says what it rests on.
    """

    values: NDArray[np.float64]
    source: str


@dataclass(frozen=True, kw_only=True)
class CoherencyEnergies:
    """What coherency costs and what its loss gains; arrays go by cation species of the formula.

    Attributes
    ----------
    eigenstrain:
        Shape (species,): linear misfit strain of the frame once all cations of a species are
        reduced and their products fill the space of the host; 0 for what cannot react.
    modulus:
        Y = E/(1 - nu) of the frame, eV/Å³.
    cleavage_strength:
        Stress that would part the planes of a perfect frame, GPa; real crystals fail below it.
    twinning_strength:
        Shear stress that would twin a perfect frame, GPa; real crystals twin below it.
    modulus_source:
        What each oxide's share of ``modulus`` rests on.
    site_volume:
        Å³ per cation site of the pristine frame.
    strain_grid:
        Shape (k,): linear strain of the frame, from 0.
    fading:
        Shape (species, k): bond of M0 in the frame over the bond at the metal's own distance.
    fading_source:
        What ``fading`` rests on.
    interface_energy:
        Between coherent and incoherent blocks, eV/Å².
    nucleation_factor, nucleation_spread:
        Barrier of the first incoherent block over that of homogeneous nucleation, and the
        standard deviation of its logarithm over grains.
    nucleation_rate:
        Attempt frequency of a block that turns incoherent or coherent, 1/s.
    swelling_per_electron:
        Shape (species,): volume of the products less that of the host, Å³ per electron taken.
    assumptions:
        The rows of ``tables/assumptions.csv``, overrides put in.
    """

    eigenstrain: NDArray[np.float64]
    modulus: float
    cleavage_strength: float
    twinning_strength: float
    modulus_source: str
    site_volume: float
    strain_grid: NDArray[np.float64]
    fading: NDArray[np.float64]
    fading_source: str
    interface_energy: float
    nucleation_factor: float
    nucleation_spread: float
    nucleation_rate: float
    swelling_per_electron: NDArray[np.float64]
    assumptions: Mapping[str, Assumption]


def coherency_energies(
    composition: Composition,
    ion: str,
    temperature: float,
    *,
    overrides: Mapping[str, float] | None = None,
) -> CoherencyEnergies:
    """Assemble what the blocks of the lattice need, at ``temperature`` (K).

    Parameters
    ----------
    composition : Composition
        Cations and anions of the pristine electrode, with their amounts and valences.
    ion : str
        The alkali metal: Li, Na or K.
    temperature : float
        Temperature of the cell, K.
    overrides : mapping of str to float, optional
        Values in place of those of ``tables/assumptions.csv``, by name.

    Raises
    ------
    InputError
        Where the formula is no rock salt, or a volume, a modulus or a cohesive energy is not
        tabulated.
    """
    table = assumptions_with(overrides)
    ratio = _volume_ratios(composition, ion)
    a = lattice_parameter(composition)
    cell = a * a * a
    site_volume = cell / 4.0 / composition.cations_per_anion
    valence = np.array([composition.mean_valences[element] for element in composition.cations])
    modulus, shear, modulus_source = frame_moduli(composition)
    fading = frame_fading(composition, STRAIN_GRID)
    attempts = table["attempt_frequency"].value
    return CoherencyEnergies(
        eigenstrain=over(cbrt, ratio) - 1.0,
        modulus=modulus * EV_PER_CUBIC_ANGSTROM,
        cleavage_strength=cleavage_strength(
            modulus=modulus,
            surface_energy=table["cleavage_energy"].value,
            spacing=a / 2.0,
        ),
        twinning_strength=twinning_strength(shear),
        modulus_source=modulus_source,
        site_volume=site_volume,
        strain_grid=STRAIN_GRID,
        fading=fading.values,
        fading_source=fading.source,
        interface_energy=table["frame_interface_energy"].value * EV_PER_SQUARE_ANGSTROM,
        nucleation_factor=table["nucleation_factor"].value,
        nucleation_spread=table["nucleation_spread"].value,
        nucleation_rate=attempts,
        swelling_per_electron=site_volume * (ratio - 1.0) / valence,
        assumptions=table,
    )


def _volume_ratios(composition: Composition, ion: str) -> NDArray[np.float64]:
    """Volume of metal and salts over that of the host for each species; 1 for what cannot react."""
    return np.array(
        [
            1.0 if element in IONS else conversion_volume_ratio(composition, ion, (element,))
            for element in composition.cations
        ]
    )


def frame_fading(composition: Composition, strain: NDArray[np.float64]) -> Fading:
    """Return how metal bonds fade with the linear strain of the frame, and what says so.

    The one place that decides: at present the universal binding curve of each metal
    (:func:`rose_fading`) with the cation sites of the frame as its atoms. Alkali hosts never
    become metal; their row is 1.

    Parameters
    ----------
    composition : Composition
        Cations and anions of the pristine electrode, with their amounts and valences.
    strain : array, shape (k,)
        Linear strains of the frame, dimensionless.

    Raises
    ------
    InputError
        Where a metal's cohesive energy or bulk modulus is not tabulated.
    """
    a = lattice_parameter(composition) * (1.0 + strain)
    volume = a * a * a / 4.0
    rows = {row["element"]: row for row in read_table("topotaxy.energetics", "cohesion")}
    values = np.ones((len(composition.cations), len(strain)))
    for s, element in enumerate(composition.cations):
        if element in IONS:
            continue
        if element not in rows:
            raise InputError(f"no cohesive energy of metallic {element} in energetics/tables/cohesion.csv")
        values[s] = rose_fading(
            volume=volume,
            atomic_volume=product_volume(element),
            cohesive_energy=float(rows[element]["cohesive_energy"]),
            bulk_modulus=float(rows[element]["bulk_modulus"]),
        )
    return Fading(
        values=values,
        source=(
            "universal binding curve (Rose, Smith, Guinea and Ferrante, Phys. Rev. B 29 (1984) 2963, "
            "10.1103/PhysRevB.29.2963) with cohesive energies and bulk moduli of the metals (Kittel)"
        ),
    )


def rose_fading(
    *,
    volume: NDArray[np.float64],
    atomic_volume: float,
    cohesive_energy: float,
    bulk_modulus: float,
) -> NDArray[np.float64]:
    """Cohesion of a metal whose atoms have ``volume`` each, over that at its own volume.

    (1 + a*) exp(-a*) with a* = (r - r0)/l, r the Wigner-Seitz radius and
    l = sqrt(E_coh / (12 pi B r0)); Rose, Smith, Guinea and Ferrante, Phys. Rev. B 29 (1984)
    2963, 10.1103/PhysRevB.29.2963, without their cubic term 0.05 a*^3, which would raise the
    curve by up to 0.07 near a* = 3. 1 where the frame is denser than the metal, which weakens
    nothing.

    Volumes in Å³ per atom, energy in eV per atom, modulus in GPa.

    Parameters
    ----------
    volume : array
        Volume that an atom has in the frame, Å³.
    atomic_volume : float
        Volume of an atom in the bulk metal, Å³.
    cohesive_energy : float
        Cohesive energy of the metal, eV per atom, positive.
    bulk_modulus : float
        Bulk modulus of the metal, GPa.
    """
    radius = over(cbrt, 3.0 * volume / (4.0 * np.pi))
    own = cbrt(3.0 * atomic_volume / (4.0 * np.pi))
    length = np.sqrt(cohesive_energy / (12.0 * np.pi * bulk_modulus * EV_PER_CUBIC_ANGSTROM * own))
    scaled = np.maximum(0.0, (radius - own) / length)
    return np.asarray((1.0 + scaled) * over(exp, -scaled))
