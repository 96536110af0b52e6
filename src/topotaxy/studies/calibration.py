"""Calibration: fit the parameters of ``calibration.toml`` to its targets and say how well they are known."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.cell.inputs import Calibration, Fitted, calibration
from topotaxy.runs.paper import load_paper
from topotaxy.studies.paper_cells import PaperCells

BOUND_MARGIN = 0.01
"""Share of its range within which a parameter counts as at its bound."""


@dataclass(frozen=True, kw_only=True)
class FittedValue:
    """One parameter after a fit.

    ``deviation`` is one standard deviation, from the assumed tolerances of the targets: in the
    parameter's unit, or as a factor's natural logarithm where the scale is logarithmic.
    """

    name: str
    value: float
    deviation: float
    at_bound: str


@dataclass(frozen=True, kw_only=True)
class FitOutcome:
    """A calibration: parameters, their correlations, and what was met.

    ``targets`` lists claim, stated, computed; ``evaluations`` counts runs of all protocols.
    """

    parameters: tuple[FittedValue, ...]
    correlations: NDArray[np.float64]
    targets: tuple[tuple[str, float, float], ...]
    evaluations: int

    def values(self) -> dict[str, float]:
        """Fitted values by name."""
        return {p.name: p.value for p in self.parameters}


def calibrate(
    stated: Mapping[str, float],
    *,
    cells: PaperCells | None = None,
    plan: Calibration | None = None,
    progress: Callable[[int, Mapping[str, float]], None] | None = None,
) -> FitOutcome:
    """Fit from the start values of the plan, within its bounds (trust-region least squares).

    ``stated`` holds the stated numbers by claim; only those of the plan are read.
    """
    from scipy.optimize import least_squares

    plan = plan or calibration()
    cells = cells or PaperCells(load_paper(plan.paper))
    keys = [t.claim for t in plan.targets]
    count = 0

    def residuals(u: NDArray[np.float64]) -> NDArray[np.float64]:
        nonlocal count
        count += 1
        values = {p.name: _inner(p, float(x)) for p, x in zip(plan.parameters, u, strict=True)}
        cells.set(values)
        if progress is not None:
            progress(count, values)
        return np.array(
            [
                (cells.number(key) / stated[key] - 1.0) / target.sigma
                for key, target in zip(keys, plan.targets, strict=True)
            ]
        )

    start = np.array([_outer(p, p.start) for p in plan.parameters])
    low = np.array([_outer(p, p.low) for p in plan.parameters])
    high = np.array([_outer(p, p.high) for p in plan.parameters])
    # Steps of the numerical derivative well above the integrator's own error.
    fit = least_squares(
        residuals,
        start,
        bounds=(low, high),
        x_scale=high - low,
        diff_step=0.02,
        xtol=1e-5,
        ftol=1e-8,
        gtol=1e-8,
        max_nfev=40,
    )
    covariance = np.linalg.pinv(fit.jac.T @ fit.jac)
    deviation = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        correlations = covariance / np.outer(deviation, deviation)
    found = tuple(
        FittedValue(
            name=p.name,
            value=_inner(p, float(x)),
            deviation=float(d),
            at_bound=_bound(float(x), lo, hi),
        )
        for p, x, d, lo, hi in zip(plan.parameters, fit.x, deviation, low, high, strict=True)
    )
    sigmas = [t.sigma for t in plan.targets]
    met = tuple(
        (claim, stated[claim], stated[claim] * (1.0 + float(r) * s))
        for claim, r, s in zip(keys, fit.fun, sigmas, strict=True)
    )
    return FitOutcome(parameters=found, correlations=correlations, targets=met, evaluations=count)


def _outer(p: Fitted, value: float) -> float:
    return math.log(value) if p.scale == "log" else value


def _inner(p: Fitted, value: float) -> float:
    return math.exp(value) if p.scale == "log" else value


def _bound(x: float, low: float, high: float) -> str:
    margin = BOUND_MARGIN * (high - low)
    return "lower" if x - low < margin else "upper" if high - x < margin else ""
