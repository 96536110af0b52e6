"""Specimens to and from files, by what the file holds and what its name asks for."""

from __future__ import annotations

from pathlib import Path

from topotaxy.errors import InputError
from topotaxy.files import regular_file, write_atomically
from topotaxy.specimen.specimen import Specimen

FORMATS = {"xyz": (".xyz", ".extxyz"), "cif": (".cif",)}
"""Formats and the endings of their files."""


def read(path: Path | str, *, cells: int | tuple[int, int, int] = 1, seed: int = 0) -> Specimen:
    """Read a specimen: extended XYZ or CIF, told apart by content.

    Parameters
    ----------
    cells, seed
        For a CIF of a crystal: how many of its cells along each edge, and the seed by which sites of several
        elements or of partial occupancy are filled. A specimen that was written as such has its own box.

    Raises
    ------
    InputError
        Where the file is not there, is neither, or is damaged.
    """
    path = Path(path)
    regular_file(path, links=True)
    try:
        with path.open("rb") as file:
            head = file.read(4096)
        if head.split(b"\n", 1)[0].strip().isdigit():
            from topotaxy.specimen.xyz import read_xyz

            return read_xyz(path)
        if b"data_" in head.lower() or path.suffix.lower() == ".cif":
            from topotaxy.specimen.cif import read_cif

            return read_cif(path, cells=cells, seed=seed)
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", where=str(path)) from None
    raise InputError("is neither extended XYZ (first line: number of atoms) nor CIF (data_)", where=str(path))


def text_of(specimen: Specimen, kind: str) -> str:
    """Return a specimen as the text of a file of one of :data:`FORMATS`.

    Parameters
    ----------
    specimen : Specimen
        Any.
    kind : str
        ``xyz`` or ``cif``.

    Raises
    ------
    InputError
        For another kind.
    """
    if kind == "xyz":
        from topotaxy.specimen.xyz import xyz_text

        return xyz_text(specimen)
    if kind == "cif":
        from topotaxy.specimen.cif import cif_text

        return cif_text(specimen)
    raise InputError(f"unknown format {kind!r:.20}; expected one of {', '.join(FORMATS)}")


def write(specimen: Specimen, path: Path | str) -> Path:
    """Write a specimen as the ending of the file's name says (.xyz, .extxyz or .cif); returns the path.

    Parameters
    ----------
    specimen : Specimen
        Any.
    path : Path or str
        Written as a whole or not at all.

    Raises
    ------
    InputError
        For another ending, or where the file cannot be written.
    """
    path = Path(path)
    for kind, endings in FORMATS.items():
        if path.suffix.lower() in endings:
            try:
                write_atomically(path, text_of(specimen, kind))
            except OSError as error:
                raise InputError(f"cannot be written ({error.strerror})", where=str(path)) from None
            return path
    known = ", ".join(e for endings in FORMATS.values() for e in endings)
    raise InputError(f"unknown ending {path.suffix!r:.20}; expected one of {known}", where=str(path))
