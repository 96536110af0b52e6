"""Checks of the audit in words, for people; their ids are for machines."""

from __future__ import annotations

from collections.abc import Mapping

CHECK_NAMES: Mapping[str, str] = {
    "active_below_window": "Active below the window",
    "capacity_all_cations": "Capacity against all cations",
    "capacity_claimed_couples": "Capacity against the claimed couples",
    "capacity_current_order": "Capacity against current",
    "capacity_half_cell": "Full cell against half cell",
    "charge_balance": "Balance of charge",
    "edge_levels": "Edges and their levels",
    "efficiency_arithmetic": "Arithmetic of efficiency",
    "exchanged_efficiencies": "Exchanged efficiencies",
    "forbidden_reflections": "Forbidden reflections",
    "inert_inside_window": "Inert inside the window",
    "retention_above_slower": "Retention against slower cycling",
    "retention_current_order": "Retention against current",
    "retention_efficiency": "Retention against efficiency",
    "retention_start": "Retention and capacity at the start",
    "spacings_one_lattice": "Spacings of one lattice",
    "stated_contents": "Contents against the formula",
    "stated_orders": "Stated orders",
    "stated_valences": "Valences against the formula",
    "strains_agree": "Strains of one lattice",
    "swelling_charge": "Swelling against charge",
    "voltage_stated_anode": "Full cell against the anode's voltage",
    "voltage_thermodynamics": "Full cell against bulk voltages",
    "zone_law": "Zone law",
}


def check_name(check: str) -> str:
    """Return what a check compares.

    Parameters
    ----------
    check : str
        Its id, as findings carry it.
    """
    return CHECK_NAMES.get(check, check.replace("_", " "))
