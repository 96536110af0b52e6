"""The specification of a run as it stands in its folder."""

from __future__ import annotations

import os
from pathlib import Path

import tomli_w

from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.lattice.geometry import block_edge
from topotaxy.results import CHECKPOINTS, DATA_FILE, OBSERVABLES_FILE, SPEC_FILE, claimed
from topotaxy.results.reading import stored_text
from topotaxy.spec import Spec, spec_from_text

NEEDED = (SPEC_FILE, DATA_FILE, OBSERVABLES_FILE)
"""What a finished run has at least; ``--resume`` makes again what is missing."""


def resolved(spec: Spec) -> Spec:
    """Return a specification with what the lattice chooses by itself written out: the edge of a block.

    Parameters
    ----------
    spec : Spec
        The specification, as it was given.
    """
    if spec.lattice.block is not None:
        return spec
    lattice = spec.lattice.model_copy(update={"block": block_edge(spec.lattice.cells)})
    return spec.model_copy(update={"lattice": lattice})


def spec_text(spec: Spec) -> str:
    """Return a specification as TOML with every default filled in; a key that is not there is off.

    Parameters
    ----------
    spec : Spec
        The specification, as it was given.
    """
    return tomli_w.dumps(resolved(spec).model_dump(mode="json", exclude_none=True))


def prepare_folder(out: Path, spec: Spec, *, resume: bool) -> bool:
    """Make ``out`` ready for this run; returns whether the run in it is complete already.

    Parameters
    ----------
    out : Path
        The folder; it need not be there.
    spec : Spec
        Electrode, cell, protocol and lattice that are asked for.
    resume : bool
        Whether a run that is there may be continued.

    Raises
    ------
    InputError
        Where ``out`` is no folder, holds other files, or holds a run that may not be continued: ``resume``
        not asked for, another specification, or files that are not as they were written.
    """

    def same(recorded: Path) -> bool:
        return resolved(spec_from_text(stored_text(recorded), where=str(recorded))) == resolved(spec)

    if claimed(out, what="a run", resume=resume, recorded=SPEC_FILE, same=same, needed=NEEDED):
        return True
    checkpoints = out / CHECKPOINTS
    if os.path.lexists(checkpoints) and (checkpoints.is_symlink() or not checkpoints.is_dir()):
        raise InputError("is no folder of this run; delete it", where=str(checkpoints))
    if not (out / SPEC_FILE).is_file():
        try:
            out.mkdir(parents=True, exist_ok=True)
            write_atomically(out / SPEC_FILE, spec_text(spec))
        except OSError as error:
            raise InputError(f"cannot be written ({error.strerror})", where=str(out)) from None
    return False
