"""Which observables are the headline, what they are called, and what was measured beside them."""

from __future__ import annotations

from collections.abc import Sequence

from topotaxy.content.numbers import observable_text, plain_number
from topotaxy.observables import VOCABULARY, Observable, Subject
from topotaxy.report.run.folder import RunFolder

STATE_ORDER = {"pristine": 0, "discharged": 1, "charged": 2, None: 3}

FIRST = (
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
)
"""Quantities that are asked for first; the others follow in the order of the vocabulary."""


def headlines(observables: Sequence[Observable]) -> list[Observable]:
    """Return the labelled observables, the quantities an electrochemist asks for first on top.

    Parameters
    ----------
    observables : Sequence[Observable]
        Observables in the order in which they are to stand.
    """
    labelled = [o for o in observables if o.label is not None]
    first = {quantity: i - len(FIRST) for i, quantity in enumerate(FIRST)}
    return sorted(
        labelled,
        key=lambda o: (
            first.get(o.quantity, VOCABULARY[o.quantity].order),
            o.subject.shell,
            o.cycle or 0,
            STATE_ORDER[o.state],
        ),
    )


def name_of(entry: Observable) -> str:
    """Return quantity, subject, state and cycle in words, the current where the quantity is of one.

    Parameters
    ----------
    entry : Observable
        One observable.
    """
    name = capitalised(VOCABULARY[entry.quantity].words)
    current = entry.conditions.current
    if current is not None:
        name = name.replace("at this current", f"at {plain_number(current)} A g⁻¹")
    in_name = "discharge" in entry.quantity or entry.quantity.endswith("_charge")
    state = "" if in_name or entry.state is None else entry.state
    # The words of an initial quantity name its cycle already.
    cycle = "" if entry.cycle is None or entry.quantity.startswith("initial_") else f"cycle {entry.cycle}"
    where = [entry.subject.text, state, cycle]
    return ", ".join([name, *filter(None, where)])


def capitalised(text: str) -> str:
    """Return the text with a capital first letter, the others as they are.

    Parameters
    ----------
    text : str
        Any text.
    """
    return text[:1].upper() + text[1:]


def beside(folder: RunFolder, entry: Observable) -> str:
    """Return what was measured or stated for the same thing, with its origin; else empty.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    entry : Observable
        One observable.
    """
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
    """Return the name without element, state and cycle.

    Parameters
    ----------
    entry : Observable
        One observable.
    """
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
    """Return state and cycle, as in ``Discharged, cycle 1``.

    Parameters
    ----------
    entry : Observable
        One observable.
    """
    cycle = "" if entry.cycle is None else f", cycle {entry.cycle}"
    return f"{entry.state or ''}{cycle}".strip(", ").capitalize()
