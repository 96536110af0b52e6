"""CasaXPS text export: blocks ``Cycle n:sample:region`` with columns K.E., Counts, B.E., CPS."""

from __future__ import annotations

import re
from pathlib import Path

from topotaxy.errors import InputError
from topotaxy.measurement.files.text import energy_of, rows_of, text_of
from topotaxy.measurement.photoemission.options import PhotoemissionOptions
from topotaxy.measurement.photoemission.record import PhotoemissionRecord, checked
from topotaxy.measurement.technique import Format

NAME = "CasaXPS text"
_BLOCK = re.compile(r"^Cycle\s+\d+\s*:(.*)$")
_HEADINGS = ("K.E.", "Counts", "B.E.", "CPS")


def recognises(head: bytes, path: Path) -> bool:
    """Whether the first line begins a cycle and CasaXPS's headings follow.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Not used: the content decides.
    """
    text = head.decode("latin-1")
    return _BLOCK.match(text.split("\n", 1)[0].strip()) is not None and "B.E." in text and "K.E." in text


def read(path: Path, options: PhotoemissionOptions | None) -> tuple[PhotoemissionRecord, ...]:
    """Read every block.

    Parameters
    ----------
    path : Path
        Of the file.
    options : PhotoemissionOptions, optional
        Not used: the file states its axis and photon energy.

    Raises
    ------
    InputError
        Where a block has no headings or no numbers.
    """
    lines = text_of(path).splitlines()
    starts = [k for k, line in enumerate(lines) if _BLOCK.match(line.strip())]
    if not starts:
        raise InputError("has no line 'Cycle n:sample:region'", where=path.name)
    records = []
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        title = _BLOCK.match(lines[start].strip())
        assert title is not None
        sample, _, region = title[1].strip().rpartition(":")
        head = next((k for k in range(start, end) if lines[k].strip().startswith("K.E.")), None)
        if head is None:
            raise InputError(
                "has a block without its headings: it is cut short", where=f"{path.name}, line {start + 1}"
            )
        names = lines[head].split()
        if any(name not in names for name in _HEADINGS):
            raise InputError(f"has the columns {' '.join(names)[:80]}", where=f"{path.name}, line {head + 1}")
        table, after = rows_of(lines[:end], head + 1, least=len(names), source=path.name)
        if any(line.strip() for line in lines[after:end]):
            raise InputError("holds something that is not a number", where=f"{path.name}, line {after + 1}")
        places = {name: names.index(name) for name in _HEADINGS}
        stated = re.search(r"Characteristic Energy eV\s+(\S+)", "\n".join(lines[start:head]))
        records.append(
            checked(
                table[:, places["B.E."]],
                table[:, places["Counts"]],
                kinetic=False,
                source=f"{path.name}: {sample}:{region}",
                format=NAME,
                photon_energy=energy_of(stated[1]) if stated else None,
                line=region,
                counted=True,
            )
        )
    return tuple(records)


FORMAT = Format(NAME, (".txt",), recognises, read)
