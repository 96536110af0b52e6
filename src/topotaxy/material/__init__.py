"""Closed-form properties of a formula: composition, thermochemistry, capacity, structure, mixing."""

from __future__ import annotations

from topotaxy.constants import FARADAY
from topotaxy.material.capacity import reducible_cations, theoretical_capacity
from topotaxy.material.capacity_budget import BudgetTerm, capacity_budget
from topotaxy.material.composition import Composition, molar_mass, parse_formula
from topotaxy.material.description import describe
from topotaxy.material.electrode import electrode_composition
from topotaxy.material.equilibrium import EquilibriumProfile, equilibrium_profile
from topotaxy.material.mixing import (
    MixingEntropy,
    Stability,
    configurational_entropy,
    modulus_mismatch,
    size_mismatch,
    stability,
)
from topotaxy.material.oxidation import ANION_CHARGE, IONS
from topotaxy.material.percolation import Percolation, inert_cations, percolation
from topotaxy.material.phases import (
    compound,
    formation_enthalpy,
    formation_gibbs,
    salt,
    standard_entropy,
)
from topotaxy.material.redox_sets import RedoxCapacity, redox_capacities
from topotaxy.material.structure import (
    conversion_volume_ratio,
    d_spacing,
    lattice_parameter,
    pair_parameter,
    product_volume,
    swelling_strain,
)
from topotaxy.material.thermochemistry import conversion_voltage, conversion_voltages

__all__ = [
    "ANION_CHARGE",
    "FARADAY",
    "IONS",
    "BudgetTerm",
    "Composition",
    "EquilibriumProfile",
    "MixingEntropy",
    "Percolation",
    "RedoxCapacity",
    "Stability",
    "capacity_budget",
    "compound",
    "configurational_entropy",
    "conversion_voltage",
    "conversion_voltages",
    "conversion_volume_ratio",
    "d_spacing",
    "describe",
    "electrode_composition",
    "equilibrium_profile",
    "formation_enthalpy",
    "formation_gibbs",
    "inert_cations",
    "lattice_parameter",
    "modulus_mismatch",
    "molar_mass",
    "pair_parameter",
    "parse_formula",
    "percolation",
    "product_volume",
    "redox_capacities",
    "reducible_cations",
    "salt",
    "size_mismatch",
    "stability",
    "standard_entropy",
    "swelling_strain",
    "theoretical_capacity",
]
