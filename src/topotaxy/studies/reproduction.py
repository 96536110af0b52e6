"""A paper's numbers of cells beside what the model computes, each with its label."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.cell.cycling import CyclingHistory, Leg
from topotaxy.cell.fitting import FitOutcome, calibrate
from topotaxy.cell.inputs import calibration
from topotaxy.cell.predictions import Cells, mean_efficiency, retention
from topotaxy.errors import InputError
from topotaxy.evidence import Claim, load_ledger
from topotaxy.observables import VOCABULARY, Label

NOT_COUNTED = ("na.micro.efficiency", "li.ice")
"""A lower bound, and a quotient of two numbers that are counted."""

AGREEMENT = 0.10
"""Relative error within which a computed number counts as agreeing."""


@dataclass(frozen=True, kw_only=True)
class Reproduced:
    """One claim: stated and computed in ``unit``; absent numbers have their reason in ``why``.

    ``uncertainty`` is one standard deviation from the calibrated parameters alone, where the
    calibration was run again.
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
    claims: tuple[Reproduced, ...]
    parameters: Mapping[str, float]
    fit: FitOutcome | None
    predicted: Predicted | None = None

    @property
    def held_out_error(self) -> float:
        """Median absolute relative error of the held-out numbers; neither bounds nor quotients of others."""
        return statistics.median(
            abs(c.error)
            for c in self.claims
            if c.label == "held-out" and c.error is not None and c.id not in NOT_COUNTED
        )


class Predicted:
    """Runs of all protocols at one set of parameters, each made once."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells

    @cached_property
    def sodium(self) -> CyclingHistory:
        """First cycle of the fine powder against sodium."""
        return self.cells.first_cycle("Na")

    @cached_property
    def lithium(self) -> CyclingHistory:
        """First cycle against lithium."""
        return self.cells.first_cycle("Li")

    @cached_property
    def coarse(self) -> CyclingHistory:
        """First cycle of the coarse powder."""
        return self.cells.first_cycle("Na", micrometre=True)

    @cached_property
    def slow_ageing(self) -> CyclingHistory:
        """1,500 cycles at 0.5 A/g."""
        return self.cells.ageing(0.5, 1500)

    @cached_property
    def fast_ageing(self) -> CyclingHistory:
        """1,500 cycles at 1 A/g."""
        return self.cells.ageing(1.0, 1500)

    @cached_property
    def coarse_ageing(self) -> CyclingHistory:
        """1,000 cycles of the coarse powder at 0.5 A/g."""
        return self.cells.ageing(0.5, 1000, micrometre=True)

    @cached_property
    def full(self) -> CyclingHistory:
        """150 cycles of the full cell at 0.5 A per gram of anode."""
        return self.cells.full().run([Leg(cycles=150, current=0.5)], keep_curves=(2,))


COMPUTED: dict[str, tuple[Callable[[Predicted], float], str]] = {
    "na.discharge": (
        lambda p: p.sodium.discharge[0],
        "first discharge at 0.1 A/g, per gram of active material",
    ),
    "na.charge": (lambda p: p.sodium.charge[0], "first charge at 0.1 A/g"),
    "na.ice": (lambda p: p.sodium.charge[0] / p.sodium.discharge[0], "quotient of the two fitted capacities"),
    "na.rate": (lambda p: p.cells.rate(5.0), "charge of the fifth cycle at 5 A/g of a rate test"),
    "na.left_0.5": (lambda p: p.slow_ageing.charge[-1], "charge of cycle 1,500 at 0.5 A/g"),
    "na.retention_0.5": (lambda p: retention(p.slow_ageing), "cycle 1,500 over cycle 2"),
    "na.retention_1.0": (lambda p: retention(p.fast_ageing), "cycle 1,500 over cycle 2"),
    "na.micro.ice": (
        lambda p: p.coarse.charge[0] / p.coarse.discharge[0],
        "first cycle at 0.1 A/g, particles of 2 um",
    ),
    "na.micro.retention": (
        lambda p: retention(p.coarse_ageing),
        "cycle 1,000 over cycle 2, particles of 2 um",
    ),
    "na.micro.efficiency": (lambda p: mean_efficiency(p.coarse_ageing), "mean of cycles 2 to 1,000"),
    "li.discharge": (
        lambda p: p.lithium.discharge[0],
        "parameters fitted with sodium, branches with lithium",
    ),
    "li.charge": (lambda p: p.lithium.charge[0], "parameters fitted with sodium, branches with lithium"),
    "li.ice": (lambda p: p.lithium.charge[0] / p.lithium.discharge[0], "quotient of the two"),
    "full.capacity": (
        lambda p: p.full.discharge[1],
        "second discharge at 0.5 A/g, per gram of anode; balancing and cut-offs are estimates",
    ),
    "full.voltage": (lambda p: p.full.discharge_voltage[1], "energy over charge of the second discharge"),
    "full.retention": (lambda p: retention(p.full, of="discharge"), "cycle 150 over cycle 2"),
}
"""How each claim is computed, and under which conditions."""

IMPOSED = {"nvp.capacity": "capacity of the cathode, put in"}


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
    if paper != plan.paper:
        raise InputError(f"no calibration for {paper!r:.60}; expected {plan.paper}")
    ledger = load_ledger(paper)
    stated = {c.id: c.stated.value for c in ledger.claims if c.kind == "value"}
    say = progress or (lambda text: None)
    fit = None
    cells = Cells()
    if recalibrate:
        fit = calibrate(stated, progress=lambda n, _: say(f"calibration, run {n}"))
        cells.set(fit.values())
    errors = {} if fit is None else _uncertainties(cells, fit, say)
    predicted = Predicted(cells)
    rows = []
    for claim in ledger.claims:
        if claim.kind == "value":
            if claim.id in COMPUTED:
                say(claim.id)
            rows.append(_row(claim, predicted, errors.get(claim.id)))
    values = fit.values() if fit is not None else {p.name: p.value for p in plan.parameters}
    return Reproduction(paper=paper, claims=tuple(rows), parameters=values, fit=fit, predicted=predicted)


def _uncertainties(cells: Cells, fit: FitOutcome, say: Callable[[str], None]) -> dict[str, float]:
    """One standard deviation of every computed number: its slopes times the fit's covariance.

    Slopes are differences over a tenth of a deviation, or of a unit of the logarithm.
    """
    plan = {p.name: p for p in calibration().parameters}
    centre = fit.values()

    def numbers(values: Mapping[str, float]) -> NDArray[np.float64]:
        cells.set(values)
        predicted = Predicted(cells)
        return np.array([compute(predicted) for compute, _ in COMPUTED.values()])

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
    return {name: math.sqrt(max(v, 0.0)) for name, v in zip(COMPUTED, spread, strict=True)}


def _label(claim: str) -> Label:
    targets = {t.claim for t in calibration().targets}
    if claim in targets or claim == "na.ice":
        return "calibrated"
    return "held-out"


def _row(claim: Claim, predicted: Predicted, uncertainty: float | None) -> Reproduced:
    stated, unit = claim.stated.value, VOCABULARY[claim.quantity].unit
    common: dict[str, Any] = {
        "uncertainty": uncertainty,
        "id": claim.id,
        "quantity": claim.quantity,
        "stated": stated,
        "unit": unit,
    }
    if claim.id in IMPOSED:
        from topotaxy.cell.inputs import cell_inputs

        value = cell_inputs()["cathode_capacity"]
        return Reproduced(**common, computed=value, label="imposed", agrees=None, why=IMPOSED[claim.id])
    if claim.id not in COMPUTED:
        why = "no number of a cell; see 'topotaxy simulate' and 'topotaxy audit'"
        return Reproduced(**common, computed=None, label=None, agrees=None, why=why)
    compute, why = COMPUTED[claim.id]
    value = compute(predicted)
    if claim.bound == "at least":
        agrees = value >= stated
        why = f"stated as a lower bound; {why}"
    else:
        agrees = abs(value / stated - 1.0) <= AGREEMENT
    return Reproduced(**common, computed=value, label=_label(claim.id), agrees=agrees, why=why)


def reproduction_document(found: Reproduction) -> dict[str, object]:
    """Return the reproduction as plain data for JSON."""
    document: dict[str, object] = {
        "paper": found.paper,
        "agreement_within": AGREEMENT,
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
