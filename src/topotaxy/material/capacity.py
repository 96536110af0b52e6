"""Capacity by Faraday's law, and the cations that give it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

from topotaxy.constants import COULOMB_PER_MILLIAMPERE_HOUR, FARADAY
from topotaxy.errors import InputError
from topotaxy.material.composition import Composition, molar_mass
from topotaxy.material.oxidation import IONS


def theoretical_capacity(electrons: float, molar_mass: float) -> float:
    """Return n F / (3.6 M) in mAh/g, for n electrons per formula unit of M g/mol (Faraday's law).

    Parameters
    ----------
    electrons : float
        Electrons that a formula unit takes.
    molar_mass : float
        Of a formula unit, g/mol.
    """
    if not (math.isfinite(electrons) and electrons >= 0):
        raise InputError(f"expected a number of electrons >= 0, got {electrons!r:.40}")
    if not (math.isfinite(molar_mass) and molar_mass > 0):
        raise InputError(f"expected a molar mass > 0 g/mol, got {molar_mass!r:.40}")
    return electrons * FARADAY / (COULOMB_PER_MILLIAMPERE_HOUR * molar_mass)


def reducible_cations(c: Composition) -> tuple[str, ...]:
    """Cations that a reaction could turn into metal: all but the alkali ones, in formula order.

    Parameters
    ----------
    c : Composition
        Cations and anions with their amounts and valences.
    """
    return tuple(el for el in c.cations if el not in IONS)


def electrons_of(c: Composition, redox: Iterable[str]) -> float:
    """Electrons per formula unit that take the cations of ``redox`` to the metal.

    Parameters
    ----------
    c : Composition
        Cations and anions with their amounts and valences.
    redox : iterable of str
        Symbols of the cations that react.
    """
    chosen = tuple(redox)
    for element in chosen:
        if element not in c.cations:
            raise InputError(f"{element!r:.20} is no cation of {c.formula}; it has {', '.join(c.cations)}")
    return math.fsum(z * n for el in set(chosen) for z, n in c.valences[el].items())


_RATE = re.compile(r"(?P<times>\d+(?:\.\d*)?|\.\d+)?\s*C(?:\s*/\s*(?P<hours>\d+(?:\.\d*)?|\.\d+))?")


def is_rate(text: object) -> bool:
    """Whether a text is a rate of charging, such as ``C/10``, ``0.5C`` or ``2 C``.

    Parameters
    ----------
    text : object
        What a specification says.
    """
    return isinstance(text, str) and _RATE.fullmatch(text.strip()) is not None


def current_of_rate(text: str, c: Composition) -> tuple[float, float]:
    """Return the current (A/g) of a rate, and the capacity (mAh/g) that it refers to.

    C/n is the current that delivers the capacity of all reducible cations (:func:`theoretical_capacity`)
    in n hours.

    Parameters
    ----------
    text : str
        The rate as a C-rate, such as ``C/10``.
    c : Composition
        Cations and anions with their amounts and valences.

    Raises
    ------
    InputError
        Where the text is no rate, or the rate is zero or not finite.
    """
    found = _RATE.fullmatch(text.strip())
    if found is None:
        raise InputError(f"expected a rate such as C/10, got {text!r:.60}")
    hours = float(found["hours"] or 1.0)
    times = float(found["times"] or 1.0)
    if not (hours > 0 and times > 0 and math.isfinite(times / hours)):
        raise InputError(f"expected a rate above zero, such as C/10, got {text!r:.60}")
    capacity = theoretical_capacity(electrons_of(c, reducible_cations(c)), molar_mass(c))
    return times / hours * capacity / 1000.0, capacity
