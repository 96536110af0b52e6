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
from topotaxy.evidence.findings import SEVERITIES, Finding
from topotaxy.evidence.ledger import load_ledger

Check = Callable[[Ledger], Iterator[Finding]]

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


def audit(ledger: Ledger | str | Path) -> list[Finding]:
    """Return what the checks find in a ledger, gravest first.

    Parameters
    ----------
    ledger:
        A loaded ledger, the name of a bundled one, or the path of a TOML file.

    Raises
    ------
    InputError
        Where the ledger cannot be used.
    """
    loaded = ledger if isinstance(ledger, Ledger) else load_ledger(ledger)
    findings = [finding for check in CHECKS for finding in check(loaded)]
    return sorted(findings, key=lambda f: SEVERITIES.index(f.severity))
