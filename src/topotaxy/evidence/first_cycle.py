"""The capacities of the first cycle, as discharge and loss, which scatter apart."""

from __future__ import annotations

import math
from collections.abc import Sequence

from topotaxy.evidence.likelihood import Term, floor_of, number
from topotaxy.observables import Observable

TECHNIQUE = "electrochemistry"
CAPACITIES = ("specific_capacity_discharge", "specific_capacity_charge")
EFFICIENCY = "initial_coulombic_efficiency"

Aside = list[tuple[Observable, str]]


def first_cycle(observables: Sequence[Observable]) -> tuple[list[Observable], list[Term], Aside]:
    """Return what is no capacity of a cycle, the terms of the first cycle, and what was set aside.

    Parameters
    ----------
    observables : sequence of Observable
        Of one material, none of the pristine state.

    Returns
    -------
    rest : list of Observable
        All that is neither a capacity nor an efficiency.
    terms : list of Term
        Discharge and loss where both capacities are known; else what is known of them.
    aside : list of (Observable, str)
        Capacities of other cycles and what restates, with the reason.
    """
    discharge, charge = (_of(observables, quantity) for quantity in CAPACITIES)
    efficiency = _of(observables, EFFICIENCY)
    aside: Aside = []
    rest = []
    for entry in observables:
        if entry in (discharge, charge, efficiency):
            continue
        if entry.quantity.startswith("specific_capacity") or entry.quantity == EFFICIENCY:
            aside.append((entry, "of another cycle, particle size or role than the first half cycle"))
        else:
            rest.append(entry)
    terms = []
    if discharge is not None:
        terms.append(_term("first discharge", "discharge_capacity", discharge, "capacity"))
    if discharge is not None and charge is not None:
        width = math.hypot(floor_of("loss"), charge.uncertainty or 0.0)
        lost = discharge.value - charge.value
        terms.append(
            number("first-cycle loss", "loss", lost, width, technique=TECHNIQUE, source=charge.source)
        )
    elif charge is not None:
        terms.append(_term("first charge", "charge_capacity", charge, "capacity"))
    if efficiency is not None and discharge is not None and charge is not None:
        aside.append((efficiency, "restates the two capacities"))
    elif efficiency is not None:
        terms.append(_term("first-cycle efficiency", "efficiency", efficiency, "efficiency"))
    return rest, terms, aside


def _of(observables: Sequence[Observable], quantity: str) -> Observable | None:
    """Return the first cycle's number of an anode's half cell, of the sample as it is."""
    return next(
        (
            o
            for o in observables
            if o.quantity == quantity
            and o.cycle in (None, 1)
            and o.conditions.role in (None, "half-cell-anode")
            and o.conditions.particle_size is None
            and o.bound is None
        ),
        None,
    )


def _term(name: str, expected: str, entry: Observable, floor: str) -> Term:
    width = math.hypot(floor_of(floor), entry.uncertainty or floor_of(floor))
    return number(name, expected, entry.value, width, technique=TECHNIQUE, source=entry.source)
