"""Physical constants and fixed conversions: their one home.

The SI of 2019 defines e, k and the Avogadro constant exactly (BIPM, The International System of Units,
9th edition, 2019, table 1; the same in CODATA 2022: https://physics.nist.gov/cuu/Constants).
"""

from __future__ import annotations

ELEMENTARY_CHARGE = 1.602176634e-19
"""C, exact."""

BOLTZMANN_JOULE = 1.380649e-23
"""J/K, exact."""

AVOGADRO = 6.02214076e23
"""1/mol, exact."""

FARADAY = 96485.33212
"""C/mol, to the digits that CODATA 2022 prints of the exact product e N_A. More of them would change no
result, but would send every seeded run of the lattice along another path."""

GAS_CONSTANT = 8.314462618
"""J/mol/K, to the digits that CODATA 2022 prints."""

BOLTZMANN = BOLTZMANN_JOULE / ELEMENTARY_CHARGE
"""eV/K."""

ELECTRON_REST_ENERGY = 510998.95069
"""Rest energy of the electron, eV (CODATA 2022)."""

SECONDS_PER_HOUR = 3600.0

COULOMB_PER_MILLIAMPERE_HOUR = 3.6
