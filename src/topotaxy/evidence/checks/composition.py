"""Formulas against charge balance and against the contents that are stated."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from topotaxy.evidence.claims import Ledger
from topotaxy.evidence.findings import Compared, Finding, NotRun, Outcome
from topotaxy.evidence.formulas import NoData, Unbalanced, composition, parsed

_DECIMAL = re.compile(r"[A-Z][a-z]?\d*\.(\d+)")
CHARGES = "electroneutrality; oxidation states of topotaxy.material (anions O, S, Se 2-, F 1-)"


def charge_balance(ledger: Ledger) -> Iterator[Outcome]:
    """Formulas whose charges cannot be balanced with any valence that their cations take.

    Contradiction: a compound is neutral.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    for name, material in ledger.material.items():
        if not material.formula:
            continue
        found = parsed(material.formula)
        if isinstance(found, NoData):
            yield NotRun("charge_balance", f"{material.formula}: {found}")
            continue
        if not isinstance(found, Unbalanced):
            yield Compared(())
            continue
        reason = found.split("charges do not balance: ", 1)[-1]
        yield Finding(
            check="charge_balance",
            severity="contradiction",
            claims=[k.id for k in ledger.values("site_fraction", "oxidation_state") if k.material == name],
            message=f"The charges of {material.formula} do not balance: {reason}.",
            values={"material": name, "formula": material.formula},
            rule="sum of amount x valence over cations and anions = 0",
            source=CHARGES,
        )


def stated_valences(ledger: Ledger) -> Iterator[Outcome]:
    """Stated valences of the pristine cations against the charge of the anions.

    Where the valence of every cation is stated (one claim without a subject speaks for all).
    Contradiction where the sum of charges is not zero within the digits of the valences and
    of the amounts in the formula.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    from topotaxy.material import ANION_CHARGE

    for name, material in ledger.material.items():
        c = composition(ledger, name)
        if c is None:
            continue
        claims = ledger.values(
            "oxidation_state",
            where=lambda k, n=name: k.material == n and k.state == "pristine" and not k.bound,  # type: ignore[misc]
        )
        by_subject = {k.subject: k for k in claims}
        used = {el: by_subject.get(el, by_subject.get("")) for el in c.cations}
        known = {el: k for el, k in used.items() if k is not None}
        if len(known) < len(c.cations):
            continue
        cations = math.fsum(n * known[el].stated.value for el, n in c.cations.items())
        anions = math.fsum(ANION_CHARGE[el] * n for el, n in c.anions.items())
        slack = math.fsum(n * (known[el].stated.high - known[el].stated.value) for el, n in c.cations.items())
        slack += 2.0 * sum(0.5 * 10.0 ** -len(digits) for digits in _DECIMAL.findall(material.formula))
        if abs(cations + anions) <= slack:
            yield Compared(tuple(sorted({k.id for k in known.values()})))
            continue
        yield Finding(
            check="stated_valences",
            severity="contradiction",
            claims=sorted({k.id for k in known.values()}),
            message=(
                f"With the stated valences the cations of {material.formula} carry {cations:+.2f} and "
                "the anions "
                f"{anions:+.2f} per formula unit; a compound is neutral."
            ),
            values={"material": name, "cations": cations, "anions": anions, "allowed": slack},
            rule="sum of amount x valence over cations and anions = 0",
            source=CHARGES,
        )


def stated_contents(ledger: Ledger) -> Iterator[Outcome]:
    """Stated shares of a sublattice against the formula.

    Contradiction where the share of the element among the cations or anions of the formula
    lies outside the digits of the stated ``site_fraction``.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    for claim in ledger.values("site_fraction"):
        c = composition(ledger, claim.material) if claim.material else None
        if c is None or claim.state not in {None, "pristine"}:
            continue
        shares = {**c.cation_fractions, **c.anion_fractions}
        if claim.subject not in shares:
            continue
        share, stated = shares[claim.subject], claim.stated
        slack = 1e-9 + (0.5 * 10.0 ** -min(map(len, _DECIMAL.findall(c.formula)), default=12))
        if stated.low - slack <= share <= stated.high + slack:
            yield Compared((claim.id,))
            continue
        yield Finding(
            check="stated_contents",
            severity="contradiction",
            claims=[claim.id],
            message=(
                f"The share of {claim.subject} on its sublattice is stated as {stated.value:g}; "
                f"{c.formula} has {share:.3f}."
            ),
            values={"material": claim.material, "stated": stated.value, "formula": share},
            rule="amount of the element / amount of all ions of its sublattice",
            source="arithmetic",
        )
