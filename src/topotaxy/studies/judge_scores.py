"""What was said of synthetic truths, counted: how often it was right, its coverage, its ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import kolmogorov

from topotaxy.evidence.verdict import CERTAIN, TOLD

STATED_FROM = (0.0, 0.5, 0.7, CERTAIN)
"""Lower ends of the classes of stated probability in which answers are counted."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One truth and what was said of it."""

    truth: str
    said: str
    probability: float
    of_truth: float
    """Probability given to the true mechanism."""
    quantiles: dict[str, float]
    """Share of the posterior below the true value, by latent."""
    shares: dict[str, float] = field(default_factory=dict)
    """Probability of every region."""
    before: dict[str, float] = field(default_factory=dict)
    """The same before data."""


def summary(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Return how often the answer was right, its coverage, and its reliability.

    Parameters
    ----------
    outcomes : Sequence[Outcome]
        One entry a synthetic truth.

    Returns
    -------
    dict
        ``right``: share of truths whose mechanism was the most probable one; ``certain`` and
        ``right_where_certain``: share with p at least 0.9, and how many of those were right; ``coverage``:
        share of latents inside their 90 % interval, with the lowest and the highest latent's; ``stated``:
        mean probability of the mechanism named, which calibration makes equal to ``right``;
        ``least_uniform``: see :func:`least_uniform`.
    """
    right = np.array([o.truth == o.said for o in outcomes])
    sure = np.array([o.probability >= CERTAIN for o in outcomes])
    inside = {name: np.mean([0.05 <= o.quantiles[name] <= 0.95 for o in outcomes]) for name, _ in TOLD}
    return {
        "truths": float(len(outcomes)),
        "right": float(right.mean()),
        "stated": float(np.mean([o.probability for o in outcomes])),
        "certain": float(sure.mean()),
        "right_where_certain": float(right[sure].mean()) if sure.any() else float("nan"),
        "coverage": float(np.mean(list(inside.values()))),
        "lowest_coverage": float(min(inside.values())),
        "highest_coverage": float(max(inside.values())),
        "least_uniform": least_uniform(outcomes),
    }


def least_uniform(outcomes: Sequence[Outcome]) -> float:
    """Return the probability that the least uniform latent's ranks would scatter as much by chance.

    Simulation-based calibration: the share of the posterior below a true value is uniform over truths (Talts
    et al., arXiv 1804.06788). Kolmogorov's statistic of each latent, its probability by the asymptotic
    series, times the number of latents (Bonferroni), at most one.

    Parameters
    ----------
    outcomes : Sequence[Outcome]
        One entry a synthetic truth.
    """
    lowest = 1.0
    count = len(outcomes)
    expected = np.arange(1, count + 1) / count
    for name, _ in TOLD:
        ranks = np.sort([o.quantiles[name] for o in outcomes])
        apart = max(float((expected - ranks).max()), float((ranks - expected + 1.0 / count).max()))
        lowest = min(lowest, float(kolmogorov(np.sqrt(count) * apart)))
    return min(1.0, lowest * len(TOLD))


def reliability(outcomes: Sequence[Outcome]) -> list[tuple[float, float, int]]:
    """Return mean stated probability, share that was right, and number of truths, by stated probability.

    Parameters
    ----------
    outcomes : Sequence[Outcome]
        One entry a synthetic truth.
    """
    stated = np.array([o.probability for o in outcomes])
    right = np.array([o.truth == o.said for o in outcomes])
    found = []
    for low, high in zip(STATED_FROM, (*STATED_FROM[1:], 1.01), strict=True):
        inside = (stated >= low) & (stated < high)
        if inside.any():
            found.append((float(stated[inside].mean()), float(right[inside].mean()), int(inside.sum())))
    return found
