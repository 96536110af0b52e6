"""VAMAS, ISO 14976: the exchange format of surface analysis, also under the ending .npl.

A header, then blocks of which each is one region; REGULAR ones state start and step of the energies,
IRREGULAR ones list them as the first variable. Field by field after W. A. Dench, L. B. Hazell and M. P. Seah,
Surf. Interface Anal. 13 (1988) 63, 10.1002/sia.740130202.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.measurement.files.text import text_of
from topotaxy.measurement.photoemission.options import PhotoemissionOptions
from topotaxy.measurement.photoemission.record import Floats, PhotoemissionRecord, checked
from topotaxy.measurement.technique import Format

NAME = "VAMAS"
IDENTIFIER = "VAMAS Surface Chemical Analysis Standard Data Transfer Format"
UNKNOWN = 1e36
"""Values from this on stand for what nobody knows (1E37 in the standard)."""
WITH_POSITION = ("MAP", "MAPDP")
WITH_REGIONS = ("MAP", "MAPDP", "NORM", "SDP")
UNHANDLED_MODES = ("MAPSV", "MAPSVDP", "SDP", "SDPSV", "SEM", "MAPDP")
TECHNIQUES = ("XPS", "UPS")
IONS = ("FABMS", "FABMS energy spec", "ISS", "SIMS", "SIMS energy spec", "SNMS", "SNMS energy spec")


def recognises(head: bytes, path: Path) -> bool:
    """Whether the standard's identifier stands in the first lines.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Not used: the content decides.
    """
    return IDENTIFIER.encode() in head[:400]


@dataclass
class _Lines:
    """Reads a file line by line and says where it is."""

    lines: list[str]
    source: str
    at: int = 0

    def text(self) -> str:
        if self.at >= len(self.lines):
            raise InputError("ends within a block: it is cut short", where=self.source)
        self.at += 1
        return self.lines[self.at - 1].strip()

    def number(self) -> float:
        given = self.text()
        try:
            return float(given)
        except ValueError:
            raise InputError(
                f"expected a number, got {given!r:.40}", where=f"{self.source}, line {self.at}"
            ) from None

    def numbers(self, count: int) -> list[float]:
        return [self.number() for _ in range(count)]

    def count(self, what: str) -> int:
        value = self.number()
        # Each thing that is counted takes a line at least.
        if not 0 <= value <= len(self.lines) or value != int(value):
            raise InputError(
                f"states {value:g} {what}, and has {len(self.lines)} lines",
                where=f"{self.source}, line {self.at}",
            )
        return int(value)

    def texts(self, what: str) -> list[str]:
        return [self.text() for _ in range(self.count(what))]


@dataclass
class _Header:
    mode: str
    scan: str
    variables: int
    blocks: int
    future_block: int
    instrument: str


def read(path: Path, options: PhotoemissionOptions | None) -> tuple[PhotoemissionRecord, ...]:
    """Read every block of XPS; others are left out and named.

    Parameters
    ----------
    path : Path
        Of the file.
    options : PhotoemissionOptions, optional
        Photon energy, where a block states none.

    Raises
    ------
    InputError
        Where the file ends within a block, is of a mode that is not spectra, or holds none of photoemission.
    """
    # PHI pads some of its texts with NUL.
    lines = text_of(path, nulls=True).splitlines()
    start = next((k for k, line in enumerate(lines[:20]) if IDENTIFIER in line), None)
    if start is None:
        raise InputError("has no identifier of VAMAS in its first lines", where=path.name)
    reader = _Lines(lines, path.name, start + 1)
    header = _header(reader)
    records = []
    left_out = []
    for number in range(header.blocks):
        block = _block(reader, header, number)
        if block.technique in TECHNIQUES:
            records.append(_record(block, header, path.name, number, options))
        else:
            left_out.append(f"block {number + 1} is {block.technique or 'of no technique'}")
    if not records:
        raise InputError(
            f"holds no photoemission spectrum ({'; '.join(left_out) or 'no block'})", where=path.name
        )
    return tuple(records)


def _header(r: _Lines) -> _Header:
    _, instrument, _, _ = (r.text() for _ in range(4))
    r.texts("lines of comment")
    mode, scan = r.text().upper(), r.text().upper()
    if mode in UNHANDLED_MODES or mode not in ("NORM", "MAP"):
        raise InputError(f"is of mode {mode!r:.20}; spectra are of mode NORM", where=r.source)
    if scan not in ("REGULAR", "IRREGULAR"):
        raise InputError(f"has scan mode {scan!r:.20}, neither REGULAR nor IRREGULAR", where=r.source)
    if mode in WITH_REGIONS:
        r.number()
    if mode in WITH_POSITION:
        for _ in range(3):
            r.number()
    variables = r.count("experimental variables")
    for _ in range(2 * variables):
        r.text()
    if r.number() != 0:
        raise InputError("leaves out fields of its blocks by a list, which is not read", where=r.source)
    r.texts("entries to be entered by hand")
    upgrade_header = r.count("future header entries")
    upgrade_block = r.count("future block entries")
    for _ in range(upgrade_header):
        r.text()
    return _Header(mode, scan, variables, r.count("blocks"), upgrade_block, instrument)


@dataclass
class _Block:
    """What one block states and holds; energies are ``start + step n`` of the axis, or the first variable."""

    identifier: str
    sample: str
    technique: str
    photon: float
    work_function: float
    line: str
    label: str
    start: float
    step: float
    dwell: float
    sweeps: float
    variables: list[tuple[str, str]]
    table: Floats


def _block(r: _Lines, header: _Header, number: int) -> _Block:
    """The fields of a block in the order of the standard; those that nothing needs are passed over."""
    identifier, sample = r.text(), r.text()
    for _ in range(7):
        r.text()
    r.texts("lines of comment")
    technique = r.text()
    if header.mode in WITH_POSITION:
        r.number(), r.number()
    for _ in range(header.variables):
        r.number()
    r.text()
    if technique in IONS:
        raise InputError(f"block {number + 1} is {technique}, not photoemission", where=r.source)
    photon = r.number()
    # Strength and size of the source; where in a map; energies and angles of the analyser.
    r.numbers(3 + (2 if header.mode in WITH_POSITION else 0) + 2)
    r.text()
    r.numbers(1 + (1 if technique == "AES diff" else 0) + 1)
    work_function = r.number()
    r.numbers(5)
    species, level = r.text(), r.text()
    r.number()
    label, start, step = "", 0.0, 0.0
    if header.scan == "REGULAR":
        label, _, start, step = r.text(), r.text(), r.number(), r.number()
    variables = [(r.text(), r.text()) for _ in range(r.count("variables"))]
    _, dwell, sweeps = r.text(), r.number(), r.number()
    r.numbers(4)
    for _ in range(3 * r.count("further parameters") + header.future_block):
        r.text()
    values = r.count("values")
    r.numbers(2 * len(variables))
    if not variables or values % len(variables):
        raise InputError(f"block {number + 1} states values that do not fill its variables", where=r.source)
    return _Block(
        identifier=identifier,
        sample=sample,
        technique=technique,
        photon=photon,
        work_function=work_function,
        line=f"{species} {level}".strip() if level and level.lower() != "none" else identifier,
        label=label,
        start=start,
        step=step,
        dwell=dwell,
        sweeps=sweeps,
        variables=variables,
        table=np.array(r.numbers(values)).reshape(-1, len(variables)),
    )


def _record(
    block: _Block, header: _Header, source: str, number: int, options: PhotoemissionOptions | None
) -> PhotoemissionRecord:
    """The record of a block of photoemission."""
    names, table = [name.lower() for name, _ in block.variables], block.table
    if header.scan == "REGULAR":
        energies, counts_at, axis = block.start + block.step * np.arange(len(table)), 0, block.label.lower()
    else:
        if len(names) < 2:
            raise InputError(f"block {number + 1} lists energies without intensities", where=source)
        energies, counts_at, axis = table[:, 0], 1, names[0]
    kinetic = "kinetic" in axis or axis.startswith("ke")
    if not kinetic and "binding" not in axis and not axis.startswith("be"):
        raise InputError(
            f"block {number + 1} has an axis {axis!r:.40}, neither binding nor kinetic energy", where=source
        )
    unit = block.variables[counts_at][1].lower()
    said = f"{names[counts_at]} {block.identifier.lower()}"
    transmission = next((table[:, k] for k, name in enumerate(names) if "transmission" in name), None)
    known = 0.0 < block.photon < UNKNOWN
    return checked(
        energies,
        table[:, counts_at],
        kinetic=kinetic,
        source=f"{source}: {block.identifier}" if header.blocks > 1 else source,
        format=NAME,
        photon_energy=block.photon if known else None if options is None else options.photon_energy,
        line=block.line.replace("Not Specified", "").strip(),
        instrument=header.instrument if "not specified" not in header.instrument.lower() else None,
        notes=() if block.work_function < UNKNOWN else ("its work function is not known to its file",),
        transmission=transmission,
        origin="simulated" if header.instrument.startswith("virtual") else "measured",
        **_counting(unit, said, block.dwell, block.sweeps),
    )


def _counting(unit: str, name: str, dwell: float, sweeps: float) -> dict[str, Any]:
    """Return what is known of the counting: counts, or the time by which a rate becomes counts."""
    time = dwell * sweeps if 0.0 < dwell < UNKNOWN and 0.0 < sweeps < UNKNOWN else None
    if "per second" in name:
        # A program that names the rate in words writes a dwell of one second in its place.
        return {"counted": False}
    if "cps" in name or unit in ("c/s", "cps", "s-1", "1/s"):
        return {"dwell": time}
    return {"counted": unit in ("d", "counts", "c", "n") and "arb" not in name}


def write(record: PhotoemissionRecord, path: Path) -> None:
    """Write one record as an IRREGULAR block with a binding-energy axis, so that it reads back as it is.

    Parameters
    ----------
    record : PhotoemissionRecord
        Its transmission is not written.
    path : Path
        Of the file; written whole or not at all.
    """
    species, _, level = record.line.partition(" ")
    values = np.column_stack([record.binding_energy, record.intensity])
    photon = record.photon_energy if record.photon_energy is not None else 1e37
    instrument = record.instrument or "Not Specified"
    head = [f"{IDENTIFIER} 1988 May 4", "Not Specified", instrument, "Not Specified", "Not Specified"]
    head += ["0", "NORM", "IRREGULAR", "1", "0", "0", "0", "0", "0", "1"]
    block = [record.line or "region", record.source.replace("\n", " ")]
    block += ["2000", "1", "1", "0", "0", "0", "0", "0", "XPS", "photons", repr(photon), *["1E37"] * 5]
    block += ["FAT", *["1E37"] * 3, "0", *["1E37"] * 4, species or "Not Specified", level or "none", "-1"]
    block += ["2", "Binding Energy", "eV", "Intensity", "d" if record.counted else "arbitrary"]
    block += ["pulse counting", "1", "1", "0", "0", "0", "0", "0", str(values.size)]
    for column in values.T:
        block += [repr(float(column.min())), repr(float(column.max()))]
    block += [repr(float(value)) for value in values.ravel()]
    text = "\r\n".join([*head, *block, "end of experiment"]) + "\r\n"
    write_atomically(path, text.encode("latin-1", errors="replace"))


FORMAT = Format(NAME, (".vms", ".npl"), recognises, read, write)
