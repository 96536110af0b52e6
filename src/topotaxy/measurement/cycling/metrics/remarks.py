"""What a reader of a cell's numbers must know, in words."""

from __future__ import annotations

import numpy as np

from topotaxy.measurement.cycling.metrics.cycles import CycleTotals, coulombic_efficiency
from topotaxy.measurement.cycling.metrics.half_cycles import HalfCycle, Rows
from topotaxy.measurement.cycling.record import CyclingRecord
from topotaxy.observables import Role

ABOVE_UNITY = 0.005
"""How far a coulombic efficiency may exceed one before it is pointed out: cyclers' currents are good to a few
parts in a thousand."""


def remarks(
    record: CyclingRecord,
    rows: Rows,
    totals: CycleTotals,
    role: Role | None,
    unfinished: HalfCycle | None,
    *,
    measured: bool,
) -> tuple[str, ...]:
    """Return the notes of the record, and what its half-cycles and efficiencies add to them.

    A simulation ends its half-cycles at the cut-off; of a measured one (``measured``) that has to show.

    Parameters
    ----------
    record : CyclingRecord
        A checked record of one cell.
    rows : Rows
        Rows of a record.
    totals : CycleTotals
        Charge and energy by cycle.
    role : Role, optional
        What the cells are; without it there is no efficiency.
    unfinished : HalfCycle, optional
        The half-cycle that the record cuts short.
    measured : bool
        Whether an instrument made the record.
    """
    return (
        *_notes(record, rows.half_cycles, unfinished),
        *(_open_end(rows) if measured else ()),
        *_efficiency_notes(totals, role),
    )


def why_no_role(rows: Rows) -> str:
    """Why there is no efficiency without a role, and which role the voltages would fit.

    Parameters
    ----------
    rows : Rows
        Rows of a record.
    """
    text = "no role is given, on which the direction of the efficiency depends"
    if not rows.half_cycles:
        return text
    first = rows.half_cycles[0]
    voltages = [h.mean_voltage for h in rows.half_cycles if h.direction == "discharge" and h.capacity > 0.0]
    begins = f"the record begins with a {first.direction}"
    if not voltages:
        return f"{text} ({begins})"
    mean = float(np.median(voltages))
    likely = (
        "half-cell-anode"
        if first.direction == "discharge" and mean < 2.0
        else "full-cell or half-cell-cathode"
        if first.direction == "charge" and mean > 2.0
        else None
    )
    seen = f"{begins} and discharges at {mean:.2f} V on average"
    return f"{text}; {seen}" + (f", as with --role {likely}, but this is not assumed" if likely else "")


def _notes(
    record: CyclingRecord, halves: tuple[HalfCycle, ...], cut_short: HalfCycle | None
) -> tuple[str, ...]:
    said = list(record.notes)
    if not halves:
        said.append("no current flows in this record")
    if cut_short is not None:
        said.append(
            f"the record ends within the {cut_short.direction} of cycle {cut_short.cycle}, at "
            f"{cut_short.ends:.3f} V; it is left out of every metric"
        )
    broken = sorted({h.cycle for h in halves if h.runs > 1 and (h.cycle, h.direction) not in record.doubts})
    if broken:
        shown = ", ".join(map(str, broken[:8])) + (", ..." if len(broken) > 8 else "")
        said.append(
            f"the current changes direction more than once in cycle {shown}; capacities are all that passed "
            "in each direction"
        )
    return tuple(said)


def _open_end(rows: Rows) -> tuple[str, ...]:
    """Say that nothing tells whether the last half-cycle is whole, where it is the first of its kind."""
    if not rows.half_cycles:
        return ()
    last = max(rows.half_cycles, key=lambda half: int(half.rows[-1]))
    alone = sum(half.direction == last.direction for half in rows.half_cycles) == 1
    if not alone or last.rows[-1] < len(rows.sense) - 1:
        return ()
    return (
        f"the record ends with the {last.direction} of cycle {last.cycle}, at {last.ends:.3f} V, and nothing "
        "shows whether that was its end; it is taken as whole",
    )


def _efficiency_notes(totals: CycleTotals, role: Role | None) -> tuple[str, ...]:
    if role is None:
        return ()
    known = coulombic_efficiency(totals, role)
    known = known[np.isfinite(known)]
    above = known > 1.0 + ABOVE_UNITY
    if not above.any() or 2 * int(above.sum()) < len(known):
        return ()
    return (
        f"the coulombic efficiency exceeds 100 % in {int(above.sum())} of {len(known)} cycles (median excess "
        f"{100 * float(np.median(known[above])) - 100:.1f} %): more charge comes out than went in; "
        "a drift between the current's ranges or directions, charge from earlier cycles, or another role",
    )
