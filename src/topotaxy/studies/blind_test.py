"""The judgement on electrodes whose mechanism it is not told: from instruments' files to a verdict.

``python -m topotaxy.studies.blind_test --out FOLDER`` goes all the way for every mechanism: build or
simulate, look at it with virtual instruments into real files with noise, analyse those, judge. It writes
answers, a confusion matrix and the coverage of the intervals, once with the map as it is and once with a
perturbed one; what is there already is taken up.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from topotaxy.evidence.cases import case_of_observables
from topotaxy.evidence.judgement import Assumptions, posterior
from topotaxy.evidence.regions import REGIONS, region_of
from topotaxy.evidence.verdict import CERTAIN
from topotaxy.files import write_atomically
from topotaxy.specimen.electrode_states import MECHANISMS
from topotaxy.studies.electrodes import truth
from topotaxy.studies.judge_calibration import PERTURBED
from topotaxy.studies.known_electrodes import MATERIALS, RUNS, Known, known_electrodes
from topotaxy.studies.text import markdown_table

Values = NDArray[np.float64]

COUNTED = ("rock_salt", "frame_share", "coherent", "metal_share", "core", "reoxidised", "rock_salt_charged")
"""Latents that are counted in the specimens, and so known."""
AT_BORDER = 0.03
"""Distance from 0 or 1 within which a true share counts as that end."""
PARTICLES = 1000


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What was said of one electrode."""

    electrode: str
    material: str
    map: str
    truth: str
    said: str
    probability: float
    of_truth: float
    inside: dict[str, bool]
    actual: dict[str, float]
    low: dict[str, float]
    high: dict[str, float]


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
    assumptions = Assumptions(constants=PERTURBED if perturbed else {})
    found = posterior(case, assumptions, particles=particles, seed=seed, rare=False)
    actual = truth(electrode)
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
        probability=float(found.shares[best]),
        of_truth=float(found.shares[region]),
        inside=inside,
        actual=values,
        low=low,
        high=high,
    )


def interval(posterior_values: Values, value: float) -> tuple[float, float]:
    """Return the 90 % interval that a true share is held against.

    Both tails have 5 %; where the truth is an end of the range of shares, which lies in no such interval, the
    interval begins at that end and its one tail has 10 %.
    """
    if value < AT_BORDER:
        return 0.0, float(np.quantile(posterior_values, 0.9))
    if value > 1.0 - AT_BORDER:
        return float(np.quantile(posterior_values, 0.1)), 1.0
    low, high = np.quantile(posterior_values, (0.05, 0.95))
    return float(low), float(high)


def confusion(answers: Sequence[Answer]) -> dict[str, dict[str, int]]:
    """Return how often each mechanism was named, by the true one."""
    found: dict[str, dict[str, int]] = {}
    for one in answers:
        row = found.setdefault(one.truth, {})
        row[one.said] = row.get(one.said, 0) + 1
    return found


def coverage(answers: Sequence[Answer]) -> float:
    """Return the share of counted latents inside their 90 % interval."""
    return float(np.mean([held for one in answers for held in one.inside.values()]))


def told(answers: Sequence[Answer]) -> str:
    """Return answers, confusion and coverage as Markdown."""
    parts = []
    for kind in dict.fromkeys(one.map for one in answers):
        own = [one for one in answers if one.map == kind]
        right = sum(one.truth == one.said for one in own)
        sure = [one for one in own if one.probability >= CERTAIN]
        parts.append(
            f"Map {kind}: {right} of {len(own)} right, {sum(o.truth == o.said for o in sure)} of {len(sure)} "
            f"where p is at least {CERTAIN:g}; {100 * coverage(own):.0f} % of the counted latents inside "
            f"their 90 % interval; lowest p of a truth {min(o.of_truth for o in own):.3f}."
        )
        said = list(dict.fromkeys(one.said for one in own))
        rows = [[name, *(str(row.get(other, "")) for other in said)] for name, row in confusion(own).items()]
        parts.append(markdown_table(["truth \\ said", *said], rows))
        listed = [
            [
                one.electrode,
                one.material,
                one.truth,
                one.said,
                f"{one.probability:.2f}",
                f"{one.of_truth:.2f}",
                ", ".join(name for name, held in one.inside.items() if not held) or "none",
            ]
            for one in own
        ]
        head = ["electrode", "material", "truth", "said", "p", "p of the truth", "outside"]
        parts.append(markdown_table(head, listed))
    return "\n\n".join(parts) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the test; ``answers.json`` and ``blind_test.md`` in the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--no-runs", action="store_true", help="leave out electrodes made by the lattice")
    given = parser.parse_args(arguments)
    known = list(
        known_electrodes(
            given.out / "electrodes",
            materials=MATERIALS,
            names=tuple(MECHANISMS),
            runs=() if given.no_runs else RUNS,
            progress=lambda text: print(text, file=sys.stderr),
        )
    )
    answers = [answer(one, perturbed=perturbed) for perturbed in (False, True) for one in known]
    write_atomically(given.out / "answers.json", json.dumps([asdict(a) for a in answers], indent=1))
    write_atomically(given.out / "blind_test.md", told(answers))
    print(told(answers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
