"""Two columns with a heading that names the axis: ``BE/eV,name`` or ``KE/eV,PE: 600 eV``."""

from __future__ import annotations

import re
from pathlib import Path

from topotaxy.errors import InputError
from topotaxy.measurement.files.text import rows_of, text_of
from topotaxy.measurement.photoemission.options import PhotoemissionOptions
from topotaxy.measurement.photoemission.record import PhotoemissionRecord, checked
from topotaxy.measurement.technique import Format

NAME = "energy csv"
_HEADING = re.compile(
    r"^\s*\"?(BE|KE|Binding Energy|Kinetic Energy)\s*[/(\[ ]\s*eV\s*[)\]]?\"?\s*[,;\t]", re.IGNORECASE
)
_PHOTONS = re.compile(r"\b(?:PE|hv|photon energy)\s*[:=]?\s*(\d+(?:\.\d+)?)\s*eV", re.IGNORECASE)


def recognises(head: bytes, path: Path) -> bool:
    """Whether the first line heads a column with binding or kinetic energy in eV.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Not used: the content decides.
    """
    return _HEADING.match(head[:300].decode("utf-8-sig", errors="replace")) is not None


def read(path: Path, options: PhotoemissionOptions | None) -> tuple[PhotoemissionRecord, ...]:
    """Read the first two columns; the photon energy from the heading, or from the options.

    Parameters
    ----------
    path : Path
        Of the file.
    options : PhotoemissionOptions, optional
        Photon energy, where the heading has none, and the line.

    Raises
    ------
    InputError
        Where the table is not one of numbers, or a kinetic axis has no photon energy.
    """
    lines = text_of(path).splitlines()
    heading = _HEADING.match(lines[0])
    if heading is None:
        raise InputError("heads no column with BE/eV or KE/eV", where=path.name)
    delimiter = next(c for c in ",;\t" if c in lines[0])
    table, after = rows_of(lines, 1, least=2, source=path.name, delimiter=delimiter)
    if any(line.strip() for line in lines[after:]):
        raise InputError("holds something that is not a number", where=f"{path.name}, line {after + 1}")
    return (
        checked(
            table[:, 0],
            table[:, 1],
            kinetic=heading[1].lower().startswith("k"),
            source=path.name,
            format=NAME,
            photon_energy=photons_in(lines[0]) or (options.photon_energy if options else None),
            line=(options.spectrum_line or "") if options else "",
            notes=("the file does not say whether it holds counts: scatter is taken from the data",),
        ),
    )


def photons_in(heading: str) -> float | None:
    """Return the photon energy that a heading states, eV; None where it states none.

    Parameters
    ----------
    heading : str
        As in ``KE/eV,PE: 600 eV``.
    """
    found = _PHOTONS.search(heading)
    return float(found[1]) if found else None


FORMAT = Format(NAME, (".csv",), recognises, read)
