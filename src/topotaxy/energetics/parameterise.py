"""Energies from atoms for one composition: tasks, checkpoints and the processes that do them.

Each task writes one JSON file when it is done, atomically; what is there is not done again.
Killing a run therefore loses the tasks under way, one per process.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future
from functools import cache
from pathlib import Path
from typing import Any

from topotaxy.energetics.potentials.interface import Potential, load_potential
from topotaxy.energetics.task import Task
from topotaxy.errors import InputError
from topotaxy.executor import Places, hand_out, places
from topotaxy.files import write_atomically
from topotaxy.results import PROVENANCE_FILE, provenance, publishing

SCHEMA = "topotaxy/potential-tasks/1"

Progress = Callable[[str, int, int], None]


STARTING_KINDS = ("frame", "displacement")
"""Kinds of task that can start from a structure found elsewhere."""


def perform(
    task: Task,
    potential: Potential,
    found: Mapping[str, Mapping[str, Any]],
    start: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Do one task.

    A task that needs a result which says that it is ``unusable`` is not computed; its own result
    says why.

    Parameters
    ----------
    task : Task
        The calculation: kind, parameters and the tasks that it needs.
    potential : Potential
        Interatomic potential: energies (eV), forces (eV/Å), stress (eV/Å³).
    found : mapping
        Results of finished tasks by name; those that the task needs are among them.
    start : mapping, optional
        Document of the same task by another potential, from whose structure the relaxation starts: this
        saves most of the steps and keeps to the same minimum.
    """
    from topotaxy.energetics.potentials.kinds import KINDS

    parameters = dict(task.parameters)
    if start is not None:
        parameters["start"] = start["result"]["structure"]
    unusable = [name for name in task.needs if "unusable" in found[name]]
    if unusable:
        why = f"not computed: {unusable[0]} {found[unusable[0]]['unusable']}"
        result: dict[str, Any] = {"converged": False, "reason": why}
    else:
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
    scheduler: str | None = None,
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
    scheduler
        Address of a Dask scheduler, whose workers then do the tasks; they need the same
        version of the potential. The results are written here.
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

    def finished(task: Task, document: dict[str, Any]) -> None:
        found[task.name] = document
        write_document(store / f"{task.name}.json", document)
        report(task.name, len(found), len(tasks))

    if workers == 1 and scheduler is None:
        for task in in_order(tasks):
            if task.name not in found:
                finished(task, perform(task, chosen, _results(task, found), _start(task, starts)))
        return found
    if not isinstance(potential, str):
        raise InputError("other processes need the potential by its name")
    with places(workers=workers, scheduler=scheduler, initializer=_single_thread) as there:
        _elsewhere(tasks, found, there, chosen, starts, finished)
    return found


def in_order(tasks: Iterable[Task]) -> list[Task]:
    """Return the tasks with each after those it needs, otherwise as given.

    Parameters
    ----------
    tasks : iterable of Task
        Tasks in any order; those that one needs are among them.

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
    computed = [document for document in found if "energy" in document["result"]]
    return min(computed, key=lambda document: float(document["result"]["energy"]), default=None)


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

    Parameters
    ----------
    path : Path
        File of one checkpoint, JSON.

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

    Parameters
    ----------
    folder : Path
        Folder of the run, with its ``tasks`` inside.

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
    """Write JSON so that the file is either whole or absent.

    Parameters
    ----------
    path : Path
        File of one checkpoint, JSON.
    document : mapping
        Plain data: what the checkpoint holds.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, json.dumps(document, ensure_ascii=False, allow_nan=False))


def publish_table(folder: Path, table: Mapping[str, Any], *, ion: str, options: Mapping[str, Any]) -> Path:
    """Write the table of a parameterisation beside its tasks, with its provenance; return its path.

    Parameters
    ----------
    folder, table : Path, mapping
        Folder of the run, and the table as :func:`~.potentials.table.build_table` returns it.
    ion : str
        The alkali metal, for the name of the table.
    options : mapping
        What was asked for, by name, for the provenance.
    """
    name = f"table-{ion}.json"
    document = provenance(SCHEMA, potential=table["version"], options=dict(options))
    with publishing(folder) as work:
        write_document(work / name, table)
        write_document(work / PROVENANCE_FILE, document)
    return folder / name


@cache
def _loaded(name: str) -> Potential:
    return load_potential(name)


def _perform_by_name(
    task: Task, found: Mapping[str, Mapping[str, Any]], start: Mapping[str, Any] | None, potential: str
) -> dict[str, Any]:
    """Do a task in another process, which loads the potential once."""
    return perform(task, _loaded(potential), found, start)


def _elsewhere(
    tasks: Sequence[Task],
    found: dict[str, dict[str, Any]],
    there: Places,
    potential: Potential,
    starts: Path | None,
    finished: Callable[[Task, dict[str, Any]], None],
) -> None:
    """Hand out tasks as what they need is finished; each result is kept here, as it comes."""

    def submit(executor: Executor, task: Task) -> Future[dict[str, Any]]:
        return executor.submit(
            _perform_by_name, task, _results(task, found), _start(task, starts), potential.name
        )

    def keep(task: Task, document: dict[str, Any]) -> None:
        if document["version"] != potential.version:
            raise InputError(f"a worker has {document['version']}, this machine {potential.version}")
        finished(task, document)

    hand_out(
        [task for task in in_order(tasks) if task.name not in found],
        there,
        ready=lambda task: all(name in found for name in task.needs),
        submit=submit,
        finished=keep,
    )


def _single_thread() -> None:
    import torch

    torch.set_num_threads(1)
