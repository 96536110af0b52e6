"""Energies from atoms for one composition: tasks, checkpoints and the processes that do them.

Each task writes one JSON file when it is done, atomically; what is there is not done again.
Killing a run therefore loses the tasks under way, one per process.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from topotaxy.energetics.potentials.interface import Potential, load_potential
from topotaxy.errors import InputError
from topotaxy.files import write_atomically

SCHEMA = "topotaxy/potential-tasks/1"

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True)
class Task:
    """One calculation: ``kind`` names a function of the potentials, ``needs`` other tasks."""

    name: str
    kind: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    needs: tuple[str, ...] = ()


STARTING_KINDS = ("frame", "displacement")
"""Kinds of task that can start from a structure found elsewhere."""


def perform(
    task: Task,
    potential: Potential,
    found: Mapping[str, Mapping[str, Any]],
    start: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Do one task; ``found`` holds the results that it needs.

    ``start`` is the document of the same task by another potential: its structure is where
    the relaxation starts, which saves most of the steps and keeps to the same minimum.
    """
    from topotaxy.energetics.potentials.kinds import KINDS

    parameters = dict(task.parameters)
    if start is not None:
        parameters["start"] = start["result"]["structure"]
    result = KINDS[task.kind](potential, [found[name] for name in task.needs], parameters)
    return {
        "schema": SCHEMA,
        "task": task.name,
        "kind": task.kind,
        "parameters": dict(task.parameters),
        "needs": list(task.needs),
        "potential": potential.name,
        "version": potential.version,
        "started_from": None if start is None else start["version"],
        "result": result,
    }


def run_tasks(
    tasks: Sequence[Task],
    folder: Path,
    potential: Potential | str,
    *,
    workers: int = 1,
    resume: bool = False,
    starts: Path | None = None,
    progress: Progress | None = None,
) -> dict[str, dict[str, Any]]:
    """Do all tasks and return their results by name.

    Parameters
    ----------
    folder
        Holds ``tasks/NAME.json``. What is there is taken over if ``resume`` is set.
    workers
        Processes, each with one thread. With 1 the tasks run in this process.
    starts
        Folder of a run of the same plan by another potential; frames and displacements that
        it holds start from its structures.
    progress
        Called with the name of each finished task, the number done and the number in all.

    Raises
    ------
    InputError
        Where the folder holds tasks and ``resume`` is not set, or they were made by another
        potential or version.
    """
    store = folder / "tasks"
    chosen = load_potential(potential) if isinstance(potential, str) else potential
    found = _finished(tasks, store, chosen, resume=resume)
    report = progress or (lambda name, done, total: None)
    if workers == 1:
        for task in in_order(tasks):
            if task.name not in found:
                found[task.name] = perform(task, chosen, _results(task, found), _start(task, starts))
                write_document(store / f"{task.name}.json", found[task.name])
                report(task.name, len(found), len(tasks))
        return found
    if not isinstance(potential, str):
        raise InputError("several processes need the potential by its name")
    _in_processes(tasks, found, store, potential, workers, starts, report)
    return found


def in_order(tasks: Iterable[Task]) -> list[Task]:
    """Return the tasks with each after those it needs, otherwise as given.

    Raises
    ------
    InputError
        Where a task needs one that is not there, or tasks need each other.
    """
    waiting = list(tasks)
    names = {task.name for task in waiting}
    for task in waiting:
        if unknown := [name for name in task.needs if name not in names]:
            raise InputError(f"task {task.name} needs {unknown[0]}, which is not planned")
    ordered: list[Task] = []
    placed: set[str] = set()
    while waiting:
        ready = next((task for task in waiting if placed.issuperset(task.needs)), None)
        if ready is None:
            raise InputError(f"tasks need each other: {', '.join(task.name for task in waiting)}")
        waiting.remove(ready)
        ordered.append(ready)
        placed.add(ready.name)
    return ordered


def _results(task: Task, found: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {name: found[name]["result"] for name in task.needs}


def _start(task: Task, starts: Path | None) -> dict[str, Any] | None:
    if starts is None or task.kind not in STARTING_KINDS:
        return None
    folder = starts / "tasks"
    tries = [folder / f"{task.name}.json", *sorted(folder.glob(f"{task.name}~*.json"))]
    found = [read_document(path) for path in tries if path.is_file()]
    return min(found, key=lambda document: float(document["result"]["energy"]), default=None)


def _finished(
    tasks: Sequence[Task], store: Path, potential: Potential, *, resume: bool
) -> dict[str, dict[str, Any]]:
    if not resume and store.is_dir() and any(store.glob("*.json")):
        raise InputError(f"{store.parent} holds finished tasks; add --resume, or choose another folder")
    found = {}
    for task in tasks:
        path = store / f"{task.name}.json"
        if not path.is_file():
            continue
        document = read_document(path)
        made_by = (document.get("potential"), document.get("version"))
        if made_by != (potential.name, potential.version):
            raise InputError(
                f"made by {made_by[1]}, not by {potential.version}; choose another folder", where=str(path)
            )
        if document.get("parameters") != json.loads(json.dumps(dict(task.parameters))):
            raise InputError("made with other parameters; choose another folder", where=str(path))
        found[task.name] = document
    return found


def read_document(path: Path) -> dict[str, Any]:
    """Read one checkpoint.

    Raises
    ------
    InputError
        Where the file is not one that :func:`run_tasks` wrote.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"cannot be read ({error!s:.120})", where=str(path)) from None
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise InputError(f'expected an object with "schema": "{SCHEMA}"', where=str(path))
    return document


def finished_documents(folder: Path) -> dict[str, dict[str, Any]]:
    """Return all finished tasks of a run's folder by name.

    Raises
    ------
    InputError
        Where there are none, or one cannot be read.
    """
    paths = sorted((folder / "tasks").glob("*.json"))
    if not paths:
        raise InputError("holds no finished tasks", where=str(folder))
    return {path.stem: read_document(path) for path in paths}


def write_document(path: Path, document: Mapping[str, Any]) -> None:
    """Write JSON so that the file is either whole or absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(document, ensure_ascii=False, allow_nan=False))


_potential: Potential


def _start_worker(name: str) -> None:
    global _potential
    import torch

    torch.set_num_threads(1)
    _potential = load_potential(name)


def _perform_here(
    task: Task, found: Mapping[str, Mapping[str, Any]], start: Mapping[str, Any] | None
) -> dict[str, Any]:
    return perform(task, _potential, found, start)


def _in_processes(
    tasks: Sequence[Task],
    found: dict[str, dict[str, Any]],
    store: Path,
    potential: str,
    workers: int,
    starts: Path | None,
    report: Progress,
) -> None:
    """Hand out tasks as what they need is finished; write each result here, as it comes."""
    import multiprocessing

    waiting = [task for task in in_order(tasks) if task.name not in found]
    running: dict[Future[dict[str, Any]], Task] = {}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=_start_worker, initargs=(potential,)
    ) as pool:
        try:
            while waiting or running:
                for task in [t for t in waiting if all(name in found for name in t.needs)]:
                    if len(running) >= workers:
                        break
                    waiting.remove(task)
                    future = pool.submit(_perform_here, task, _results(task, found), _start(task, starts))
                    running[future] = task
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    task = running.pop(future)
                    found[task.name] = future.result()
                    write_document(store / f"{task.name}.json", found[task.name])
                    report(task.name, len(found), len(tasks))
        except BaseException:
            # A calculation under way would go on for minutes: it is lost, as the docs say.
            for worker in multiprocessing.active_children():
                worker.terminate()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
