"""Bulk conversion voltages from formation energies."""

from __future__ import annotations

import math
from collections.abc import Mapping

from topotaxy.constants import FARADAY
from topotaxy.errors import InputError
from topotaxy.material.capacity import reducible_cations
from topotaxy.material.composition import Composition
from topotaxy.material.oxidation import ANION_CHARGE, IONS
from topotaxy.material.phases import (
    T_STANDARD,
    compound,
    formation_enthalpy,
    formation_gibbs,
    phases,
)

METHODS = ("gibbs", "enthalpy")


def conversion_voltage(
    cation: str,
    anions: Mapping[str, float],
    ion: str,
    temperature: float = T_STANDARD,
    *,
    method: str = "gibbs",
    valence: int = 2,
) -> float:
    """Voltage (V against the alkali metal) of M(n+)X + n A -> M + alkali salt, all in bulk.

    V = [G(MX) - n G(salt)] / (n F), with formation Gibbs energies or, for
    ``method="enthalpy"``, formation enthalpies (about 0.05 V higher, because metal and salt
    are a little less disordered than MX and the alkali metal). Of mixed anions, each counts
    by the share of the cation's charge that it balances; the energy of mixing is neglected.

    Parameters
    ----------
    cation, ion
        Element symbols; ``ion`` is Li, Na or K.
    anions
        Amounts of the anions, on any scale.
    temperature
        K; used by the Gibbs energy only.

    Raises
    ------
    InputError
        For unknown elements, and for a phase without data (named).
    """
    if ion not in IONS:
        raise InputError(f"unknown ion {ion!r:.20}; expected one of {', '.join(IONS)}")
    if method not in METHODS:
        raise InputError(f"unknown method {method!r:.20}; expected one of {', '.join(METHODS)}")
    if cation in IONS:
        raise InputError(f"{cation} is an alkali metal; it has no conversion reaction")
    if not (math.isfinite(temperature) and temperature > 0):
        raise InputError(f"expected a temperature > 0 K, got {temperature!r:.40}")
    unknown = [anion for anion, n in anions.items() if anion not in ANION_CHARGE or not n >= 0]
    charges = {anion: -ANION_CHARGE[anion] * n for anion, n in anions.items() if anion in ANION_CHARGE}
    total = math.fsum(charges.values())
    if unknown or not 0 < total < math.inf:
        known = ", ".join(ANION_CHARGE)
        raise InputError(f"expected amounts of the anions {known}, got {dict(anions)!r:.60}")
    return math.fsum(
        charge / total * _single_anion(cation, anion, ion, temperature, method, valence)
        for anion, charge in charges.items()
        if charge
    )


def _energy_per_charge(metal: str, anion: str, valence: int, temperature: float, method: str) -> float:
    """Formation energy per mole of cation charge, J/mol."""
    formula = compound(metal, anion, valence)
    energy = formation_enthalpy(formula) if method == "enthalpy" else formation_gibbs(formula, temperature)
    return energy / (valence * phases()[formula].amounts[metal])


def _single_anion(cation: str, anion: str, ion: str, temperature: float, method: str, valence: int) -> float:
    host = _energy_per_charge(cation, anion, valence, temperature, method)
    product = _energy_per_charge(ion, anion, 1, temperature, method)
    return (host - product) / FARADAY


def conversion_voltages(
    c: Composition, ion: str, temperature: float = T_STANDARD, *, method: str = "gibbs"
) -> tuple[dict[str, float], dict[str, str]]:
    """Conversion voltage of every reducible cation of a formula, from its valences there to the metal.

    Over several valences of a cation the mean counts each by its charge. A valence whose compound has no
    data counts with the last two electrons alone, as 2+.

    Parameters
    ----------
    c : Composition
        Cations and anions with their amounts and valences.
    ion : str
        Li, Na or K.
    temperature : float
        K; used by the Gibbs energy only.
    method : str
        ``gibbs`` or ``enthalpy``.

    Returns
    -------
    voltages, reasons : dict
        V by cation; and why there is none, by cation.
    """
    voltages: dict[str, float] = {}
    reasons: dict[str, str] = {}
    for cation in reducible_cations(c):
        try:
            voltages[cation] = _to_metal(cation, c, ion, temperature, method)
        except InputError as error:
            reasons[cation] = str(error)
    return voltages, reasons


def _to_metal(cation: str, c: Composition, ion: str, temperature: float, method: str) -> float:
    """Mean over the valences of a cation, V, weighted by charge."""
    states = c.valences[cation]
    terms = []
    for valence, amount in states.items():
        known = all(compound(cation, anion, valence) in phases() for anion, n in c.anions.items() if n)
        voltage = conversion_voltage(
            cation, c.anions, ion, temperature, method=method, valence=valence if known else 2
        )
        terms.append((valence * amount, voltage))
    return math.fsum(q * v for q, v in terms) / math.fsum(q for q, _ in terms)


def by_voltage(c: Composition, ion: str) -> list[str]:
    """Reducible cations from the highest to the lowest conversion voltage; those without data last.

    Parameters
    ----------
    c : Composition
        Cations and anions with their amounts and valences.
    ion : str
        The alkali metal: Li, Na or K.
    """
    voltages, _ = conversion_voltages(c, ion)
    return sorted(reducible_cations(c), key=lambda el: -voltages.get(el, -math.inf))
