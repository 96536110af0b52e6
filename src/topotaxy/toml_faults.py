"""What is wrong with a TOML document, in one line: its place, the key, and the nearest known one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from reprlib import Repr
from typing import TYPE_CHECKING, Any, get_args

from topotaxy.errors import choices

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

Path = tuple[str | int, ...]

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]#]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""\s*((?:[\w-]+|"[^"\n]*"|'[^'\n]*')(?:\s*\.\s*(?:[\w-]+|"[^"\n]*"|'[^'\n]*'))*)\s*=""")
_PART = re.compile(r"""[\w-]+|"[^"\n]*"|'[^'\n]*'""")
_WORDS = {
    "should be a valid integer": "should be a whole number",
    "should be a valid number": "should be a number",
    "should be a valid string": "should be text in quotes",
    "should be a valid boolean": "should be true or false",
    "Value should have at least 1 item after validation, not 0": "needs an entry",
    "should be a valid tuple": "should be a list",
    "a valid tuple": "a list",
    "should be greater than or equal to": "should be at least",
    "should be less than or equal to": "should be at most",
    "should be greater than": "should be above",
    "should be less than": "should be below",
    "should match pattern '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$'": (
        "should be 1 to 64 letters, digits and . _ -, the first a letter or digit"
    ),
    "should match pattern '^(10\\.\\d{4,9}/\\S+)?$'": "should be a DOI such as '10.1002/smll.202204912'",
}
"""What pydantic says, and what a user of TOML reads."""

_abridged = Repr()
_abridged.maxstring = _abridged.maxother = _abridged.maxlong = 60


def first_error(
    error: ValidationError, *, model: type[BaseModel] | None = None, known: Sequence[str] = ()
) -> str:
    """Return one line for the first fault that pydantic found: ``section.key: what is wrong``.

    A key that is not known comes first: what is missing is often there by a wrong name.

    Parameters
    ----------
    error : ValidationError
        Of pydantic.
    model : type, optional
        What was validated, by which the nearest known key is found.
    known : sequence of str
        Further keys that its top level may have.
    """
    fault = fault_of(error)
    key = ".".join(f"{part!s:.60}" for part in fault["loc"])
    message = re.sub(r"^(Value error, |Input |String )", "", fault["msg"])
    message = re.sub(r"a valid dictionary( or instance of \w+)?", "a section", message)
    for theirs, ours in _WORDS.items():
        message = message.replace(theirs, ours)
    if fault["type"] == "missing":
        message = "is missing"
    elif fault["type"] == "extra_forbidden":
        names = known_keys(model, fault["loc"][:-1]) if model is not None else ()
        names = (*names, *known) if len(fault["loc"]) == 1 else names
        message = "is not a known key" + (f"; {choices(str(fault['loc'][-1]), names)}" if names else "")
    elif "got" not in message and not isinstance(fault["input"], dict):
        message += f", got {_abridged.repr(fault['input'])}"
    more = error.error_count() - 1
    tail = f" (and {more} more fault{'s' if more > 1 else ''})" if more else ""
    return f"{key}: {message}{tail}" if key else f"{message}{tail}"


def fault_of(error: ValidationError) -> Any:
    """Return the fault that is told first, as pydantic describes it.

    Parameters
    ----------
    error : ValidationError
        Of pydantic.
    """
    faults = error.errors()
    return next((fault for fault in faults if fault["type"] == "extra_forbidden"), faults[0])


def known_keys(model: Any, path: Path) -> tuple[str, ...]:
    """Return the keys that a model has at a place of a document; none where it is no section.

    Parameters
    ----------
    model : type
        A pydantic model.
    path : tuple of str and int
        Names of sections and numbers of entries.
    """
    for part in path:
        if isinstance(part, int):
            continue
        field = getattr(model, "model_fields", {}).get(part)
        model = None if field is None else _model_in(field.annotation)
    return tuple(getattr(model, "model_fields", {}))


def _model_in(annotation: Any) -> Any:
    """The model that a field holds: itself, or in a list, a table or beside None."""
    if hasattr(annotation, "model_fields"):
        return annotation
    return next((found for found in map(_model_in, get_args(annotation)) if found is not None), None)


def line_of(text: str, path: Path) -> int | None:
    """Return the line of a TOML text, from 1, on which a key stands, or the section that should hold it.

    Parameters
    ----------
    text : str
        The document.
    path : tuple of str and int
        Names of sections and keys, and numbers of entries in arrays of tables.
    """
    wanted = tuple(str(part) if not isinstance(part, int) else part for part in path)
    best: tuple[int, int] | None = None
    for place, number in _places(text):
        same = 0
        for mine, theirs in zip(wanted, place, strict=False):
            if mine != theirs:
                break
            same += 1
        if same == len(place) and same and (best is None or same > best[0]):
            best = (same, number)
    return None if best is None else best[1]


def _places(text: str) -> list[tuple[Path, int]]:
    """Every table and key of a text, with its line."""
    found: list[tuple[Path, int]] = []
    table: Path = ()
    counts: dict[Path, int] = {}
    quoted: str | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if quoted is not None:
            quoted = None if quoted in line else quoted
            continue
        header = _HEADER.match(line)
        if header is not None:
            table = tuple(part.strip("\"'") for part in _PART.findall(header[2]))
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
            table = _numbered(table, counts)
            found.append((table, number))
            continue
        key = _KEY.match(line)
        if key is not None:
            found.append(((*table, *(part.strip("\"'") for part in _PART.findall(key[1]))), number))
        quoted = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), None)
    return found


def _numbered(table: Path, counts: dict[Path, int]) -> Path:
    """A table's name with the number of the entry after each array of tables."""
    found: list[str | int] = []
    for depth, part in enumerate(table, start=1):
        found.append(part)
        if table[:depth] in counts:
            found.append(counts[table[:depth]])
    return tuple(found)
