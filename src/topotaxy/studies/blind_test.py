"""The judgement on electrodes whose mechanism it is not told: from instruments' files to a verdict.

``python -m topotaxy.studies.blind_test --out FOLDER`` goes all the way for every mechanism: build or
simulate, look at it with virtual instruments into real files with noise, analyse those, judge. It writes
answers, a confusion matrix and the coverage of the intervals, once with the map as it is and once with a
perturbed one; what is there already is taken up. No electrode is one of the library on which floors of the
map were learned; ``--library`` asks of those instead, ``--second`` of another set, chosen after all changes.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from topotaxy.evidence.cases import case_of_observables
from topotaxy.evidence.judgement import Assumptions, posterior
from topotaxy.evidence.regions import REGIONS, region_of
from topotaxy.evidence.verdict import judge
from topotaxy.files import write_atomically
from topotaxy.studies.electrodes import truth
from topotaxy.studies.judge_calibration import PERTURBED
from topotaxy.studies.judge_rules import Ruled, by_rules, rules_table
from topotaxy.studies.known_electrodes import (
    HELD_OUT,
    LIBRARY,
    RUNS,
    SECOND_HELD_OUT,
    SECOND_RUNS,
    Known,
    made_by_hand,
    made_by_lattice,
)
from topotaxy.studies.text import markdown_table

Values = NDArray[np.float64]

COUNTED = ("rock_salt", "frame_share", "coherent", "metal_share", "core", "reoxidised", "rock_salt_charged")
"""Latents that are counted in the specimens, and so known."""
AT_BORDER = 0.03
"""Distance from 0 or 1 within which a true share counts as that end."""
PARTICLES = 1000
SURE = 0.95
"""Stated probability from which no answer may be wrong."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was said of one electrode.

    Attributes
    ----------
    truth:
        Region of the counted latents.
    said:
        The mechanism with the highest probability, or that it is a mixture.
    decided:
        What the verdict names, or ``undecided``; empty with a perturbed map, where no verdict is made.
    probability, pooled, of_truth:
        Of ``said``, as listed and averaged over all assumptions of the verdict; of the truth, as listed.
    inside, actual, low, high:
        Of the counted latents: whether they lie in their 90 % interval, their values, and its ends.
    rules:
        What other rules would say; empty with a perturbed map.
    """

    electrode: str
    material: str
    map: str
    truth: str
    said: str
    decided: str
    probability: float
    pooled: float
    of_truth: float
    inside: dict[str, bool]
    actual: dict[str, float]
    low: dict[str, float]
    high: dict[str, float]
    rules: dict[str, Ruled] = field(default_factory=dict)


def answer(known: Known, *, perturbed: bool = False, seed: int = 1, particles: int = PARTICLES) -> Answer:
    """Judge one electrode by what the instruments say of it.

    Parameters
    ----------
    known : Known
        Electrode and observables; only the latter are judged.
    perturbed : bool
        Whether the judge's map has other constants than those listed.
    seed, particles : int
        Of the sampler.
    """
    electrode = known.electrode
    case = case_of_observables(
        known.observables, formula=electrode.formula, ion=electrode.ion, name=electrode.name
    )
    actual = truth(electrode)
    ruled: dict[str, Ruled] = {}
    if perturbed:
        assumptions = Assumptions(constants=PERTURBED)
        found = posterior(case, assumptions, particles=particles, seed=seed, rare=False)
        decided, everywhere = "", [found]
    else:
        verdict = judge(case, particles=particles, seed=seed)
        found, decided, everywhere = verdict.base, verdict.decided, [verdict.base, *verdict.variants]
        ruled = by_rules(verdict, actual)
    region = int(region_of(actual)[0])
    best = int(np.argmax(found.shares))
    values, low, high, inside = {}, {}, {}, {}
    for name in COUNTED:
        if name == "coherent" and actual["metal_share"][0] < AT_BORDER:
            # Where no metal formed there is nothing to be coherent.
            continue
        value = float(actual[name][0])
        below, above = interval(found.expected[name], value)
        values[name], low[name], high[name] = value, below, above
        inside[name] = below <= value <= above
    return Answer(
        electrode=electrode.name,
        material=f"{electrode.formula} | {electrode.ion}",
        map="perturbed" if perturbed else "as listed",
        truth=REGIONS[region],
        said=REGIONS[best],
        decided=decided,
        probability=float(found.shares[best]),
        pooled=float(np.mean([one.shares[best] for one in everywhere])),
        of_truth=float(found.shares[region]),
        inside=inside,
        actual=values,
        low=low,
        high=high,
        rules=ruled,
    )


def interval(posterior_values: Values, value: float) -> tuple[float, float]:
    """Return the 90 % interval that a true share is held against.

    Both tails have 5 %; where the truth is an end of the range of shares, which lies in no such interval, the
    interval begins at that end and its one tail has 10 %.

    Parameters
    ----------
    posterior_values : Values
        Values of one latent over the particles.
    value : float
        The counted value.
    """
    if value < AT_BORDER:
        return 0.0, float(np.quantile(posterior_values, 0.9))
    if value > 1.0 - AT_BORDER:
        return float(np.quantile(posterior_values, 0.1)), 1.0
    low, high = np.quantile(posterior_values, (0.05, 0.95))
    return float(low), float(high)


def confusion(answers: Sequence[Answer]) -> dict[str, dict[str, int]]:
    """Return how often each region had the highest probability, by the true one.

    Parameters
    ----------
    answers : sequence of Answer
        All of one map.
    """
    found: dict[str, dict[str, int]] = {}
    for one in answers:
        row = found.setdefault(one.truth, {})
        row[one.said] = row.get(one.said, 0) + 1
    return found


def wrong(answers: Sequence[Answer]) -> list[Answer]:
    """Return the answers that stand and are wrong: a verdict, or a probability of :data:`SURE` and more.

    Parameters
    ----------
    answers : sequence of Answer
        Of any maps.
    """
    return [
        one
        for one in answers
        if one.decided not in ("", "undecided", one.truth)
        or (one.said != one.truth and max(one.probability, one.pooled) >= SURE)
    ]


def coverage(answers: Sequence[Answer]) -> float:
    """Return the share of counted latents inside their 90 % interval.

    Parameters
    ----------
    answers : Sequence[Answer]
        One entry an electrode.
    """
    return float(np.mean([held for one in answers for held in one.inside.values()]))


def told(answers: Sequence[Answer]) -> str:
    """Return answers, confusion and coverage as Markdown.

    Parameters
    ----------
    answers : Sequence[Answer]
        One entry an electrode.
    """
    parts = []
    for kind in dict.fromkeys(one.map for one in answers):
        own = [one for one in answers if one.map == kind]
        parts.append(_summed_up(kind, own))
        said = list(dict.fromkeys(one.said for one in own))
        rows = [[name, *(str(row.get(other, "")) for other in said)] for name, row in confusion(own).items()]
        parts.append(markdown_table(["truth \\ most probable", *said], rows))
        head = ["electrode", "material", "truth", "most probable", "p", "pooled", "p of the truth", "verdict"]
        parts.append(markdown_table([*head, "outside"], [_row(one) for one in own]))
        rules = rules_table([one.rules for one in own])
        if len(rules) > 1:
            parts.append(markdown_table(rules[0], rules[1:]))
    return "\n\n".join(parts) + "\n"


def _summed_up(kind: str, own: Sequence[Answer]) -> str:
    right = sum(one.truth == one.said for one in own)
    decided = [one for one in own if one.decided not in ("", "undecided")]
    return (
        f"Map {kind}: the truth is the most probable in {right} of {len(own)}; {len(decided)} verdicts, "
        f"{sum(o.truth == o.decided for o in decided)} right; "
        f"{len(wrong(own))} wrong at {SURE:g} or in a verdict; "
        f"{100 * coverage(own):.0f} % of the counted latents inside their 90 % interval; "
        f"lowest p of a truth {min(o.of_truth for o in own):.3f}."
    )


def _row(one: Answer) -> list[str]:
    outside = ", ".join(name for name, held in one.inside.items() if not held) or "none"
    shares = [f"{share:.2f}" for share in (one.probability, one.pooled, one.of_truth)]
    return [one.electrode, one.material, one.truth, one.said, *shares, one.decided or "-", outside]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the test; ``answers.json`` and ``blind_test.md`` in the folder.

    Parameters
    ----------
    arguments : Sequence[str] | None
        Words of the command line; None for those of the process.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--no-runs", action="store_true", help="leave out electrodes made by the lattice")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--library", action="store_true", help="ask of the library instead")
    which.add_argument("--second", action="store_true", help="ask of the second set of electrodes instead")
    given = parser.parse_args(arguments)
    place = given.out / "electrodes"
    materials, runs = (SECOND_HELD_OUT, SECOND_RUNS) if given.second else (HELD_OUT, RUNS)
    if given.library:
        materials = LIBRARY
    known = list(made_by_hand(place, materials=materials, progress=_told))
    if not (given.no_runs or given.library):
        known += made_by_lattice(place, runs=runs, progress=_told)
    answers = [answer(one, perturbed=perturbed) for perturbed in (False, True) for one in known]
    write_atomically(given.out / "answers.json", json.dumps([asdict(a) for a in answers], indent=1))
    write_atomically(given.out / "blind_test.md", told(answers))
    print(told(answers))
    return 0


def _told(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
