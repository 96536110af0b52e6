"""What a paper's numbers say of the cell: the posterior of all parameters and the draw of the lattice
together.

The prior is flat within ``cell/priors.toml`` and even over the draws; the numbers used and their scatter
stand in
the paper's file. Sampled by the project's own sequential Monte Carlo (:mod:`topotaxy.evidence.inference`).
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.cell.posterior import Posterior
from topotaxy.cell.priors import DRAW, names_of
from topotaxy.errors import InputError
from topotaxy.evidence.inference import Sample, sequential_monte_carlo
from topotaxy.studies.cell_problem import CellProblem, Evaluator, Progress, Values, log_likelihood

PARTICLES = 200
"""Of a cell of one's own: few, so that it takes minutes."""
MOVES = 40
"""Of each particle in a stage at most. In a linear problem of as many dimensions, whose answer is known, the
spread of 200 particles is 0.96 of the right one; with 10 moves it was 0.81, and 90 % intervals held 0.84."""


def infer(
    problem: CellProblem,
    *,
    particles: int = PARTICLES,
    moves: int = MOVES,
    seed: int = 1,
    workers: int = 1,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> Posterior:
    """Sample the posterior and predict every number of the paper from it.

    Parameters
    ----------
    problem : CellProblem
        Paper, draws, priors, numbers.
    particles : int
        Equally likely points.
    moves : int
        Of each particle in a stage, at most.
    seed : int
        Of the sampler; the same seed goes the same way.
    workers : int
        Number of threads.
    folder : Path, optional
        Where the journal is kept: the same call goes on from it.
    progress : callable, optional
        Called with a line of text now and then: what is done.

    Raises
    ------
    InputError
        Where the folder's journal is of something else, or no point of the prior comes near the numbers.
    """
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    used = problem.used
    claims = [d.claim for d in used]
    predict = Evaluator(
        problem,
        claims,
        workers=workers,
        journal=None if folder is None else folder / f"journal-{seed}-{particles}.bin",
        progress=progress,
    )
    rng = np.random.default_rng(seed)
    start = rng.normal(size=(particles, problem.dimensions))
    sample = sequential_monte_carlo(
        lambda z: log_likelihood(used, predict(z)),
        start,
        rng,
        most_moves=moves,
        bounded=lambda z, least: log_likelihood(used, predict.as_far_as_needed(z, used, least)),
    )
    if not np.isfinite(sample.log_evidence):
        raise InputError("no point of the prior can be computed", where=problem.paper)
    return _predicted(problem, sample, start, seed=seed, workers=workers, folder=folder)


def _predicted(
    problem: CellProblem, sample: Sample, start: Values, *, seed: int, workers: int, folder: Path | None
) -> Posterior:
    """The posterior with every number predicted from it, and from the points of the prior that it began
    with."""
    everything = [d.claim for d in problem.data]
    journal = None if folder is None else folder / f"predictions-{seed}-{len(start)}.bin"
    whole = Evaluator(problem, everything, workers=workers, journal=journal)
    predicted, prior = whole(sample.particles), whole(start)
    return Posterior(
        paper=problem.paper,
        draws=problem.draws,
        names=tuple(names_of(problem.priors)),
        points=np.array([list(problem.values(z).values()) for z in sample.particles]),
        claims=tuple(everything),
        predicted=predicted,
        log_likelihood=sample.log_likelihoods,
        prior_predicted=prior,
        log_evidence=float(sample.log_evidence),
        facts=_facts(problem, sample.evaluations, sample.stages, seed),
    )


def _facts(problem: CellProblem, evaluations: int, stages: int, seed: int) -> dict[str, Any]:
    return {
        "seed": seed,
        "evaluations": evaluations,
        "stages": stages,
        "data": [asdict(d) for d in problem.data],
        "draws_made_by": problem.model.table.provenance.get("made_by", ""),
        "lattice": problem.model.table.provenance.get("lattice", []),
        "number_of_draws": len(problem.model.table),
        "draw_name": DRAW,
    }
