"""Commented files to begin with: an electrode, a cell, a sample, a mapping of columns, a ledger of claims."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import get_args

from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.toml_documents import bundled_names

FOLDER = "templates"

EXAMPLE = ("NiO", "Na")
"""Formula and alkali where nobody says others."""

MATERIAL = "heos-na"
"""Of a cell, where nobody says a formula."""

COMMENT = 40
"""Column of a line's comment."""


def kinds() -> list[str]:
    """Return the kinds of file that can be begun."""
    return bundled_names(FOLDER)


def begun_file(kind: str, path: Path, *, formula: str | None = None, ion: str | None = None) -> Path:
    """Write a commented file of one kind and return its path.

    Parameters
    ----------
    kind : str
        One of :func:`kinds`.
    path : Path
        The file; nothing may be there. Without an ending it gets ``.toml``.
    formula, ion : str, optional
        Put in where the kind has them.

    Raises
    ------
    InputError
        Where there is no such kind or alkali, something is there already, or it cannot be written.
    """
    if kind not in kinds():
        raise InputError(f"no kind of file {kind!r:.40}; expected one of {', '.join(kinds())}")
    from topotaxy.spec import Cell

    alkalis = get_args(Cell.model_fields["ion"].annotation)
    if ion is not None and ion not in alkalis:
        raise InputError(f"no alkali {ion!r:.40}; expected one of {', '.join(alkalis)}", where="--ion")
    path = path if path.suffix else path.with_suffix(".toml")
    if path.exists() or path.is_symlink():
        raise InputError("is there already; give another name, or remove it first", where=str(path))
    name = re.sub(r"[^A-Za-z0-9._-]", "-", path.stem).lstrip("._-")[:64] or kind
    text = (resources.files("topotaxy") / "bundled" / FOLDER / f"{kind}.toml").read_text(encoding="utf-8")
    words = {
        "name": name,
        "file": path.name,
        "formula": formula or EXAMPLE[0],
        "ion": ion or EXAMPLE[1],
        "material": formula or MATERIAL,
        "with_ion": f'{"" if formula else "# "}ion = "{ion or EXAMPLE[1]}"'.ljust(COMMENT),
    }
    for key, word in words.items():
        text = text.replace("{" + key + "}", word)
    try:
        write_atomically(path, text)
    except OSError as error:
        raise InputError(f"cannot be written ({error.strerror})", where=str(path)) from None
    return path
