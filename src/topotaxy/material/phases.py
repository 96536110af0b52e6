"""Formation enthalpy, entropy and Gibbs energy of the phases that conversion can meet."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from topotaxy.errors import InputError
from topotaxy.material.oxidation import ANION_CHARGE, preferred_states
from topotaxy.tables import read_table

T_STANDARD = 298.15
_CRC_TABLE = "CRC Standard Thermodynamic Properties of Chemical Substances.tsv"
_PART = re.compile(r"([A-Z][a-z]?)([0-9]*)")


@dataclass(frozen=True)
class Phase:
    """One row of ``phases.csv``: a pure phase and where its numbers come from."""

    formula: str
    cas: str
    enthalpy: float | None
    entropy: float | None
    source: str

    @property
    def amounts(self) -> dict[str, int]:
        """Atoms of each element per formula unit."""
        return {el: int(n or 1) for el, n in _PART.findall(self.formula)}


@cache
def phases() -> dict[str, Phase]:
    """All tabulated phases by formula (``phases.csv``); a blank number is CRC's, see there."""
    return {
        row["formula"]: Phase(
            row["formula"],
            row["cas"],
            float(row["enthalpy"]) if row["enthalpy"] else None,
            float(row["entropy"]) if row["entropy"] else None,
            row["source"],
        )
        for row in read_table("topotaxy.material", "phases")
    }


@cache
def _crc() -> Any:
    """CRC's table as shipped in ``chemicals``: what ``Hfs(cas, method="CRC")`` looks up.

    Loading this one table takes 0.1 s; ``Hfs`` would load every other source with it.
    """
    import chemicals.heat_capacity  # noqa: F401  (registers the table)
    from chemicals.data_reader import data_source

    return data_source(_CRC_TABLE)  # type: ignore[no-untyped-call]


def _from_crc(phase: Phase, column: str, meaning: str) -> float:
    table = _crc()
    value = float(table.at[phase.cas, column]) if phase.cas in table.index else math.nan
    if math.isnan(value):
        raise InputError(f"no {meaning} for {phase.formula}: absent from CRC and from phases.csv")
    return value


def _phase(formula: str) -> Phase:
    found = phases().get(formula)
    if found is None:
        raise InputError(f"no thermochemical data for the phase {formula!r:.40}")
    return found


@cache
def formation_enthalpy(phase: str) -> float:
    """Standard formation enthalpy at 298.15 K, J/mol.

    From the CRC Handbook as shipped in ``chemicals`` (never its WEBBOOK values, of which
    some are wrong), or from ``phases.csv``, which cites a source for what CRC lacks.

    Parameters
    ----------
    phase : str
        Formula of a tabulated phase.

    Raises
    ------
    InputError
        Where there is no number for the phase; the message names it.
    """
    row = _phase(phase)
    return row.enthalpy if row.enthalpy is not None else _from_crc(row, "Hfs", "formation enthalpy")


@cache
def standard_entropy(phase: str) -> float:
    """Standard molar entropy at 298.15 K, J/mol/K; sources and errors as for the enthalpy.

    Parameters
    ----------
    phase : str
        Formula of a tabulated phase.
    """
    row = _phase(phase)
    return row.entropy if row.entropy is not None else _from_crc(row, "S0s", "standard entropy")


@cache
def formation_entropy(phase: str) -> float:
    """Entropy of formation from the elements at 298.15 K, J/mol/K.

    Parameters
    ----------
    phase : str
        Formula of a tabulated phase.
    """
    amounts = _phase(phase).amounts
    if len(amounts) == 1:
        return 0.0
    elements = math.fsum(n * _element_entropy(el) for el, n in amounts.items())
    return standard_entropy(phase) - elements


def _element_entropy(element: str) -> float:
    """Entropy per atom of the element in its standard state (O2 and F2 are gases)."""
    if element in ("O", "F"):
        return standard_entropy(f"{element}2") / 2
    return standard_entropy(element)


def formation_gibbs(phase: str, temperature: float = T_STANDARD) -> float:
    """Formation Gibbs energy, J/mol: dH - T dS with the 298.15 K values of both.

    Heat capacities are left out; between 250 and 400 K this costs below about 1 kJ/mol.

    Parameters
    ----------
    phase : str
        Formula of a tabulated phase.
    temperature : float
        Temperature, K.
    """
    if not (math.isfinite(temperature) and temperature > 0):
        raise InputError(f"expected a temperature > 0 K, got {temperature!r:.40}")
    return formation_enthalpy(phase) - temperature * formation_entropy(phase)


def compound(cation: str, anion: str, valence: int) -> str:
    """Formula of the compound of one cation and one anion, such as ``NiO``, ``Cu2O``, ``NiF2``.

    It need not be tabulated. Raises InputError for an unknown element or a valence below 1.

    Parameters
    ----------
    cation : str
        Symbol of the cation.
    anion : str
        Symbol of the anion.
    valence : int
        Charge of the cation, elementary charges.
    """
    if cation not in (*preferred_states(), "K"):
        raise InputError(f"unknown cation {cation!r:.20}")
    if anion not in ANION_CHARGE:
        raise InputError(f"unknown anion {anion!r:.20}; expected one of {', '.join(ANION_CHARGE)}")
    if valence < 1:
        raise InputError(f"expected a valence of 1 or more for {cation}, got {valence}")
    charge = -ANION_CHARGE[anion]
    divisor = math.gcd(valence, charge)
    counts = (charge // divisor, valence // divisor)
    return "".join(f"{el}{n if n > 1 else ''}" for el, n in zip((cation, anion), counts, strict=True))


def salt(ion: str, anion: str) -> str:
    """Formula of the alkali salt of an anion, such as ``Na2O`` or ``LiF``.

    Parameters
    ----------
    ion : str
        The alkali metal: Li, Na or K.
    anion : str
        Symbol of the anion.
    """
    return compound(ion, anion, 1)
