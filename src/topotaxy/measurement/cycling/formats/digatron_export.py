"""Digatron's csv: what the measurement was, a line of headings, and under it a line of units.

As the published tests of the LG 18650HG2 are written (10.17632/cp3473x7xv).
"""

from __future__ import annotations

from pathlib import Path

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import headings
from topotaxy.measurement.cycling.contents import Contents, Vocabulary
from topotaxy.measurement.cycling.reading import cycler_format
from topotaxy.measurement.files import delimited

_WORDS = Vocabulary(
    names={
        "test_time_second": ("prog time", "progtime"),
        "voltage_volt": ("voltage",),
        "current_ampere": ("current",),
        "step_index": ("step",),
        # Both run on over the steps, up on charge and down on discharge. The number of the cycle counts loops
        # of the program, which may be none.
        "passed_capacity_ah": ("capacity", "ahaccu"),
        "passed_energy_wh": ("whaccu",),
        "temperature_t1_celsius": ("temperature",),
    },
    needs=(
        ("prog time", "progtime"),
        ("step",),
        ("status",),
        ("procedure", "cycle level"),
        ("voltage",),
        ("current",),
    ),
    kinds=("status",),
)


def recognises(head: bytes, path: Path) -> bool:
    """Whether a header line has Digatron's columns.

    Parameters
    ----------
    head : bytes
        The file's first 64 kB.
    path : path
        The file.
    """
    return delimited.find_header(delimited.head_lines(head), _WORDS.knows) is not None


def read(path: Path) -> Contents:
    """Read the table; the units of the second line become part of the headings.

    Parameters
    ----------
    path : path
        The file.
    """
    lines = delimited.read_text(path).splitlines()
    at = delimited.find_header(lines, _WORDS.knows)
    if at is None or at[0] + 1 >= len(lines):
        raise InputError("has no header line of Digatron's with a line of units under it", where=path.name)
    place, delimiter = at
    units = delimited.fields(lines[place + 1], delimiter)
    if any(unit and not (unit.startswith("[") and unit.endswith("]")) for unit in units):
        raise InputError(
            "has no line of units such as [V] under its headings", where=f"{path.name}, line {place + 2}"
        )
    names = delimited.fields(lines[place], delimiter)
    named = [
        f"{name} {unit}" if unit and headings.heading(name).unit is None else name
        for name, unit in zip(names, [*units, *[""] * len(names)], strict=False)
    ]
    lines[place], lines[place + 1] = delimiter.join(named), ""
    table = delimited.table(
        "\n".join(lines),
        header_line=place,
        delimiter=delimiter,
        source=path.name,
        incomplete_last_line="leave out",
    )
    return _WORDS.contents(table, instrument="Digatron")


FORMAT = cycler_format("Digatron export", (".csv", ".txt"), recognises, read)
