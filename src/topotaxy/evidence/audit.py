"""The audit: every check over a ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from topotaxy.evidence.checks import (
    capacity,
    composition,
    crystallography,
    efficiency,
    fullcell,
    orders,
    retention,
    spectroscopy,
    swelling,
    thermodynamics,
)
from topotaxy.evidence.claims import Ledger
from topotaxy.evidence.findings import SEVERITIES, Audit, Compared, Finding, NotRun, Outcome, Passed
from topotaxy.evidence.formulas import NoData, parsed
from topotaxy.evidence.ledger import load_ledger

Check = Callable[[Ledger], Iterator[Outcome]]

CHECKS: tuple[Check, ...] = (
    efficiency.efficiency_arithmetic,
    efficiency.exchanged_efficiencies,
    capacity.capacity_claimed_couples,
    capacity.capacity_all_cations,
    capacity.capacity_current_order,
    retention.retention_start,
    retention.retention_above_slower,
    retention.retention_current_order,
    retention.retention_efficiency,
    crystallography.forbidden_reflections,
    crystallography.zone_law,
    crystallography.spacings_one_lattice,
    crystallography.strains_agree,
    swelling.swelling_charge,
    thermodynamics.inert_inside_window,
    thermodynamics.active_below_window,
    fullcell.voltage_stated_anode,
    fullcell.voltage_thermodynamics,
    fullcell.capacity_half_cell,
    spectroscopy.edge_levels,
    composition.charge_balance,
    composition.stated_valences,
    composition.stated_contents,
    orders.stated_orders,
)
"""Every check, in the order in which findings of equal severity are listed."""


NEEDS: dict[str, str] = {
    "efficiency_arithmetic": "an efficiency, and charge and discharge capacity of the same cycle and current",
    "exchanged_efficiencies": "two efficiencies, each with charge and discharge capacity of its cycle",
    "capacity_claimed_couples": "a reversible capacity of a formula of which some cations are active",
    "capacity_all_cations": "a reversible capacity of a conversion material with formula",
    "capacity_current_order": "fresh capacities of one cell at two currents",
    "retention_start": "a retention, the capacity left then, and a fresh one at the same current",
    "retention_above_slower": "a retention, the capacity left then, and a fresh one at a lower current",
    "retention_current_order": "two retentions of one cell after as many cycles at two currents",
    "retention_efficiency": "a retention, and the mean efficiency over the same cycles",
    "forbidden_reflections": "a reflection of a material with space group",
    "zone_law": "reflections of a pattern with zone axis",
    "spacings_one_lattice": "two spacings or lattice parameters of a cubic phase in one state",
    "strains_agree": "strains of two reflections of a cubic phase between the same states",
    "edge_levels": "the energy of an edge, with an element and one level in its technique",
    "swelling_charge": "a strain of the discharged state, and a reversible capacity of the same half cell",
    "inert_inside_window": "a cation claimed inert, and a reversible capacity of a half cell",
    "active_below_window": "a cation claimed active, and a reversible capacity of a half cell",
    "voltage_stated_anode": "the voltage of a full cell with a known cathode, and that of its anode",
    "voltage_thermodynamics": "the voltage of a full cell with a known cathode, and cations claimed active",
    "capacity_half_cell": "capacities of the anode in a full cell and, no faster, in a half cell",
    "charge_balance": "a material with formula",
    "stated_valences": "the pristine valence of every cation of a material with formula",
    "stated_contents": "a share of a sublattice of a material with formula",
    "stated_orders": "an order, and values of its two sides under like conditions",
}
"""What each check has to find in a ledger before it can compare anything."""

BY_FORMULA = frozenset(
    {
        "capacity_claimed_couples",
        "capacity_all_cations",
        "swelling_charge",
        "inert_inside_window",
        "active_below_window",
        "voltage_thermodynamics",
        "stated_valences",
        "stated_contents",
    }
)
"""Checks that rest on the composition of a material."""


def audited(ledger: Ledger | str | Path) -> Audit:
    """Return what every check says of a ledger: findings, what is in order, and what could not be compared.

    Parameters
    ----------
    ledger : Ledger, str or Path
        A loaded ledger, the name of a bundled one, or the path of a TOML file.

    Raises
    ------
    InputError
        Where the ledger cannot be used.
    """
    loaded = ledger if isinstance(ledger, Ledger) else load_ledger(ledger)
    findings: list[Finding] = []
    passed: list[Passed] = []
    not_run: list[NotRun] = []
    for check in CHECKS:
        name = check.__name__
        outcomes = list(check(loaded))
        found = [one for one in outcomes if isinstance(one, Finding)]
        compared = [one for one in outcomes if isinstance(one, Compared)]
        without = [one for one in outcomes if isinstance(one, NotRun)]
        findings += found
        if compared and not found:
            ids = tuple(dict.fromkeys(claim for one in compared for claim in one.claims))
            passed.append(Passed(name, len(compared), ids))
        not_run += without
        if not outcomes:
            not_run.append(NotRun(name, _why_not(loaded, name)))
    findings.sort(key=lambda f: SEVERITIES.index(f.severity))
    return Audit(findings=tuple(findings), passed=tuple(passed), not_run=tuple(not_run))


def _why_not(ledger: Ledger, check: str) -> str:
    unknown = [
        f"{material.formula}: {found}"
        for material in ledger.material.values()
        if material.formula and isinstance(found := parsed(material.formula), NoData)
    ]
    if check in BY_FORMULA and unknown:
        return "; ".join(unknown)
    return f"the ledger lacks {NEEDS[check]}"


def audit(ledger: Ledger | str | Path) -> list[Finding]:
    """Return what the checks find in a ledger, gravest first.

    Parameters
    ----------
    ledger : Ledger, str or Path
        As for :func:`audited`.

    Raises
    ------
    InputError
        Where the ledger cannot be used.
    """
    return list(audited(ledger).findings)
