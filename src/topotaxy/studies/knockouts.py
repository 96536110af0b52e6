"""Which mechanisms a paper's numbers need: the best fit to all of them with one mechanism gone at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from topotaxy.cell.branches import POINTS
from topotaxy.cell.draws import DrawTable
from topotaxy.cell.posterior import Posterior
from topotaxy.cell.priors import DRAW
from topotaxy.studies.cell_problem import CellProblem, misfit

Values = NDArray[np.float64]
STARTS = 1
"""Particles from which a best fit is sought, the best ones with the mechanism gone."""
EVALUATIONS = 8
"""Of a best fit's search, each with a derivative by every parameter."""
MISSED = 1.5
"""Standard deviations from which a number counts as missed by a best fit."""
COHERENT_CHARGE = 0.71
"""V: mean charge voltage against Na of a metal that stays in registry, of version 0.1.0's lattice."""


@dataclass(frozen=True, kw_only=True)
class Variant:
    """One mechanism gone: parameters that are fixed, or draws that are changed."""

    name: str
    fixed: Mapping[str, float]
    draws: Callable[[DrawTable], DrawTable] | None = None


@dataclass(frozen=True, kw_only=True)
class Knockout:
    """The best fit of a variant: sum of squares over all numbers, and those missed with their z."""

    name: str
    chi_squared: float
    missed: tuple[tuple[str, float], ...]


def without_zinc(table: DrawTable) -> DrawTable:
    """Draws whose Zn does not react: its charge, the last of a discharge and the first of a charge, is
    cut off.

    Parameters
    ----------
    table : DrawTable
        Draws of the lattice.
    """
    if "Zn" not in table.cations:
        return table
    z = table.cations.index("Zn")
    charge = 2.0 * table.reduced[:, :, z] * table.cation_capacity[z]
    kept = np.clip(1.0 - charge / table.capacity, 0.05, 1.0)
    grid = np.linspace(0.0, 1.0, POINTS)
    branches = table.branches.copy()
    for d, i in np.ndindex(kept.shape):
        for b in range(branches.shape[2]):
            branches[d, i, b] = np.interp(grid * kept[d, i], grid, table.branches[d, i, b])
    reduced = table.reduced.copy()
    reduced[:, :, z] = 0.0
    return replace(table, capacity=table.capacity * kept, branches=branches, reduced=reduced)


def without_early_loss(table: DrawTable) -> DrawTable:
    """Draws that give everything back.

    Parameters
    ----------
    table : DrawTable
        Draws of the lattice.
    """
    return replace(table, early_loss=0.0 * table.early_loss, later_loss=0.0 * table.later_loss)


def charged_in_registry(table: DrawTable) -> DrawTable:
    """Draws whose charge branch lies where a metal in registry gave its charge back.

    Parameters
    ----------
    table : DrawTable
        Draws of the lattice.
    """
    branches = table.branches.copy()
    up = table.branches[:, :, 2]
    branches[:, :, 2] = np.maximum(up - (up.mean(axis=2, keepdims=True) - COHERENT_CHARGE), 0.02)
    branches[:, :, 2, 0] = up[:, :, 0]
    return replace(table, branches=np.minimum.accumulate(branches, axis=3))


def _both(name: str) -> dict[str, float]:
    return {f"{name}.Na": 0.0, f"{name}.Li": 0.0}


VARIANTS = (
    Variant(name="all mechanisms", fixed={}),
    Variant(name="no storage at interfaces", fixed={"interface_charge": 0.0}),
    Variant(name="no storage in film", fixed=_both("film_store")),
    Variant(name="no storage on carbon", fixed=_both("carbon_store")),
    Variant(name="no alloys of Zn", fixed=_both("alloy_share")),
    Variant(name="no early loss of the lattice", fixed={}, draws=without_early_loss),
    Variant(name="no limit by charge transfer", fixed={"exchange_current": 1e4}),
    Variant(name="no ohmic resistance", fixed={"cell_resistance": 1e-3}),
    Variant(name="no limit by diffusion", fixed={"solid_diffusivity": 1e-12}),
    Variant(name="diffusion limits alone", fixed={"cell_resistance": 1e-3, "exchange_current": 1e4}),
    Variant(name="no film growth", fixed={"film_rate": 1e-30}),
    Variant(name="no loss by time", fixed={"loss_time": 0.0}),
    Variant(name="no loss by throughput", fixed={"loss_throughput": 0.0}),
    Variant(name="no loss of active material", fixed={"loss_time": 0.0, "loss_throughput": 0.0}),
    Variant(name="Zn inert", fixed=_both("alloy_share"), draws=without_zinc),
    Variant(name="charge branch of metal in registry", fixed={}, draws=charged_in_registry),
)


def knocked_out(
    problem: CellProblem,
    posterior: Posterior,
    *,
    variants: Sequence[Variant] = VARIANTS,
    progress: Callable[[str], None] | None = None,
) -> list[Knockout]:
    """Seek the best fit of each variant to all numbers, from the posterior's best particles.

    Parameters
    ----------
    problem : CellProblem
        All numbers count, also those held out.
    posterior : Posterior
        Where the search begins.
    variants : sequence of Variant
        What is gone, one after the other.
    progress : callable, optional
        Told which variant is sought.
    """
    found = []
    for variant in variants:
        if progress is not None:
            progress(f"without: {variant.name}")
        found.append(_best(problem, posterior, variant))
    return found


def _best(problem: CellProblem, posterior: Posterior, variant: Variant) -> Knockout:
    from scipy.optimize import least_squares

    table = problem.model.table if variant.draws is None else variant.draws(problem.model.table)
    model = replace(problem.model, table=table)
    claims = [d.claim for d in problem.data]

    def residuals(values: Mapping[str, float]) -> Values:
        numbers = model.numbers({**values, **variant.fixed}, claims)
        row = [float(misfit(d, np.array([numbers[d.claim]]))[0]) for d in problem.data]
        return np.clip(np.nan_to_num(row, nan=50.0), -50.0, 50.0)

    points = [posterior.values(i) for i in range(len(posterior.points))]
    costs = [float((residuals(p) ** 2).sum()) for p in points]
    best: Values | None = None
    for index in np.argsort(costs)[:STARTS]:
        start = points[index]
        free = [p for p in problem.priors if p.key not in variant.fixed]
        shares = np.clip([p.share(max(start[p.key], 1e-300)) for p in free], 0.02, 0.98)

        def fun(u: Values, free: list = free, start: Mapping[str, float] = start) -> Values:  # type: ignore[type-arg]
            values = {p.key: float(p.at(np.array(x))) for p, x in zip(free, u, strict=True)}
            return residuals({**start, **values, DRAW: start[DRAW]})

        fit = least_squares(fun, shares, bounds=(0.0, 1.0), diff_step=0.02, max_nfev=EVALUATIONS, xtol=1e-4)
        if best is None or (fit.fun**2).sum() < (best**2).sum():
            best = np.asarray(fit.fun)
    assert best is not None
    missed = [(d.claim, float(z)) for d, z in zip(problem.data, best, strict=True) if abs(z) > MISSED]
    return Knockout(
        name=variant.name,
        chi_squared=float((best**2).sum()),
        missed=tuple(sorted(missed, key=lambda pair: -abs(pair[1]))),
    )
