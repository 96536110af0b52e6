"""The specification of a run as it stands in its folder."""

from __future__ import annotations

from pathlib import Path

import tomli_w

from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.lattice.geometry import block_edge
from topotaxy.results import SPEC_FILE, claimed
from topotaxy.spec import Spec, spec_from_text


def resolved(spec: Spec) -> Spec:
    """Return a specification with what the lattice chooses by itself written out: the edge of a block."""
    if spec.lattice.block is not None:
        return spec
    lattice = spec.lattice.model_copy(update={"block": block_edge(spec.lattice.cells)})
    return spec.model_copy(update={"lattice": lattice})


def spec_text(spec: Spec) -> str:
    """Return a specification as TOML with every default filled in; a key that is not there is off."""
    return tomli_w.dumps(resolved(spec).model_dump(mode="json", exclude_none=True))


def prepare_folder(out: Path, spec: Spec, *, resume: bool) -> bool:
    """Make ``out`` ready for this run; returns whether the run in it is complete already.

    Raises
    ------
    InputError
        Where ``out`` is no folder, holds other files, or holds a run that may not be
        continued: ``resume`` not asked for, or another specification.
    """

    def same(recorded: Path) -> bool:
        text = recorded.read_text(encoding="utf-8")
        return resolved(spec_from_text(text, where=str(recorded))) == resolved(spec)

    if claimed(out, what="a run", resume=resume, recorded=SPEC_FILE, same=same):
        return True
    if not (out / SPEC_FILE).is_file():
        try:
            out.mkdir(parents=True, exist_ok=True)
            write_atomically(out / SPEC_FILE, spec_text(spec))
        except OSError as error:
            raise InputError(f"cannot be written ({error.strerror})", where=str(out)) from None
    return False
