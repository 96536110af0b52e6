"""Novonix's csv (HPC, UHPC): a summary and a protocol in blocks, and the table under ``[Data]``."""

from __future__ import annotations

from pathlib import Path

from topotaxy.errors import InputError
from topotaxy.measurement.cycling.contents import Contents, Vocabulary
from topotaxy.measurement.cycling.reading import cycler_format
from topotaxy.measurement.files import delimited

_WORDS = Vocabulary(
    names={
        "test_time_second": ("run time",),
        "voltage_volt": ("potential",),
        "current_ampere": ("current",),
        "cycle_count": ("cycle number",),
        "step_index": ("step number",),
        # Both run on over the steps, up on charge and down on discharge.
        "passed_capacity_ah": ("capacity",),
        "passed_energy_wh": ("energy",),
        "temperature_t1_celsius": ("temperature",),
    },
    needs=(("run time",), ("potential",), ("current",), ("cycle number",), ("capacity",)),
    # Numbers, not words, say what a step does.
    kinds=(),
)
_DATA = "[data]"


def recognises(head: bytes, path: Path) -> bool:
    """Whether the file begins with Novonix's summary, or has Novonix's columns.

    Parameters
    ----------
    head : bytes
        The file's first 64 kB.
    path : path
        The file.
    """
    lines = delimited.head_lines(head)
    first = [line.strip().strip('"').lower() for line in lines[:3]]
    return "[summary]" in first[:1] and any("novonix" in line for line in first)


def read(path: Path) -> Contents:
    """Read the table of data; some versions put each line of it between quotes.

    Parameters
    ----------
    path : path
        The file.
    """
    lines = [_without_quotes(line) for line in delimited.read_text(path).splitlines()]
    begins = [k for k, line in enumerate(lines) if line.strip().strip(",").lower() == _DATA]
    if not begins:
        raise InputError("has no [Data] of Novonix's: it is cut short", where=path.name)
    if len(begins) > 1:
        raise InputError(
            f"holds {len(begins)} tests, one under the other; save each in a file of its own, and --join "
            "them",
            where=path.name,
        )
    place = begins[0] + 1
    header = delimited.fields(lines[place], ",") if place < len(lines) else []
    if not _WORDS.knows(header):
        raise InputError(
            f"has no columns of Novonix's under [Data], but {', '.join(header)[:200]}", where=path.name
        )
    table = delimited.table(
        "\n".join(lines),
        header_line=place,
        delimiter=",",
        source=path.name,
        incomplete_last_line="leave out",
    )
    return _WORDS.contents(table, instrument="Novonix")


def _without_quotes(line: str) -> str:
    text = line.strip()
    whole = len(text) > 1 and text[0] == text[-1] == '"' and '"' not in text[1:-1]
    return text[1:-1] if whole else line


FORMAT = cycler_format("Novonix text", (".csv",), recognises, read)
