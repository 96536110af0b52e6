"""Where the charge that comes back is held: couples and stores of both alkalis, and what nothing explains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from topotaxy.cell.draws import DrawTable
from topotaxy.cell.numbers import cell_values, electrode_of
from topotaxy.cell.posterior import Posterior
from topotaxy.cell.priors import DRAW, Prior, of_ion, values_at

LEVELS = (0.05, 0.5, 0.95)
TERMS = ("couples of the lattice", "interfaces", "film", "carbon", "alloys")
PRIOR_POINTS = 2000


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Charge that comes back on the first charge of one alkali, mAh/g.

    ``terms`` and ``remainder`` (stated less all terms) have 5, 50 and 95 % of the posterior; ``chance``
    is the share
    of the prior in which the terms, each at all that it can hold, add up to what is stated;
    ``chance_claimed``
    the same with the couples that are claimed active in place of those of the lattice.
    """

    ion: str
    stated: float
    terms: Mapping[str, tuple[float, float, float]]
    remainder: tuple[float, float, float]
    chance: float
    chance_claimed: float | None


def budgets(
    posterior: Posterior,
    table: DrawTable,
    priors: Sequence[Prior],
    stated: Mapping[str, float],
    *,
    claimed: Sequence[str] = (),
    seed: int = 1,
) -> list[Budget]:
    """Return the budget of each alkali whose first charge is stated.

    Parameters
    ----------
    posterior : Posterior
        Posterior of the cell that the numbers of a paper give.
    table : DrawTable
        Draws that it stands on.
    priors : sequence of Prior
        For the chance before any cell was measured.
    stated : mapping of str to float
        First charge (mAh/g) by alkali.
    claimed : sequence of str
        Cations that are claimed active.
    seed : int
        Of the points of the prior.
    """
    rng = np.random.default_rng(seed)
    before = [values_at(priors, rng.random(len(priors) + 1), len(table)) for _ in range(PRIOR_POINTS)]
    after = [posterior.values(i) for i in range(len(posterior.points))]
    electrons = [2.0 * c for el, c in zip(table.cations, table.cation_capacity, strict=True) if el in claimed]
    found = []
    for ion, value in stated.items():
        held = np.array([_terms(table, ion, values) for values in after])
        possible = np.array([_terms(table, ion, values) for values in before])
        stores = possible[:, 1:].sum(axis=1)
        only = sum(electrons) * _kept(table, ion, before)
        found.append(
            Budget(
                ion=ion,
                stated=value,
                terms={name: _levels(held[:, i]) for i, name in enumerate(TERMS)},
                remainder=_levels(value - held.sum(axis=1)),
                chance=float((possible.sum(axis=1) >= value).mean()),
                chance_claimed=float((stores + only >= value).mean()) if electrons else None,
            )
        )
    return found


def _kept(table: DrawTable, ion: str, points: Sequence[Mapping[str, float]]) -> np.ndarray:
    column = table.ions.index(ion)
    return np.array([1.0 - table.early_loss[int(p[DRAW]), column] for p in points])


def _terms(table: DrawTable, ion: str, values: Mapping[str, float]) -> list[float]:
    """Charge of each term that can come back, mAh/g: the lattice less its early loss, the stores in full."""
    own = of_ion(values, ion)
    draw = table.draw(int(own.pop(DRAW)), ion)
    e = electrode_of(draw, cell_values(ion, own), table.temperature)
    return [
        draw.capacity * (1.0 - draw.early_loss),
        e.interface_store,
        e.film_store,
        e.carbon_store,
        e.alloy_store,
    ]


def _levels(values: np.ndarray) -> tuple[float, float, float]:
    low, middle, high = (float(v) for v in np.quantile(values, LEVELS))
    return low, middle, high
