"""Efficiencies against the capacities they are quotients of."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from topotaxy.evidence.claims import Claim, Ledger
from topotaxy.evidence.conditions import relative_digits, same_test
from topotaxy.evidence.findings import Compared, Finding, Outcome, Severity
from topotaxy.evidence.stated import Stated

ARITHMETIC = "Arithmetic; rounding intervals of half a unit of the last stated digit (JCGM 100:2008, 4.3.7)"


def quotients(ledger: Ledger) -> Iterator[tuple[Claim, Claim, Claim, Stated]]:
    """Each stated efficiency with the charge and discharge capacity of the same cycle, and their quotient.

    Anodes (half and full cells): charge over discharge in the half-cell convention, that
    is dealkaliation over alkaliation; half cells of cathodes the other way round.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    for claim in ledger.values("initial_coulombic_efficiency", "coulombic_efficiency"):
        if claim.mean or claim.bound is not None:
            continue
        cycle = 1 if claim.quantity.startswith("initial") else claim.cycle
        if cycle is None:
            continue
        for charge in ledger.values("specific_capacity_charge"):
            for discharge in ledger.values("specific_capacity_discharge"):
                if not (charge.cycle == discharge.cycle == cycle) or charge.current != discharge.current:
                    continue
                if charge.bound or discharge.bound or charge.method != discharge.method:
                    continue
                if not (same_test(ledger, claim, charge) and same_test(ledger, claim, discharge)):
                    continue
                above, below = charge.stated, discharge.stated
                if ledger.role(claim) == "half-cell-cathode":
                    above, below = below, above
                yield claim, charge, discharge, above.over(below)


def efficiency_arithmetic(ledger: Ledger) -> Iterator[Outcome]:
    """Stated efficiency against the quotient of the stated capacities.

    Contradiction: the interval that the digits of the capacities leave to the quotient and
    the interval of the stated efficiency are disjoint. Otherwise nothing: authors divide
    unrounded numbers, so a quotient that rounds differently is allowed.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    for claim, charge, discharge, quotient in quotients(ledger):
        if not quotient.disjoint(claim.stated):
            yield Compared((claim.id, charge.id, discharge.id))
            continue
        yield Finding(
            check="efficiency_arithmetic",
            severity="contradiction",
            claims=[claim.id, charge.id, discharge.id],
            message=(
                f"The stated capacities {charge.stated.value:g} (charge) and "
                f"{discharge.stated.value:g} mAh/g "
                f"(discharge) give an efficiency of {quotient.value:.4f} "
                f"({quotient.low:.4f} to {quotient.high:.4f} within their digits); {_shown(claim)} is stated."
            ),
            values={
                "charge": charge.stated.value,
                "discharge": discharge.stated.value,
                "quotient": quotient.value,
                "quotient_low": quotient.low,
                "quotient_high": quotient.high,
                "stated": claim.stated.value,
            },
            rule="efficiency = charge capacity / discharge capacity of the same cycle",
            source=ARITHMETIC,
        )


def exchanged_efficiencies(ledger: Ledger) -> Iterator[Outcome]:
    """Two stated efficiencies each of which is the other's quotient.

    Found where the quotient of each test, rounded as the efficiencies are, equals the value
    stated for the other test, and the two stated values differ. Contradiction where one of
    the two also fails within its digits; else tension: the text as it stands then needs
    rounding errors that happen to push both quotients across, and an exchange explains
    both at once.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    for (a, a_charge, a_discharge, a_ratio), (b, b_charge, b_discharge, b_ratio) in combinations(
        quotients(ledger), 2
    ):
        if a.quantity != b.quantity or a.id == b.id:
            continue
        half = _half_width(a)
        crossed = relative_digits(a_ratio.value, half) == _shown(b) and relative_digits(
            b_ratio.value, half
        ) == _shown(a)
        if _shown(a) == _shown(b) or abs(half - _half_width(b)) > 1e-12 or not crossed:
            yield Compared((a.id, b.id))
            continue
        fails = a_ratio.disjoint(a.stated) or b_ratio.disjoint(b.stated)
        severity: Severity = "contradiction" if fails else "tension"
        yield Finding(
            check="exchanged_efficiencies",
            severity=severity,
            claims=[a.id, b.id, a_charge.id, a_discharge.id, b_charge.id, b_discharge.id],
            message=(
                "Two stated efficiencies look exchanged: "
                f"{a_charge.stated.value:g}/{a_discharge.stated.value:g} = "
                f"{a_ratio.value:.4f} is stated as {_shown(a)} and {b_charge.stated.value:g}/"
                f"{b_discharge.stated.value:g} = {b_ratio.value:.4f} as {_shown(b)}; each quotient "
                "rounds to the "
                "value given for the other."
            ),
            values={
                "quotients": {a.id: a_ratio.value, b.id: b_ratio.value},
                "stated": {a.id: a.stated.value, b.id: b.stated.value},
                "within_digits": not fails,
            },
            rule=(
                "round(charge_A/discharge_A) = stated_B and round(charge_B/discharge_B) = stated_A, "
                "stated_A != stated_B"
            ),
            source=ARITHMETIC,
        )


def _half_width(claim: Claim) -> float:
    return 0.5 * (claim.stated.high - claim.stated.low)


def _shown(claim: Claim) -> str:
    return relative_digits(claim.stated.value, _half_width(claim))
