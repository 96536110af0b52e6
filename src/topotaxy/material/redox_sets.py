"""Theoretical capacity of every set of reducible cations."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from topotaxy.material.capacity import electrons_of, reducible_cations, theoretical_capacity
from topotaxy.material.composition import Composition, molar_mass
from topotaxy.material.thermochemistry import by_voltage

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


def redox_capacities(c: Composition) -> list[RedoxCapacity]:
    """Capacity of every set of reducible cations, by rising number of members.

    With more than eight reducible cations only the cumulative sets are given, from the
    cation of the highest conversion voltage against Na downwards.

    Parameters
    ----------
    c : Composition
        Cations and anions with their amounts and valences.
    """
    mass = molar_mass(c)
    reducible = reducible_cations(c)
    sets: list[tuple[str, ...]]
    if len(reducible) <= MAX_ALL_SUBSETS:
        sets = [s for size in range(1, len(reducible) + 1) for s in combinations(reducible, size)]
    else:
        ranked = by_voltage(c, "Na")
        sets = [tuple(ranked[:size]) for size in range(1, len(ranked) + 1)]
    result = []
    for redox in sets:
        electrons = electrons_of(c, redox)
        result.append(RedoxCapacity(redox, electrons, theoretical_capacity(electrons, mass)))
    return result
