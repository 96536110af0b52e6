"""The judgement: which mechanism the data support, and how that depends on what is assumed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from topotaxy.evidence.assumptions import Assumptions as Assumptions
from topotaxy.evidence.assumptions import prior_ratio
from topotaxy.evidence.assumptions import variants as variants
from topotaxy.evidence.inference import (
    KEPT,
    MOST_MOVES,
    LogLikelihood,
    Sample,
    sequential_monte_carlo,
)
from topotaxy.evidence.latents import coordinates
from topotaxy.evidence.likelihood import Term, log_likelihood
from topotaxy.evidence.mechanisms import Expected, Map
from topotaxy.evidence.reaction import Reaction
from topotaxy.evidence.regions import REGIONS, region_of

Values = NDArray[np.float64]

POOL = 30_000
"""Draws of the prior from which the share of each region is counted."""
RARE = 0.02
"""Share of the posterior below which a region's evidence is sampled in a run of its own."""
FEWEST_IN_REGION = 100
"""Draws of the prior in a region below which nothing is said of it."""
IN_REGION = 300
"""Particles of the run of a region of its own."""
FEWER_MOVES = 24
"""Times that particles may move in a stage, there and under other assumptions. In 14 runs each of two regions
the log evidence with 16 came out 0.2 lower than with 40, with 24 within its error of it."""
ENOUGH = 150.0
"""Effective particles from which an answer under other assumptions may be had by weighing anew."""

BORDERED = ("core", "coherent", "frame", "frame_share", "metal_of_charge", "reoxidised", "back")
"""Expected values that decide the region."""
REWEIGHED = (*BORDERED, "salt_on_frame")
"""What is kept of the draws of the prior: those, and latents whose prior is varied over the same range."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is judged: the reaction, what is known of it, and what was set aside with the reason."""

    name: str
    reaction: Reaction
    terms: tuple[Term, ...]
    aside: tuple[tuple[str, str], ...] = ()
    origins: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Posterior:
    """What is believed after the data, every mechanism having had the same weight before.

    A mixture keeps the weight that the prior of the latents gives it (:func:`weights_before`).

    Attributes
    ----------
    shares:
        (regions,) posterior probability.
    log_evidence:
        (regions,) log evidence of each region; minus infinity where nothing of the prior lies in it.
    expected:
        Latents and expected observables of the particles.
    regions:
        (n,) region of each particle.
    """

    assumptions: Assumptions
    shares: Values
    log_evidence: Values
    total: float
    expected: Expected
    regions: NDArray[np.int64]
    sample: Sample
    evaluations: int
    drawn: Expected
    """What the borders of regions rest on, and what is varied, for draws of the prior."""

    def log_ratio(self, region: int, reference: int) -> float:
        """Return the log evidence of one region over another's.

        Parameters
        ----------
        region : int
            Index of the mechanism.
        reference : int
            Index of the mechanism that it is held against.
        """
        one, other = float(self.log_evidence[region]), float(self.log_evidence[reference])
        return one - other if np.isfinite(one) or np.isfinite(other) else float("nan")


def posterior(
    case: Case,
    assumptions: Assumptions,
    *,
    particles: int,
    seed: int,
    rare: bool = True,
    without: Collection[str] = (),
    most_moves: int = MOST_MOVES,
    kept: float = KEPT,
    known: Expected | None = None,
) -> Posterior:
    """Sample the posterior of a case under some assumptions.

    Parameters
    ----------
    case : Case
        What is judged.
    assumptions : Assumptions
        Priors, widths, constants and borders.
    particles, seed : int
        Number of particles, and seed of the random numbers: the same one gives the same answer.
    rare : bool
        Whether the evidence of regions with next to no particles gets a run of its own.
    without : collection of str
        Techniques or terms that are left out.
    most_moves : int
        Times that a particle may move in a stage.
    kept : float
        Share of the effective sample size that one step of annealing keeps.
    known : dict of str to array, optional
        ``drawn`` of a posterior with the same prior and map, so that the prior need not be drawn from again;
        not with ``rare``, which starts from those draws.

    Raises
    ------
    FloatingPointError
        Where the map gives what is not a number, for a draw of the prior or a term.
    """
    rng = np.random.default_rng(seed)
    model = assumptions.map_of(case.reaction)
    count = POOL if known is None or rare else particles
    pool = rng.normal(size=(count, len(coordinates(case.reaction))))
    drawn = known if known is not None and not rare else model.expected(pool)
    _refuse_faults(drawn)
    pooled = region_of(drawn, assumptions.borders)
    before = weights_before(pooled)
    level = _level(case, assumptions, model, _offsets(_masses(pooled), before), without)
    sample = sequential_monte_carlo(level, pool[:particles], rng, most_moves=most_moves, kept=kept)
    expected = model.expected(sample.particles)
    regions = region_of(expected, assumptions.borders)
    shares = np.bincount(regions, minlength=len(REGIONS)) / len(regions)
    with np.errstate(divide="ignore"):
        evidence = sample.log_evidence + np.log(_ratio(shares, before))
    evaluations = sample.evaluations
    for region in np.flatnonzero((before > 0.0) & (shares < RARE)) if rare else ():
        members = pool[pooled == region]
        own = _region_evidence(case, assumptions, model, members, int(region), rng, without)
        evidence[region] = own.log_evidence
        evaluations += own.evaluations
    if rare:
        shares = _shares(evidence, before)
    return Posterior(
        assumptions=assumptions,
        shares=shares,
        log_evidence=evidence,
        total=sample.log_evidence,
        expected=expected,
        regions=regions,
        sample=sample,
        evaluations=evaluations,
        drawn={name: drawn[name] for name in REWEIGHED},
    )


def _refuse_faults(expected: Expected) -> None:
    """Raise where the map gives what is not a number: a comparison with it would pass for a mixture."""
    faulty = [name for name, values in expected.items() if np.isnan(values).any()]
    if faulty:
        raise FloatingPointError(f"the map's {', '.join(faulty)} is not a number: a fault of the map")


def _level(
    case: Case, assumptions: Assumptions, model: Map, offset: Values, without: Collection[str]
) -> LogLikelihood:
    """Return the log likelihood of standard normals, each region with its offset."""

    def level(z: Values) -> Values:
        expected = model.expected(z)
        data = log_likelihood(expected, case.terms, wider=assumptions.wider, without=without)
        return np.asarray(data + offset[region_of(expected, assumptions.borders)])

    return level


def _masses(regions: NDArray[np.int64], weights: Values | None = None) -> Values:
    """Return the share of the prior in each region, by draws of it; 0 where next to none lie."""
    count = np.bincount(regions, minlength=len(REGIONS))
    mass = np.bincount(regions, weights=weights, minlength=len(REGIONS)).astype(float)
    return np.where(count >= FEWEST_IN_REGION, mass / mass.sum(), 0.0)


def weights_before(pooled: NDArray[np.int64], weights: Values | None = None) -> Values:
    """Return the weight of each region before data: mechanisms alike, a mixture what the prior gives it.

    A mixture is no mechanism but what lies between them, half of the prior. With a share like theirs the
    density of the prior would jump twentyfold at their borders, and a truth beyond a border be drawn into
    the mechanism next to it, with certainty.

    Parameters
    ----------
    pooled : array of int (n,)
        Regions of draws of the prior of the latents.
    weights : array (n,), optional
        Of the draws, where they are of another prior.

    Returns
    -------
    array (regions,)
        Sum 1; 0 for a region that next to no draw is in (:data:`FEWEST_IN_REGION`).
    """
    mass = _masses(pooled, weights)
    between = REGIONS.index("mixture")
    named = mass > 0.0
    named[between] = False
    before = np.where(named, (1.0 - mass[between]) / max(int(named.sum()), 1), 0.0)
    before[between] = mass[between]
    return np.asarray(before)


def _offsets(mass: Values, before: Values) -> Values:
    """Return the log weight that turns the shares of the prior into those of :func:`weights_before`."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(before > 0.0, np.log(before) - np.log(mass), -np.inf)


def _ratio(shares: Values, before: Values) -> Values:
    """Return shares over those before data; 0 where there was none."""
    return np.asarray(np.divide(shares, before, out=np.zeros_like(shares), where=before > 0.0))


def varied(case: Case, base: Posterior, assumptions: Assumptions, *, particles: int, seed: int) -> Posterior:
    """Return the posterior under other assumptions, by weighing the particles anew where that is enough.

    Widths, constants of the map, borders and another prior over the same range only change the weight of a
    particle; where too few of them keep any (:data:`ENOUGH`), the posterior is sampled afresh.

    Parameters
    ----------
    case : Case
        What is judged.
    base : Posterior
        The answer under the main assumptions.
    assumptions : Assumptions
        Which assumption is another one.
    particles : int
        Particles of the sampler.
    seed : int
        Of the random numbers.
    """

    same = assumptions.prior == base.assumptions.prior and assumptions.constants == base.assumptions.constants

    def afresh() -> Posterior:
        return posterior(
            case,
            assumptions,
            particles=particles,
            seed=seed,
            rare=False,
            most_moves=FEWER_MOVES,
            known=base.drawn if same else None,
        )

    denser = prior_ratio(base.assumptions.prior, assumptions.prior, base.expected)
    pooled_denser = prior_ratio(base.assumptions.prior, assumptions.prior, base.drawn)
    if denser is None or pooled_denser is None:
        return afresh()
    expected = (
        assumptions.map_of(case.reaction).expected(base.sample.particles)
        if assumptions.constants
        else base.expected
    )
    pooled, drawn_as = region_of(base.drawn, assumptions.borders), np.exp(pooled_denser)
    before = weights_before(pooled, drawn_as)
    offset = _offsets(_masses(pooled, drawn_as), before)
    regions = region_of(expected, assumptions.borders)
    level = log_likelihood(expected, case.terms, wider=assumptions.wider) + offset[regions] + denser
    relative = level - base.sample.log_likelihoods
    top = float(relative.max())
    weights = np.exp(relative - top)
    if weights.sum() ** 2 / (weights**2).sum() < ENOUGH:
        return afresh()
    shares = np.bincount(regions, weights=weights / weights.sum(), minlength=len(REGIONS)).astype(float)
    total = base.total + top + float(np.log(weights.mean()))
    # Less than one particle's worth says no more of a region than that it is rare.
    worth = np.where(shares * len(regions) < 1.0, 0.0, shares)
    with np.errstate(divide="ignore"):
        evidence = total + np.log(_ratio(worth, before))
    return replace(
        base,
        assumptions=assumptions,
        shares=shares,
        log_evidence=evidence,
        total=total,
        expected=expected,
        regions=regions,
        evaluations=len(regions),
    )


def _region_evidence(
    case: Case,
    assumptions: Assumptions,
    model: Map,
    members: Values,
    region: int,
    rng: np.random.Generator,
    without: Collection[str],
) -> Sample:
    """Sample the posterior within one region alone."""
    start = members[rng.choice(len(members), IN_REGION, replace=len(members) < IN_REGION)]

    def level(z: Values) -> Values:
        expected = model.expected(z)
        data = log_likelihood(expected, case.terms, wider=assumptions.wider, without=without)
        return np.where(region_of(expected, assumptions.borders) == region, data, -np.inf)

    return sequential_monte_carlo(level, start, rng, most_moves=FEWER_MOVES)


def _shares(evidence: Values, before: Values) -> Values:
    finite = np.isfinite(evidence)
    weights = np.where(finite, before * np.exp(evidence - evidence[finite].max(initial=-np.inf)), 0.0)
    return np.asarray(weights / max(weights.sum(), 1e-300))
