"""The answer of a run: does the lattice hold, what reacts, what comes back, against what is claimed."""

from __future__ import annotations

import numpy as np

from topotaxy.content.figure import Absent, Values
from topotaxy.content.numbers import fixed, observable_text, percent, plain_number, quantity_text
from topotaxy.content.section import KeyNumber, mark_of
from topotaxy.observables import Observable
from topotaxy.report.run.folder import RunFolder
from topotaxy.report.run.headline import beside, headlines, name_of
from topotaxy.report.run.replicas import over_replicas, standard_error
from topotaxy.report.run.words import HARDLY, MOSTLY, and_list, shares_reduced

HOLDS = 0.9
"""Coherent share from which the verdict says that the lattice holds."""

FAILS = 0.1
"""Coherent share below which it says that the lattice does not hold; between the two, in part."""

KEY_QUANTITIES = (
    ("specific_capacity_discharge", "first"),
    ("specific_capacity_charge", "first"),
    ("initial_coulombic_efficiency", "first"),
    ("coherent_fraction", "last discharged"),
    ("home_fraction", "last charged"),
    ("voltage_hysteresis", "first"),
)
"""What the strip under the verdict shows, as far as the run has it."""


def verdict(folder: RunFolder) -> str:
    """Return the answer in one sentence, as far as the run folder holds it."""
    clauses = [c for c in (_lattice(folder), _reacts(folder), _comes_back(folder)) if c]
    if not clauses:
        return "The run folder holds too little for a verdict."
    return f"{'; '.join(clauses)}."


def _lattice(folder: RunFolder) -> str:
    dims = ("replica", "cycle", "state")
    group = folder.group("cycles", coherent_fraction=dims, state=("state",), cycle=("cycle",))
    if isinstance(group, Absent) or "discharged" not in group["state"].values:
        return ""
    share = group["coherent_fraction"].isel(cycle=-1).sel(state="discharged").transpose("replica").values
    if not np.isfinite(share).any():
        return ""
    mean = float(over_replicas(share).mean)
    words = "holds" if mean >= HOLDS else "does not hold" if mean <= FAILS else "holds in part"
    text = quantity_text("coherent_fraction", mean, standard_error(share), "1")
    number = int(group["cycle"].values[-1])
    return f"The lattice {words}: {text} of it is coherent when discharged in cycle {number}"


def _reacts(folder: RunFolder) -> str:
    share = shares_reduced(folder)
    ranked = sorted(share, key=lambda e: -share[e])
    inside = [e for e in ranked if share[e] >= HARDLY]
    if not share:
        return ""
    if not inside:
        return "no cation reacts"
    named = and_list([f"{e} ({percent(share[e], 2)})" for e in inside])
    text = f"{named} {'is' if len(inside) == 1 else 'are'} reduced"
    claimed = folder.claimed_active
    if not claimed:
        return text
    beyond = [e for e in inside if e not in claimed]
    short = [e for e in share if e in claimed and share[e] < MOSTLY]
    if not beyond and not short:
        return f"{text}, as claimed"
    misses = [f"{and_list(beyond)} beyond it"] if beyond else []
    misses += [f"{and_list(short)} short of it"] if short else []
    verb = "is" if len(claimed) == 1 else "are"
    return f"{text}, where {and_list(list(claimed))} {verb} claimed: {' and '.join(misses)}"


def _comes_back(folder: RunFolder) -> str:
    efficiency = folder.observed("initial_coulombic_efficiency")
    taken = folder.observed("specific_capacity_discharge")
    if efficiency is None or taken is None:
        return ""
    text = (
        f"{observable_text(efficiency)} of the {observable_text(taken)} taken up come back in the first cycle"
    )
    measured = folder.spec_section("measured")
    taken_up, given_back = measured.get("discharge_capacity"), measured.get("charge_capacity")
    if isinstance(taken_up, (int, float)) and isinstance(given_back, (int, float)) and taken_up > 0:
        text += f" (measured: {fixed(100 * given_back / taken_up, 0)} % of {plain_number(taken_up)} mAh g⁻¹)"
    return text


def _mean_text(quantity: str, values: Values, unit: str) -> str:
    return quantity_text(quantity, float(over_replicas(values).mean), standard_error(values), unit)


def key_numbers(folder: RunFolder) -> list[KeyNumber]:
    """Return the numbers of the strip, each with its label and what was measured beside it."""
    found = []
    entries = headlines(folder.observables)
    for quantity, which in KEY_QUANTITIES:
        entry = _chosen([o for o in entries if o.quantity == quantity and not o.subject], which)
        if entry is None:
            continue
        other = beside(folder, entry)
        note = f"measured or stated: {other.partition(' (from')[0]}" if other else ""
        found.append(
            KeyNumber(name=name_of(entry), value=observable_text(entry), label=mark_of(entry), note=note)
        )
    return found


def _chosen(entries: list[Observable], which: str) -> Observable | None:
    """The entry of the first cycle, or of the last one in a state."""
    order, _, state = which.partition(" ")
    kept = [o for o in entries if not state or o.state == state]
    kept.sort(key=lambda o: o.cycle or 0)
    if not kept:
        return None
    return kept[0] if order == "first" else kept[-1]
