"""Retentions against capacities, against each other and against efficiencies."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from topotaxy.evidence.claims import Claim, Ledger
from topotaxy.evidence.conditions import REVERSIBLE, is_early, is_reversible, same_electrode, same_test
from topotaxy.evidence.criteria import criterion
from topotaxy.evidence.findings import Compared, Finding, Outcome, Severity
from topotaxy.evidence.stated import Stated


def implied_starts(ledger: Ledger) -> Iterator[tuple[Claim, Claim, Stated]]:
    """Each retention with the capacity left in the same test at the same cycle, and their quotient.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    for kept in ledger.values("capacity_retention"):
        for left in ledger.values(*REVERSIBLE):
            if kept.bound or left.bound or kept.cycle is None or left.cycle != kept.cycle:
                continue
            if kept.cycle > 1 and same_test(ledger, kept, left) and kept.current == left.current:
                yield kept, left, left.stated.over(kept.stated)


def retention_start(ledger: Ledger) -> Iterator[Outcome]:
    """The start that a retention and the capacity left imply, against capacities stated at that current.

    ``start = capacity left / retention``. Contradiction: the same kind of cell, the cycle
    that the retention refers to is stated and is that of the compared capacity, and the
    intervals are disjoint. Tension: the cycle or the kind of cell differs or is not stated,
    and the values differ by more than ``cell_to_cell_capacity`` beyond their digits.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    allowance = criterion("cell_to_cell_capacity")
    for kept, left, start in implied_starts(ledger):
        for other in ledger.values(*REVERSIBLE):
            if other.id == left.id or other.bound or other.current is None or other.current != kept.current:
                continue
            if not (same_electrode(ledger, kept, other) and is_reversible(ledger, other) and is_early(other)):
                continue
            if ledger.role(other) == "half-cell-cathode" or ledger.ion(other) != ledger.ion(kept):
                continue
            same = other.cell == kept.cell and kept.reference_cycle and other.cycle == kept.reference_cycle
            slack = 0.0 if same else allowance.value * max(start.value, other.stated.value)
            if not start.disjoint(other.stated, allowance=slack):
                yield Compared((kept.id, left.id, other.id))
                continue
            severity: Severity = "contradiction" if same else "tension"
            yield Finding(
                check="retention_start",
                severity=severity,
                claims=[kept.id, left.id, other.id],
                message=(
                    f"{left.stated.value:g} mAh/g left after {kept.cycle} cycles at a retention of "
                    f"{kept.stated.value:.3g} implies a start of {start.value:.0f} mAh/g at "
                    f"{kept.current:g} A/g; "
                    f"{other.stated.value:g} mAh/g is stated at that current"
                    f"{_elsewhere(ledger, kept, other)}."
                ),
                values={
                    "left": left.stated.value,
                    "retention": kept.stated.value,
                    "implied_start": start.value,
                    "stated": other.stated.value,
                    "current": kept.current,
                },
                rule="capacity at the reference cycle = capacity left / retention",
                source=f"arithmetic; allowance: {allowance.source}",
            )


def retention_above_slower(ledger: Ledger) -> Iterator[Outcome]:
    """The start that a retention implies, against the capacity of the same cell at a lower current.

    Tension where the implied start is higher than every fresh capacity stated at a lower
    current by more than ``cell_to_cell_capacity`` beyond the digits.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    allowance = criterion("cell_to_cell_capacity")
    for kept, left, start in implied_starts(ledger):
        slower = [
            c
            for c in ledger.values(*REVERSIBLE)
            if c.current and kept.current and c.current < kept.current and c.bound != "at least"
            if same_electrode(ledger, kept, c)
            and c.cell == kept.cell
            and is_reversible(ledger, c)
            and is_early(c)
        ]
        if not slower:
            continue
        best = max(slower, key=lambda c: c.stated.high)
        if start.low <= best.stated.high * (1.0 + allowance.value):
            yield Compared((kept.id, left.id, best.id))
            continue
        yield Finding(
            check="retention_above_slower",
            severity="tension",
            claims=[kept.id, left.id, best.id],
            message=(
                f"The retention of {kept.stated.value:.3g} implies a start of {start.value:.0f} mAh/g at "
                f"{kept.current:g} A/g, above the {best.stated.value:g} mAh/g stated at {best.current:g} A/g."
            ),
            values={"implied_start": start.value, "slower": best.stated.value},
            rule="at fixed cut-offs the capacity of a fresh electrode does not rise with current",
            source=f"polarisation grows with current; allowance: {allowance.source}",
        )


def retention_current_order(ledger: Ledger) -> Iterator[Outcome]:
    """Retention higher at the higher current after as many cycles.

    Note, from ``retention_difference`` beyond the digits: a loss that is the same in every
    cycle, or that grows with current, is excluded; loss must follow time or depth.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    step = criterion("retention_difference").value
    for slow, fast in permutations(ledger.values("capacity_retention"), 2):
        if slow.cycle is None or slow.cycle != fast.cycle or slow.reference_cycle != fast.reference_cycle:
            continue
        if not (slow.current and fast.current and slow.current < fast.current):
            continue
        if slow.bound or fast.bound or not same_electrode(ledger, slow, fast) or slow.cell != fast.cell:
            continue
        if fast.stated.low - slow.stated.high <= step:
            yield Compared((slow.id, fast.id))
            continue
        yield Finding(
            check="retention_current_order",
            severity="note",
            claims=[slow.id, fast.id],
            message=(
                f"After {slow.cycle} cycles {fast.stated.value:.3g} is kept at {fast.current:g} A/g and "
                f"{slow.stated.value:.3g} at {slow.current:g} A/g: the loss cannot be a constant "
                "share per cycle; "
                "it must follow time or depth of reaction."
            ),
            values={"slow": slow.stated.value, "fast": fast.stated.value, "cycles": slow.cycle},
            rule="a constant loss per cycle gives the same retention after equal cycles at every current",
            source="follows from retention = (1 - loss)^cycles",
        )


def retention_efficiency(ledger: Ledger) -> Iterator[Outcome]:
    """Retention against the mean efficiency over the same cycles.

    Full cell: each cycle spends 1 - CE of a limited alkali inventory, so retention above
    CE^cycles needs a reserve that is not stated. Half cell (alkali without limit): fade per
    cycle above 1 - CE needs active material that is lost empty, at no cost in charge. Both
    tension, and only beyond the digits of both numbers.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication, with its materials and cells.
    """
    for kept in ledger.values("capacity_retention"):
        for mean in ledger.values("coulombic_efficiency"):
            if not mean.mean or kept.cycle is None or mean.cycle not in {None, kept.cycle}:
                continue
            if not same_test(ledger, kept, mean):
                continue
            cycles = kept.cycle - (kept.reference_cycle or 1)
            if cycles < 1 or mean.stated.high <= 0.0:
                continue
            if ledger.role(kept) == "full-cell":
                yield from _inventory(kept, mean, cycles)
            elif ledger.role(kept) == "half-cell-anode":
                yield from _fade(kept, mean, cycles)


def _inventory(kept: Claim, mean: Claim, cycles: int) -> Iterator[Outcome]:
    if min(mean.stated.high, 1.0) ** cycles >= kept.stated.low:
        yield Compared((kept.id, mean.id))
        return
    bound = min(mean.stated.value, 1.0) ** cycles
    yield Finding(
        check="retention_efficiency",
        severity="tension",
        claims=[kept.id, mean.id],
        message=(
            f"A mean efficiency of {mean.stated.value:.5g} over {cycles} cycles leaves {bound:.3g} of "
            "the alkali "
            f"inventory; a retention of {kept.stated.value:.3g} needs a reserve that is not stated."
        ),
        values={
            "retention": kept.stated.value,
            "bound": bound,
            "efficiency": mean.stated.value,
            "cycles": cycles,
        },
        rule="full cell without reserve: retention <= CE^cycles",
        source="conservation of the alkali inventory",
    )


def _fade(kept: Claim, mean: Claim, cycles: int) -> Iterator[Outcome]:
    if kept.stated.high <= 0.0:
        return
    fade = 1.0 - min(kept.stated.high, 1.0) ** (1.0 / cycles)
    if fade <= 1.0 - mean.stated.low:
        yield Compared((kept.id, mean.id))
        return
    yield Finding(
        check="retention_efficiency",
        severity="tension",
        claims=[kept.id, mean.id],
        message=(
            f"A retention of {kept.stated.value:.3g} after {cycles} cycles is a fade of {fade:.2g} "
            "per cycle, more "
            f"than the {1.0 - mean.stated.value:.2g} of charge per cycle that the mean efficiency "
            "leaves; material "
            "must be lost while it is empty."
        ),
        values={"fade_per_cycle": fade, "charge_lost_per_cycle": 1.0 - mean.stated.value, "cycles": cycles},
        rule="half cell, material lost while alkaliated or by trapping: fade per cycle <= 1 - CE",
        source="conservation of charge in the electrode",
    )


def _elsewhere(ledger: Ledger, kept: Claim, other: Claim) -> str:
    if other.cell == kept.cell:
        return ""
    return f" in another cell ({ledger.role(other)})"
