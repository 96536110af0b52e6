"""Energies of the reactive lattice, from handbook thermochemistry and named assumptions.

The zero of energy is the elements in their standard states, so the energy of the lattice is
its free energy of formation, and a reaction against the alkali metal has the voltage
``-ΔE/e`` per electron.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.constants import ELEMENTARY_CHARGE, FARADAY
from topotaxy.energetics.assumptions import Assumption, assumptions_with
from topotaxy.errors import InputError
from topotaxy.material import (
    ANION_CHARGE,
    IONS,
    Composition,
    compound,
    formation_gibbs,
    product_volume,
    salt,
)
from topotaxy.portable import cbrt
from topotaxy.tables import read_table

EV_PER_SQUARE_ANGSTROM = 1e-20 / ELEMENTARY_CHARGE
"""One J/m² in eV/Å²."""

HIGHEST_VALENCE = 2


@dataclass(frozen=True, kw_only=True)
class LatticeEnergies:
    """What the Hamiltonian and the kinetics of the lattice need.

    Attributes
    ----------
    species, anions:
        Cation and anion symbols; they index the arrays below.
    ion:
        The alkali that reacts.
    cation_bond:
        Shape (species, 3, anions), eV: contribution of one M-X contact of a cation of
        valence 1 or 2; zero for 0, which is not found on a site. Six contacts surround an
        octahedral site.
    alkali_bond:
        Shape (anions,), eV: contribution of one A-X contact, four to a tetrahedral site.
    metal_bond:
        Shape (species, species), eV: gain of one M0-M0 contact; six of them are the cohesion that a
        single M0 in the matrix lacks.
    monovalent_phase:
        Shape (species,): whether a phase of M+ is tabulated that its energy comes from.
    reducible:
        Shape (species,): whether the valence of this species may change.
    valence_stiffness:
        K of the valence term, eV.
    temperature:
        K.
    redox_rate:
        Rate of a redox event that costs no energy, 1/s.
    alkali_hops_per_electron:
        Attempted hops per A+ and electron.
    """

    species: tuple[str, ...]
    anions: tuple[str, ...]
    ion: str
    cation_bond: NDArray[np.float64]
    alkali_bond: NDArray[np.float64]
    metal_bond: NDArray[np.float64]
    monovalent_phase: NDArray[np.bool_]
    reducible: NDArray[np.bool_]
    valence_stiffness: float
    temperature: float
    redox_rate: float
    alkali_hops_per_electron: float
    assumptions: Mapping[str, Assumption]


def _gibbs(phase: str, temperature: float) -> float:
    """Formation energy in eV per formula unit: one eV a particle is F J/mol."""
    return formation_gibbs(phase, temperature) / FARADAY


def metal_bond_from_interface(*, interface_energy: float, atomic_volume: float) -> float:
    """Return the M-M bond (eV) that gives a (111) metal interface its energy.

    Each atom of an fcc (111) face lacks three bonds, and a bond is shared by two faces:
    γ A = 3 ε / 2, with A = (√3/4) a² and a³ four atomic volumes. Broken-bond model, see e.g.
    D. A. Porter and K. E. Easterling, Phase Transformations in Metals and Alloys, ch. 3.

    Parameters
    ----------
    interface_energy : float
        Energy of the (111) interface of the metal, γ, J/m².
    atomic_volume : float
        Volume of an atom in the metal, Å³.
    """
    edge = cbrt(4.0 * atomic_volume)
    area = np.sqrt(3.0) / 4.0 * edge * edge
    return float(2.0 / 3.0 * interface_energy * EV_PER_SQUARE_ANGSTROM * area)


def surface_energies() -> dict[str, float]:
    """Surface energy of each metal, J/m² (``tables/metals.csv``)."""
    return {
        row["element"]: float(row["surface_energy"]) for row in read_table("topotaxy.energetics", "metals")
    }


def _monovalent_bond(element: str, anion: str, temperature: float) -> float | None:
    """One contact of M+ from a tabulated M+ phase; None where there is none."""
    per_contact = 6.0 * (2.0 if ANION_CHARGE[anion] == -2 else 1.0)
    try:
        return _gibbs(compound(element, anion, 1), temperature) / per_contact
    except InputError:
        return None


def _to_rock_salt(element: str, anion: str) -> float:
    """Enthalpy (eV per contact) of bringing the stable oxide to rock salt; not tabulated beyond oxides."""
    if anion != "O":
        return 0.0
    rows = {r["cation"]: r for r in read_table("topotaxy.material", "transformation_enthalpies")}
    return float(rows[element]["enthalpy"]) / FARADAY / 6.0 if element in rows else 0.0


def lattice_energies(
    composition: Composition,
    ion: str,
    temperature: float,
    *,
    overrides: Mapping[str, float] | None = None,
) -> LatticeEnergies:
    """Assemble the energies for a composition against ``ion`` at ``temperature`` (K).

    A contact M-X carries 1/6 of the formation energy of the binary as rock salt (for CuO and ZnO with
    their enthalpies of transformation), so MX and A2X come out at their handbook values and a mixed
    neighbourhood interpolates between them. M+ has the energy of a tabulated M+ phase, else the mean of
    M2+ and bulk metal and ``monovalent_offset`` above it. M0-M0 bonds
    between different metals are the mean of both (no mixing enthalpy).

    Parameters
    ----------
    composition : Composition
        Cations and anions of the pristine electrode; cations of valence 1 and 2.
    ion : str
        The alkali metal: Li, Na or K.
    temperature : float
        Temperature of the cell, K.
    overrides : mapping of str to float, optional
        Values in place of those of ``tables/assumptions.csv``, by name.

    Raises
    ------
    InputError
        Where a binary has no tabulated data, a cation is above 2+, or no cation can react.
    """
    table = assumptions_with(overrides)
    species, anions = tuple(composition.cations), tuple(composition.anions)
    reducible = _reducible(composition)
    metal_bond = _metal_bonds(species, table["interface_ratio"].value)
    cation_bond, monovalent_phase = _cation_bonds(
        species, anions, reducible, temperature, table["monovalent_offset"].value
    )
    alkali_bond = np.array(
        [_gibbs(salt(ion, x), temperature) / (8.0 if ANION_CHARGE[x] == -2 else 4.0) for x in anions]
    )
    return LatticeEnergies(
        species=species,
        anions=anions,
        ion=ion,
        cation_bond=cation_bond,
        alkali_bond=alkali_bond,
        metal_bond=metal_bond,
        monovalent_phase=monovalent_phase,
        reducible=reducible,
        valence_stiffness=table["valence_stiffness"].value,
        temperature=temperature,
        redox_rate=table["redox_rate"].value,
        alkali_hops_per_electron=table["alkali_hops_per_electron"].value,
        assumptions=table,
    )


def _reducible(composition: Composition) -> NDArray[np.bool_]:
    """Of which cations, shape (species,), the valence may change; refuse what the lattice does not hold."""
    formula = composition.formula
    more = f"('topotaxy describe {formula}' says what bulk thermodynamics tells of it)"
    held = [element for element in surface_energies() if element not in IONS]
    for element in composition.cations:
        if element not in (*held, *IONS):
            raise InputError(f"{element} in {formula}: the reactive lattice holds {', '.join(held)} {more}")
    for element, valences in composition.valences.items():
        if max(valences) > HIGHEST_VALENCE:
            raise InputError(
                f"{element}{max(valences)}+ in {formula}: "
                f"the reactive lattice holds valences up to {HIGHEST_VALENCE}+ {more}"
            )
    reducible = np.array([element not in IONS for element in composition.cations])
    if not reducible.any():
        raise InputError(f"nothing in {composition.formula} can be reduced to a metal")
    return reducible


def _metal_bonds(species: Sequence[str], interface_ratio: float) -> NDArray[np.float64]:
    """M0-M0 bonds (eV), shape (species, species): of unlike metals the mean of both."""
    surface = surface_energies()
    bonds = np.array(
        [
            metal_bond_from_interface(
                interface_energy=interface_ratio * surface[element], atomic_volume=product_volume(element)
            )
            for element in species
        ]
    )
    return np.asarray(0.5 * (bonds[:, None] + bonds[None, :]))


def _cation_bonds(
    species: Sequence[str],
    anions: Sequence[str],
    reducible: NDArray[np.bool_],
    temperature: float,
    monovalent_offset: float,
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """M-X contacts (eV), shape (species, 3, anions), and of which species a phase of M+ is tabulated."""
    monovalent_phase = np.zeros(len(species), dtype=np.bool_)
    bond = np.zeros((len(species), 3, len(anions)))
    for s, element in enumerate(species):
        for x, anion in enumerate(anions):
            if not reducible[s]:
                cations = 1.0 if ANION_CHARGE[anion] == -1 else 2.0
                bond[s, 1, x] = _gibbs(salt(element, anion), temperature) / (6.0 * cations)
                continue
            divalent = _gibbs(compound(element, anion, 2), temperature) / 6.0
            divalent += _to_rock_salt(element, anion)
            bond[s, 2, x] = divalent
            tabulated = _monovalent_bond(element, anion, temperature)
            monovalent_phase[s] |= tabulated is not None
            bond[s, 1, x] = 0.5 * divalent + monovalent_offset / 6.0 if tabulated is None else tabulated
    return bond, monovalent_phase
