"""Claims in words, for people; their ids are for machines."""

from __future__ import annotations

from topotaxy.evidence.claims import Claim, Ledger
from topotaxy.observables import VOCABULARY

ROLE_WORDS = {
    "half-cell-anode": "half cell",
    "half-cell-cathode": "cathode half cell",
    "full-cell": "full cell",
}


def claim_name(claim: Claim, ledger: Ledger) -> str:
    """Return what a claim is of: quantity or what is seen, subject, state, cell, cycle, current, size.

    Parameters
    ----------
    claim : Claim
        One entry of a ledger.
    ledger : Ledger
        What a paper states.
    """
    if claim.quantity:
        words = VOCABULARY[claim.quantity].words
        if claim.current is not None:
            words = words.removesuffix(" at this current")
        parts = [f"{words[:1].upper()}{words[1:]}"]
    else:
        # A reflection or a phase that is seen is of no quantity.
        what = claim.technique or claim.kind
        parts = [f"{what[:1].upper()}{what[1:]}"]
        material = ledger.material.get(claim.phase)
        if claim.phase:
            parts.append((material.name or material.formula if material else "") or claim.phase)
        parts += claim.reflections
    if claim.subject:
        parts.append(str(claim.subject))
    if claim.state:
        parts.append(claim.state)
    cell = ledger.cell.get(claim.cell) if claim.cell else None
    if cell is not None:
        parts.append(f"{cell.ion} {ROLE_WORDS[cell.role]}")
    if claim.cycle is not None:
        parts.append(f"cycle {claim.cycle:,}")
    if claim.current is not None:
        parts.append(f"{claim.current:g} A/g")
    if claim.particle_size is not None:
        parts.append(f"particles of {claim.particle_size:g} nm")
    return ", ".join(parts)
