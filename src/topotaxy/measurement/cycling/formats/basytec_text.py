"""BaSyTec's text: lines that begin with a tilde, the last of them with the headings, and the table."""

from __future__ import annotations

from pathlib import Path

from topotaxy.errors import InputError
from topotaxy.measurement.cycling.contents import Contents, Vocabulary
from topotaxy.measurement.cycling.reading import cycler_format
from topotaxy.measurement.files import delimited

_WORDS = Vocabulary(
    names={
        "test_time_second": ("~time",),
        "voltage_volt": ("u", "u battery"),
        "current_ampere": ("i", "i battery"),
        "cycle_count": ("cyc count",),
        "step_index": ("line",),
        # Counted from zero with each line of the plan, down on discharge.
        "step_capacity_ah": ("ah step",),
        "passed_capacity_ah": ("ah",),
        "passed_energy_wh": ("wh",),
        "temperature_t1_celsius": ("t1",),
    },
    needs=(("~time",), ("dataset",), ("u", "u battery"), ("i", "i battery")),
    units={"step_capacity_ah": "ah"},
    kinds=("command",),
)
_DELIMITERS = (*delimited.DELIMITERS, " ")


def _header(lines: list[str]) -> tuple[int, str] | None:
    """Return the place of the headings and what separates them."""
    for place, line in enumerate(lines[: delimited.HEADER_LINES]):
        if not line.startswith("~"):
            return None
        for delimiter in _DELIMITERS:
            if _WORDS.knows(delimited.fields(line, delimiter)):
                return place, delimiter
    return None


def recognises(head: bytes, path: Path) -> bool:
    """Whether the file begins with lines of a tilde, one of which has BaSyTec's headings.

    Parameters
    ----------
    head : bytes
        The file's first 64 kB.
    path : path
        The file.
    """
    return _header(delimited.head_lines(head)) is not None


def read(path: Path) -> Contents:
    """Read the table of data sets.

    Parameters
    ----------
    path : path
        The file.
    """
    text = delimited.read_text(path)
    at = _header(text.splitlines())
    if at is None:
        raise InputError("has no line ~Time[...] with BaSyTec's headings", where=path.name)
    table = delimited.table(
        text, header_line=at[0], delimiter=at[1], source=path.name, incomplete_last_line="leave out"
    )
    return _WORDS.contents(table, instrument="BaSyTec")


FORMAT = cycler_format("BaSyTec text", (".txt", ".csv"), recognises, read)
