"""The answer of a run: what reacts and comes back, against what is claimed; what stays open."""

from __future__ import annotations

import numpy as np

from topotaxy.content.figure import Absent
from topotaxy.content.numbers import fixed, observable_text, percent, plain_number, quantity_text
from topotaxy.content.section import KeyNumber, mark_of
from topotaxy.observables import Observable
from topotaxy.report.run.folder import RunFolder
from topotaxy.report.run.headline import beside, headlines, name_of
from topotaxy.report.run.replicas import over_replicas
from topotaxy.report.run.words import HARDLY, MOSTLY, and_list, shares_reduced
from topotaxy.statistics import mean_and_error

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
    """Return the answer in one sentence, as far as the run folder holds it.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    """
    clauses = [c for c in (_reacts(folder), _comes_back(folder), _lattice(folder)) if c]
    if not clauses:
        return "The run folder holds too little for a verdict."
    text = "; ".join(clauses)
    return f"{text[0].upper()}{text[1:]}."


def _lattice(folder: RunFolder) -> str:
    """The share in registry, never as an answer: unmeasured inputs decide it."""
    dims = ("replica", "cycle", "state")
    group = folder.group("cycles", coherent_fraction=dims, state=("state",), cycle=("cycle",))
    if isinstance(group, Absent) or "discharged" not in group["state"].values:
        return ""
    share = group["coherent_fraction"].isel(cycle=-1).sel(state="discharged").transpose("replica").values
    if not np.isfinite(share).any() or max(shares_reduced(folder).values(), default=0.0) < HARDLY:
        return ""
    mean = float(over_replicas(share).mean)
    text = quantity_text("coherent_fraction", mean, mean_and_error(share)[1], "1")
    number = int(group["cycle"].values[-1])
    return (
        f"whether the lattice holds is left open: {text} of it is coherent when discharged in cycle {number}"
        ", and unmeasured inputs decide that"
    )


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


def key_numbers(folder: RunFolder) -> list[KeyNumber]:
    """Return the numbers of the strip, each with its label and what was measured beside it.

    Parameters
    ----------
    folder : RunFolder
        The run's folder as :func:`~topotaxy.report.run.folder.read_run_folder` read it.
    """
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
