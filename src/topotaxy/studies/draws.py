"""Draws of the lattice for the cell: one set of inputs within their ranges, every alkali on it together.

``python -m topotaxy.studies.draws heos --specs heos-na heos-li`` runs points within every range that
:func:`topotaxy.energetics.inputs.lattice_inputs` declares for the material, the first draw being the shipped
values, and writes ``NAME.npz`` beside the tables that ship. A draw is one file of the working folder,
bound to
what it was made from, so that a stopped campaign goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

from topotaxy.errors import InputError
from topotaxy.executor import hand_out, places
from topotaxy.files import write_atomically
from topotaxy.runs.draw_campaign import Campaign, campaign
from topotaxy.runs.draw_runs import draw_once
from topotaxy.runs.draw_table import draw_digest, lattice_digest, provenance_of, table_of
from topotaxy.spec import load_spec

Progress = Callable[[int, int], None]


def run_draws(
    plan: Campaign,
    folder: Path,
    *,
    workers: int = 1,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> list[dict[str, Any]]:
    """Run every draw that the folder does not hold yet and return all, in order.

    Parameters
    ----------
    plan : Campaign
        Draws that are to be run: one material, its alkalis, the protocol, and the inputs of each draw.
    folder : Path
        Working folder: one file a draw.
    workers : int
        Draws at once on this machine.
    scheduler : str, optional
        Address of a Dask scheduler.
    progress : callable, optional
        Called with the draws that are done and all of them.

    Raises
    ------
    InputError
        Where a draw of the folder belongs to another campaign.
    """
    folder.mkdir(parents=True, exist_ok=True)
    waiting = []
    for index in range(len(plan.inputs)):
        path = folder / _file(index)
        if path.is_file():
            _read(path, draw_digest(plan, index))
        else:
            waiting.append(index)
    lattice = lattice_digest()
    done = len(plan.inputs) - len(waiting)
    with places(workers=workers, scheduler=scheduler) as found:

        def submit(executor: Executor, index: int) -> Future[Any]:
            return executor.submit(
                draw_once, plan.specs, plan.inputs[index], plan.protocol, plan.seed + index
            )

        def finished(index: int, row: dict[str, Any]) -> None:
            nonlocal done
            document = {"digest": draw_digest(plan, index), "lattice": lattice, **row}
            write_atomically(folder / _file(index), json.dumps(document))
            done += 1
            if progress is not None:
                progress(done, len(plan.inputs))

        hand_out(waiting, found, submit=submit, finished=finished)
    return [_read(folder / _file(i), draw_digest(plan, i)) for i in range(len(plan.inputs))]


def _file(index: int) -> str:
    return f"draw-{index:04d}.json"


def _read(path: Path, digest: str) -> dict[str, Any]:
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
        same = row["digest"] == digest
    except (ValueError, KeyError, TypeError, RecursionError):
        raise InputError("not a draw; remove it and run again", where=str(path)) from None
    if not same:
        raise InputError("made for another campaign; use another folder", where=str(path))
    return dict(row)


def main() -> None:
    """Run from the command line."""
    from topotaxy.cell.draws import write_draws

    parser = argparse.ArgumentParser(prog="python -m topotaxy.studies.draws", description=__doc__)
    parser.add_argument("name", help="of the table")
    parser.add_argument(
        "--specs", nargs="+", required=True, help="bundled names or TOML files, one an alkali"
    )
    parser.add_argument("--draws", type=int, default=48, help="how many, the shipped values among them")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1, help="draws at once")
    parser.add_argument("--scheduler", help="address of a Dask scheduler")
    parser.add_argument("--work", type=Path, required=True, help="folder of the draws that are done")
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "cell" / "tables")
    given = parser.parse_args()

    def told(done: int, total: int) -> None:
        print(f"{done} of {total}", file=sys.stderr, flush=True)

    try:
        specs = [load_spec(name) for name in given.specs]
        plan = campaign(given.name, specs, draws=given.draws, seed=given.seed)
        rows = run_draws(plan, given.work, workers=given.workers, scheduler=given.scheduler, progress=told)
        write_draws(table_of(plan, rows, provenance_of(plan, rows)), given.out / f"{given.name}.npz")
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None


if __name__ == "__main__":
    main()
