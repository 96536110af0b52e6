"""What a paper's numbers ask of a cell: priors, numbers with their scatter, and predictions of them."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from topotaxy.cell.draws import DrawTable
from topotaxy.cell.priors import Prior, priors, values_at
from topotaxy.errors import InputError
from topotaxy.evidence import load_ledger
from topotaxy.runs.paper import PaperProtocol
from topotaxy.studies.fast_paper import FastPaper
from topotaxy.studies.journal import Journal

Values = NDArray[np.float64]
Progress = Callable[[str], None]


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
        Name of a bundled paper, as ``fang2022``.
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


def misfit(datum: Datum, predicted: Values | np.float64) -> Values:
    """Predicted less stated in units of the scatter; zero on the allowed side of a bound.

    Parameters
    ----------
    datum : Datum
        One number that is used.
    predicted : Values
        Predicted values; shape (particles,).
    """
    z = (predicted - datum.value) / datum.sigma
    if datum.bound == "lower":
        return np.asarray(np.minimum(z, 0.0))
    if datum.bound == "upper":
        return np.asarray(np.maximum(z, 0.0))
    return np.asarray(z)


def log_likelihood(data: Sequence[Datum], predicted: Values) -> Values:
    """Sum over numbers of Gaussian terms, predictions (points, numbers) to (points,).

    Minus infinity where a prediction is not a number: :meth:`Evaluator.as_far_as_needed` gave it up.

    Parameters
    ----------
    data : Sequence[Datum]
        Numbers that are used.
    predicted : Values
        Predicted values; shape (particles, numbers).
    """
    total = np.zeros(len(predicted))
    for column, datum in enumerate(data):
        total -= 0.5 * misfit(datum, predicted[:, column]) ** 2
    return np.where(np.isnan(total), -np.inf, total)


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
        """Predict (points, claims) for standard normals (points, dimensions).

        Raises
        ------
        FloatingPointError
            Where the model gives what is not a number: a fault of it, which must not pass for improbable.
        """

        def one(point: Values) -> list[float]:
            found = self._problem.model.numbers(self._problem.values(point), self._claims)
            return [_number(claim, value) for claim, value in found.items()]

        return self._known_or(z, lambda: self._each(one, z))

    def as_far_as_needed(self, z: Values, data: Sequence[Datum], least: Values) -> Values:
        """Predict the numbers of ``data``; a row is not a number once its log-likelihood is below ``least``.

        Parameters
        ----------
        z : array (points, dimensions)
            Standard normals.
        data : sequence of Datum
            One for each claim of the evaluator, in its order.
        least : array (points,)
            Log-likelihoods below which a point is of no use.

        Raises
        ------
        FloatingPointError
            Where the model gives what is not a number.
        """
        by_claim = {datum.claim: datum for datum in data}

        def one(point: Values, enough: float) -> list[float]:
            found, total = {}, 0.0
            for claim, value in self._problem.model.in_turn(self._problem.values(point), self._claims):
                found[claim] = _number(claim, value)
                total -= 0.5 * float(misfit(by_claim[claim], np.float64(value))) ** 2
                if total < enough:
                    return [math.nan] * len(self._claims)
            return [found[claim] for claim in self._claims]

        # What is given up goes by what was needed: the journal's entry is of both.
        return self._known_or(np.column_stack([z, least]), lambda: self._each(one, z, least))

    def _known_or(self, key: Values, compute: Callable[[], Values]) -> Values:
        """The journal's answer to a key, or what is computed, which it keeps."""
        found = self._journal.answer(key)
        if found is None:
            found = compute()
            self._journal.keep(key, found)
        self.count += len(key)
        if self._progress is not None:
            self._progress(f"{self.count} cells computed")
        return found

    def _each(self, one: Callable[..., list[float]], *columns: Values) -> Values:
        """Rows of ``one`` over the points, on threads."""
        if self._workers == 1:
            return np.array([one(*row) for row in zip(*columns, strict=True)])
        with ThreadPoolExecutor(self._workers) as pool:
            return np.array(list(pool.map(one, *columns)))


def _number(claim: str, value: float) -> float:
    """Return a predicted value; not a number stands for what was given up, and for nothing else."""
    if math.isnan(value):
        raise FloatingPointError(f"the model's {claim} is not a number: a fault of the model")
    return value


def binding(problem: CellProblem, claims: Sequence[str]) -> str:
    """SHA-256 over what predictions depend on: protocol, draws, priors, numerics, claims.

    Parameters
    ----------
    problem : CellProblem
        Numbers, priors and draws.
    claims : Sequence[str]
        Ids of the claims.
    """
    table = problem.model.table
    document = {
        "protocol": problem.model.protocol.model_dump(mode="json"),
        "draws": hashlib.sha256(table.branches.tobytes() + table.inputs.tobytes()).hexdigest(),
        "priors": [asdict(p) for p in problem.priors],
        "numerics": asdict(problem.model.numerics),
        "claims": list(claims),
    }
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
