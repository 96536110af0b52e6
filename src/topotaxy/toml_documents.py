"""TOML documents, bundled by name or on disk: read with bounds, parsed, and faults named by line."""

from __future__ import annotations

import codecs
import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from topotaxy.errors import InputError, choices
from topotaxy.toml_faults import fault_of, line_of

if TYPE_CHECKING:
    from pydantic import ValidationError

MAX_BYTES = 1_000_000
MAX_DEPTH = 32
"""Parts that a dotted TOML key may have; the time to parse one grows with their square."""

_DEEP_KEY = re.compile(
    r"""(?<![\w-])(?:(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){%d}""" % MAX_DEPTH  # noqa: UP031
)


def bundled_names(folder: str) -> list[str]:
    """Names of the bundled TOML files of ``topotaxy/bundled/<folder>``.

    Parameters
    ----------
    folder : str
        Folder of bundled files, such as ``electrodes``.
    """
    root = resources.files("topotaxy") / "bundled" / folder
    return sorted(item.name.removesuffix(".toml") for item in root.iterdir() if item.name.endswith(".toml"))


def read_text(name_or_path: str, *, folder: str) -> tuple[str, str]:
    """Return the text and the label of a bundled name or of a file.

    Parameters
    ----------
    name_or_path : str
        A bundled name, or the path of a TOML file.
    folder : str
        Folder of bundled files in which a bare name is looked up.

    Raises
    ------
    InputError
        Where there is neither such a name nor such a file, or the file is no TOML text.
    """
    if name_or_path in bundled_names(folder):
        item = resources.files("topotaxy") / "bundled" / folder / f"{name_or_path}.toml"
        return item.read_text(encoding="utf-8"), name_or_path
    where = name_or_path if name_or_path.isprintable() and name_or_path else ascii(name_or_path)
    where = where if len(where) <= 200 else f"{where[:200]}..."
    try:
        content = _content(Path(name_or_path), where, folder)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=where) from None
    if content.startswith(codecs.BOM_UTF8):
        raise InputError("begins with a byte-order mark; save it as UTF-8 without one", where=where)
    try:
        return content.decode("utf-8"), where
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 text (byte {error.start})", where=where) from None


def _content(path: Path, where: str, folder: str) -> bytes:
    if path.is_dir():
        raise InputError("is a folder, expected a TOML file", where=where)
    if not path.is_file():
        hint = choices(path.name, bundled_names(folder))
        raise InputError(f"no such file, and not a bundled name; {hint}", where=where)
    if path.stat().st_size > MAX_BYTES:
        raise InputError(f"larger than {MAX_BYTES:,} bytes, no {folder} file is", where=where)
    return path.read_bytes()


def parse_toml(text: str, *, where: str) -> dict[str, Any]:
    """Parse TOML text; the error names line and column.

    Parameters
    ----------
    text : str
        Content of a TOML file.
    where : str
        What messages name as the source of the text.
    """
    if _DEEP_KEY.search(text):
        raise InputError(f"a dotted key has more than {MAX_DEPTH} parts", where=where)
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise InputError("not usable TOML: nested too deeply", where=where) from None
    except ValueError as error:  # also an integer of thousands of digits, which is no TOMLDecodeError
        raise InputError(f"not valid TOML: {error!s:.200}", where=where) from None


def in_line(text: str, error: ValidationError, *, where: str) -> str:
    """Return where a document is at fault: its name and the line.

    Parameters
    ----------
    text : str
        The document.
    error : ValidationError
        What is wrong with it.
    where : str
        Its name.
    """
    path = fault_of(error)["loc"]
    number = line_of(text, path) or line_of(text, path[-1:])
    return where if number is None else f"{where}, line {number}"
