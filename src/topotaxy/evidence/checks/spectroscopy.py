"""Energies of edges against the binding energies of the levels that they are named after."""

from __future__ import annotations

import re
from collections.abc import Iterator

from topotaxy.evidence.claims import Claim, Ledger
from topotaxy.evidence.criteria import criterion
from topotaxy.evidence.findings import Compared, Finding, Outcome
from topotaxy.material.core_levels import core_level

LEVEL = re.compile(r"\b(K|L[23]|M[45])\b(?!\s*[,/–-]\s*[2-5]\b)")
"""One level; ``L2,3`` names two and is none."""
LEVELS = "topotaxy.material, core_levels.csv: Elam, Ravel and Sieber, Radiat. Phys. Chem. 63 (2002) 121"


def level_of(claim: Claim) -> str | None:
    """Return the one level that a claim on an edge energy names, None where it names none or several.

    Parameters
    ----------
    claim : Claim
        One claim of the ledger.
    """
    named = set(LEVEL.findall(claim.technique))
    return named.pop() if len(named) == 1 else None


def edge_levels(ledger: Ledger) -> Iterator[Outcome]:
    """Energies of edges, of their lines and shoulders, against the binding energy of the level.

    Tension beyond ``edge_reach``: what belongs to an edge begins at the binding energy and moves by the
    chemical shift, so that a feature further off is of another level, of structure beyond the edge, or of an
    axis that is off, none of which is stated. One finding a claim; the level that lies nearest is named.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    reach = criterion("edge_reach")
    for claim in ledger.values("edge_energy"):
        level = level_of(claim)
        known = core_level(claim.subject, level) if level is not None else None
        if level is None or known is None:
            continue
        low, high = claim.stated.low, claim.stated.high
        away = low - known if low > known else known - high if high < known else 0.0
        if away <= reach.value:
            yield Compared((claim.id,))
            continue
        off = claim.stated.value - known
        yield Finding(
            check="edge_levels",
            severity="tension",
            claims=[claim.id],
            message=(
                f"{claim.subject} {level} is stated to show something at {claim.stated.value:g} eV, "
                f"{abs(off):.1f} eV {'above' if off > 0.0 else 'below'} the level ({known:g} eV); "
                f"chemical shifts reach {reach.value:g} eV{_nearest(claim, level)}."
            ),
            values={"stated": claim.stated.value, "level": known, "difference": off},
            rule="what belongs to an edge lies within a chemical shift of the binding energy of its level",
            source=f"{LEVELS}; criterion: {reach.source}",
        )


def _nearest(claim: Claim, level: str) -> str:
    """Which other level of the element lies nearer, in words."""
    own = core_level(claim.subject, level)
    near = [
        (abs(claim.stated.value - other), name, other)
        for name in ("K", "L3", "L2", "M5", "M4")
        if name != level and (other := core_level(claim.subject, name)) is not None
    ]
    if not near or own is None or min(near)[0] >= abs(claim.stated.value - own):
        return ""
    distance, name, other = min(near)
    return f"; its {name} at {other:g} eV is nearer, {distance:.1f} eV away"
