"""A paper's numbers of cells beside what the model computes, each with its label."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.cell.inputs import calibration, cell_inputs
from topotaxy.errors import InputError, choices
from topotaxy.evidence import Claim, Ledger, load_ledger
from topotaxy.observables import Comparison, Label, Observable, compared, observable
from topotaxy.runs.paper import Imposed, PaperNumber, PaperProtocol, load_paper, paper_names
from topotaxy.studies.calibration import FitOutcome, calibrate
from topotaxy.studies.paper_cells import PaperCells


@dataclass(frozen=True, kw_only=True)
class Reproduced:
    """One claim: stated and computed in ``unit``; absent numbers have their reason in ``why``.

    ``uncertainty`` is one standard deviation from the calibrated parameters alone, where the
    calibration was run again. ``unlike`` are the conditions in which the two are not known to be alike.
    ``counted`` is whether the claim is an estimate of its own, neither a bound nor a quotient of others.
    """

    id: str
    quantity: str
    stated: float | None
    computed: float | None
    uncertainty: float | None
    unit: str
    label: Label | None
    agrees: bool | None
    why: str
    unlike: str = ""
    counted: bool = False

    @property
    def error(self) -> float | None:
        """Relative error of the computed number."""
        if self.stated is None or self.computed is None:
            return None
        return self.computed / self.stated - 1.0


@dataclass(frozen=True, kw_only=True)
class Reproduction:
    """All claims of a paper, the parameters used, the calibration where it was run again, the runs."""

    paper: str
    agreement: float
    claims: tuple[Reproduced, ...]
    parameters: Mapping[str, float]
    fit: FitOutcome | None
    cells: PaperCells

    @property
    def held_out_error(self) -> float:
        """Median absolute relative error of the held-out numbers; neither bounds nor quotients of others."""
        return statistics.median(
            abs(c.error) for c in self.claims if c.label == "held-out" and c.error is not None and c.counted
        )


def reproduce(
    paper: str,
    *,
    recalibrate: bool = False,
    progress: Callable[[str], None] | None = None,
) -> Reproduction:
    """Compute what a paper states of cells.

    ``recalibrate`` fits the parameters again first, from the start values of the shipped list.

    Raises
    ------
    InputError
        Where the model has no calibration for the paper.
    """
    plan = calibration()
    if paper != plan.paper or paper not in paper_names():
        raise InputError(f"no calibration for {paper!r:.60}; {choices(paper, [plan.paper])}")
    protocol = load_paper(paper)
    ledger = load_ledger(protocol.claims)
    stated = {c.id: c.stated.value for c in ledger.claims if c.kind == "value"}
    say = progress or (lambda text: None)
    fit = None
    cells = PaperCells(protocol)
    if recalibrate:
        fit = calibrate(stated, cells=cells, progress=lambda n, _: say(f"calibration, run {n}"))
        cells.set(fit.values())
    errors = {} if fit is None else _uncertainties(cells, fit, say)
    rows = _Rows(protocol, ledger, cells, errors, say)
    values = fit.values() if fit is not None else {p.name: p.value for p in plan.parameters}
    return Reproduction(
        paper=paper,
        agreement=protocol.agreement,
        claims=tuple(rows.row(claim) for claim in ledger.claims if claim.kind == "value"),
        parameters=values,
        fit=fit,
        cells=cells,
    )


def _uncertainties(cells: PaperCells, fit: FitOutcome, say: Callable[[str], None]) -> dict[str, float]:
    """One standard deviation of every computed number: its slopes times the fit's covariance.

    Slopes are differences over a tenth of a deviation, or of a unit of the logarithm.
    """
    plan = {p.name: p for p in calibration().parameters}
    centre = fit.values()
    claims = list(cells.paper.computed())

    def numbers(values: Mapping[str, float]) -> NDArray[np.float64]:
        cells.set(values)
        return np.array([cells.number(claim) for claim in claims])

    middle = numbers(centre)
    slopes = []
    for p in fit.parameters:
        say(f"uncertainty from {p.name}")
        logarithmic = plan[p.name].scale == "log"
        step = min(0.1 * p.deviation, 0.1) if logarithmic else 0.1 * p.deviation
        moved = p.value * math.exp(step) if logarithmic else p.value + step
        slopes.append((numbers({**centre, p.name: moved}) - middle) / step)
    cells.set(centre)
    deviations = np.array([p.deviation for p in fit.parameters])
    covariance = fit.correlations * np.outer(deviations, deviations)
    spread = np.einsum("pi,pq,qi->i", slopes, covariance, slopes)
    return {name: math.sqrt(max(v, 0.0)) for name, v in zip(claims, spread, strict=True)}


class _Rows:
    """Makes the row of each claim, from the paper's protocol."""

    def __init__(
        self,
        protocol: PaperProtocol,
        ledger: Ledger,
        cells: PaperCells,
        errors: Mapping[str, float],
        say: Callable[[str], None],
    ) -> None:
        self._protocol, self._ledger, self._cells = protocol, ledger, cells
        self._errors, self._say = errors, say
        self._numbers = protocol.computed()
        self._imposed = {entry.claim: entry for entry in protocol.imposed}
        self._targets = {target.claim for target in calibration().targets}

    def row(self, claim: Claim) -> Reproduced:
        stated = self._ledger.observable(claim)
        if claim.id in self._imposed:
            return self._put_in(claim, stated, self._imposed[claim.id])
        if claim.id not in self._numbers:
            why = "no number of a cell; see 'topotaxy simulate' and 'topotaxy audit'"
            return _reproduced(
                claim, stated, computed=None, uncertainty=None, label=None, agrees=None, why=why
            )
        self._say(claim.id)
        number = self._numbers[claim.id]
        comparison = self._comparison(stated, number)
        value = comparison.left.value
        agrees, why = self._verdict(claim, stated, value, number.how)
        return _reproduced(
            claim,
            stated,
            computed=value,
            uncertainty=self._errors.get(claim.id),
            label="calibrated" if self._fitted(number) else "held-out",
            agrees=None if comparison.refused else agrees,
            why=why if not comparison.refused else f"not compared: {comparison.why}; {why}",
            unlike=comparison.why,
            counted=stated.bound is None and not number.quotient_of,
        )

    def _put_in(self, claim: Claim, stated: Observable, entry: Imposed) -> Reproduced:
        value = cell_inputs()[entry.parameter]
        return _reproduced(claim, stated, computed=value, label="imposed", why=entry.how)

    def _fitted(self, number: PaperNumber) -> bool:
        """Whether parameters were fitted to a number, or to all whose quotient it is."""
        quotient = bool(number.quotient_of) and set(number.quotient_of) <= self._targets
        return number.claim in self._targets or quotient

    def _comparison(self, stated: Observable, number: PaperNumber) -> Comparison:
        """The computed number under its own conditions beside the stated one.

        A claim that names no cycle is of the one that the protocol reads; a powder of no stated size is
        the one of the usual size.
        """
        run = self._protocol.runs[number.run]
        own = self._cells.conditions(run).updated(
            cycle=number.cycle,
            current=list(run.currents())[number.cycle - 1],
            reference_cycle=self._reference(number),
        )
        if stated.cycle is None:
            own = own.updated(cycle=None)
        if stated.conditions.particle_size is None and not run.diameter:
            own = own.updated(particle_size=None)
        computed = observable(
            stated.quantity,
            self._cells.number(number.claim),
            uncertainty=self._errors.get(number.claim),
            subject=stated.subject,
            state=stated.state,
            conditions=own,
            technique="galvanostatic cycling",
            origin="simulated",
            method=number.how,
            source=number.run,
        )
        return compared(computed, stated.model_copy(update={"bound": None}))

    def _reference(self, number: PaperNumber) -> int | None:
        if number.read != "retention":
            return None
        kept = self._cells.cell(number.run).retention
        return None if kept is None else kept.reference

    def _verdict(self, claim: Claim, stated: Observable, value: float, how: str) -> tuple[bool, str]:
        if stated.bound is not None:
            agrees = value >= stated.value if stated.bound == "lower" else value <= stated.value
            which = "lower" if stated.bound == "lower" else "upper"
            return agrees, f"stated as {'a' if which == 'lower' else 'an'} {which} bound; {how}"
        return abs(value / stated.value - 1.0) <= self._protocol.agreement, how


def _reproduced(
    claim: Claim,
    stated: Observable,
    *,
    why: str,
    computed: float | None = None,
    uncertainty: float | None = None,
    label: Label | None = None,
    agrees: bool | None = None,
    unlike: str = "",
    counted: bool = False,
) -> Reproduced:
    return Reproduced(
        id=claim.id,
        quantity=claim.quantity,
        stated=stated.value,
        computed=computed,
        uncertainty=uncertainty,
        unit=stated.unit,
        label=label,
        agrees=agrees,
        why=why,
        unlike=unlike,
        counted=counted,
    )


def reproduction_document(found: Reproduction) -> dict[str, object]:
    """Return the reproduction as plain data for JSON."""
    document: dict[str, object] = {
        "paper": found.paper,
        "agreement_within": found.agreement,
        "held_out_median_absolute_error": found.held_out_error,
        "claims": [
            {
                "id": c.id,
                "quantity": c.quantity,
                "stated": c.stated,
                "computed": c.computed,
                "uncertainty": c.uncertainty,
                "error": c.error,
                "unit": c.unit,
                "label": c.label,
                "agrees": c.agrees,
                "why": c.why,
                "unlike": c.unlike,
            }
            for c in found.claims
        ],
        "parameters": [
            {
                "name": p.name,
                "value": found.parameters[p.name],
                "shipped": p.value,
                "low": p.low,
                "high": p.high,
                "unit": p.unit,
                "meaning": p.meaning,
                "source": p.source,
            }
            for p in calibration().parameters
        ],
        "fitted_to": [t.claim for t in calibration().targets],
    }
    if found.fit is not None:
        document["calibration"] = fit_document(found.fit)
    return document


def fit_document(fit: FitOutcome) -> dict[str, object]:
    """Return a calibration as plain data: deviations, correlations, bounds, targets."""
    return {
        "evaluations": fit.evaluations,
        "parameters": [
            {"name": p.name, "value": p.value, "deviation": p.deviation, "at_bound": p.at_bound}
            for p in fit.parameters
        ],
        "correlations": fit.correlations.tolist(),
        "targets": [{"claim": name, "stated": s, "computed": c} for name, s, c in fit.targets],
    }
