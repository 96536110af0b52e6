"""What a paper's numbers say of the cell: the posterior of all parameters and the draw of the lattice
together.

The prior is flat within ``cell/priors.toml`` and even over the draws; the numbers used and their scatter
stand in
the paper's file. Sampled by the project's own sequential Monte Carlo (:mod:`topotaxy.evidence.inference`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from topotaxy.cell.draws import DrawTable
from topotaxy.cell.posterior import Posterior
from topotaxy.cell.priors import DRAW, Prior, names_of, priors, values_at
from topotaxy.errors import InputError
from topotaxy.evidence import load_ledger
from topotaxy.evidence.inference import Sample, sequential_monte_carlo
from topotaxy.runs.paper import PaperProtocol
from topotaxy.studies.fast_paper import FastPaper
from topotaxy.studies.journal import Journal

Values = NDArray[np.float64]
Progress = Callable[[str], None]
PARTICLES = 200
"""Of the shipped posterior: few, so that it takes minutes; two seeds say how far it can be trusted."""
MOVES = 10
"""Of each particle in a stage: what ten minutes on two cores allow; two seeds say whether it is enough."""


@dataclass(frozen=True, kw_only=True)
class Datum:
    """One number to compare with: ``bound`` is ``lower`` or ``upper`` where only one side counts."""

    claim: str
    value: float
    sigma: float
    use: str
    bound: str = ""
    condition: str = ""


@dataclass(frozen=True, kw_only=True)
class CellProblem:
    """A paper, a table of draws, priors, and the numbers with their scatter."""

    paper: str
    draws: str
    model: FastPaper
    priors: tuple[Prior, ...]
    data: tuple[Datum, ...]

    @property
    def dimensions(self) -> int:
        """Inferred parameters, the draw among them."""
        return len(self.priors) + 1

    @property
    def used(self) -> tuple[Datum, ...]:
        """The numbers whose likelihood counts."""
        return tuple(d for d in self.data if d.use != "held-out")

    def values(self, z: Values) -> dict[str, float]:
        """Parameters of a point given as standard normals."""
        return values_at(self.priors, ndtr(z), len(self.model.table))


def problem_of(
    paper: str,
    protocol: PaperProtocol,
    table: DrawTable,
    *,
    use: Mapping[str, str] | None = None,
) -> CellProblem:
    """Put a paper's targets and the priors together.

    Parameters
    ----------
    paper : str
        Name of the paper.
    protocol : PaperProtocol
        Its runs and targets.
    table : DrawTable
        Draws of the lattice.
    use : mapping of str to str, optional
        Other uses of some targets, by claim.

    Raises
    ------
    InputError
        Where the paper names no targets, or a claim is not in its ledger.
    """
    if not protocol.target:
        raise InputError("names no target for a posterior of the cell", where=paper)
    ledger = load_ledger(protocol.claims)
    claims = {c.id: c for c in ledger.claims}
    data = []
    for target in protocol.target:
        if target.claim not in claims:
            raise InputError(f"no claim {target.claim!r:.60} in the ledger", where=paper)
        claim = claims[target.claim]
        stated = ledger.observable(claim) if claim.kind == "value" else None
        if target.value is None and stated is None:
            raise InputError(f"{target.claim}: a claim in words needs a value to be read as", where=paper)
        own = (use or {}).get(target.claim, target.use)
        bound = (stated.bound if stated is not None else None) or ("lower" if target.use == "bound" else "")
        value = target.value if target.value is not None or stated is None else stated.value
        assert value is not None
        data.append(
            Datum(
                claim=target.claim,
                value=float(value),
                sigma=target.sigma,
                use=own,
                bound=bound,
                condition=target.condition,
            )
        )
    return CellProblem(
        paper=paper,
        draws=protocol.draws,
        model=FastPaper(protocol=protocol, table=table),
        priors=priors(),
        data=tuple(data),
    )


def misfit(datum: Datum, predicted: Values) -> Values:
    """Predicted less stated in units of the scatter; zero on the allowed side of a bound."""
    z = (predicted - datum.value) / datum.sigma
    if datum.bound == "lower":
        return np.asarray(np.minimum(z, 0.0))
    if datum.bound == "upper":
        return np.asarray(np.maximum(z, 0.0))
    return np.asarray(z)


def log_likelihood(data: Sequence[Datum], predicted: Values) -> Values:
    """Sum over numbers of Gaussian terms, predictions (points, numbers) to (points,)."""
    total = np.zeros(len(predicted))
    for column, datum in enumerate(data):
        total -= 0.5 * misfit(datum, predicted[:, column]) ** 2
    return total


class Evaluator:
    """Predictions of many points, on threads, with a journal.

    Parameters
    ----------
    problem : CellProblem
        What is computed.
    claims : sequence of str
        Which numbers.
    workers : int
        Threads; the compiled cell lets them run side by side.
    journal : Path, optional
        File that a stopped inference goes on from.
    progress : callable, optional
        Told how many points are done.
    """

    def __init__(
        self,
        problem: CellProblem,
        claims: Sequence[str],
        *,
        workers: int = 1,
        journal: Path | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._problem, self._claims, self._workers = problem, tuple(claims), workers
        self._journal = Journal(journal, binding(problem, claims))
        self._progress = progress
        self.count = 0

    def __call__(self, z: Values) -> Values:
        """Predict (points, claims) for standard normals (points, dimensions)."""
        found = self._journal.answer(z)
        if found is None:
            found = self._computed(z)
            self._journal.keep(z, found)
        self.count += len(z)
        if self._progress is not None:
            self._progress(f"{self.count} cells computed")
        return found

    def _computed(self, z: Values) -> Values:
        def one(point: Values) -> list[float]:
            return list(self._problem.model.numbers(self._problem.values(point), self._claims).values())

        if self._workers == 1:
            return np.array([one(point) for point in z])
        with ThreadPoolExecutor(self._workers) as pool:
            return np.array(list(pool.map(one, z)))


def binding(problem: CellProblem, claims: Sequence[str]) -> str:
    """SHA-256 over what predictions depend on: protocol, draws, priors, numerics, claims."""
    table = problem.model.table
    document = {
        "protocol": problem.model.protocol.model_dump(mode="json"),
        "draws": hashlib.sha256(table.branches.tobytes() + table.inputs.tobytes()).hexdigest(),
        "priors": [asdict(p) for p in problem.priors],
        "numerics": asdict(problem.model.numerics),
        "claims": list(claims),
    }
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def infer(
    problem: CellProblem,
    *,
    particles: int = PARTICLES,
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
    seed : int
        Of the sampler; the same seed goes the same way.
    workers : int
        Threads.
    folder : Path, optional
        Where the journal is kept: the same call goes on from it.
    progress : callable, optional
        Told what is done.

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
    sample = sequential_monte_carlo(lambda z: log_likelihood(used, predict(z)), start, rng, most_moves=MOVES)
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
