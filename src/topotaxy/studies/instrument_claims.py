"""What a paper states of instruments, beside what virtual instruments say of the simulated electrode.

Each claim is read by its fields alone (kind, quantity, state, subject, relation). What no instrument at hand
could say has its reason.
"""

from __future__ import annotations

from collections.abc import Mapping

from topotaxy.evidence import Claim, Ledger
from topotaxy.evidence.claim_names import claim_name
from topotaxy.evidence.claims import Side
from topotaxy.studies.instrument_rules import RULES, spots
from topotaxy.studies.instruments_seen import Computed, Seen


def instrument_claim(claim: Claim, seen: Seen) -> Computed:
    """Return what the virtual instruments say of a claim.

    Parameters
    ----------
    claim : Claim
        One that is no number of a cell.
    seen : Seen
        What the virtual instruments saw.
    """
    rule = RULES.get((claim.kind, claim.quantity)) or RULES.get((claim.kind, ""))
    absent = (
        NO_INSTRUMENT.get(claim.quantity) if "EELS" in claim.technique or "EDS" in claim.technique else None
    )
    if absent is None and "geometric phase" not in claim.technique:
        absent = None if claim.quantity != "twin_density" else NO_INSTRUMENT["twin_density"]
    if absent is not None or rule is None:
        return Computed(
            computed="", agrees=None, label=None, why=absent or "no virtual instrument says anything of it"
        )
    return rule(claim, seen)


NO_INSTRUMENT = {
    "twin_density": "the lattice of the simulation cannot twin",
}


def claim_rows(
    ledger: Ledger, seen: Seen, *, done: set[str], known: Mapping[str, Computed] | None = None
) -> list[dict[str, object]]:
    """Return a row for each claim that is not done yet, as plain data.

    Parameters
    ----------
    ledger : Ledger
        All claims.
    seen : Seen
        What the virtual instruments saw.
    done : set of str
        Ids of claims that have a row already.
    known : mapping of str to Computed, optional
        What something else than an instrument says of single claims, by their ids.
    """
    known = known or {}
    rows: list[dict[str, object]] = []
    for claim in ledger.claims:
        if claim.id in done:
            continue
        found = known.get(claim.id) or _row(claim, seen)
        rows.append(
            {
                "id": claim.id,
                "kind": claim.kind,
                "name": _name(claim, ledger),
                "stated": stated_text(claim),
                "computed_text": found.computed,
                "computed": found.value,
                "uncertainty": found.uncertainty,
                "label": found.label,
                "agrees": found.agrees,
                "why": found.why,
            }
        )
    return rows


def _name(claim: Claim, ledger: Ledger) -> str:
    """The claim in words, with the technique where two of them say one thing of a quantity."""
    if not claim.quantity and not claim.technique and claim.states:
        return f"{claim.states[:1].upper()}{claim.states[1:]}"
    name = claim_name(claim, ledger)
    return f"{name}, by {claim.technique}" if claim.quantity and claim.technique else name


def _row(claim: Claim, seen: Seen) -> Computed:
    in_images = any(word in claim.technique for word in ("FFT", "SAED"))
    if not claim.quantity and in_images and claim.state in ("discharged", "charged"):
        return spots(claim, seen)
    return instrument_claim(claim, seen)


def stated_text(claim: Claim) -> str:
    """Return what a claim says, in a few words.

    Parameters
    ----------
    claim : Claim
        One entry of a ledger.
    """
    if claim.kind == "value":
        bound = f"{claim.bound} " if claim.bound else ""
        return f"{bound}{claim.value}"
    if claim.kind == "order":
        extent = f"{claim.extent} " if claim.extent else ""
        words = {"greater": "more than", "less": "less than", "equal": "the same as"}
        return f"{_side(claim.left)}: {extent}{words[str(claim.relation)]} {_side(claim.right)}"
    return "seen" if claim.seen else "not seen"


def _side(side: Side | None) -> str:
    """What one side of an order is, in words; the material of the claim as it is where nothing is said."""
    if side is None:
        return "the powder as it is"
    size = "" if side.particle_size is None else f"particles of {side.particle_size:g} nm"
    current = "" if side.current is None else f"{side.current:g} A/g"
    said = [word for word in (side.material, side.state or "", side.subject, size, current) if word]
    return ", ".join(said) or "the powder as it is"
