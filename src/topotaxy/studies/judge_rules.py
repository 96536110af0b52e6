"""What single rules of the judgement do: the same electrodes, judged with and without them.

Three rules are choices: a mixture keeps the share that the prior gives it, where it could have that of a
mechanism; whether a frame persists is asked of the cations that are not metal, where it could be asked of
all; a verdict has to stand under every assumption, where it could rest on those that are listed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.evidence.judgement import Posterior, weights_before
from topotaxy.evidence.mechanisms import Expected
from topotaxy.evidence.regions import REGIONS, region_of
from topotaxy.evidence.verdict import CERTAIN, Verdict

Values = NDArray[np.float64]
Regions = NDArray[np.int64]

OF_ALL_KEPT, OF_ALL_LOST = 0.3, 0.2
"""Borders of the share of all reacted cations on the frame, where it is asked of them."""
MIXTURE = REGIONS.index("mixture")
LEAST = 1e-3
"""Probability of a truth below which its logarithm is not let fall: one particle of a thousand."""


@dataclass(frozen=True, kw_only=True)
class Ruled:
    """One electrode judged by one set of rules.

    Attributes
    ----------
    truth, said:
        Region of the counted latents, and the most probable one, by these rules.
    probability, of_truth:
        Of ``said`` and of the truth, under the assumptions as listed.
    listed:
        The mechanism named where p as listed decides and it leads under every assumption; else empty.
    everywhere:
        That named where p decides under every assumption; else empty.
    """

    truth: str
    said: str
    probability: float
    of_truth: float
    listed: str = ""
    everywhere: str = ""


def asked_of_all(expected: Expected) -> Regions:
    """Return the regions where a frame is asked of all reacted cations: kept from 0.3, lost below 0.2.

    Parameters
    ----------
    expected : dict of str to array (n,)
        From the map.
    """
    share = expected["frame_share"]
    frame = np.where(share >= OF_ALL_KEPT, 1.0, np.where(share < OF_ALL_LOST, 0.0, 0.4))
    return region_of({**expected, "frame": frame})


RULES: Mapping[str, tuple[Callable[[Expected], Regions], bool]] = {
    "as it is": (region_of, False),
    "a mixture as likely as a mechanism": (region_of, True),
    "a frame asked of all cations": (asked_of_all, False),
    "both": (asked_of_all, True),
}
"""Sets of rules: how regions are told, and whether a mixture has the share of a mechanism before data."""


def before_of(pooled: Regions, *, alike: bool) -> Values:
    """Return the weight of each region before data.

    Parameters
    ----------
    pooled : array of int (n,)
        Regions of draws of the prior.
    alike : bool
        Whether a mixture has the weight of a mechanism.
    """
    before = weights_before(pooled)
    if not alike:
        return before
    there = before > 0.0
    return np.where(there, 1.0 / max(int(there.sum()), 1), 0.0)


def shares_by(found: Posterior, tell: Callable[[Expected], Regions], *, alike: bool) -> Values:
    """Return the probabilities of the regions under other rules, by weighing the particles anew.

    Parameters
    ----------
    found : Posterior
        Of equal particles, under the assumptions as listed.
    tell : callable
        Regions of expected values.
    alike : bool
        Whether a mixture has the weight of a mechanism before data.
    """

    def levels(pooled: Regions, before: Values) -> Values:
        mass = np.bincount(pooled, minlength=len(REGIONS)) / len(pooled)
        return np.divide(before, mass, out=np.zeros(len(REGIONS)), where=mass > 0.0)

    pooled, others = region_of(found.drawn), tell(found.drawn)
    now = levels(pooled, before_of(pooled, alike=False))[region_of(found.expected)]
    regions = tell(found.expected)
    weights = levels(others, before_of(others, alike=alike))[regions] / now
    shares = np.bincount(regions, weights=weights, minlength=len(REGIONS))
    return np.asarray(shares / shares.sum())


def mixture_alike(shares: Values, before: Values) -> Values:
    """Return probabilities as they are where a mixture has the share of a mechanism before data.

    Parameters
    ----------
    shares, before : array (regions,)
        Probabilities after and before data, with the mixture's own share.
    """
    named = np.delete(before, MIXTURE)
    factor = np.ones(len(before))
    if before[MIXTURE] > 0.0 and named.max() > 0.0:
        factor[MIXTURE] = named.max() / before[MIXTURE]
    changed = shares * factor
    return np.asarray(changed / changed.sum())


def by_rules(verdict: Verdict, actual: Expected) -> dict[str, Ruled]:
    """Return what each set of rules says of one electrode.

    Parameters
    ----------
    verdict : Verdict
        Of its observables.
    actual : dict of str to array (1,)
        Its counted latents and what the map expects of them.
    """
    found = {}
    everywhere = [(p.shares, _before(p)) for p in (verdict.base, *verdict.variants)]
    for name, (tell, alike) in RULES.items():
        if tell is region_of:
            shares = [mixture_alike(s, b) if alike else s for s, b in everywhere]
        else:
            shares = [shares_by(verdict.base, tell, alike=alike)]
        truth = int(tell(actual)[0])
        first = shares[0]
        best = int(np.argmax(first))
        named = int(np.argmax(np.where(np.arange(len(REGIONS)) == MIXTURE, -1.0, first)))
        listed = len(shares) > 1 and first[named] >= CERTAIN and all(_leads(s, named) for s in shares)
        always = len(shares) > 1 and min(float(s[named]) for s in shares) >= CERTAIN
        found[name] = Ruled(
            truth=REGIONS[truth],
            said=REGIONS[best],
            probability=float(first[best]),
            of_truth=float(first[truth]),
            listed=REGIONS[named] if listed else "",
            everywhere=REGIONS[named] if always else "",
        )
    return found


def _before(one: Posterior) -> Values:
    return weights_before(region_of(one.drawn, one.assumptions.borders))


def _leads(shares: Values, named: int) -> bool:
    """Whether no other mechanism is more probable; a mixture is none."""
    others = np.delete(shares, [named, MIXTURE])
    return bool(shares[named] >= others.max())


def rules_table(answers: Sequence[Mapping[str, Ruled]]) -> list[list[str]]:
    """Return rows of what sets of rules do, the first of them the head.

    Parameters
    ----------
    answers : sequence of mapping
        What each set of rules said, one entry an electrode.
    """
    head = ["rules", "truth most probable", "mean p of the truth", "mean ln p", "p ≥ 0.9, of these right"]
    rows = [[*head, "verdicts as listed, right", "under every assumption, right"]]
    for name in RULES:
        own = [one[name] for one in answers if name in one]
        if not own:
            continue
        sure = [o for o in own if o.probability >= CERTAIN]
        rows.append(
            [
                name,
                f"{sum(o.said == o.truth for o in own)} of {len(own)}",
                f"{np.mean([o.of_truth for o in own]):.2f}",
                f"{np.mean([math.log(max(o.of_truth, LEAST)) for o in own]):.2f}",
                f"{len(sure)}, {sum(o.said == o.truth for o in sure)}",
                *(
                    _counted((getattr(o, kind), o.truth) for o in own) if RULES[name][0] is region_of else ""
                    for kind in ("listed", "everywhere")
                ),
            ]
        )
    return rows


def _counted(pairs: Iterable[tuple[str, str]]) -> str:
    made = [(named, truth) for named, truth in pairs if named]
    return f"{len(made)}, {sum(named == truth for named, truth in made)}"
