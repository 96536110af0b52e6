"""What is asked for on the command line: a specification or a cell, by name or file, with options put in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from topotaxy.errors import InputError
from topotaxy.spec import (
    Spec,
    bundled_names,
    first_error,
    load_spec,
    parse_toml,
    read_text,
)

if TYPE_CHECKING:
    from topotaxy.cell.protocol import CellSpec


def specification_or_cell(name_or_path: str) -> Spec | CellSpec:
    """Return what a name or a file means: a run of the lattice, or a cell.

    What cannot be read at all is left to the lattice's loader, which says why.

    Raises
    ------
    InputError
        Where it is neither.
    """
    if name_or_path in bundled_names("specs"):
        return load_spec(name_or_path)
    try:
        text, where = read_text(name_or_path, folder="cells")
        document = parse_toml(text, where=where)
    except InputError:
        return load_spec(name_or_path)
    from topotaxy.cell.protocol import cell_spec_from_text, is_cell

    return cell_spec_from_text(text, where=where) if is_cell(document) else load_spec(name_or_path)


def with_options(spec: Spec, options: Mapping[str, Mapping[str, int | None]]) -> Spec:
    """Return the specification with the options in place, under the same rules.

    Raises
    ------
    InputError
        Where an option breaks one of them.
    """
    from pydantic import ValidationError

    document = spec.model_dump()
    for section, keys in options.items():
        document[section].update({key: value for key, value in keys.items() if value is not None})
    try:
        return Spec.model_validate(document)
    except ValidationError as error:
        raise InputError(first_error(error), where="command line") from None


def check_material(spec: Spec, *, where: str) -> None:
    """Refuse a formula that cannot be used before the kernel loads, which takes seconds."""
    from topotaxy.material.grains import electrode_grains

    try:
        electrode_grains(spec.electrode)
    except InputError as error:
        raise InputError(str(error), where=where) from None
