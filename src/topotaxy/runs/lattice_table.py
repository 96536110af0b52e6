"""The lattice's table of a material, made when a cell asks for it, and kept.

The table is one draw with the inputs as they ship, or as the specification imposes them: cells use no
other where no posterior is on the draws. It lies in the user's cache under what it was made from;
checkpoints of its boxes lie beside it until it is done.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from topotaxy.caching import kept_folder
from topotaxy.cell.draws import DrawTable, read_draws, write_draws
from topotaxy.cell.material import MAX_BYTES
from topotaxy.energetics import lattice_energies
from topotaxy.errors import InputError
from topotaxy.files import held, regular_file
from topotaxy.material import electrode_composition
from topotaxy.runs.draw_campaign import Campaign, Protocol, campaign
from topotaxy.runs.draw_table import lattice_digest, provenance_of, table_of
from topotaxy.runs.together import Progress
from topotaxy.spec import Spec, spec_name
from topotaxy.version import __version__

FOLDER = "draws"
"""Of the tables, in the user's cache."""

MADE_BY = ("cell/branches.py", "runs/draw_inputs.py", "runs/draw_runs.py", "runs/draw_table.py")
"""Code that makes a table of what the lattice does."""

KEPT = "finished cycles of the material's tables are kept; the same command goes on from there"


def lattice_table(
    spec: Spec, *, protocol: Protocol | None = None, progress: Progress | None = None
) -> DrawTable:
    """Return the table of one draw of a material with one alkali: the one that is kept, else a new one.

    It is the first draw of ``python -m topotaxy.studies.draws``. A kept file that is damaged, or was made
    from anything else, is made anew.

    Parameters
    ----------
    spec : Spec
        Of the material with one alkali.
    protocol : Protocol, optional
        Boxes and currents, by default those of draws.
    progress : callable, optional
        Called with (finished cycles, all cycles, message) while the table is made.

    Raises
    ------
    InputError
        Where the lattice does not hold the material, or it takes no charge or gives none back.
    """
    if spec.electrode.grains:
        raise InputError("a cell is of one single-phase material; expected a specification without grains")
    # Refuses what the lattice does not hold, before the ranges of its inputs are looked up.
    lattice_energies(
        electrode_composition(spec.electrode),
        spec.cell.ion,
        spec.cell.temperature,
        overrides=spec.lattice.parameters,
    )
    plan = campaign(spec.name, [spec], draws=1, protocol=protocol)
    digest = table_digest(plan)
    name = f"{spec_name(spec.electrode.formula, spec.cell.ion)}-{digest[:16]}"
    path = kept_folder(FOLDER) / f"{name}.npz"
    found = _kept(path, digest)
    if found is None:
        _make(plan, path, digest, progress)
        found = _kept(path, digest)
    if found is None:
        raise InputError("the table that was made cannot be read back", where=str(path))
    return found


def table_digest(plan: Campaign) -> str:
    """Return the SHA-256 over all that a kept table follows from: material, cell, inputs, protocol, code.

    Parameters
    ----------
    plan : Campaign
        One draw of one material.
    """
    root = Path(__file__).parents[1]
    (spec,) = plan.specs
    document = spec.model_dump(mode="json", exclude={"name", "title", "measured"})
    # A draw has a size, a seed, currents and cycles of its own.
    for section, key in (
        *(("lattice", key) for key in ("cells", "replicas", "seed")),
        *(("protocol", key) for key in ("current", "charge_current", "cycles")),
    ):
        document[section].pop(key, None)
    said = {
        "spec": document,
        "inputs": dict(plan.inputs[0]),
        "protocol": asdict(plan.protocol),
        "seed": plan.seed,
        "lattice": lattice_digest(),
        "code": {name: hashlib.sha256((root / name).read_bytes()).hexdigest() for name in MADE_BY},
        "versions": {name: version(name) for name in ("numpy", "numba")},
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _kept(path: Path, digest: str) -> DrawTable | None:
    try:
        regular_file(path, most=MAX_BYTES)
        table = read_draws(path.read_bytes(), where=str(path))
    except (InputError, OSError):
        return None
    return table if table.provenance.get("digest") == digest else None


def _make(plan: Campaign, path: Path, digest: str, progress: Progress | None) -> None:
    try:
        with _place(path.with_suffix(".part")) as part:
            try:
                row = _drawn(plan, part, progress)
            except InputError:
                shutil.rmtree(part, ignore_errors=True)
                raise
            provenance = provenance_of(plan, [{"lattice": lattice_digest()}])
            said = {"made_by": _made_by(plan), "digest": digest}
            write_draws(table_of(plan, [row], provenance | said), path)
            shutil.rmtree(part, ignore_errors=True)
    except KeyboardInterrupt:
        raise KeyboardInterrupt(KEPT) from None
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", where=str(path.parent)) from None


def _drawn(plan: Campaign, part: Path, progress: Progress | None) -> dict[str, Any]:
    """The row of the draw; what its checkpoints say is left out where it is damaged or another's."""
    from topotaxy.runs.draw_runs import Boxes, cycles_of_a_draw, draw_once

    (spec,) = plan.specs
    total = cycles_of_a_draw(plan.protocol)
    text = f"tables of {spec.electrode.formula} with {spec.cell.ion}"

    def told(done: int) -> None:
        if progress is not None:
            progress(done, total, text)

    boxes = Boxes(folder=part, at_once=os.cpu_count() or 1, told=told)
    asked = (plan.specs, plan.inputs[0], plan.protocol, plan.seed, boxes)
    told(0)
    begun = any(part.rglob("*.npz"))
    try:
        return draw_once(*asked)
    except InputError:
        if not begun:
            raise
    shutil.rmtree(part, ignore_errors=True)
    return draw_once(*asked)


def _made_by(plan: Campaign) -> str:
    (spec,), p = plan.specs, plan.protocol
    return (
        f"topotaxy {__version__} for this cell: {spec.electrode.formula} with {spec.cell.ion}, one draw, "
        f"inputs as shipped or imposed, {p.replicas} boxes of {p.cells} cells along each edge"
    )


@contextmanager
def _place(folder: Path) -> Iterator[Path]:
    """A folder of checkpoints; where another process works in it, one that is lost afterwards."""
    folder.mkdir(exist_ok=True)
    with held(folder) as alone:
        if alone:
            yield folder
            return
        with tempfile.TemporaryDirectory(prefix="topotaxy-") as other:
            yield Path(other)
