"""What binary oxides say of the lattice's inputs, and what that leaves of another electrode's numbers.

``python -m topotaxy.studies.input_posterior SPEC --out FOLDER`` draws all imposed and calibrated inputs from
their ranges (a Latin hypercube, evenly or by logarithm), simulates at every draw the oxides of
``energetics/tables/posterior_targets.csv`` and the electrode of SPEC, and weighs the draws by how well the
oxides come out: importance sampling from the prior, J. S. Liu, Monte Carlo Strategies in Scientific Computing
(Springer 2001), chapter 2. No number of SPEC itself enters. Started again, it goes on with what is missing.
"""

from __future__ import annotations

import argparse
import csv
import io
import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.spec import Spec, load_spec
from topotaxy.studies.sensitivity_points import (
    POINTS_FILE,
    Study,
    finished_points,
    run_study,
    study_of,
    value_at,
)
from topotaxy.tables import read_table

POSTERIOR_FILE = "posterior.csv"

QUANTILES = (0.05, 0.5, 0.95)

COLUMNS = (
    "kind",
    "name",
    "state",
    "cycle",
    "unit",
    "prior_low",
    "prior_median",
    "prior_high",
    "low",
    "median",
    "high",
    "effective_draws",
)

Numbers = dict[int, list[list[Any]]]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A row of ``posterior_targets.csv``: a number lies in [``low``, ``high``], but for its ``tolerance``."""

    formula: str
    ion: str
    key: tuple[str, str, str, int]
    low: float
    high: float
    tolerance: float

    def log_likelihood(self, value: float, error: float) -> float:
        """Return the log of how likely a simulated value is, up to a constant of the target.

        Parameters
        ----------
        value, error : float
            Mean over the replicas and its standard error, in the unit of the target.
        """
        outside = max(self.low - value, 0.0, value - self.high)
        return -0.5 * outside**2 / (self.tolerance**2 + error**2)


def posterior_targets() -> list[Target]:
    """Return the targets, in the order of the table."""
    return [
        Target(
            formula=row["formula"],
            ion=row["ion"],
            key=(row["quantity"], row["subject"], row["state"], int(row["cycle"])),
            low=float(row["low"] or -math.inf),
            high=float(row["high"] or math.inf),
            tolerance=float(row["tolerance"]),
        )
        for row in read_table("topotaxy.energetics", "posterior_targets")
    ]


def studies_of(
    spec: Spec, *, number: int, seed: int, cells: int, cycles: int, replicas: int
) -> dict[tuple[str, str], Study]:
    """Return the design for each material, SPEC's last: the same inputs at the same draws.

    Parameters
    ----------
    spec : Spec
        Electrode whose numbers are wanted; its ``[lattice.parameters]`` stay as they are set, everywhere.
    number : int
        Draws.
    seed : int
        Of the draws and of the replicas.
    cells, cycles, replicas : int
        Edge of the box, cycles and replicas of each point.

    Raises
    ------
    InputError
        Where there are too few draws or replicas.
    """
    from scipy.stats import qmc

    if number < 20:
        raise InputError("a posterior needs at least 20 draws")
    base = study_of(spec, number=2, seed=seed, cells=cells, cycles=cycles, replicas=replicas)
    draws = qmc.LatinHypercube(len(base.inputs), rng=np.random.default_rng(seed)).random(number)
    wanted = dict.fromkeys((t.formula, t.ion) for t in posterior_targets())
    own = (spec.electrode.formula, spec.cell.ion)
    found = {}
    for formula, ion in [*(m for m in wanted if m != own), own]:
        document = base.spec.model_dump()
        document["name"] = f"{formula}-{ion}"
        document["electrode"] |= {"formula": formula, "grains": (), "claimed_active": ()}
        document["cell"] |= {"ion": ion}
        mine = base.spec if (formula, ion) == own else Spec.model_validate(document)
        found[formula, ion] = Study(spec=mine, inputs=base.inputs, unit=draws[:, None, :], seed=seed)
    return found


def log_weights(found: Mapping[tuple[str, str], Numbers], draws: int) -> NDArray[np.float64]:
    """Return the log weight of every draw; minus infinity where a target's number is missing.

    Parameters
    ----------
    found : mapping of (str, str) to dict
        Numbers of the points by formula and alkali.
    draws : int
        Number of draws.

    Returns
    -------
    ndarray, shape (draws,)
    """
    total = np.zeros(draws)
    for target in posterior_targets():
        numbers = found.get((target.formula, target.ion), {})
        for draw in range(draws):
            seen = [
                (value, error or 0.0)
                for quantity, subject, state, cycle, _, value, error in numbers.get(draw, [])
                if (quantity, subject, state, cycle) == target.key and value is not None
            ]
            total[draw] += target.log_likelihood(*seen[0]) if seen else -math.inf
    return total


def weighted_quantiles(
    values: NDArray[np.float64], weights: NDArray[np.float64], at: Sequence[float]
) -> list[float]:
    """Return quantiles of weighted values: where the cumulated weight, each counted by half, passes ``at``.

    Parameters
    ----------
    values, weights : ndarray, shape (n,)
        Values, and weights of at least zero, not all of which are.
    at : sequence of float
        Between 0 and 1.
    """
    order = np.argsort(values, kind="stable")
    heap = np.cumsum(weights[order])
    places = (heap - 0.5 * weights[order]) / heap[-1]
    return [float(x) for x in np.interp(at, places, values[order])]


def posterior_table(
    studies: Mapping[tuple[str, str], Study], found: Mapping[tuple[str, str], Numbers]
) -> str:
    """Write, as CSV, inputs and numbers of the last material before and after the oxides have spoken.

    Parameters
    ----------
    studies : mapping
        As :func:`studies_of` returns them.
    found : mapping
        Numbers by material and draw.

    Raises
    ------
    InputError
        Where no draw has all the numbers of the targets.
    """
    own, study = list(studies.items())[-1]
    logs = log_weights(found, study.points)
    if not np.isfinite(logs).any():
        raise InputError("no draw has all the numbers of posterior_targets.csv yet")
    weights = np.exp(logs - logs.max())
    effective = weights.sum() ** 2 / (weights**2).sum()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for index, item in enumerate(study.inputs):
        values = np.array([value_at(item, float(x)) for x in study.unit[:, 0, index]])
        shown = _before_and_after(values, weights)
        writer.writerow(["input", item.name, "", "", item.unit, *shown, f"{effective:.1f}"])
    for (quantity, subject, state, cycle, unit), (draws, values) in _numbers(found[own]).items():
        mine = weights[draws]
        if mine.sum() > 0.0:
            count = mine.sum() ** 2 / (mine**2).sum()
            name = f"{quantity} {subject}".strip()
            writer.writerow(
                ["number", name, state, cycle, unit, *_before_and_after(values, mine), f"{count:.1f}"]
            )
    return text.getvalue()


def _before_and_after(values: NDArray[np.float64], weights: NDArray[np.float64]) -> list[str]:
    even = np.ones(len(values))
    both = weighted_quantiles(values, even, QUANTILES) + weighted_quantiles(values, weights, QUANTILES)
    return [f"{x:.4g}" for x in both]


def _numbers(
    found: Numbers,
) -> dict[tuple[str, str, str, int, str], tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """By number, the draws that have it and its values."""
    seen: dict[tuple[str, str, str, int, str], list[tuple[int, float]]] = {}
    for draw, numbers in sorted(found.items()):
        for quantity, subject, state, cycle, unit, value, _ in numbers:
            if value is not None and math.isfinite(value):
                seen.setdefault((quantity, subject, state, cycle, unit), []).append((draw, float(value)))
    return {
        key: (np.array([d for d, _ in pairs]), np.array([v for _, v in pairs]))
        for key, pairs in sorted(seen.items())
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line of the study; returns the exit status.

    Parameters
    ----------
    arguments : Sequence[str] | None
        Words of the command line; None for those of the process.
    """
    parser = argparse.ArgumentParser(prog="python -m topotaxy.studies.input_posterior", description=__doc__)
    parser.add_argument("spec", help="specification, by path or bundled name")
    parser.add_argument("--out", type=Path, required=True, help="folder; started again, the study goes on")
    for name, value in (("draws", 200), ("seed", 1), ("cells", 6), ("cycles", 2), ("replicas", 4)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument(
        "--judge", action="store_true", help="weigh the draws that are there; simulate nothing"
    )
    parser.add_argument("--workers", type=int, default=1, help="processes at once")
    given = parser.parse_args(arguments)
    try:
        studies = studies_of(
            load_spec(given.spec),
            number=given.draws,
            seed=given.seed,
            cells=given.cells,
            cycles=given.cycles,
            replicas=given.replicas,
        )
        found = {}
        for material, study in studies.items():
            folder = given.out / study.spec.name
            if given.judge:
                found[material] = finished_points(study, folder / POINTS_FILE)
                continue

            def told(done: int, total: int, name: str = study.spec.name) -> None:
                print(f"{name}: {done}/{total}", file=sys.stderr)

            found[material] = run_study(study, folder, workers=given.workers, progress=told)
        write_atomically(given.out / POSTERIOR_FILE, posterior_table(studies, found))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(given.out / POSTERIOR_FILE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
