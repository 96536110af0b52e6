"""Which observables are the headline, what they are called, and what was measured beside them."""

from __future__ import annotations

from topotaxy.content.numbers import observable_text, plain_number
from topotaxy.observables import Observable, Subject
from topotaxy.report.folder import RunFolder

STATE_ORDER = {"pristine": 0, "discharged": 1, "charged": 2, None: 3}

_NAMES = {
    "specific_capacity_discharge": "Discharge capacity",
    "specific_capacity_charge": "Charge capacity",
    "mean_voltage_discharge": "Mean voltage, discharge",
    "mean_voltage_charge": "Mean voltage, charge",
    "home_fraction": "Cations on their home site",
    "framework_fraction": "Framework (at home, not metal)",
    "coherent_fraction": "Coherent with the frame",
    "domain_size": "Domain size of reduced metal",
    "trapped_fraction": "Trapped charge",
    "strain": "Linear strain",
    "stress": "Stress of the frame",
}

_ORDER = (
    "specific_capacity_discharge",
    "specific_capacity_charge",
    "initial_coulombic_efficiency",
    "coulombic_efficiency",
    "capacity_retention",
    "mean_voltage_discharge",
    "mean_voltage_charge",
    "voltage_hysteresis",
    "reduced_fraction",
    "home_fraction",
    "framework_fraction",
    "coherent_fraction",
    "domain_size",
    "trapped_fraction",
    "coordination_number",
    "bond_length",
    "strain",
    "stress",
)


def headlines(folder: RunFolder) -> list[Observable]:
    """Return the labelled observables, the quantities an electrochemist asks for first on top."""
    labelled = [o for o in folder.observables if o.label is not None]
    rank = {quantity: i for i, quantity in enumerate(_ORDER)}
    return sorted(
        labelled,
        key=lambda o: (
            rank.get(o.quantity, len(rank)),
            o.subject.shell,
            o.cycle or 0,
            STATE_ORDER[o.state],
        ),
    )


def name_of(entry: Observable) -> str:
    """Return quantity, subject, state and cycle in words."""
    name = _NAMES.get(entry.quantity, entry.quantity.replace("_", " ").capitalize())
    in_name = "discharge" in entry.quantity or entry.quantity.endswith("_charge")
    state = "" if in_name or entry.state is None else entry.state
    where = [entry.subject.text, state, f"cycle {entry.cycle}" if entry.cycle is not None else ""]
    return ", ".join([name, *filter(None, where)])


def beside(folder: RunFolder, entry: Observable) -> str:
    """Return what was measured or stated for the same thing, with its origin; else empty."""
    same = [
        o
        for o in folder.observables
        if o.origin in {"measured", "stated"}
        and (o.quantity, o.subject, o.state, o.cycle)
        == (entry.quantity, entry.subject, entry.state, entry.cycle)
    ]
    if same:
        return "; ".join(f"{observable_text(o)} ({o.origin})" for o in same)
    if entry.cycle not in (None, 1) or entry.subject:
        return ""
    return _from_spec(folder, entry.quantity)


def _from_spec(folder: RunFolder, quantity: str) -> str:
    measured = folder.spec_section("measured")
    down, up = measured.get("discharge_capacity"), measured.get("charge_capacity")
    if quantity == "specific_capacity_discharge" and isinstance(down, (int, float)):
        return f"{plain_number(down)} mAh g⁻¹"
    if quantity == "specific_capacity_charge" and isinstance(up, (int, float)):
        return f"{plain_number(up)} mAh g⁻¹"
    is_efficiency = quantity in {"initial_coulombic_efficiency", "coulombic_efficiency"}
    if is_efficiency and isinstance(down, (int, float)) and isinstance(up, (int, float)) and down > 0:
        return f"{100 * up / down:.1f} % (from the two capacities)"
    return ""


def bare_name(entry: Observable) -> str:
    """Return the name without element, state and cycle."""
    shell = entry.subject.shell
    if entry.quantity == "coordination_number" and shell:
        return f"{shell.capitalize()} neighbours"
    plain = name_of(
        entry.model_copy(
            update={"subject": Subject(), "state": None, "conditions": entry.conditions.updated(cycle=None)}
        )
    )
    return f"{plain}, {shell}" if shell else plain


def moment(entry: Observable) -> str:
    """Return state and cycle, as in ``Discharged, cycle 1``."""
    cycle = "" if entry.cycle is None else f", cycle {entry.cycle}"
    return f"{entry.state or ''}{cycle}".strip(", ").capitalize()
