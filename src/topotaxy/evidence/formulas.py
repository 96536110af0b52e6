"""The compositions behind a ledger's materials, and the capacities that follow from them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from topotaxy.errors import InputError

if TYPE_CHECKING:
    from topotaxy.evidence.claims import Ledger
    from topotaxy.material import Composition


WITHOUT_DATA = ("no data for element", "no anion; expected", "no cation; expected")
"""Parts of messages on formulas that are none of a binary salt of known elements."""


class Unbalanced(str):
    """Why the charges of a formula do not balance."""

    __slots__ = ()


class NoData(str):
    """Why nothing is known of a formula: an element without data here."""

    __slots__ = ()


@cache
def parsed(formula: str) -> Composition | Unbalanced | NoData:
    """Return the composition, or the reason where its charges fail to balance or an element has no data.

    A formula that cannot be balanced is a *finding* about a publication, and one of an element without data
    leaves out the checks that need it; one that cannot be read is a fault of the ledger.

    Parameters
    ----------
    formula : str
        A formula as a ledger has it; may be empty.

    Raises
    ------
    InputError
        Where the formula cannot be read at all.
    """
    from topotaxy.material import parse_formula

    try:
        return parse_formula(formula)
    except InputError as error:
        said = str(error)
        if "charges do not balance" in said:
            return Unbalanced(said)
        if any(words in said for words in WITHOUT_DATA):
            return NoData(said.split(": ", 1)[-1].split("; known", 1)[0])
        raise


def composition(ledger: Ledger, material: str) -> Composition | None:
    """Return the composition of a material, ``None`` where the ledger gives no balanced formula.

    Parameters
    ----------
    ledger : Ledger
        What a paper states.
    material : str
        Name of a material of the ledger.
    """
    entry = ledger.material.get(material)
    if entry is None or not entry.formula:
        return None
    found = parsed(entry.formula)
    return None if isinstance(found, str) else found


def conversion_composition(ledger: Ledger, material: str) -> Composition | None:
    """As :func:`composition`, but only for materials said to react by conversion.

    Parameters
    ----------
    ledger : Ledger
        What a paper states.
    material : str
        Name of a material of the ledger.
    """
    entry = ledger.material.get(material)
    return composition(ledger, material) if entry is not None and entry.reaction != "other" else None


def electrons(c: Composition, redox: Iterable[str]) -> float:
    """Electrons per formula unit that take the cations of ``redox`` to the metal.

    Parameters
    ----------
    c : Composition
        Cations and anions with their amounts and valences.
    redox : Iterable[str]
        Symbols of the cations that take electrons.
    """
    return math.fsum(z * n for element in redox for z, n in c.valences[element].items())


def reducible(c: Composition) -> list[str]:
    """Cations that can become a metal in a cell: all but alkali ions.

    Parameters
    ----------
    c : Composition
        Cations and anions with their amounts and valences.
    """
    from topotaxy.material import IONS

    return [element for element in c.cations if element not in IONS]


def capacity(c: Composition, redox: Iterable[str]) -> float:
    """Capacity of those cations, n F/(3.6 M), mAh/g.

    Parameters
    ----------
    c : Composition
        Cations and anions with their amounts and valences.
    redox : Iterable[str]
        Symbols of the cations that take electrons.
    """
    from topotaxy.material import molar_mass, theoretical_capacity

    return theoretical_capacity(electrons(c, redox), molar_mass(c))
