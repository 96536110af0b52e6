"""What follows from a judgement: what each technique does to it, how well all fits, what would decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from topotaxy.evidence.judgement import Case, Posterior
from topotaxy.evidence.likelihood import DEGREES, Term, log_likelihood
from topotaxy.evidence.regions import REGIONS
from topotaxy.tables import read_table

Values = NDArray[np.float64]


ROUGH = 50.0
"""Effective particles below which what is read from them is rough."""


@dataclass(frozen=True, kw_only=True)
class Influence:
    """What the answer would be without one technique."""

    technique: str
    shares: Values
    medians: dict[str, float]
    effective: float
    """Effective number of particles; below :data:`ROUGH` the numbers are rough."""
    sampled: bool = False
    """Whether it was sampled anew, as too few particles were left to be weighed."""


def influences(case: Case, base: Posterior, names: Sequence[str]) -> list[Influence]:
    """Return what leaving out each technique does, by weighing the particles anew.

    Parameters
    ----------
    case, base :
        What was judged, and the posterior of it.
    names : sequence of str
        Expected values whose medians are given.
    """
    found = []
    whole = log_likelihood(base.expected, case.terms, wider=base.assumptions.wider)
    for technique in dict.fromkeys(term.technique for term in case.terms):
        rest = log_likelihood(base.expected, case.terms, wider=base.assumptions.wider, without=(technique,))
        relative = rest - whole
        weights = np.exp(relative - relative.max())
        weights /= weights.sum()
        shares = np.bincount(base.regions, weights=weights, minlength=len(REGIONS)).astype(float)
        medians = {name: _weighted_median(base.expected[name], weights) for name in names}
        found.append(
            Influence(
                technique=technique,
                shares=shares,
                medians=medians,
                effective=float(1.0 / (weights**2).sum()),
            )
        )
    return found


def resampled(technique: str, found: Posterior, names: Sequence[str]) -> Influence:
    """Return what the answer is without one technique, from a posterior that was sampled without it.

    Parameters
    ----------
    technique : str
        What was left out.
    found : Posterior
        Sampled without it.
    names : sequence of str
        Expected values whose medians are given.
    """
    return Influence(
        technique=technique,
        shares=found.shares,
        medians={name: float(np.median(found.expected[name])) for name in names},
        effective=float(len(found.regions)),
        sampled=True,
    )


def _weighted_median(values: Values, weights: Values) -> float:
    order = np.argsort(values)
    below = np.cumsum(weights[order])
    return float(values[order][min(int(np.searchsorted(below, 0.5)), len(values) - 1)])


@dataclass(frozen=True, kw_only=True)
class Check:
    """How well one thing that is known agrees with what is believed after all of them."""

    term: Term
    probability: float
    """Of a number: two-sided posterior predictive tail; of a statement: that it would be made as it was."""
    best: float
    """The same within the mechanism that pleases it most."""


def checks(case: Case, base: Posterior) -> list[Check]:
    """Return the posterior predictive check of every term, the least probable first.

    Parameters
    ----------
    case : Case
        What is judged.
    base : Posterior
        The answer under the main assumptions.
    """
    found = []
    for term in case.terms:
        if term.mean is not None and term.width is not None and term.value is not None:
            width = term.width * base.assumptions.wider
            below = stdtr(DEGREES, (term.value - term.mean(base.expected)) / width)
            each = np.asarray(below)

            def tail(values: Values) -> float:
                share = float(values.mean())
                return 2.0 * min(share, 1.0 - share)

        else:
            each = np.exp(term.log_probability(base.expected, base.assumptions.wider))

            def tail(values: Values) -> float:
                return float(values.mean())

        by_region = [tail(each[base.regions == r]) for r in range(len(REGIONS)) if (base.regions == r).any()]
        found.append(Check(term=term, probability=tail(each), best=max(by_region)))
    return sorted(found, key=lambda check: check.probability)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A measurement that could be made next, and how much it would tell of the mechanism."""

    measurement: str
    nats: float
    decides: str


def candidates(base: Posterior) -> list[Candidate]:
    """Return measurements by the information that they are expected to give on the mechanism.

    Mutual information between the outcome and the region, in nats, over the posterior (Lindley, Ann. Math.
    Stat. 27 (1956) 986); the most telling first.

    Parameters
    ----------
    base : Posterior
        The answer under the main assumptions.
    """
    found = []
    shares = np.bincount(base.regions, minlength=len(REGIONS)) / len(base.regions)
    present = np.flatnonzero(shares > 0.0)
    for row in read_table("topotaxy.evidence", "candidates"):
        if row["expected"] not in base.expected:
            continue
        width = float(row["width"])
        mean = base.expected[row["expected"]]
        outcomes = np.linspace(mean.min() - 4.0 * width, mean.max() + 4.0 * width, 160)
        densities = {}
        for region in present:
            centre = mean[base.regions == region]
            z = (outcomes[:, None] - centre[None, :]) / width
            densities[int(region)] = np.exp(-0.5 * z**2).mean(axis=1) + 1e-300
        mixed = sum(shares[region] * density for region, density in densities.items())
        step = float(outcomes[1] - outcomes[0])
        scale = step / (width * np.sqrt(2.0 * np.pi))
        gain = {
            region: float(scale * np.sum(density * np.log(density / mixed)))
            for region, density in densities.items()
        }
        nats = float(sum(shares[region] * value for region, value in gain.items()))
        most = max(gain, key=lambda region: shares[region] * gain[region])
        found.append(Candidate(measurement=row["measurement"], nats=max(nats, 0.0), decides=REGIONS[most]))
    return sorted(found, key=lambda candidate: -candidate.nats)
