"""Whether intervals hold what they say: posteriors of made-up cells whose truth is known.

``python -m topotaxy.studies.cell_coverage fang2022 --cells 50 --work DIR``: each cell is a point of the
prior, its
numbers are those of the model with the scatter of the targets added, and the share of parameters and of
held-out
numbers that their 90 % intervals hold is counted. Resumable cell by cell.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from topotaxy.cell.draws import load_draws
from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.runs.paper import load_paper
from topotaxy.studies.cell_posterior import MOVES, PARTICLES, infer
from topotaxy.studies.cell_problem import CellProblem, problem_of

LEVELS = (0.05, 0.95)


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """Share of truths inside their 90 % intervals, and its standard error over cells; NaN of none."""

    cells: int
    parameters: float
    parameters_error: float
    numbers: float
    numbers_error: float


def synthetic(problem: CellProblem, seed: int) -> tuple[CellProblem, dict[str, float], dict[str, float]]:
    """Return a problem whose numbers come from a point of the prior, that point, and its true numbers.

    A number that only bounds is held out: a bound put at the truth would push everything to one side of it.

    Parameters
    ----------
    problem : CellProblem
        Gives priors, draws, and which numbers with which scatter.
    seed : int
        Of the point and of the scatter.
    """
    rng = np.random.default_rng([seed, 7])
    truth = problem.values(rng.normal(size=problem.dimensions))
    numbers = problem.model.numbers(truth, [d.claim for d in problem.data])
    data = tuple(
        replace(
            d,
            value=numbers[d.claim] + d.sigma * rng.normal(),
            use="held-out" if d.bound else d.use,
        )
        for d in problem.data
    )
    return replace(problem, data=data), truth, numbers


def covered(problem: CellProblem, seed: int, *, particles: int, moves: int = MOVES) -> dict[str, list[bool]]:
    """Infer one made-up cell and say of each parameter and held-out number whether its interval holds the
    truth.

    Parameters
    ----------
    problem : CellProblem
        As for :func:`synthetic`.
    seed : int
        Of the cell and of the sampler.
    particles : int
        Number of particles of the sampler.
    moves : int
        Of each particle in a stage, at most.
    """
    own, truth, numbers = synthetic(problem, seed)
    found = infer(own, particles=particles, moves=moves, seed=seed)
    held: dict[str, list[bool]] = {"parameters": [], "numbers": []}
    for column, p in enumerate(problem.priors):
        low, high = np.quantile(found.points[:, column], LEVELS)
        held["parameters"].append(bool(low <= truth[p.key] <= high))
    for d in own.data:
        if d.use == "held-out":
            low, high = np.quantile(found.of(d.claim), LEVELS)
            held["numbers"].append(bool(low <= numbers[d.claim] <= high))
    return held


def coverage(
    problem: CellProblem,
    *,
    cells: int,
    particles: int,
    moves: int = MOVES,
    work: Path,
    progress: Callable[[int, int], None] | None = None,
) -> Coverage:
    """Count over made-up cells; those that the folder holds already are read.

    Parameters
    ----------
    problem : CellProblem
        Paper, draws, priors, numbers.
    cells : int
        Number of synthetic cells.
    particles : int
        Number of particles of each inference.
    moves : int
        Of each particle in a stage, at most.
    work : Path
        Folder with one file a cell.
    progress : callable, optional
        Told how many cells are done, of how many.
    """
    work.mkdir(parents=True, exist_ok=True)
    shares: dict[str, list[float]] = {"parameters": [], "numbers": []}
    for seed in range(1, cells + 1):
        path = work / f"cell-{seed:03d}-{particles}-{moves}.json"
        if not path.is_file():
            write_atomically(path, json.dumps(covered(problem, seed, particles=particles, moves=moves)))
        try:
            row = json.loads(path.read_text(encoding="utf-8"))
            for name, share in shares.items():
                share.append(float(np.mean(row[name])) if row[name] else math.nan)
        except (ValueError, KeyError, TypeError):
            raise InputError("not a cell of a coverage test; remove it", where=str(path)) from None
        if progress is not None:
            progress(seed, cells)
    return Coverage(
        cells=cells,
        parameters=float(np.mean(shares["parameters"])),
        parameters_error=_error(shares["parameters"]),
        numbers=float(np.mean(shares["numbers"])),
        numbers_error=_error(shares["numbers"]),
    )


def _error(values: list[float]) -> float:
    return float(np.std(values, ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else math.nan


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m topotaxy.studies.cell_coverage", description=__doc__)
    parser.add_argument("paper", help="a bundled paper with targets")
    parser.add_argument("--cells", type=int, default=50)
    parser.add_argument("--particles", type=int, default=PARTICLES)
    parser.add_argument("--moves", type=int, default=MOVES, help="of each particle in a stage, at most")
    parser.add_argument("--work", type=Path, required=True, help="folder of the cells that are done")
    given = parser.parse_args()

    def told(done: int, total: int) -> None:
        print(f"{done} of {total}", file=sys.stderr, flush=True)

    try:
        protocol = load_paper(given.paper)
        problem = problem_of(given.paper, protocol, load_draws(protocol.draws))
        found = coverage(
            problem,
            cells=given.cells,
            particles=given.particles,
            moves=given.moves,
            work=given.work,
            progress=told,
        )
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    print(f"{found.cells} cells, 90 % intervals")
    print(f"parameters: {found.parameters:.3f} ± {found.parameters_error:.3f}")
    print(f"held-out numbers: {found.numbers:.3f} ± {found.numbers_error:.3f}")


if __name__ == "__main__":
    main()
