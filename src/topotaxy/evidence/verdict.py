"""The verdict in the order in which it is told, and as a document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.evidence.consequences import (
    Candidate,
    Check,
    Influence,
    candidates,
    checks,
    influences,
    resampled,
)
from topotaxy.evidence.inference import KEPT_CAREFULLY
from topotaxy.evidence.judgement import (
    FEWER_MOVES,
    Assumptions,
    Case,
    Posterior,
    posterior,
    variants,
    varied,
)
from topotaxy.evidence.latents import coordinates
from topotaxy.evidence.regions import MEANING, REGIONS, borders
from topotaxy.evidence.reliability import reliability

Progress = Callable[[int, int, str], None]
"""Told assumptions done, all of them, and what is under way."""

CERTAIN = 0.9
"""Probability from which a mechanism may be named."""
BETWEEN = 0.1
"""Probability from which a mechanism is one of those between which nothing is decided."""
PARTICLES, PARTICLES_OF_VARIANTS = 1000, 600
PARTICLES_AGAIN = 300
"""Of the second run that says how far the evidence is off, and of those without one technique."""
TOO_FEW = 10.0
"""Effective particles below which the answer without one technique is sampled and not weighed."""
IMPROBABLE = 0.2
"""Probability below which no mechanism pleases a statement."""

TOLD = (
    ("rock_salt", "rock salt left, discharged"),
    ("frame_share", "reacted cations still on the frame"),
    ("coherent", "coherent share of the metal"),
    ("metal_share", "cations reduced to metal"),
    ("core", "unreacted core"),
    ("reoxidised", "metal oxidised again on charge"),
    ("rock_salt_charged", "rock salt back, charged"),
    ("salt_on_frame", "salt left on the frame by metal that parted"),
    ("size", "size of metal domains, nm"),
    ("irreversible_charge", "film that does not come back, mAh/g"),
    ("reversible_charge", "film and carbon that come back, mAh/g"),
)
"""Latents and what follows from them, in the order in which they are told, with their words."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """One latent: median and 90 % interval after and before the data, and what drives it."""

    name: str
    words: str
    median: float
    low: float
    high: float
    prior_low: float
    prior_high: float
    driven_by: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Mechanism:
    """One mechanism: probability at equal priors, log evidence against the reference, and its range.

    ``pooled`` is the probability averaged over all assumptions of the answer, each as likely: what the form
    of the map leaves open is in it.
    """

    name: str
    probability: float
    pooled: float
    log_ratio: float
    low: float
    high: float
    sign_changes: bool


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Everything that a judgement says."""

    case: Case
    decided: str
    between: tuple[str, ...]
    reference: str
    told: tuple[Told, ...]
    mechanisms: tuple[Mechanism, ...]
    checks: tuple[Check, ...]
    influences: tuple[Influence, ...]
    next_measurements: tuple[Candidate, ...]
    base: Posterior
    variants: tuple[Posterior, ...]
    evidence_error: float

    @property
    def sentence(self) -> str:
        """The answer in one sentence."""
        if self.decided != "undecided":
            named = next(m for m in self.mechanisms if m.name == self.decided)
            return (
                f"{self.decided}: {MEANING[self.decided]} (p = {named.probability:.2f} at equal priors, "
                f"{named.pooled:.2f} over all assumptions)"
            )
        shares = {m.name: m.probability for m in self.mechanisms}
        likely = [(shares[name], name) for name in self.between]
        if shares["mixture"] >= BETWEEN:
            likely.append((shares["mixture"], "a mixture of mechanisms"))
        likely.sort(key=lambda one: -one[0])
        listed = [f"{name} ({'' if n else 'p = '}{share:.2f})" for n, (share, name) in enumerate(likely)]
        if len(listed) == 1:
            return f"undecided: {listed[0]} is in front, but not certain under every assumption"
        return f"undecided between {', '.join(listed[:-1])} and {listed[-1]}"


def judge(
    case: Case,
    *,
    seed: int = 1,
    particles: int = PARTICLES,
    thorough: bool = False,
    progress: Progress | None = None,
) -> Verdict:
    """Judge a case.

    A mechanism is named where its probability is at least :data:`CERTAIN` under every assumption.

    Parameters
    ----------
    case : Case
        Reaction and terms.
    seed : int
        Of the random numbers.
    particles : int
        Of the main posterior.
    thorough : bool
        Samples the variants as finely as the main posterior.
    progress : callable, optional
        Called with (assumptions done, all of them, what is under way).
    """
    told = progress or (lambda done, total, text: None)
    told(0, len(variants()) + 2, "judging")
    base = posterior(case, Assumptions(), particles=particles, seed=seed, kept=KEPT_CAREFULLY)
    told(1, len(variants()) + 2, "judging again")
    again = posterior(
        case,
        Assumptions(),
        particles=max(particles // 4, PARTICLES_AGAIN),
        seed=seed + 1,
        rare=False,
        known=base.drawn,
    )
    others = _others(case, base, seed + 2, particles, thorough, told)
    named = [r for r in range(len(REGIONS)) if REGIONS[r] != "mixture"]
    reference = REGIONS.index("inlaid domains")
    mechanisms = [_mechanism(r, reference, base, others) for r in range(len(REGIONS))]
    best = max(named, key=lambda r: base.shares[r])
    decided = min(p.shares[best] for p in (base, *others)) >= CERTAIN
    between = tuple(
        REGIONS[r] for r in sorted(named, key=lambda r: -base.shares[r]) if base.shares[r] >= BETWEEN
    ) or (REGIONS[best],)
    driving = _without(case, base, seed=seed + 2 + len(others))
    return Verdict(
        case=case,
        decided=REGIONS[best] if decided else "undecided",
        between=between,
        reference=REGIONS[reference],
        told=_told(case, base, driving),
        mechanisms=tuple(sorted(mechanisms, key=lambda m: -m.probability)),
        checks=tuple(checks(case, base)),
        influences=tuple(driving),
        next_measurements=tuple(candidates(base)),
        base=base,
        variants=others,
        evidence_error=abs(base.total - again.total) / np.sqrt(2.0),
    )


def _others(
    case: Case, base: Posterior, seed: int, particles: int, thorough: bool, told: Progress
) -> tuple[Posterior, ...]:
    """The answer under every other assumption, weighed anew where that is enough and nothing else asked."""
    found = []
    for number, assumptions in enumerate(variants()):
        told(2 + number, len(variants()) + 2, f"judging under: {assumptions.name}")
        if thorough:
            found.append(posterior(case, assumptions, particles=particles, seed=seed + number))
            continue
        fewer = min(PARTICLES_OF_VARIANTS, particles)
        found.append(varied(case, base, assumptions, particles=fewer, seed=seed + number))
    return tuple(found)


def _without(case: Case, base: Posterior, *, seed: int) -> list[Influence]:
    """What leaving out each technique does: weighed, or sampled where next to no particle is left."""
    names = [name for name, _ in TOLD]
    found = influences(case, base, names)
    for place, one in enumerate(found):
        if one.effective < TOO_FEW:
            own = posterior(
                case,
                base.assumptions,
                particles=PARTICLES_AGAIN,
                seed=seed + place,
                rare=False,
                without=(one.technique,),
                most_moves=FEWER_MOVES,
                known=base.drawn,
            )
            found[place] = resampled(one.technique, own, names)
    return found


def _mechanism(region: int, reference: int, base: Posterior, others: tuple[Posterior, ...]) -> Mechanism:
    ratios = [p.log_ratio(region, reference) for p in (base, *others)]
    # Without a particle in the region, or in the reference, only a bound is known: one particle's worth.
    limits = [float(np.log(1.0 / len(p.regions))) for p in (base, *others)]
    held = [
        (limit if r == -np.inf else -limit if r == np.inf else r)
        for r, limit in zip(ratios, limits, strict=True)
        if not np.isnan(r)
    ] or [0.0]
    return Mechanism(
        name=REGIONS[region],
        probability=float(base.shares[region]),
        pooled=float(np.mean([p.shares[region] for p in (base, *others)])),
        log_ratio=held[0],
        low=min(held),
        high=max(held),
        sign_changes=min(held) < 0.0 < max(held),
    )


def _told(case: Case, base: Posterior, driving: list[Influence]) -> tuple[Told, ...]:
    rng = np.random.default_rng(0)
    model = base.assumptions.map_of(case.reaction)
    before = model.expected(rng.normal(size=(20_000, len(coordinates(case.reaction)))))
    found = []
    for name, words in TOLD:
        after = base.expected[name]
        low, median, high = (float(v) for v in np.quantile(after, (0.05, 0.5, 0.95)))
        prior_low, prior_high = (float(v) for v in np.quantile(before[name], (0.05, 0.95)))
        span = max(prior_high - prior_low, 1e-12)
        moved = sorted(driving, key=lambda one: -abs(one.medians[name] - median))
        drivers = tuple(one.technique for one in moved if abs(one.medians[name] - median) > 0.05 * span)
        found.append(
            Told(
                name=name,
                words=words,
                median=median,
                low=low,
                high=high,
                prior_low=prior_low,
                prior_high=prior_high,
                driven_by=drivers[:3],
            )
        )
    return tuple(found)


def document(verdict: Verdict) -> dict[str, Any]:
    """Return the JSON shape of ``topotaxy judge --json``.

    Parameters
    ----------
    verdict : Verdict
        What was judged.
    """
    case = verdict.case
    return {
        "schema": "topotaxy/judgement/1",
        "case": case.name,
        "formula": case.reaction.formula,
        "ion": case.reaction.ion,
        "verdict": verdict.decided,
        "between": list(verdict.between) if verdict.decided == "undecided" else [],
        "sentence": verdict.sentence,
        "latents": [{**asdict(t), "driven_by": list(t.driven_by)} for t in verdict.told],
        "reference": verdict.reference,
        "mechanisms": [_mechanism_document(m) for m in verdict.mechanisms],
        "checks": [_check_document(c) for c in verdict.checks],
        "influence": [
            {
                "technique": i.technique,
                "p": _by_name(i.shares),
                "effective_particles": i.effective,
                "sampled": i.sampled,
            }
            for i in verdict.influences
        ],
        "next_measurements": [asdict(c) for c in verdict.next_measurements],
        "sensitivity": [
            {"assumptions": p.assumptions.name, "words": p.assumptions.words, "p": _by_name(p.shares)}
            for p in verdict.variants
        ],
        "set_aside": [{"what": what, "why": why} for what, why in case.aside],
        "calibration": asdict(reliability(case)),
        "lnZ": verdict.base.total,
        "lnZ_error": verdict.evidence_error,
        "borders": borders(),
        "assumptions": [p.assumptions.name for p in (verdict.base, *verdict.variants)],
    }


def _by_name(shares: NDArray[np.float64]) -> dict[str, float]:
    return {name: float(share) for name, share in zip(REGIONS, shares, strict=True)}


def _mechanism_document(m: Mechanism) -> dict[str, Any]:
    return {
        "name": m.name,
        "p": m.probability,
        "p_pooled": m.pooled,
        "lnB": m.log_ratio,
        "lnB_low": m.low,
        "lnB_high": m.high,
        "sign_changes": m.sign_changes,
    }


def _check_document(c: Check) -> dict[str, Any]:
    return {
        "observable": c.term.name,
        "source": c.term.source,
        "p": c.probability,
        "p_best_mechanism": c.best,
        "pleased": c.best >= IMPROBABLE,
    }
