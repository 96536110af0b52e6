"""What atoms say about confinement: shipped tables set against bulk values of the same potential.

Taking M to bulk metal and putting 2 A+ in its place has a voltage (``displacement_voltage``,
*removed*); the bulk oxide has another (``conversion_voltage``) by the same potential. Their
difference is the cost of confinement, and on average over the cations it says what the valence
stiffness K of the lattice should be.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from topotaxy.energetics.potential_tables import (
    PotentialNumber,
    PotentialTable,
    potential_table,
    shipped_tables,
)
from topotaxy.material import ANION_CHARGE, Composition, compound, parse_formula

SAME_SHARE = 0.005
"""Shares of an element up to this far apart count as the same formula."""

STIFFNESS_PER_COST = 12.0
"""K over the energy of a vacancy with 2 A+ in opposite tetrahedra, both in eV.

M2+ takes 4 from q of each of its six anions, and each A+ gives 3 to four anions, of which three
are among those six: six anions at -1 and two at +3, Σq² = 24, the least that two A+ near a
vacancy can reach. The energy is K/288 Σq² = K/12.
"""


@dataclass(frozen=True, kw_only=True)
class ConfinedCation:
    """Voltages of one cation by one potential, and the volume that its displacement takes.

    ``bulk`` is the voltage of its compound with the formula's most abundant anion.
    """

    element: str
    displacement: PotentialNumber
    bulk: PotentialNumber | None
    swelling: PotentialNumber | None

    @property
    def cost(self) -> float | None:
        """Bulk voltage less confined voltage, V; None without a bulk voltage."""
        return None if self.bulk is None else self.bulk.value - self.displacement.value


@dataclass(frozen=True, kw_only=True)
class StiffnessEstimate:
    """The valence stiffness K that a table asks for, eV, with its errors.

    ``standard_error`` comes from the scatter over sites, ``systematic_error`` from that of the
    displacement voltages. Where K cannot be had, ``value`` is None and ``why`` says so.
    """

    value: float | None
    standard_error: float | None
    systematic_error: float | None
    why: str


@dataclass(frozen=True, kw_only=True)
class Confinement:
    """What one table says about confinement in one composition against one alkali metal."""

    name: str
    table: PotentialTable
    cations: tuple[ConfinedCation, ...]
    stiffness: StiffnessEstimate


def matching_tables(
    composition: Composition, ion: str, *, tables: Mapping[str, PotentialTable] | None = None
) -> dict[str, PotentialTable]:
    """Return the tables (shipped ones unless given) of this composition and ion, by name.

    A formula matches where every element has the same share of its sublattice within 0.005.

    Parameters
    ----------
    composition : Composition
        Cations and anions with their amounts and valences.
    ion : str
        The alkali metal: Li, Na or K.
    tables : mapping of str to PotentialTable, optional
        By name; the shipped ones by default.
    """
    if tables is None:
        tables = {name: potential_table(name) for name in shipped_tables()}
    return {
        name: table
        for name, table in tables.items()
        if table.ion == ion and _same(composition, parse_formula(table.formula))
    }


def _same(first: Composition, second: Composition) -> bool:
    pairs = (
        (first.cation_fractions, second.cation_fractions),
        (first.anion_fractions, second.anion_fractions),
    )
    return all(
        abs(a.get(element, 0.0) - b.get(element, 0.0)) <= SAME_SHARE for a, b in pairs for element in {*a, *b}
    )


def confinement(name: str, table: PotentialTable, composition: Composition) -> Confinement:
    """Set the confined voltages of a table beside its bulk voltages.

    Parameters
    ----------
    name : str
        Name of the table, as ``heo-na-chgnet``.
    table : PotentialTable
        A table of energies that a potential gave.
    composition : Composition
        Cations and anions with their amounts and valences.
    """
    host = max(composition.anion_fractions, key=lambda anion: composition.anion_fractions[anion])
    cations = []
    for element in composition.cations:
        displacement = table.number("displacement_voltage", element, "removed")
        if displacement is None:
            continue
        cations.append(
            ConfinedCation(
                element=element,
                displacement=displacement,
                bulk=_bulk(table, element, host),
                swelling=table.number("swelling_volume", element, "removed"),
            )
        )
    return Confinement(
        name=name,
        table=table,
        cations=tuple(cations),
        stiffness=_stiffness(table, composition, {c.element: c for c in cations}),
    )


def _bulk(table: PotentialTable, element: str, anion: str) -> PotentialNumber | None:
    return table.number("conversion_voltage", compound(element, anion, 2), "bulk")


def _unknown(why: str) -> StiffnessEstimate:
    return StiffnessEstimate(value=None, standard_error=None, systematic_error=None, why=why)


def _stiffness(
    table: PotentialTable, composition: Composition, cations: Mapping[str, ConfinedCation]
) -> StiffnessEstimate:
    """Return K from the mean over the cations of 2 (V_bulk - V_confined), plus the mixing energy.

    The bulk voltage counts from the stable binaries, the confined one from the mixed host. A
    cation leaves the host with its partial molar energy of mixing; its mean over the cations, by
    share, is the energy of mixing per cation, whatever it is for each.
    """
    charge = {x: -ANION_CHARGE[x] * share for x, share in composition.anion_fractions.items()}
    mixing = 0.0
    variances: list[float | None] = []
    if len(composition.cations) + len(composition.anions) > 2:
        row = table.number("mixing_energy", "", "against stable binaries")
        if row is None:
            return _unknown("the table has no energy of mixing against the stable binaries")
        mixing = row.value
        variances.append(None if row.standard_error is None else row.standard_error**2)
    cost = mixing
    for element, share in composition.cation_fractions.items():
        if composition.valences[element].keys() != {2}:
            return _unknown(f"{element} is not all 2+, and a pair of A+ stands for a cation 2+")
        if element not in cations:
            return _unknown(f"the table has no displacement voltage of {element}")
        rows = {x: _bulk(table, element, x) for x in charge}
        missing = [compound(element, x, 2) for x, row in rows.items() if row is None]
        if missing:
            return _unknown(f"the table has no bulk conversion voltage of {missing[0]}")
        bulk = math.fsum(charge[x] * row.value for x, row in rows.items() if row is not None)
        confined = cations[element].displacement
        cost += share * 2.0 * (bulk / math.fsum(charge.values()) - confined.value)
        error = confined.standard_error
        variances.append(None if error is None else (2.0 * share * error) ** 2)
    return StiffnessEstimate(
        value=STIFFNESS_PER_COST * cost,
        standard_error=_root(variances),
        systematic_error=_systematic(cations.values()),
        why="",
    )


def _root(variances: Iterable[float | None]) -> float | None:
    known = list(variances)
    if any(v is None for v in known):
        return None
    return STIFFNESS_PER_COST * math.sqrt(math.fsum(v for v in known if v is not None))


def _systematic(cations: Iterable[ConfinedCation]) -> float | None:
    """Two electrons times the largest systematic error: it is mostly common to the cations."""
    errors = [c.displacement.systematic_error for c in cations]
    known = [e for e in errors if e is not None]
    return STIFFNESS_PER_COST * 2.0 * max(known) if known else None


def what_atoms_say(composition: Composition, ion: str) -> tuple[Confinement, ...]:
    """Return what every shipped table of this composition and ion says; empty where none matches.

    Parameters
    ----------
    composition : Composition
        Cations and anions with their amounts and valences.
    ion : str
        The alkali metal: Li, Na or K.
    """
    found = matching_tables(composition, ion)
    return tuple(confinement(name, table, composition) for name, table in found.items())


def stiffness_inside(estimate: StiffnessEstimate, *, low: float, high: float) -> bool | None:
    """Whether the estimate, within its errors, meets a range; None where there is no estimate.

    Parameters
    ----------
    estimate : StiffnessEstimate
        Estimate of K with its errors, eV, by one table.
    low : float
        Lower end of the range, eV.
    high : float
        Upper end of the range, eV.
    """
    if estimate.value is None:
        return None
    error = math.hypot(estimate.standard_error or 0.0, estimate.systematic_error or 0.0)
    return estimate.value - error <= high and estimate.value + error >= low
