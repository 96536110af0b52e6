"""Capacity by Faraday's law, and the cations that give it."""

from __future__ import annotations

import math
from collections.abc import Iterable

from topotaxy.constants import COULOMB_PER_MILLIAMPERE_HOUR, FARADAY
from topotaxy.errors import InputError
from topotaxy.material.composition import Composition
from topotaxy.material.oxidation import IONS


def theoretical_capacity(electrons: float, molar_mass: float) -> float:
    """Return n F / (3.6 M) in mAh/g, for n electrons per formula unit of M g/mol (Faraday's law)."""
    if not (math.isfinite(electrons) and electrons >= 0):
        raise InputError(f"expected a number of electrons >= 0, got {electrons!r:.40}")
    if not (math.isfinite(molar_mass) and molar_mass > 0):
        raise InputError(f"expected a molar mass > 0 g/mol, got {molar_mass!r:.40}")
    return electrons * FARADAY / (COULOMB_PER_MILLIAMPERE_HOUR * molar_mass)


def reducible_cations(c: Composition) -> tuple[str, ...]:
    """Cations that a reaction could turn into metal: all but the alkali ones, in formula order."""
    return tuple(el for el in c.cations if el not in IONS)


def electrons_of(c: Composition, redox: Iterable[str]) -> float:
    """Electrons per formula unit that take the cations of ``redox`` to the metal."""
    chosen = tuple(redox)
    for element in chosen:
        if element not in c.cations:
            raise InputError(f"{element!r:.20} is no cation of {c.formula}; it has {', '.join(c.cations)}")
    return math.fsum(z * n for el in set(chosen) for z, n in c.valences[el].items())
