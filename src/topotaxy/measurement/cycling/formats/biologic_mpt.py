"""BioLogic's text export, .mpt, of EC-Lab and BT-Lab: tab-separated, with decimal points or commas."""

from __future__ import annotations

import re
from pathlib import Path

from topotaxy.errors import InputError
from topotaxy.measurement.cycling import biologic
from topotaxy.measurement.cycling.contents import Contents, empty
from topotaxy.measurement.cycling.reading import cycler_format
from topotaxy.measurement.files import dates, delimited

_MAGIC = re.compile(rb"^(?:\xef\xbb\xbf)?(?:EC|BT)-Lab ASCII FILE")
_LINES = re.compile(r"^Nb header lines\s*:\s*(\d{1,4})\s*$")


def recognises(head: bytes, path: Path) -> bool:
    """Whether the file says that it is EC-Lab's or BT-Lab's text.

    Parameters
    ----------
    head : bytes
        The file's first 64 kB.
    path : path
        The file.
    """
    return _MAGIC.match(head) is not None or _bare(delimited.head_lines(head)) is not None


def _bare(lines: list[str]) -> tuple[int, str] | None:
    """Return the place of EC-Lab's headings where they are the first line of a table without its header."""
    return delimited.find_header(lines[:1], biologic.is_header)


def read(path: Path) -> Contents:
    """Read the table under the header, whose length the file states.

    Parameters
    ----------
    path : path
        The file.
    """
    text = delimited.read_text(path)
    lines = text.splitlines()
    place, delimiter = _bare(lines) or (_stated_header(lines, path.name), "\t")
    table = delimited.table(
        text,
        header_line=place,
        delimiter=delimiter,
        source=path.name,
        incomplete_last_line="leave out",
    )
    used = biologic.needed(table.header)
    without = empty(table, sorted(used))
    used = biologic.needed([name for name in table.header if name not in without])
    dated = biologic.TIME in table.header and dates.is_moment(table.first(biologic.TIME))
    columns = table.floats(
        [name for name in table.header if name in used and not (dated and name == biologic.TIME)]
    )
    if dated:
        columns[biologic.TIME] = dates.seconds_since_first(
            table.column(biologic.TIME), table.numbers, source=path.name, heading=biologic.TIME
        )
    contents = biologic.contents(columns, columns.get("mode"), source=path.name)
    return Contents(contents.columns, instrument=contents.instrument, notes=(*contents.notes, *table.notes))


def _stated_header(lines: list[str], source: str) -> int:
    """Return the place of the headings, which the header states.

    Raises
    ------
    InputError
        Where it does not, or there are fewer lines.
    """
    stated = next((match for line in lines[:5] if (match := _LINES.match(line))), None)
    if stated is None or not 0 < int(stated.group(1)) <= len(lines):
        raise InputError(
            "does not say how many header lines it has, or has fewer: it is cut short", where=source
        )
    return int(stated.group(1)) - 1


FORMAT = cycler_format("BioLogic mpt", (".mpt", ".txt", ".csv"), recognises, read)
