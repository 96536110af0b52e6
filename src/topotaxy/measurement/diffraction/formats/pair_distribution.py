"""Pair distribution functions: gr files of PDFgetX, PDFgetN, PDFgetX3 and GSAS-II, columns r and G."""

from __future__ import annotations

import re
from pathlib import Path

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.options import NOTHING, Options
from topotaxy.measurement.diffraction.reading import columns, numbers, read_text, text_of, usable_esd
from topotaxy.measurement.diffraction.record import Pattern
from topotaxy.measurement.technique import Format

MARK = re.compile(
    r"(?i)start data|#L\s+r\b|r\s*\(A\)\s+G|####### Get_XPDF|prep=gsas|pdfget|outputtype\s*=\s*gr"
)
NEUTRON = re.compile(r"(?i)vanadium|prep=gsas|stype\s*=\s*N|neutron")
XRAY = re.compile(r"(?i)xpdf|x-?ray|stype\s*=\s*X|outputtype\s*=\s*gr")


def recognises(head: bytes, path: Path) -> bool:
    """Whether a header of one of the programs that make G(r) stands first.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        The file.
    """
    text = text_of(head)
    if text is None or path.suffix.lower() not in (".gr", ".pdf", ".dat", ".txt"):
        return False
    if path.suffix.lower() == ".gr":
        return True
    return re.search(r"(?i)#L\s+r\(\S+\)\s+G", text) is not None


def read(path: Path, options: Options | None) -> tuple[Pattern, ...]:
    """Read r (Å) and G (Å⁻²); further columns (errors) where the header names dG.

    Parameters
    ----------
    path : Path
        The file.
    options : Options, optional
        What the user states of radiation, axis and sample.
    """
    lines = read_text(path).split("\n")
    marks = [k for k, line in enumerate(lines) if re.search(r"(?i)start data|^#L\s+r", line)]
    first = marks[-1] + 1 if marks else 0
    while first < len(lines) and (numbers(lines[first]) is None or len(numbers(lines[first]) or ()) < 2):
        first += 1
    header = "\n".join(lines[:first])
    table, notes = columns(lines[first:], source=path.name, first_line=first + 1, most=4)
    esd = None
    label = re.search(r"(?im)^#L\s+(.*)$", header)
    names = label[1].split() if label else []
    place = next(
        (k for k, name in enumerate(names) if name.lower().startswith("dg") or name.lower() == "d_gr"), None
    )
    if place is None and table.shape[1] == 4:
        place = 3
    if place is not None and place < table.shape[1]:
        esd = table[:, place]
    esd, said = usable_esd(esd, table[:, 1], source=path.name)
    given = options or NOTHING
    radiation = given.radiation
    if radiation is None:
        radiation = "neutron" if NEUTRON.search(header) else ("X-ray" if XRAY.search(header) else None)
    if table.shape[1] < 2:
        raise InputError("has no second column", where=path.name)
    return (
        Pattern(
            source=path.name,
            format=FORMAT.name,
            axis="r",
            x=table[:, 0],
            intensity=table[:, 1],
            esd=esd,
            intensity_unit="G",
            radiation=radiation,
            title=given.sample_name,
            notes=(*notes, *said),
            state=given.electrode_state,
            cycle=given.electrode_cycle,
        ),
    )


FORMAT: Format[Pattern] = Format(
    name="pair distribution function", extensions=(".gr",), recognises=recognises, read=read
)
