"""Full cells against their electrodes."""

from __future__ import annotations

from collections.abc import Iterator

from topotaxy.evidence.claims import Claim, Ledger
from topotaxy.evidence.conditions import REVERSIBLE, is_early, is_reversible, same_electrode
from topotaxy.evidence.criteria import Cathode, cathode, criterion
from topotaxy.evidence.findings import Compared, Finding, Outcome, Severity
from topotaxy.evidence.formulas import conversion_composition
from topotaxy.evidence.stated import Stated

RULE = "cell voltage = cathode potential - anode potential, both as means on discharge of the cell"


def implied_anodes(ledger: Ledger) -> Iterator[tuple[Claim, Cathode, Stated]]:
    """Mean potential of the anode on dealkaliation that each full-cell voltage implies, V.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    for claim in ledger.values("cell_voltage"):
        if not claim.cell or ledger.role(claim) != "full-cell" or claim.bound in {"at least", "at most"}:
            continue
        cell = ledger.cell[claim.cell]
        known = cathode(cell.cathode, cell.ion) if cell.cathode else None
        if known is None:
            continue
        width = known.half_width
        plateau = Stated(known.voltage, known.voltage - width, known.voltage + width, width / 3.0**0.5)
        yield claim, known, plateau.minus(claim.stated)


def voltage_stated_anode(ledger: Ledger) -> Iterator[Outcome]:
    """Anode potential that a full cell implies, against the one stated for the half cell.

    Tension where they differ by more than ``anode_voltage_agreement`` beyond their intervals.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    allowance = criterion("anode_voltage_agreement")
    for claim, known, implied in implied_anodes(ledger):
        for mean in ledger.values("mean_voltage_charge"):
            if mean.bound or ledger.role(mean) != "half-cell-anode":
                continue
            if not same_electrode(ledger, claim, mean):
                continue
            if ledger.ion(mean) != ledger.ion(claim):
                continue
            if not implied.disjoint(mean.stated, allowance=allowance.value):
                yield Compared((claim.id, mean.id))
                continue
            yield Finding(
                check="voltage_stated_anode",
                severity="tension",
                claims=[claim.id, mean.id],
                message=(
                    f"{claim.stated.value:g} V against a cathode at {known.voltage:g} V puts the anode at "
                    f"{implied.value:.2f} V on discharge of the cell; its half cell is stated at "
                    f"{mean.stated.value:g} V on charge."
                ),
                values={"cell": claim.stated.value, "implied": implied.value, "stated": mean.stated.value},
                rule=RULE,
                source=f"cathode: {known.source}; allowance: {allowance.source}",
            )


def voltage_thermodynamics(ledger: Ledger) -> Iterator[Outcome]:
    """Anode potential that a full cell implies, against bulk conversion of the cations claimed active.

    On discharge of the cell the anode is re-oxidised, which cannot happen below its
    equilibrium potential. Contradiction where the implied mean lies below the lowest couple
    by more than ``size_effect``, tension by more than ``thermodynamic_margin``; tension also
    where it lies above the highest couple by more than ``conversion_overpotential``.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    margin, shift = criterion("thermodynamic_margin"), criterion("size_effect")
    over = criterion("conversion_overpotential")
    for claim, known, implied in implied_anodes(ledger):
        couples = _couples(ledger, claim)
        if not couples:
            continue
        lowest, highest = min(couples.values()), max(couples.values())
        severity: Severity = "tension"
        if implied.high < lowest - shift.value:
            severity, side = "contradiction", "below the lowest"
        elif implied.high < lowest - margin.value:
            side = "below the lowest"
        elif implied.low > highest + over.value:
            side = "far above the highest"
        else:
            yield Compared((claim.id,))
            continue
        yield Finding(
            check="voltage_thermodynamics",
            severity=severity,
            claims=[claim.id],
            message=(
                f"{claim.stated.value:g} V against a cathode at {known.voltage:g} V puts the anode at "
                f"{implied.value:.2f} V, {side} of its couples ({lowest:.2f} to {highest:.2f} V in the bulk)."
            ),
            values={"cell": claim.stated.value, "implied": implied.value, "couples": couples},
            rule=f"{RULE}; an anode is oxidised at or above its equilibrium potential",
            source=(
                f"second law; cathode: {known.source}; allowances: {margin.source}; {shift.source}; "
                f"{over.source}"
            ),
        )


def _couples(ledger: Ledger, claim: Claim) -> dict[str, float]:
    """Bulk conversion voltages of the cations claimed active; empty where any is unknown."""
    from topotaxy.errors import InputError
    from topotaxy.material import conversion_voltage

    c = conversion_composition(ledger, claim.material)
    ion = ledger.ion(claim)
    if c is None or ion is None:
        return {}
    active = ledger.material[claim.material].claimed_active
    try:
        return {element: conversion_voltage(element, c.anion_fractions, ion) for element in active}
    except InputError:
        return {}  # the checks on thermodynamics report which couple has no data


def capacity_half_cell(ledger: Ledger) -> Iterator[Outcome]:
    """Capacity per gram of anode in a full cell against the half cell at the same or a lower current.

    Tension where it exceeds every half-cell capacity of the fresh electrode at the currents
    stated up to its own, by more than ``cell_to_cell_capacity`` beyond the digits: the
    cathode only narrows the anode's window.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    allowance = criterion("cell_to_cell_capacity")
    early = [c for c in ledger.values(*REVERSIBLE) if is_reversible(ledger, c) and is_early(c)]
    for full in early:
        if ledger.role(full) != "full-cell" or not full.current:
            continue
        halves = [
            c
            for c in early
            if ledger.role(c) == "half-cell-anode"
            and ledger.ion(c) == ledger.ion(full)
            and same_electrode(ledger, c, full)
            if c.current and c.current <= full.current and c.bound != "at least"
        ]
        if not halves:
            continue
        best = max(halves, key=lambda c: c.stated.high)
        if full.stated.low <= best.stated.high * (1.0 + allowance.value):
            yield Compared((full.id, best.id))
            continue
        yield Finding(
            check="capacity_half_cell",
            severity="tension",
            claims=[full.id, best.id],
            message=(
                f"{full.stated.value:g} mAh per gram of anode is stated in a full cell at "
                f"{full.current:g} A/g; "
                f"the half cell gives {best.stated.value:g} mAh/g at {best.current:g} A/g."
            ),
            values={"full_cell": full.stated.value, "half_cell": best.stated.value, "current": full.current},
            rule="capacity per gram of anode in a full cell <= that of the half cell with its wider window",
            source=f"conservation of charge; allowance: {allowance.source}",
        )
