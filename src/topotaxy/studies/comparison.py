"""Materials side by side: the same few outcomes of each, beside what a publication states."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from topotaxy.errors import InputError
from topotaxy.evidence import Claim, Ledger
from topotaxy.observables import Observable, Unlike, from_json, unlike_conditions
from topotaxy.results import OBSERVABLES_FILE
from topotaxy.results.reading import stored_text
from topotaxy.runs.cycled import ROLE
from topotaxy.runs.outcomes import OUTCOMES, Values, cycles_in, outcomes_of
from topotaxy.spec import Spec
from topotaxy.statistics import Difference, holm, mean_and_error, welch_difference
from topotaxy.studies.execution import HERE, Progress, Where, run_into

LEVEL = 0.05
"""Chance that any order is called one way or the other and is not (Holm over all orders)."""

COMPARED = (
    "efficiency",
    "reversible_fraction",
    "domain_size",
    "home_fraction",
    "framework_fraction",
    "coherent_fraction",
    "retention",
)
"""Outcomes of a comparison, in the order of its columns."""

QUANTITIES = {
    "efficiency": "initial_coulombic_efficiency",
    "retention": "capacity_retention",
    "domain_size": "domain_size",
    "reversible_fraction": "",
    "home_fraction": "home_fraction",
    "framework_fraction": "framework_fraction",
    "coherent_fraction": "coherent_fraction",
}
"""The word of the vocabulary under which a publication may state an outcome."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One material: its id in the ledger (empty where it is not there), and its outcomes by replica.

    ``observables`` are those of its run, for the conditions under which an outcome holds.
    """

    spec: Spec
    material: str
    outcomes: Mapping[str, Values | None]
    observables: tuple[Observable, ...] = ()

    def mean(self, outcome: str) -> tuple[float, float | None] | None:
        """Mean and standard error; ``None`` where the run has no such number.

        Parameters
        ----------
        outcome : str
            Name of the outcome.
        """
        values = self.outcomes[outcome]
        return None if values is None else mean_and_error(values)

    def count(self, outcome: str) -> int:
        """Replicas that have this number.

        Parameters
        ----------
        outcome : str
            Name of the outcome.
        """
        values = self.outcomes[outcome]
        return 0 if values is None else int(np.isfinite(values).sum())

    def observed(self, outcome: str) -> Observable | None:
        """The observable of the run that an outcome is, by quantity and value.

        Parameters
        ----------
        outcome : str
            Name of the outcome.
        """
        mean = self.mean(outcome)
        if mean is None:
            return None
        same = [
            o
            for o in self.observables
            if o.quantity == QUANTITIES[outcome] and not o.subject and math.isclose(o.value, mean[0])
        ]
        return same[0] if same else None


@dataclass(frozen=True, kw_only=True)
class Stated:
    """A claim beside an outcome of a run, and the conditions in which they are not known to be alike."""

    claim: Claim
    unlike: tuple[Unlike, ...]

    @property
    def words(self) -> str:
        """The unlike conditions in words; empty where all are alike."""
        return "; ".join(condition.text for condition in self.unlike)


@dataclass(frozen=True, kw_only=True)
class Order:
    """An order that a publication claims, held against two materials of the table.

    ``verdict`` is ``comes out``, ``comes out the other way round`` or ``not resolved``.
    """

    claim: Claim
    outcome: str
    left: Row
    right: Row
    difference: Difference
    verdict: str


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All materials, the claims on them, and the orders between them."""

    ledger: Ledger
    rows: tuple[Row, ...]
    orders: tuple[Order, ...]

    def claims_on(self, row: Row, outcome: str) -> list[Stated]:
        """Value claims on this outcome of this material in a half cell with this ion.

        Only of the electrode as such: claims that name a particle size are of another one. Conditions
        that differ (a current, a cycle) are named and do not hide the claim.

        Parameters
        ----------
        row : Row
            One material.
        outcome : str
            Name of the outcome.
        """
        quantity = QUANTITIES[outcome]
        if not quantity or not row.material:
            return []
        own = row.observed(outcome)
        found = []
        for claim in self.ledger.values(quantity):
            stated = self.ledger.observable(claim)
            same = (
                claim.material == row.material
                and stated.conditions.role == ROLE
                and stated.conditions.electrode == row.spec.cell.ion
                and claim.particle_size is None
            )
            if same:
                # The run is of this material by its name: what the ledger calls it is no difference.
                unlike = () if own is None else unlike_conditions(own, stated, across=("sample",))
                found.append(Stated(claim=claim, unlike=unlike))
        return found


def run_comparison(
    specs: Sequence[Spec],
    ledger: Ledger,
    out: Path,
    *,
    resume: bool = False,
    where: Where = HERE,
    progress: Progress | None = None,
) -> Comparison:
    """Run every specification into a folder of its name inside ``out``, and compare them.

    Parameters
    ----------
    specs : Sequence[Spec]
        Specifications of the materials, each with a name of its own.
    ledger : Ledger
        What a paper states.
    out : Path
        Folder for the folders of the runs.
    resume : bool
        Whether what the folder holds is continued.
    where : Where
        Where runs are executed.
    progress : Progress | None
        Called now and then with what is done.

    Raises
    ------
    InputError
        Where a specification or a folder cannot be used, or two of them have one name.
    """
    names = [spec.name for spec in specs]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"two specifications are called {name!r}; each needs a name of its own")
    _check_folder(out, names, resume)
    by_name = {spec.name: spec for spec in specs}
    words = {name: f"{name} ({number} of {len(names)})" for number, name in enumerate(names, start=1)}
    folders = run_into(by_name, out, resume=resume, where=where, progress=progress, words=words)
    wanted = [outcome for outcome in OUTCOMES if outcome.name in COMPARED]
    rows = [
        Row(
            spec=spec,
            material=material_of(spec, ledger),
            outcomes=outcomes_of(spec, cycles_in(folders[spec.name]), wanted),
            observables=tuple(_observables(folders[spec.name])),
        )
        for spec in specs
    ]
    return Comparison(ledger=ledger, rows=tuple(rows), orders=tuple(orders_among(rows, ledger)))


def _observables(folder: Path) -> list[Observable]:
    path = folder / OBSERVABLES_FILE
    return from_json(stored_text(path), where=str(path))


def _check_folder(out: Path, names: Sequence[str], resume: bool) -> None:
    """Refuse what is in the way before the first run, not before the last."""
    if out.exists() and not out.is_dir():
        raise InputError("is a file, expected a folder (or a name that is free)", where=str(out))
    for name in names:
        if (out / name).exists() and not resume:
            raise InputError(
                "is there already; use --resume to continue it, or another --runs", where=str(out / name)
            )


def material_of(spec: Spec, ledger: Ledger) -> str:
    """Id of a specification's material in the ledger: by its name, else by its formula.

    A bundled specification is called by its material and its ion, as in ``nio-na``.

    Parameters
    ----------
    spec : Spec
        Specification of a run.
    ledger : Ledger
        What a paper states.
    """
    material, _, ion = spec.name.rpartition("-")
    if material in ledger.material and ion == spec.cell.ion.lower():
        return material
    if not spec.electrode.grains:
        for name, known in ledger.material.items():
            if known.formula and known.formula == spec.electrode.formula:
                return name
    return ""


def orders_among(rows: Sequence[Row], ledger: Ledger) -> list[Order]:
    """Hold every claimed order of two materials against all pairs of rows that it speaks of.

    Welch's test of the two means; a claim that names no cell is tested with each ion.

    Parameters
    ----------
    rows : Sequence[Row]
        Materials that are compared.
    ledger : Ledger
        What a paper states.
    """
    outcome_of = {quantity: outcome for outcome, quantity in QUANTITIES.items() if quantity}
    found: list[tuple[Claim, str, Row, Row, Difference]] = []
    for claim in ledger.claims:
        outcome = outcome_of.get(claim.quantity)
        if claim.kind != "order" or outcome is None or claim.left is None or claim.right is None:
            continue
        if claim.left.material == claim.right.material or claim.relation == "equal":
            continue
        for left in rows:
            for right in rows:
                sides = (left.material, right.material) == (claim.left.material, claim.right.material)
                if not sides or left.spec.cell.ion != right.spec.cell.ion:
                    continue
                if claim.cell and ledger.ion(claim) != left.spec.cell.ion:
                    continue
                difference = _difference(left, right, outcome)
                if difference is not None:
                    found.append((claim, outcome, left, right, difference))
    verdicts = holm([difference.p for *_, difference in found], LEVEL)
    return [
        Order(
            claim=claim,
            outcome=outcome,
            left=left,
            right=right,
            difference=difference,
            verdict=_verdict(claim, difference, significant),
        )
        for (claim, outcome, left, right, difference), significant in zip(found, verdicts, strict=True)
    ]


def _difference(left: Row, right: Row, outcome: str) -> Difference | None:
    one, other = left.mean(outcome), right.mean(outcome)
    if one is None or other is None or one[1] is None or other[1] is None:
        return None
    counts = left.count(outcome), right.count(outcome)
    return welch_difference(one[0], one[1], counts[0], other[0], other[1], counts[1])


def _verdict(claim: Claim, difference: Difference, significant: bool) -> str:
    if not significant:
        return "not resolved"
    as_claimed = (difference.value > 0.0) == (claim.relation == "greater")
    return "comes out" if as_claimed else "comes out the other way round"
