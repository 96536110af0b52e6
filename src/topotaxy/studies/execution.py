"""Many runs of the lattice into folders of their own, on the one executor; a stopped study goes on."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from topotaxy.executor import hand_out, places
from topotaxy.files import write_atomically
from topotaxy.results import publishing
from topotaxy.runs.folder import prepare_folder
from topotaxy.runs.run import run
from topotaxy.spec import Spec

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, kw_only=True)
class Where:
    """Where a study runs: so many runs at once on this machine, or on a Dask cluster by its address."""

    workers: int = 1
    scheduler: str | None = None


HERE = Where()


def run_into(
    specs: Mapping[str, Spec],
    out: Path,
    *,
    resume: bool,
    where: Where = HERE,
    progress: Progress | None = None,
    words: Mapping[str, str] | None = None,
) -> dict[str, Path]:
    """Run each specification into the folder of its name inside ``out``; return the folders.

    One run at a time uses all cores, shows its cycles and keeps checkpoints. Several at once are told run by
    run; on a cluster a run that is stopped begins anew, finished ones stay.

    Parameters
    ----------
    specs : mapping of str to Spec
        By the name of the folder.
    out : Path
        Folder of the study.
    resume : bool
        Whether runs that are there may be taken and continued.
    where : Where
        Where runs are executed: workers here, or a Dask scheduler.
    progress : callable, optional
        Called with what is done, all of it, and a message.
    words : mapping of str to str, optional
        What to call a run in messages.

    Raises
    ------
    InputError
        Where a specification, a folder or a cluster cannot be used.
    """
    words = words or {}
    folders = {name: out / name for name in specs}
    if where.workers == 1 and where.scheduler is None:
        for name, spec in specs.items():
            run(spec, folders[name], resume=resume, progress=_telling(progress, words.get(name, name)))
        return folders
    waiting = [name for name, spec in specs.items() if not prepare_folder(folders[name], spec, resume=resume)]
    done = len(specs) - len(waiting)

    with places(workers=where.workers, scheduler=where.scheduler) as found:

        def submit(executor: Executor, name: str) -> Future[Any]:
            document = specs[name].model_dump(mode="json")
            folder = str(folders[name].resolve()) if found.shares_files else None
            return executor.submit(run_there, document, folder)

        def finished(name: str, files: dict[str, bytes]) -> None:
            nonlocal done
            if files:
                _unpack(files, folders[name])
            done += 1
            if progress is not None:
                progress(done, len(specs), f"runs, {words.get(name, name)} done")

        hand_out(waiting, found, submit=submit, finished=finished)
    return folders


def run_there(document: dict[str, Any], folder: str | None) -> dict[str, bytes]:
    """Run a specification in another process.

    Into ``folder``, where that process sees it; else into a temporary one, whose files are returned.

    Parameters
    ----------
    document : dict[str, Any]
        What is to be run, as plain data.
    folder : str | None
        Folder of its results; None to keep none.
    """
    spec = Spec.model_validate(document)
    if folder is not None:
        run(spec, Path(folder), resume=True)
        return {}
    with tempfile.TemporaryDirectory(prefix="topotaxy-") as scratch:
        made = run(spec, Path(scratch) / "run")
        return {str(p.relative_to(made)): p.read_bytes() for p in made.rglob("*") if p.is_file()}


def _unpack(files: Mapping[str, bytes], folder: Path) -> None:
    with publishing(folder) as work:
        for name, content in files.items():
            target = (work / name).resolve()
            if not target.is_relative_to(work.resolve()):
                raise ValueError(f"a worker returned a file outside its folder: {name!r:.80}")
            target.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(target, content)


def _telling(progress: Progress | None, text: str) -> Progress:
    def tell(done: int, total: int, message: str) -> None:
        if progress is not None:
            progress(done, total, f"{message}, {text}")

    return tell
