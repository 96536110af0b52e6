"""Points of a study of the lattice's inputs: drawn through their ranges, simulated, kept, taken up again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
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
from topotaxy.spec import Spec
from topotaxy.studies.kept_lines import line_of, row_of
from topotaxy.studies.morris import trajectories

POINTS_FILE = "points.jsonl"

DECADE = 10.0
"""Positive ranges that span this much or more are gone through by their logarithm."""


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
        """Return the specification of a point; every point has replicas of its own.

        Parameters
        ----------
        point : int
            Number of the point, from 0.
        """
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
        Number of trajectories.
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
    """Simulate a point and return its headline numbers: key, value and standard error, None where unknown.

    Parameters
    ----------
    document : dict[str, Any]
        A point of the study, as plain data.
    """
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
            row = row_of(line)
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
            file.write(line_of(row))
            file.flush()
            os.fsync(file.fileno())
            if progress is not None:
                progress(len(found), study.points)

        hand_out(missing, there, submit=submit, finished=finished)
    return found
