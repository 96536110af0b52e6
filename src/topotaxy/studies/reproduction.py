"""A paper's numbers of cells beside what the model predicts, each with its label and what the others say
of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from topotaxy.cell.material import draws_named
from topotaxy.cell.posterior import Posterior, load_posterior, posterior_names
from topotaxy.cell.priors import priors
from topotaxy.errors import InputError, choices
from topotaxy.evidence import Ledger, load_ledger
from topotaxy.runs.paper import load_paper, paper_names
from topotaxy.studies.cell_budget import Budget, budgets
from topotaxy.studies.cell_posterior import infer
from topotaxy.studies.cell_problem import CellProblem, problem_of
from topotaxy.studies.knockouts import knocked_out
from topotaxy.studies.paper_cells import PaperCells
from topotaxy.studies.posterior_summary import LeftOut, left_out, seeds_compared
from topotaxy.studies.reproduction_rows import Reproduced, Rows

SEEDS = (1, 2)
"""Of the two runs of the sampler that are held against each other; the first one is shown."""
PARTICLES, MOVES = 400, 24
"""Of the posterior that ships, and of each particle in a stage at most: six minutes of one core a seed; two
seeds say whether it is enough."""


@dataclass(frozen=True, kw_only=True)
class Reproduction:
    """All claims of a paper, the posterior behind them, the runs at its central point."""

    paper: str
    claims: tuple[Reproduced, ...]
    problem: CellProblem
    posterior: Posterior
    left_out: tuple[LeftOut, ...]
    budgets: tuple[Budget, ...]
    cells: PaperCells
    recalibrated: bool


def reproduce(
    paper: str,
    *,
    recalibrate: bool = False,
    work: Path | None = None,
    workers: int = 1,
    progress: Callable[[str], None] | None = None,
) -> Reproduction:
    """Predict what a paper states of cells from the posterior of its cell.

    Parameters
    ----------
    paper : str
        A bundled paper, or the path of a file of the same kind with its ledger of claims.
    recalibrate : bool
        Sample the posterior again, twice, and seek the best fits without each mechanism: minutes.
    work : Path, optional
        Folder of the journal of a recalibration; the same call goes on from it.
    workers : int
        Threads of a recalibration.
    progress : callable, optional
        Called with a line of text now and then: what is done.

    Raises
    ------
    InputError
        Where the paper is unknown, or has no posterior and none is asked for.
    """
    if paper not in paper_names() and not paper.endswith(".toml"):
        raise InputError(f"no paper {paper!r:.60}; {choices(paper, paper_names())}")
    protocol = load_paper(paper)
    if not protocol.target or not protocol.draws:
        raise InputError("names no draws and targets for a posterior of the cell", where=paper)
    table = draws_named(protocol.draws)
    problem = problem_of(paper, protocol, table)
    if recalibrate:
        posterior = posterior_again(problem, work=work, workers=workers, progress=progress)
    elif paper in posterior_names():
        posterior = load_posterior(paper)
    else:
        raise InputError("no posterior ships for it; --recalibrate samples one", where=paper)
    ledger = load_ledger(protocol.claims)
    cells = PaperCells(protocol, posterior, table)
    loo = tuple(left_out(posterior, problem.data))
    rows = Rows(protocol, ledger, cells, problem, posterior, loo)
    return Reproduction(
        paper=paper,
        claims=tuple(rows.row(claim) for claim in ledger.claims if claim.kind == "value"),
        problem=problem,
        posterior=posterior,
        left_out=loo,
        budgets=tuple(_budgets(problem, posterior, ledger)),
        cells=cells,
        recalibrated=recalibrate,
    )


def posterior_again(
    problem: CellProblem,
    *,
    particles: int = PARTICLES,
    moves: int = MOVES,
    work: Path | None = None,
    workers: int = 1,
    progress: Callable[[str], None] | None = None,
) -> Posterior:
    """Sample the posterior with two seeds and seek the best fits without each mechanism.

    Parameters
    ----------
    problem : CellProblem
        Paper, draws, priors, numbers.
    particles : int
        Number of particles of each run of the sampler.
    moves : int
        Of each particle in a stage, at most.
    work : Path, optional
        Folder of the journals.
    workers : int
        Number of threads.
    progress : callable, optional
        Called with a line of text now and then: what is done.
    """
    first, second = (
        infer(
            problem,
            particles=particles,
            moves=moves,
            seed=seed,
            workers=workers,
            folder=work,
            progress=progress,
        )
        for seed in SEEDS
    )
    knockouts = knocked_out(problem, first, progress=progress)
    facts = {
        **first.facts,
        "convergence": seeds_compared(first, second),
        "knockouts": [
            {"name": k.name, "chi_squared": k.chi_squared, "missed": [list(pair) for pair in k.missed]}
            for k in knockouts
        ],
    }
    return replace(first, facts=facts)


def _budgets(problem: CellProblem, posterior: Posterior, ledger: Ledger) -> list[Budget]:
    """Budgets of the alkalis whose first charge the paper states, of the run's material."""
    protocol = problem.model.protocol
    stated: dict[str, float] = {}
    claimed: tuple[str, ...] = ()
    for claim in ledger.claims:
        cell = ledger.cell.get(claim.cell) if claim.cell else None
        first_charge = claim.quantity == "specific_capacity_charge" and claim.cycle == 1
        if claim.kind != "value" or cell is None or not first_charge or cell.role != "half-cell-anode":
            continue
        run = next((r for r in protocol.runs.values() if r.material == claim.material), None)
        if run is not None and cell.ion in problem.model.table.ions:
            stated[cell.ion] = claim.stated.value
            claimed = tuple(ledger.material[claim.material].claimed_active)
    return budgets(posterior, problem.model.table, priors(), stated, claimed=claimed)
