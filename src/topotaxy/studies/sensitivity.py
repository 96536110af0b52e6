"""Which inputs of the lattice move which headline number, over all their ranges together.

``python -m topotaxy.studies.sensitivity SPEC --out FOLDER`` draws trajectories
(:mod:`topotaxy.studies.morris`) through the ranges of ``energetics/tables/assumptions.csv``, simulates
every point with a few replicas, whose scatter is the noise, and keeps a line of ``points.jsonl`` for each
one: started again, it goes on with what is missing. ``effects.csv`` says what moves what.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import math
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.energetics.assumptions import Assumption, assumptions_with
from topotaxy.errors import InputError
from topotaxy.executor import hand_out, places
from topotaxy.files import write_atomically
from topotaxy.spec import Spec, load_spec
from topotaxy.statistics import false_discoveries_below
from topotaxy.studies.morris import Effect, changed_input, effect, trajectories

POINTS_FILE, EFFECTS_FILE = "points.jsonl", "effects.csv"

FALSE_SHARE = 0.05
"""Share of the effects that are named which are expected to be none."""

DECADE = 10.0
"""Positive ranges that span this much or more are gone through by their logarithm."""

COLUMNS = (
    "electrode",
    "ion",
    "quantity",
    "subject",
    "state",
    "cycle",
    "unit",
    "input",
    "mean_effect",
    "size",
    "noise",
    "p",
    "steps",
    "moves",
    "source",
)

Key = tuple[str, str, str, int, str]
"""Quantity, subject, state, cycle and unit of a number."""


@dataclass(frozen=True, kw_only=True)
class Study:
    """Points of a study: ``unit`` (trajectories, inputs + 1, inputs) in the ranges of ``inputs``."""

    spec: Spec
    inputs: tuple[Assumption, ...]
    unit: NDArray[np.float64]
    seed: int

    @property
    def points(self) -> int:
        """Number of points."""
        return int(self.unit.shape[0] * self.unit.shape[1])

    @property
    def digest(self) -> str:
        """Of everything that the numbers of a point follow from, but for the code."""
        document = {
            "spec": self.spec.model_dump(mode="json"),
            "inputs": [[i.name, i.value, i.low, i.high] for i in self.inputs],
            "points": self.unit.tolist(),
            "seed": self.seed,
        }
        return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:16]

    def at(self, point: int) -> Spec:
        """Return the specification of a point; every point has replicas of its own."""
        place = self.unit.reshape(self.points, -1)[point]
        values = self.spec.lattice.parameters | {
            i.name: value_at(i, float(x)) for i, x in zip(self.inputs, place, strict=True)
        }
        changes = {"parameters": values, "seed": self.seed + point}
        return self.spec.model_copy(update={"lattice": self.spec.lattice.model_copy(update=changes)})


def value_at(item: Assumption, place: float) -> float:
    """Return the value of an input at a place (0 to 1) of its range.

    Parameters
    ----------
    item : Assumption
        The input with its range.
    place : float
        0 is its lower end, 1 its upper one; by logarithm over a :data:`DECADE` and more.
    """
    if item.low > 0.0 and item.high >= DECADE * item.low:
        return float(item.low * (item.high / item.low) ** place)
    return item.low + place * (item.high - item.low)


def study_of(spec: Spec, *, number: int, seed: int, cells: int, cycles: int, replicas: int) -> Study:
    """Draw the points of a study; what ``[lattice.parameters]`` of the specification sets stays as it is set.

    Parameters
    ----------
    spec : Spec
        Electrode, cell and protocol.
    number : int
        Trajectories.
    seed : int
        Of the design and of the replicas.
    cells, cycles, replicas : int
        Edge of the box, cycles and replicas of each point; from four replicas on there is a noise.

    Raises
    ------
    InputError
        Where there are too few trajectories or replicas to tell an effect from noise.
    """
    if number < 2 or replicas < 4:
        raise InputError("a study needs at least 2 trajectories, and 4 replicas for its noise")
    fixed = spec.lattice.parameters
    inputs = tuple(i for i in assumptions_with().values() if i.high > i.low and i.name not in fixed)
    small = Spec.model_validate(
        spec.model_dump()
        | {
            "lattice": spec.lattice.model_dump() | {"cells": cells, "replicas": replicas, "block": None},
            "protocol": spec.protocol.model_dump() | {"cycles": cycles},
        }
    )
    unit = trajectories(len(inputs), number, np.random.default_rng(seed))
    return Study(spec=small, inputs=inputs, unit=unit, seed=seed)


def numbers_at(document: dict[str, Any]) -> list[list[Any]]:
    """Simulate a point and return its headline numbers: key, value and standard error, None where unknown."""
    from topotaxy.runs.observed import observables_of
    from topotaxy.runs.run import simulate

    spec = Spec.model_validate(document)
    tree = simulate(spec)
    found = observables_of(tree, [1, spec.protocol.cycles], spec)
    return [
        [i.quantity, i.subject.text or "", i.state or "", i.cycle or 0, i.unit, i.value, i.uncertainty]
        for i in found
        if i.label is not None
    ]


def finished_points(study: Study, path: Path) -> dict[int, list[list[Any]]]:
    """Read what is there of a study; a last line that was cut off is left out, and will be made anew.

    Parameters
    ----------
    study : Study
        The study that goes on.
    path : Path
        Its file of points.

    Raises
    ------
    InputError
        Where the file belongs to another study, or is damaged.
    """
    found: dict[int, list[list[Any]]] = {}
    if not path.exists():
        return found
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    for number, line in enumerate(whole.splitlines(), start=1):
        try:
            row = json.loads(line)
            digest, point, numbers = row["digest"], row["point"], row["numbers"]
        except (ValueError, KeyError, TypeError):
            raise InputError("not a line of a study", where=f"{path}, line {number}") from None
        if digest != study.digest or not 0 <= int(point) < study.points:
            raise InputError(
                "belongs to another study (inputs, ranges, points or specification); choose another folder",
                where=f"{path}, line {number}",
            )
        found[int(point)] = numbers
    if whole != text:
        write_atomically(path, whole)
    return found


def run_study(
    study: Study, out: Path, *, workers: int = 1, progress: Callable[[int, int], None] | None = None
) -> dict[int, list[list[Any]]]:
    """Simulate every point that is missing, and return the numbers of all.

    Parameters
    ----------
    study : Study
        What to do.
    out : Path
        Folder of the study.
    workers : int
        Processes at once; with 1 everything is done in this one.
    progress : callable, optional
        Called with the points done and all of them.

    Raises
    ------
    InputError
        Where the folder belongs to another study.
    """
    out.mkdir(parents=True, exist_ok=True)
    path = out / POINTS_FILE
    found = finished_points(study, path)
    missing = [point for point in range(study.points) if point not in found]
    with path.open("a", encoding="utf-8") as file, places(workers=workers) as there:

        def submit(executor: Executor, point: int) -> Future[Any]:
            return executor.submit(numbers_at, study.at(point).model_dump(mode="json"))

        def finished(point: int, numbers: list[list[Any]]) -> None:
            found[point] = numbers
            row = {"digest": study.digest, "point": point, "numbers": numbers}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            file.flush()
            os.fsync(file.fileno())
            if progress is not None:
                progress(len(found), study.points)

        hand_out(missing, there, submit=submit, finished=finished)
    return found


def effects_of(study: Study, found: dict[int, list[list[Any]]]) -> dict[Key, dict[str, Effect]]:
    """Judge every input's effect on every number, over the steps of which both ends are there.

    Parameters
    ----------
    study : Study
        The design.
    found : dict of int to list
        Numbers by point, of some or all of them.

    Returns
    -------
    dict
        By number and input.
    """
    per = study.unit.shape[1]
    at = {
        point: {(str(q), str(s), str(z), int(c), str(u)): (v, e) for q, s, z, c, u, v, e in numbers}
        for point, numbers in found.items()
    }
    keys = sorted({key for numbers in at.values() for key in numbers})
    made: dict[Key, dict[str, Effect]] = {}
    for key in keys:
        changes: dict[int, list[tuple[float, float]]] = {}
        for number, trajectory in enumerate(study.unit):
            for step in range(per - 1):
                first = at.get(number * per + step, {}).get(key)
                last = at.get(number * per + step + 1, {}).get(key)
                if first is None or last is None or first[1] is None or last[1] is None:
                    continue
                index, sign = changed_input(trajectory, step)
                pair = sign * (last[0] - first[0]), math.hypot(first[1], last[1])
                changes.setdefault(index, []).append(pair)
        judged = {
            study.inputs[index].name: effect(
                np.array([c for c, _ in pairs]),
                np.array([e for _, e in pairs]),
                2 * (study.spec.lattice.replicas - 1),
            )
            for index, pairs in sorted(changes.items())
        }
        made[key] = {name: item for name, item in judged.items() if item is not None}
    return made


def effects_table(study: Study, effects: dict[Key, dict[str, Effect]], points: int) -> str:
    """Write the effects as CSV, the largest of each number first; ``points`` is how many there were.

    An input ``moves`` a number where its effect is beyond chance, at :data:`FALSE_SHARE` false ones over
    the whole table, and its size is larger than the noise of a difference.
    """
    rows = [(key, name, item) for key, by_input in effects.items() for name, item in by_input.items()]
    named = false_discoveries_below([item.p for _, _, item in rows], FALSE_SHARE)
    lines = [
        (key, name, item, significant and item.size > item.noise)
        for (key, name, item), significant in zip(rows, named, strict=True)
    ]
    lines.sort(key=lambda line: (line[0], -line[2].size, line[1]))
    lattice = study.spec.lattice
    source = (
        f"elementary effects, {points} of {study.points} points, {lattice.replicas} replicas of "
        f"{lattice.cells} cubed cells, {study.spec.protocol.cycles} cycles, seed {study.seed}"
    )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for (quantity, subject, state, cycle, unit), name, item, moves in lines:
        shown = [f"{x:.3g}" for x in (item.mean, item.size, item.noise, item.p)]
        of = study.spec.electrode.formula, study.spec.cell.ion
        writer.writerow(
            [*of, quantity, subject, state, cycle, unit, name, *shown, item.steps, int(moves), source]
        )
    return text.getvalue()


def _told(done: int, total: int) -> None:
    print(f"{done}/{total}", file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line of the study; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m topotaxy.studies.sensitivity", description=__doc__)
    parser.add_argument("spec", help="specification, by path or bundled name")
    parser.add_argument("--out", type=Path, required=True, help="folder; started again, the study goes on")
    for name, value in (("trajectories", 10), ("seed", 1), ("cells", 6), ("cycles", 2), ("replicas", 4)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument(
        "--effects", action="store_true", help="judge the points that are there; simulate nothing"
    )
    parser.add_argument("--workers", type=int, default=1, help="processes at once")
    given = parser.parse_args(arguments)
    try:
        study = study_of(
            load_spec(given.spec),
            number=given.trajectories,
            seed=given.seed,
            cells=given.cells,
            cycles=given.cycles,
            replicas=given.replicas,
        )
        found = (
            finished_points(study, given.out / POINTS_FILE)
            if given.effects
            else run_study(study, given.out, workers=given.workers, progress=_told)
        )
        write_atomically(given.out / EFFECTS_FILE, effects_table(study, effects_of(study, found), len(found)))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(given.out / EFFECTS_FILE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
