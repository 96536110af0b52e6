"""Which inputs of the lattice move which headline number, over all their ranges together.

``python -m topotaxy.studies.sensitivity SPEC --out FOLDER`` draws trajectories
(:mod:`topotaxy.studies.morris`) through the ranges of ``energetics/tables/assumptions.csv``, simulates
every point with a few replicas, whose scatter is the noise, and keeps a line of ``points.jsonl`` for each
one: started again, it goes on with what is missing. ``effects.csv`` says what moves what, ``ranges.csv``
how far each number goes.
"""

from __future__ import annotations

import argparse
import csv
import io
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.spec import load_spec
from topotaxy.statistics import false_discoveries_below
from topotaxy.studies.morris import Effect, changed_input, effect
from topotaxy.studies.sensitivity_points import POINTS_FILE, Study, finished_points, run_study, study_of
from topotaxy.studies.sensitivity_ranges import RANGES_FILE, ranges_table

EFFECTS_FILE = "effects.csv"

FALSE_SHARE = 0.05
"""Share of the effects that are named which are expected to be none."""

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

    Parameters
    ----------
    study : Study
        The study and its inputs.
    effects : dict[Key, dict[str, Effect]]
        Effects of each input on each number.
    points : int
        Points that they rest on.
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
    """Run the command line of the study; returns the exit status.

    Parameters
    ----------
    arguments : Sequence[str] | None
        Words of the command line; None for those of the process.
    """
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
        write_atomically(given.out / RANGES_FILE, ranges_table(study, found))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    print(given.out / EFFECTS_FILE)
    print(given.out / RANGES_FILE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
