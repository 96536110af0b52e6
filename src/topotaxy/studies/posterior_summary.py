"""What a posterior says, in numbers and words: parameters, correlations, and each number left out in turn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.cell.posterior import Posterior
from topotaxy.cell.priors import DRAW, Prior
from topotaxy.studies.cell_problem import Datum, misfit

Values = NDArray[np.float64]

LEVELS = (0.05, 0.5, 0.95)
DETERMINED = 0.5
"""Of the prior's 90 % interval: a narrower posterior counts as determined."""
EDGE, CROWDED = 0.05, 0.25
"""A parameter is at a bound where more than a quarter of the posterior lies within a twentieth of its
range."""
STRONG = 0.5
"""Correlation from which two parameters are named together."""
FEWEST_EFFECTIVE = 20.0
"""Effective sample size below which leaving a number out by weights says nothing."""
ALIKE = 0.3
"""Largest difference of two seeds' medians, in posterior standard deviations, that counts as agreement:
twice what
256 independent particles would give, of which a third are."""


@dataclass(frozen=True, kw_only=True)
class ParameterSummary:
    """One parameter after inference: 5, 50 and 95 %, its prior, how much was learned, in words."""

    prior: Prior
    low: float
    middle: float
    high: float
    narrowing: float
    words: str


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """One number predicted without it: mean, spread, effective sample size, z; ``z`` None where weights
    fail."""

    claim: str
    mean: float
    spread: float
    effective: float
    z: float | None


def parameter_summaries(posterior: Posterior, priors: Sequence[Prior]) -> list[ParameterSummary]:
    """Summarise every parameter.

    Parameters
    ----------
    posterior : Posterior
        Equally likely points.
    priors : sequence of Prior
        In the order of the posterior's names.
    """
    found = []
    for column, prior in enumerate(priors):
        values = posterior.points[:, column]
        shares = np.array([prior.share(max(float(v), 1e-300)) for v in values])
        low, middle, high = (float(v) for v in np.quantile(values, LEVELS))
        width = float(np.diff(np.quantile(shares, (LEVELS[0], LEVELS[2])))[0])
        narrowing = width / (LEVELS[2] - LEVELS[0])
        found.append(
            ParameterSummary(
                prior=prior,
                low=low,
                middle=middle,
                high=high,
                narrowing=narrowing,
                words=_words(shares, narrowing),
            )
        )
    return found


def _words(shares: Values, narrowing: float) -> str:
    if (shares < EDGE).mean() > CROWDED:
        return "at its lower bound"
    if (shares > 1.0 - EDGE).mean() > CROWDED:
        return "at its upper bound"
    if narrowing < DETERMINED:
        return "determined"
    return "narrowed" if narrowing < 0.85 else "not determined"


def correlations(posterior: Posterior, priors: Sequence[Prior]) -> list[tuple[str, str, float]]:
    """Pairs of parameters whose rank correlation is strong, the strongest first (Spearman).

    Parameters
    ----------
    posterior : Posterior
        The sampled posterior.
    priors : Sequence[Prior]
        Priors of the parameters, in the order of the posterior.
    """
    from scipy.stats import rankdata

    names = [p.key for p in priors]
    ranks = np.apply_along_axis(rankdata, 0, posterior.points[:, : len(names)])
    with np.errstate(invalid="ignore"):
        # What all particles share has no spread, and correlates with nothing.
        table = np.corrcoef(ranks.T)
    pairs = [
        (names[i], names[j], float(table[i, j]))
        for i in range(len(names))
        for j in range(i + 1, len(names))
        if abs(table[i, j]) >= STRONG
    ]
    return sorted(pairs, key=lambda pair: -abs(pair[2]))


def left_out(posterior: Posterior, data: Sequence[Datum]) -> list[LeftOut]:
    """Predict each number from all others.

    A held-out number is predicted as it is. One that was used is taken out by weighting the particles
    with the
    inverse of its likelihood, weights cut at their mean times the square root of their number (Ionides,
    J. Comput.
    Graph. Stat. 17 (2008) 295, 10.1198/106186008X320456).

    Parameters
    ----------
    posterior : Posterior
        Points with their predictions.
    data : sequence of Datum
        Numbers with their scatter and use.
    """
    found = []
    for datum in data:
        predicted = posterior.of(datum.claim)
        weights = np.ones(len(predicted))
        if datum.use != "held-out":
            logarithm = 0.5 * misfit(datum, predicted) ** 2
            weights = np.exp(logarithm - logarithm.max())
            weights = np.minimum(weights, weights.mean() * math.sqrt(len(weights)))
        weights /= weights.sum()
        effective = float(1.0 / (weights**2).sum())
        mean = float(weights @ predicted)
        spread = math.sqrt(float(weights @ (predicted - mean) ** 2))
        z = (mean - datum.value) / math.hypot(spread, datum.sigma)
        if (datum.bound == "lower" and z > 0.0) or (datum.bound == "upper" and z < 0.0):
            z = 0.0
        known = effective >= FEWEST_EFFECTIVE
        found.append(
            LeftOut(claim=datum.claim, mean=mean, spread=spread, effective=effective, z=z if known else None)
        )
    return found


def seeds_compared(first: Posterior, second: Posterior) -> dict[str, Any]:
    """Compare two runs of the sampler: largest difference of medians in standard deviations, and the
    evidence.

    Parameters
    ----------
    first, second : Posterior
        Of the same problem with other seeds.
    """
    worst, where = 0.0, ""
    for name, a, b in _columns(first, second):
        spread = math.sqrt(0.5 * (float(a.var()) + float(b.var())))
        apart = abs(float(np.median(a) - np.median(b))) / spread if spread > 0.0 else 0.0
        if apart > worst:
            worst, where = apart, name
    return {
        "seeds": [first.facts["seed"], second.facts["seed"]],
        "largest_difference": worst,
        "of": where,
        "log_evidence": [first.log_evidence, second.log_evidence],
        "agree": worst <= ALIKE,
    }


def _columns(first: Posterior, second: Posterior) -> list[tuple[str, Values, Values]]:
    found = [
        (name, first.points[:, i], second.points[:, i]) for i, name in enumerate(first.names) if name != DRAW
    ]
    return [*found, *((claim, first.of(claim), second.of(claim)) for claim in first.claims)]
