"""Capacities against what the cations can hold, and against each other at other currents."""

from __future__ import annotations

from collections.abc import Iterator

from topotaxy.evidence.claims import Claim, Ledger
from topotaxy.evidence.conditions import REVERSIBLE, is_early, is_reversible, same_electrode
from topotaxy.evidence.criteria import criterion
from topotaxy.evidence.findings import Compared, Finding, Outcome, Severity
from topotaxy.evidence.formulas import capacity, conversion_composition, electrons, reducible

FARADAY = "Faraday's law; molar mass from IUPAC standard atomic weights"


def capacity_claimed_couples(ledger: Ledger) -> Iterator[Outcome]:
    """Reversible capacity above n F/(3.6 M) of the cations claimed to be active.

    Only for conversion materials with a formula, and only beyond the stated digits; not where all cations
    are claimed active, of which :func:`capacity_all_cations` speaks.
    Tension where the excess is larger than ``cell_to_cell_capacity``, else note: other
    storage (film, interface, carbon, further cations) could hold the rest, but then it
    belongs in the claim.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    for claim in _reversible_claims(ledger):
        active = ledger.material[claim.material].claimed_active
        c = conversion_composition(ledger, claim.material)
        # Where all are claimed active, the next check says the same of the same cations.
        if active and c is not None and set(active) != set(reducible(c)):
            yield from _excess(
                ledger, claim, active, "capacity_claimed_couples", "the cations claimed active"
            )


def capacity_all_cations(ledger: Ledger) -> Iterator[Outcome]:
    """Reversible capacity above n F/(3.6 M) of all cations of the formula that can become metal.

    Severity as in :func:`capacity_claimed_couples`; here nothing but storage outside the
    conversion reaction can hold the excess.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    for claim in _reversible_claims(ledger):
        c = conversion_composition(ledger, claim.material)
        if c is not None:
            yield from _excess(
                ledger, claim, tuple(reducible(c)), "capacity_all_cations", "all cations together"
            )


def capacity_current_order(ledger: Ledger) -> Iterator[Outcome]:
    """Capacity of a fresh electrode higher at a higher current, in the same kind of cell.

    Tension where the gain exceeds ``cell_to_cell_capacity`` beyond the stated digits; it
    needs an activation that is not stated.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    early = [
        c for c in ledger.values(*REVERSIBLE) if is_reversible(ledger, c) and is_early(c) and not c.bound
    ]
    allowance = criterion("cell_to_cell_capacity")
    for slow in early:
        for fast in early:
            if not (slow.current and fast.current and fast.current > slow.current):
                continue
            if not same_electrode(ledger, slow, fast) or slow.cell != fast.cell:
                continue
            if fast.stated.low <= slow.stated.high * (1.0 + allowance.value):
                yield Compared((slow.id, fast.id))
                continue
            yield Finding(
                check="capacity_current_order",
                severity="tension",
                claims=[slow.id, fast.id],
                message=(
                    f"{fast.stated.value:g} mAh/g is stated at {fast.current:g} A/g, more than the "
                    f"{slow.stated.value:g} mAh/g at {slow.current:g} A/g in the same cell."
                ),
                values={"slow": slow.stated.value, "fast": fast.stated.value},
                rule="at fixed cut-offs the capacity of a fresh electrode does not rise with current",
                source=f"polarisation grows with current; allowance: {allowance.source}",
            )


def _reversible_claims(ledger: Ledger) -> list[Claim]:
    return [
        c
        for c in ledger.values(*REVERSIBLE)
        if is_reversible(ledger, c)
        and ledger.role(c) in {"half-cell-anode", "full-cell"}
        and conversion_composition(ledger, c.material) is not None
    ]


def _excess(
    ledger: Ledger, claim: Claim, redox: tuple[str, ...], check: str, holders: str
) -> Iterator[Outcome]:
    c = conversion_composition(ledger, claim.material)
    if c is None:
        return
    limit = capacity(c, redox)
    if claim.stated.low <= limit * (1.0 + 1e-9):
        yield Compared((claim.id,))
        return
    excess = claim.stated.value - limit
    allowance = criterion("cell_to_cell_capacity")
    severity: Severity = "tension" if excess > allowance.value * limit else "note"
    available = electrons(c, redox)
    stored = available * claim.stated.value / limit
    yield Finding(
        check=check,
        severity=severity,
        claims=[claim.id],
        message=(
            f"The reversible capacity of {claim.stated.value:g} mAh/g is {stored:.2f} electrons per "
            "formula unit; "
            f"{holders} ({', '.join(redox)}) hold {available:.2f}, that is {limit:.0f} mAh/g. "
            f"{excess:.0f} mAh/g must be stored otherwise."
        ),
        values={
            "material": claim.material,
            "capacity": claim.stated.value,
            "limit": limit,
            "excess": excess,
            "electrons_stored": stored,
            "electrons_available": available,
            "redox": list(redox),
        },
        rule=(
            "reversible capacity <= n F / (3.6 M), n electrons per formula unit to reduce those cations "
            "to metal"
        ),
        source=FARADAY,
    )
