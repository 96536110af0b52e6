"""When two claims speak of the same electrode under the same conditions."""

from __future__ import annotations

from topotaxy.evidence.claims import Claim, Ledger
from topotaxy.observables import Unlike, unlike_conditions

EARLY_CYCLES = 10
"""A capacity of an unnamed cycle, or of one up to this, counts as that of the fresh electrode."""

REVERSIBLE = ("specific_capacity_charge", "specific_capacity_discharge", "rate_capacity")


def same_electrode(ledger: Ledger, a: Claim, b: Claim) -> bool:
    """Same material and same particle size (or neither stated).

    Parameters
    ----------
    ledger : Ledger
        What a paper states.
    a : Claim
        One of the two claims that are compared.
    b : Claim
        The other of the two claims.
    """
    named = {condition.condition for condition in _unlike(ledger, a, b)}
    return a.material == b.material and "particle_size" not in named


def same_test(ledger: Ledger, a: Claim, b: Claim) -> bool:
    """Same electrode and kind of cell; equal current and method, where both claims state one.

    The cycles may differ.

    Parameters
    ----------
    ledger : Ledger
        What a paper states.
    a : Claim
        One of the two claims that are compared.
    b : Claim
        The other of the two claims.
    """
    return (
        same_electrode(ledger, a, b)
        and a.cell == b.cell
        and not any(condition.differs for condition in _unlike(ledger, a, b))
        and (a.method == b.method or not (a.method and b.method))
    )


def _unlike(ledger: Ledger, a: Claim, b: Claim) -> tuple[Unlike, ...]:
    """Conditions in which two claims are not known to be alike, cycles aside."""
    return unlike_conditions(ledger.observable(a), ledger.observable(b), across=("cycle", "reference_cycle"))


def is_reversible(ledger: Ledger, claim: Claim) -> bool:
    """Whether a capacity claim is of charge that comes back out.

    In an anode the first alkaliation also feeds the film, so a discharge capacity counts
    only from a stated cycle after the first.

    Parameters
    ----------
    ledger : Ledger
        What a paper states.
    claim : Claim
        One claim of the ledger.
    """
    if claim.quantity not in REVERSIBLE or claim.bound == "at most":
        return False
    if claim.quantity == "specific_capacity_discharge" and ledger.role(claim) != "half-cell-cathode":
        return claim.cycle is not None and claim.cycle > 1
    return True


def is_early(claim: Claim) -> bool:
    """Whether a capacity claim is of the fresh electrode (see :data:`EARLY_CYCLES`).

    Parameters
    ----------
    claim : Claim
        One claim of the ledger.
    """
    return claim.cycle is None or claim.cycle <= EARLY_CYCLES


def relative_digits(value: float, half_width: float) -> str:
    """Text of a number with the decimals that its half width leaves meaningful.

    Parameters
    ----------
    value : float
        The number as stated, in its own unit.
    half_width : float
        Half a unit of its last digit.
    """
    decimals = 0
    while decimals < 6 and 10.0**-decimals > 2.000001 * half_width:
        decimals += 1
    return f"{value:.{decimals}f}"
