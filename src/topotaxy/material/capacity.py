"""Theoretical capacity of every set of reducible cations."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from topotaxy.errors import InputError
from topotaxy.material.composition import Composition, molar_mass
from topotaxy.material.oxidation import IONS

FARADAY = 96485.33212
"""Faraday constant, C/mol (exact in the SI of 2019: e times the Avogadro constant)."""

MAX_ALL_SUBSETS = 8
"""Up to this many reducible cations every subset is listed (255 of them)."""


@dataclass(frozen=True)
class RedoxCapacity:
    """Capacity when the cations of ``redox`` go from their valence to the metal.

    ``electrons`` per formula unit as written, ``value`` in mAh/g.
    """

    redox: tuple[str, ...]
    electrons: float
    value: float


def theoretical_capacity(electrons: float, molar_mass: float) -> float:
    """Return n F / (3.6 M) in mAh/g, for n electrons per formula unit of M g/mol (Faraday's law)."""
    if not (math.isfinite(electrons) and electrons >= 0):
        raise InputError(f"expected a number of electrons >= 0, got {electrons!r:.40}")
    if not (math.isfinite(molar_mass) and molar_mass > 0):
        raise InputError(f"expected a molar mass > 0 g/mol, got {molar_mass!r:.40}")
    return electrons * FARADAY / (3.6 * molar_mass)


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


def redox_capacities(c: Composition) -> list[RedoxCapacity]:
    """Capacity of every set of reducible cations, by rising number of members.

    With more than eight reducible cations only the cumulative sets are given, from the
    cation of the highest conversion voltage against Na downwards.
    """
    mass = molar_mass(c)
    reducible = reducible_cations(c)
    sets: list[tuple[str, ...]]
    if len(reducible) <= MAX_ALL_SUBSETS:
        sets = [s for size in range(1, len(reducible) + 1) for s in combinations(reducible, size)]
    else:
        from topotaxy.material.thermochemistry import by_voltage

        ranked = by_voltage(c, "Na")
        sets = [tuple(ranked[:size]) for size in range(1, len(ranked) + 1)]
    result = []
    for redox in sets:
        electrons = electrons_of(c, redox)
        result.append(RedoxCapacity(redox, electrons, theoretical_capacity(electrons, mass)))
    return result
