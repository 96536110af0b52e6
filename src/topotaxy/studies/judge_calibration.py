"""How often a judgement is right: synthetic truths, data drawn from them, judged, compared.

``python -m topotaxy.studies.judge_calibration --out FILE`` makes the table that every judgement cites. It
keeps what it has done and goes on where it stopped; what another map, other tables or another sampler gave
is not taken up again.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from time import monotonic

import numpy as np

from topotaxy.evidence import load_ledger
from topotaxy.evidence.cases import case_of_ledger
from topotaxy.evidence.judgement import Assumptions, Case, posterior, weights_before
from topotaxy.evidence.latents import coordinates
from topotaxy.evidence.likelihood import DEGREES, Term, number
from topotaxy.evidence.mechanisms import Expected, Map
from topotaxy.evidence.reaction import Reaction, reaction_of
from topotaxy.evidence.regions import REGIONS, region_of
from topotaxy.evidence.verdict import TOLD
from topotaxy.files import write_atomically
from topotaxy.studies.judge_scores import Outcome, reliability, summary
from topotaxy.studies.kept_lines import line_of, row_of
from topotaxy.tables import read_table

DESIGNS = ("quantitative", "complete")
"""Sets of measurements; ``complete`` has those of ``quantitative`` too (``designs.csv``)."""
RELIABILITY = "reliability.csv"
"""Written beside the table: how often an answer was right, by its stated probability."""
STATED, STATED_PAPER, STATED_CELL = "stated", "fang2022", "na"
"""The statements and numbers that a bundled paper makes of one cell, as it would make them of a truth."""
POOL = 20_000
PERTURBED = {"image_strain": 0.43, "shell_thickness": 0.3, "visible_size": 3.0, "off_frame_cations": 0.7}
"""Constants of another map, each within its range: data from it, judged by the map as it is."""


RESTS_ON = (
    "assumptions.py",
    "inference.py",
    "judgement.py",
    "latents.py",
    "likelihood.py",
    "mechanisms.py",
    "reaction.py",
    "regions.py",
    "statements.py",
    "tables/designs.csv",
    "tables/latents.csv",
    "tables/map.csv",
    "tables/offsets.csv",
    "tables/regions.csv",
    "tables/statements.csv",
)
"""Files of the evidence package that decide an outcome; one of another state of them is made anew."""


@cache
def digest() -> str:
    """Return a digest of what outcomes rest on."""
    found = hashlib.sha256()
    for name in RESTS_ON:
        found.update(files("topotaxy.evidence").joinpath(name).read_bytes().replace(b"\r\n", b"\n"))
    return found.hexdigest()[:12]


def measurements(design: str, reaction: Reaction) -> list[tuple[str, float, str]]:
    """Return expectation, width and technique of every measurement of a design.

    Parameters
    ----------
    design : str
        Name of a set of measurements in ``designs.csv``.
    reaction : Reaction
        Material and alkali.
    """
    wanted = DESIGNS[: DESIGNS.index(design) + 1]
    found = []
    for row in read_table("topotaxy.evidence", "designs"):
        if row["design"] not in wanted:
            continue
        cations = [e for e in reaction.cations if e != "Mg"] if "{cation}" in row["expected"] else [""]
        found += [
            (row["expected"].replace("{cation}", e), float(row["width"]), row["technique"]) for e in cations
        ]
    return found


def drawn_truth(model: Map, rng: np.random.Generator) -> Expected:
    """Return the expectations of one truth, every mechanism being as likely, a mixture as the prior has it.

    Parameters
    ----------
    model : Map
        That the data come from.
    rng : Generator
        Source of the random numbers; advanced.
    """
    pool = rng.normal(size=(POOL, len(coordinates(model.reaction))))
    regions = region_of(model.expected(pool))
    region = rng.choice(len(REGIONS), p=weights_before(regions))
    chosen = rng.choice(np.flatnonzero(regions == region))
    return model.expected(pool[chosen : chosen + 1])


def judged(reaction: Reaction, design: str, *, seed: int, particles: int, perturbed: bool = False) -> Outcome:
    """Draw a truth and its data, judge them, and say how the answer compares.

    Parameters
    ----------
    reaction : Reaction
        Material and alkali.
    design : str
        Name of a set of measurements in ``designs.csv``, or :data:`STATED`.
    seed : int
        Of the random numbers.
    particles : int
        Particles of the sampler.
    perturbed : bool
        Whether the data come from another map.
    """
    rng = np.random.default_rng([seed, (*DESIGNS, STATED).index(design), int(perturbed)])
    truth = drawn_truth(Map(reaction=reaction, constants=PERTURBED if perturbed else {}), rng)
    if design == STATED:
        terms = restated(stated_terms(), truth, rng)
    else:
        terms = []
        for name, width, technique in measurements(design, reaction):
            value = float(truth[name][0] + width * rng.standard_t(DEGREES))
            terms.append(number(name, name, value, width, technique=technique))
    case = Case(name=f"synthetic {seed}", reaction=reaction, terms=tuple(terms))
    found = posterior(case, Assumptions(), particles=particles, seed=seed, rare=False)
    actual = int(region_of(truth)[0])
    best = int(np.argmax(found.shares))
    return Outcome(
        truth=REGIONS[actual],
        said=REGIONS[best],
        probability=float(found.shares[best]),
        of_truth=float(found.shares[actual]),
        quantiles={name: float((found.expected[name] < truth[name][0]).mean()) for name, _ in TOLD},
        shares=dict(zip(REGIONS, map(float, found.shares), strict=True)),
        before=dict(zip(REGIONS, map(float, weights_before(region_of(found.drawn))), strict=True)),
    )


def stated_terms() -> tuple[Term, ...]:
    """Return the statements and numbers of the paper whose like the design ``stated`` is."""
    return case_of_ledger(load_ledger(STATED_PAPER), cell=STATED_CELL).terms


def restated(terms: Sequence[Term], truth: Expected, rng: np.random.Generator) -> list[Term]:
    """Return statements and numbers as they would be made of a truth; restatements of one fact err together.

    Parameters
    ----------
    terms : sequence of Term
        What a paper states.
    truth : dict of str to array (1,)
        Latents and expectations of one reaction.
    rng : Generator
        Source of the random numbers; advanced.
    """
    facts = dict.fromkeys(term.fact for term in terms)
    chance = {fact: (rng.random(), rng.standard_t(DEGREES)) for fact in facts}
    found = []
    for term in terms:
        share, deviate = chance[term.fact]
        if term.value is not None and term.width is not None:
            value = float(truth[term.expected][0] + term.width * deviate)
            own = number(
                term.name,
                term.expected,
                value,
                term.width,
                technique=term.technique,
                fact=term.fact,
                source=term.source,
            )
            found.append(own)
        elif term.probability is not None:
            found.append(replace(term, said=bool(share < term.probability(truth, 1.0)[0])))
    return found


def outcomes_of(
    reaction: Reaction,
    design: str,
    *,
    truths: int,
    particles: int,
    perturbed: bool,
    kept: Path,
    seconds: float = np.inf,
) -> list[Outcome]:
    """Return the outcomes of so many truths, those that are there already among them.

    Parameters
    ----------
    reaction : Reaction
        Material, alkali and electrons of the reaction that is judged.
    design : str
        One of :data:`DESIGNS`.
    truths, particles : int
        How many truths, and particles for each.
    perturbed : bool
        Whether the data come from another map.
    kept : path
        JSON-lines file of single outcomes, to which new ones are added.
    seconds : float
        Time after which no further truth is begun.
    """
    done = _done(kept)
    _end_line(kept)
    found = []
    end = monotonic() + seconds
    for seed in range(truths):
        key = f"{digest()} {reaction.formula} {reaction.ion} {design} {perturbed} {particles} {seed}"
        if key not in done:
            if monotonic() > end:
                break
            done[key] = judged(reaction, design, seed=seed, particles=particles, perturbed=perturbed)
            with kept.open("a", encoding="utf-8") as file:
                file.write(line_of({"key": key} | done[key].__dict__))
            if seed % 20 == 0:
                print(f"{design}{' perturbed' if perturbed else ''}: {seed}", file=sys.stderr)
        found.append(done[key])
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the study; results go to two CSV files, single outcomes to a JSON-lines file beside them.

    Parameters
    ----------
    arguments : Sequence[str] | None
        Words of the command line; None for those of the process.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--truths", type=int, default=200)
    parser.add_argument("--particles", type=int, default=600)
    parser.add_argument("--seconds", type=float, default=np.inf, help="begin no further truth after so long")
    parser.add_argument("--formula", default="Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.89S0.11")
    parser.add_argument("--ion", default="Na")
    given = parser.parse_args(arguments)
    reaction = reaction_of(given.formula, given.ion)
    end = monotonic() + given.seconds
    rows: list[dict[str, str | float]] = []
    told: list[dict[str, str | float]] = []
    sets = [*((d, False) for d in DESIGNS), ("complete", True)]
    if reaction == case_of_ledger(load_ledger(STATED_PAPER), cell=STATED_CELL).reaction:
        sets.append((STATED, False))
    for design, perturbed in sets:
        outcomes = outcomes_of(
            reaction,
            design,
            truths=given.truths,
            particles=given.particles,
            perturbed=perturbed,
            kept=given.out.with_suffix(".jsonl"),
            seconds=end - monotonic(),
        )
        if outcomes:
            named = {"design": design, "map": "perturbed" if perturbed else "as it is"}
            rows.append(named | summary(outcomes))
            for stated, right, count in reliability(outcomes):
                told.append(named | {"stated": stated, "right": right, "truths": count})
    if not rows:
        print("no truth was judged in that time", file=sys.stderr)
        return 1
    write_atomically(given.out, _csv(rows))
    write_atomically(given.out.with_name(RELIABILITY), _csv(told))
    return 0


def _csv(rows: Sequence[Mapping[str, str | float]]) -> str:
    lines = [",".join(rows[0])]
    lines += [",".join(v if isinstance(v, str) else f"{v:.4g}" for v in row.values()) for row in rows]
    return "\n".join(lines) + "\n"


def _end_line(path: Path) -> None:
    """End the line at which a killed run stopped, so that the next one is no part of it."""
    if path.is_file() and path.stat().st_size and not path.read_bytes().endswith(b"\n"):
        with path.open("a", encoding="utf-8") as file:
            file.write("\n")


def _done(path: Path) -> dict[str, Outcome]:
    if not path.is_file():
        return {}
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            entry = row_of(line)
            key = entry.pop("key")
            found[key] = Outcome(**entry)
        except (ValueError, KeyError, TypeError):
            # The last line of a run that was killed, or one that is not as it was written: made anew.
            continue
    return found


if __name__ == "__main__":
    sys.exit(main())
