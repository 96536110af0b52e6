"""Capacity budget: what each source of charge can hold, and what nothing explains."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from topotaxy.errors import InputError
from topotaxy.material.capacity import electrons_of, reducible_cations, theoretical_capacity
from topotaxy.material.composition import Composition, molar_mass
from topotaxy.material.mixing import assumption
from topotaxy.material.oxidation import IONS
from topotaxy.material.phases import T_STANDARD
from topotaxy.material.thermochemistry import conversion_voltages
from topotaxy.tables import read_table

INTERFACE = "interfacial storage"
CARBON = "carbon additive"
FILM = "reversible film"
IRREVERSIBLE = "irreversible first cycle"
REMAINDER = "unexplained remainder"


@dataclass(frozen=True)
class BudgetTerm:
    """One line of the budget, mAh per gram of active material.

    ``low`` and ``high`` bound ``capacity``; ``basis`` says what the three rest on.
    """

    term: str
    capacity: float
    low: float
    high: float
    basis: str


def capacity_budget(
    c: Composition,
    ion: str,
    measured_discharge: float | None = None,
    measured_charge: float | None = None,
    *,
    active: Iterable[str] | None = None,
    carbon_mass_ratio: float = 0.0,
    interface_area: float | None = None,
    interface_charge: float | None = None,
    lower: float = 0.01,
    upper: float = 3.0,
    temperature: float = T_STANDARD,
) -> list[BudgetTerm]:
    """Set what could store charge beside what was measured.

    Parameters
    ----------
    measured_discharge, measured_charge
        First-cycle capacities in the half-cell sense, mAh/g; the second is the reversible one.
        The irreversible term needs both, the remainder needs the second.
    active
        Cations whose couples are counted in full; by default all whose bulk conversion
        voltage lies between the cut-offs ``lower`` and ``upper`` (V), clear of the lower one
        by the uncertainty of such voltages. Another cation inside the window, or at its edge,
        counts 0, with its whole couple as the upper bound.
    carbon_mass_ratio
        Grams of conductive carbon per gram of active material.
    interface_area, interface_charge
        m2 per gram and C/m2 of metal/salt interface; by default the range of
        ``storage_terms.csv``. Their product is the interfacial storage.

    Raises
    ------
    InputError
        For negative or non-finite numbers and unknown elements.
    """
    _check(ion, carbon_mass_ratio, interface_area, interface_charge, measured_discharge, measured_charge)
    terms = _couples(c, ion, active, lower, upper, temperature)
    terms.append(_interface(interface_area, interface_charge))
    terms.append(_tabulated(CARBON, "carbon", ion, carbon_mass_ratio))
    terms.append(_tabulated(FILM, "film", ion, 1.0))
    reversible = list(terms)
    if measured_discharge is not None and measured_charge is not None:
        lost = measured_discharge - measured_charge
        basis = "measured: first discharge minus first charge (surface film and trapped charge together)"
        terms.append(BudgetTerm(IRREVERSIBLE, lost, lost, lost, basis))
    if measured_charge is not None:
        terms.append(_remainder(measured_charge, reversible))
    return terms


def _check(ion: str, carbon: float, *others: float | None) -> None:
    if ion not in IONS:
        raise InputError(f"unknown ion {ion!r:.20}; expected one of {', '.join(IONS)}")
    names = (
        "carbon_mass_ratio",
        "interface_area",
        "interface_charge",
        "measured_discharge",
        "measured_charge",
    )
    for name, value in zip(names, (carbon, *others), strict=True):
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise InputError(f"expected {name} >= 0, got {value!r:.40}")


def _couples(
    c: Composition, ion: str, active: Iterable[str] | None, lower: float, upper: float, temperature: float
) -> list[BudgetTerm]:
    voltages, reasons = conversion_voltages(c, ion, temperature)
    margin = assumption("voltage_uncertainty")
    mass = molar_mass(c)
    chosen = None if active is None else tuple(active)
    electrons_of(c, chosen or ())  # names an element that is no cation of the formula
    terms = []
    for cation in reducible_cations(c):
        full = theoretical_capacity(electrons_of(c, (cation,)), mass)
        allowed = cation in voltages and lower - margin <= voltages[cation] <= upper
        sure = allowed and voltages[cation] >= lower + margin
        counted = cation in chosen if chosen is not None else sure
        if cation in voltages:
            side = "inside" if sure else "at the edge of" if allowed else "outside"
            where = f"bulk conversion at {voltages[cation]:.2f} V, {side} the window"
        else:
            where = f"voltage unknown ({reasons[cation]})"
        if counted:
            terms.append(BudgetTerm(f"couple {cation}", full, full, full, f"theoretical, in full; {where}"))
        else:
            high = full if allowed or cation not in voltages else 0.0
            terms.append(BudgetTerm(f"couple {cation}", 0.0, 0.0, high, f"not counted as active; {where}"))
    return terms


def _row(term: str, ion: str) -> dict[str, str]:
    for row in read_table("topotaxy.material", "storage_terms"):
        if row["term"] == term and row["ion"] == ion:
            return row
    raise InputError(f"no row {term!r} for {ion or 'any ion'} in storage_terms.csv")


def storage_term(term: str, ion: str) -> float:
    """Middle of the range of a storage outside the couples (``storage_terms.csv``).

    ``carbon`` in mAh per gram of carbon, ``film`` in mAh per gram of host.

    Parameters
    ----------
    term : str
        Name of the term: a row of its table.
    ion : str
        The alkali metal: Li, Na or K.
    """
    return float(_row(term, ion)["value"])


def _interface(area: float | None, charge: float | None) -> BudgetTerm:
    """Interfacial storage, mAh/g: area (m2/g) times charge (C/m2) over 3.6."""
    areas, charges = _row("interface_area", ""), _row("interface_charge", "")
    capacity, low, high = (
        (float(areas[key]) if area is None else area)
        * (float(charges[key]) if charge is None else charge)
        / 3.6
        for key in ("value", "low", "high")
    )
    given = [name for name, v in (("area", area), ("charge density", charge)) if v is not None]
    basis = f"interface area times charge density; {charges['source']}; {areas['source']}"
    if given:
        basis = f"{' and '.join(given)} as given; " + basis
    return BudgetTerm(INTERFACE, capacity, low, high, basis)


def _tabulated(term: str, name: str, ion: str, factor: float) -> BudgetTerm:
    row = _row(name, ion)
    capacity, low, high = (factor * float(row[key]) for key in ("value", "low", "high"))
    return BudgetTerm(term, capacity, low, high, row["source"])


def _remainder(measured: float, reversible: list[BudgetTerm]) -> BudgetTerm:
    """Measured reversible capacity minus the sum of the terms; its range takes all of them at once."""
    return BudgetTerm(
        REMAINDER,
        measured - math.fsum(t.capacity for t in reversible),
        measured - math.fsum(t.high for t in reversible),
        measured - math.fsum(t.low for t in reversible),
        "measured reversible capacity minus all reversible terms above; negative where they could hold more",
    )
