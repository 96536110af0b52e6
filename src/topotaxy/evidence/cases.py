"""What is judged, from a ledger of claims or from observables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from topotaxy.errors import InputError
from topotaxy.evidence.claim_names import claim_name
from topotaxy.evidence.claims import Ledger
from topotaxy.evidence.judgement import Case
from topotaxy.evidence.reaction import reaction_of
from topotaxy.evidence.readings import Readings, read_observables
from topotaxy.evidence.statements import read_statements
from topotaxy.observables import Observable

MOST_REASONS = 3
"""Reasons that a refusal names, the commonest first."""


def case_of_ledger(ledger: Ledger, *, material: str = "", cell: str = "") -> Case:
    """Return the case of one material in one anode half cell of a ledger.

    Parameters
    ----------
    ledger : Ledger
        All claims of a publication.
    material, cell : str, optional
        Ids; the conversion material and the anode half cell of which most is claimed where not given.

    Raises
    ------
    InputError
        Where there is no such material or cell, or the material has no formula.
    """
    counted = Counter(claim.material for claim in ledger.claims if claim.material)
    usable = [
        name
        for name, _ in counted.most_common()
        if ledger.material[name].formula and ledger.material[name].reaction != "other"
    ]
    chosen = material or (usable[0] if usable else "")
    if chosen not in ledger.material or not ledger.material[chosen].formula:
        raise InputError(
            f"no conversion material {chosen!r:.40} with a formula; those are {', '.join(usable) or 'none'}"
        )
    cells = ledger.cells_of(chosen, "half-cell-anode")
    by_cell = Counter(c.cell for c in ledger.claims if c.material == chosen and c.cell in cells)
    half_cell = cell or (by_cell.most_common(1)[0][0] if by_cell else "")
    if half_cell not in cells:
        raise InputError(
            f"{half_cell!r:.40} is no anode half cell of {chosen}; those are {', '.join(cells) or 'none'}"
        )
    reaction = reaction_of(ledger.material[chosen].formula, ledger.cell[half_cell].ion)
    wanted = {
        c.id
        for c in ledger.claims
        if c.kind == "value" and c.material == chosen and c.cell in ("", half_cell)
    }
    numbers = [o for o in ledger.observables() if o.source.rpartition("#")[2] in wanted]
    read = read_observables(numbers, reaction)
    terms, silent = read_statements(ledger, reaction, material=chosen, cell=half_cell)
    named = {claim.id: claim_name(claim, ledger) for claim in ledger.claims}
    aside = [(named[o.source.rpartition("#")[2]], why) for o, why in read.aside]
    aside += [(named[claim.id], why) for claim, why in silent]
    return Case(
        name=f"{ledger.paper.citation}, {ledger.material[chosen].name or chosen}",
        reaction=reaction,
        terms=(*read.terms, *terms),
        aside=tuple(aside),
        origins=("stated",),
    )


def with_observables(case: Case, observables: Sequence[Observable], *, name: str = "") -> Case:
    """Return a case to which observables of the same material are added, as of an own electrode.

    Parameters
    ----------
    case : Case
        As a ledger gives it.
    observables : sequence of Observable
        Measured or simulated; what says the same as a claim shares its weight.
    name : str
        What the observables are called.

    Raises
    ------
    InputError
        Where nothing in the observables can be judged.
    """
    read = read_observables(observables, case.reaction)
    if not read.terms:
        raise InputError(_nothing(observables, read), where=name or "observables")
    origins = {o.origin for o in observables}
    return replace(
        case,
        name=f"{case.name}, with {name or 'observables'}",
        terms=(*case.terms, *read.terms),
        aside=(*case.aside, *((f"{o.quantity} {o.subject.text}".strip(), why) for o, why in read.aside)),
        origins=tuple(sorted({*case.origins, *origins})),
    )


def _nothing(observables: Sequence[Observable], read: Readings) -> str:
    """Return why nothing of what was found can be judged: its state, or the commonest reasons."""
    if observables and all(o.state == "pristine" for o in observables):
        return (
            "holds numbers of the pristine state only: those of the discharged and charged states are "
            "compared with them, and alone they say nothing of a mechanism"
        )
    reasons = Counter(why for _, why in read.aside).most_common(MOST_REASONS)
    said = "; ".join(why for why, _ in reasons)
    return f"holds nothing that a mechanism says anything of{': ' if said else ''}{said}"


def case_of_observables(observables: Sequence[Observable], *, formula: str, ion: str, name: str = "") -> Case:
    """Return the case of measured or simulated observables of one material.

    Parameters
    ----------
    observables : Sequence[Observable]
        What was found, of any techniques.
    formula : str
        Of the pristine material.
    ion : str
        Li, Na or K.
    name : str
        What the case is called.

    Raises
    ------
    InputError
        Where the formula or the ion cannot be used, or nothing in the observables can be judged.
    """
    reaction = reaction_of(formula, ion)
    read = read_observables(observables, reaction)
    if not read.terms:
        raise InputError(_nothing(observables, read), where=name or "observables")
    return Case(
        name=name or formula,
        reaction=reaction,
        terms=tuple(read.terms),
        aside=tuple((f"{o.quantity} {o.subject.text}".strip(), why) for o, why in read.aside),
        origins=tuple(sorted({o.origin for o in observables})),
    )
