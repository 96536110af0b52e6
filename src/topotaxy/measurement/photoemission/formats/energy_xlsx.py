"""A workbook whose sheets have a column headed ``BE/eV`` or ``KE/eV``; each sheet is a region."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from topotaxy.errors import InputError
from topotaxy.measurement.files import workbook
from topotaxy.measurement.photoemission.formats.energy_csv import photons_in
from topotaxy.measurement.photoemission.options import PhotoemissionOptions
from topotaxy.measurement.photoemission.record import PhotoemissionRecord, checked
from topotaxy.measurement.technique import Format

NAME = "energy xlsx"
_HEADING = re.compile(
    r"\s*(BE|KE|Binding Energy|Kinetic Energy)\s*[/(\[ ]\s*eV\s*[)\]]?\s*", re.IGNORECASE | re.ASCII
)


def _heads(cells: Sequence[str]) -> bool:
    """Whether a row heads one column of energies, and another beside it."""
    return len(cells) > 1 and sum(_HEADING.fullmatch(cell) is not None for cell in cells) == 1


def recognises(head: bytes, path: Path) -> bool:
    """Whether a sheet of a workbook heads a column with binding or kinetic energy in eV.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Of the file.
    """
    if not workbook.is_workbook(head):
        return False
    try:
        return bool(workbook.sheets_headed(path, _heads))
    except InputError:
        # A workbook that cannot be opened is nobody's; what is wrong is said when it is read.
        return False


def read(path: Path, options: PhotoemissionOptions | None) -> tuple[PhotoemissionRecord, ...]:
    """Read the column of energies and the next one of every such sheet, named by the sheet.

    Parameters
    ----------
    path : Path
        Of the file.
    options : PhotoemissionOptions, optional
        Photon energy, where no heading has one, and the line.

    Raises
    ------
    InputError
        Where a cell is no number, or a kinetic axis has no photon energy.
    """
    found = []
    for sheet, table in workbook.tables(path, _heads).items():
        place = next(k for k, cell in enumerate(table.header) if _HEADING.fullmatch(cell))
        beside = next((cell for cell in table.header[place + 1 :] if cell), None)
        if beside is None:
            raise InputError("has no intensity to the right of its energies", where=table.source)
        energy = table.header[place]
        columns = table.floats([energy, beside])
        photons = photons_in(" ".join(table.header))
        found.append(
            checked(
                columns[energy],
                columns[beside],
                kinetic=energy.strip().lower().startswith("k"),
                source=table.source,
                format=NAME,
                photon_energy=photons or (options.photon_energy if options else None),
                line=(options.spectrum_line if options else "") or sheet,
                notes=("the file does not say whether it holds counts: scatter is taken from the data",),
            )
        )
    return tuple(found)


FORMAT = Format(NAME, (".xlsx",), recognises, read)
