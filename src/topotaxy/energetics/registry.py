"""What it costs a region of the frame to stay in registry with its host, and what it gains by losing it.

Only the salt strains the frame: metal on octahedral holes adds no volume, and metal that has gathered pushes
its matrix aside, which is the matrix pressure. Differences of content cost elastic energy (J. W. Cahn,
Acta Metall. 9 (1961) 795, 10.1016/0001-6160(61)90182-1) up to that of a semicoherent interface.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics.assumptions import assumptions_with
from topotaxy.energetics.coherency import EV_PER_CUBIC_ANGSTROM
from topotaxy.energetics.handbook import EV_PER_SQUARE_ANGSTROM
from topotaxy.energetics.moduli import cleavage_strength, frame_moduli, twinning_strength
from topotaxy.material import IONS, Composition, conversion_volume_ratio, lattice_parameter, product_volume


@dataclass(frozen=True, kw_only=True)
class RegistryEnergies:
    """Constants of a material and an ion; arrays go by cation species of the formula.

    Attributes
    ----------
    salt_ratio:
        Volume of the salt that takes the place of a cation's share of the host, over that share; 1 for
        what cannot react.
    modulus:
        Y = E/(1 - nu) of the frame, eV/Å³.
    modulus_source:
        What each oxide's share of ``modulus`` rests on.
    cleavage_strength, twinning_strength:
        Stresses that would part or twin a perfect frame, GPa; real crystals fail below them.
    site_volume:
        Å³ per cation site of the pristine frame.
    interface_energy, semicoherent_energy:
        Between regions in and out of registry; of the interface that caps elastic energy; eV/Å².
    matrix_pressure:
        eV/Å³.
    nucleation_factor, nucleation_spread:
        Barrier of the first region to go over that of homogeneous nucleation, and the standard
        deviation of its logarithm over grains.
    """

    salt_ratio: NDArray[np.float64]
    modulus: float
    modulus_source: str
    cleavage_strength: float
    twinning_strength: float
    site_volume: float
    interface_energy: float
    semicoherent_energy: float
    matrix_pressure: float
    nucleation_factor: float
    nucleation_spread: float


def salt_ratios(composition: Composition, ion: str) -> NDArray[np.float64]:
    """Volume of the salt over that of the host for each species of cation; 1 for what cannot react.

    Parameters
    ----------
    composition : Composition
        Cations and anions of the pristine electrode, with their amounts and valences.
    ion : str
        The alkali metal: Li, Na or K.

    Raises
    ------
    InputError
        Where a volume is not tabulated.
    """
    site = lattice_parameter(composition) ** 3 / 4.0 / composition.cations_per_anion
    return np.array(
        [
            1.0
            if element in IONS
            else conversion_volume_ratio(composition, ion, (element,)) - product_volume(element) / site
            for element in composition.cations
        ]
    )


def registry_energies(
    composition: Composition, ion: str, *, overrides: Mapping[str, float] | None = None
) -> RegistryEnergies:
    """Assemble the constants.

    Parameters
    ----------
    composition : Composition
        Cations and anions of the pristine electrode, with their amounts and valences.
    ion : str
        The alkali metal: Li, Na or K.
    overrides : mapping of str to float, optional
        Values in place of those of ``tables/assumptions.csv``, by name.

    Raises
    ------
    InputError
        Where the formula is no rock salt, or a volume or a modulus is not tabulated.
    """
    table = assumptions_with(overrides)
    modulus, shear, source = frame_moduli(composition)
    spacing = lattice_parameter(composition) / 2.0
    return RegistryEnergies(
        salt_ratio=salt_ratios(composition, ion),
        modulus=modulus * EV_PER_CUBIC_ANGSTROM,
        modulus_source=source,
        cleavage_strength=cleavage_strength(
            modulus=modulus, surface_energy=table["cleavage_energy"].value, spacing=spacing
        ),
        twinning_strength=twinning_strength(shear),
        site_volume=lattice_parameter(composition) ** 3 / 4.0 / composition.cations_per_anion,
        interface_energy=table["frame_interface_energy"].value * EV_PER_SQUARE_ANGSTROM,
        semicoherent_energy=table["semicoherent_energy"].value * EV_PER_SQUARE_ANGSTROM,
        matrix_pressure=table["matrix_pressure"].value * EV_PER_CUBIC_ANGSTROM,
        nucleation_factor=table["nucleation_factor"].value,
        nucleation_spread=table["nucleation_spread"].value,
    )
