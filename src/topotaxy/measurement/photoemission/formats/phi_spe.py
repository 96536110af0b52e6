"""PHI .spe: a text header from SOFH to EOFH, then a table of regions and 4-byte floats.

Layout read off files of a VersaProbe: after the header two counts and two lengths, for each region 24 whole
numbers of which the sixth is the number of points, the 20th the bytes of its data and the 21st their offset.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.files.text import MOST_BYTES
from topotaxy.measurement.photoemission.options import PhotoemissionOptions
from topotaxy.measurement.photoemission.record import PhotoemissionRecord, checked
from topotaxy.measurement.technique import Format

NAME = "PHI spe"
MAGIC, END = b"SOFH", b"EOFH"
PREAMBLE, ENTRY = 16, 96
POINTS_AT, BYTES_AT, OFFSET_AT = 5, 19, 20


def recognises(head: bytes, path: Path) -> bool:
    """Whether the file begins with PHI's header.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Not used: the content decides.
    """
    return head.startswith(MAGIC) and b"Technique:" in head


def read(path: Path, options: PhotoemissionOptions | None) -> tuple[PhotoemissionRecord, ...]:
    """Read every region; intensities are counts per second whose sweeps the file does not plainly state.

    Parameters
    ----------
    path : Path
        Of the file.
    options : PhotoemissionOptions, optional
        Not used: the file states its axis and photon energy.

    Raises
    ------
    InputError
        Where it is cut short, or of another technique than XPS and UPS.
    """
    known, body = _parts(path)
    header = {key.strip(): value.strip() for key, _, value in known}
    regions = [value.split() for key, _, value in known if key.strip() == "SpectralRegDef"]
    if header.get("Technique", "") not in ("XPS", "UPS"):
        raise InputError(f"is of technique {header.get('Technique', '')!r:.20}, not XPS", where=path.name)
    if not regions or len(body) < PREAMBLE + ENTRY * len(regions):
        raise InputError("ends before its table of regions: it is cut short", where=path.name)
    records = []
    for number, fields in enumerate(regions):
        entry = struct.unpack_from("<24I", body, PREAMBLE + ENTRY * number)
        points, size, offset = entry[POINTS_AT], entry[BYTES_AT], entry[OFFSET_AT]
        if size != 4 * points or offset + size > len(body):
            missing = offset + size - len(body)
            raise InputError(
                f"region {number + 1} states {points} points; {max(missing, 0)} bytes of them are missing",
                where=path.name,
            )
        try:
            step, start = float(fields[5]), float(fields[6])
        except (IndexError, ValueError):
            raise InputError(f"region {number + 1} states no energies", where=path.name) from None
        values = np.frombuffer(body, dtype="<f4", count=points, offset=offset).astype(np.float64)
        records.append(
            checked(
                start + step * np.arange(points),
                values,
                kinetic=False,
                source=path.name if len(regions) == 1 else f"{path.name}: {fields[2]}",
                format=NAME,
                photon_energy=_photons(header.get("XraySource", "")),
                line=fields[2],
                instrument=f"PHI {header.get('InstrumentModel', '')}".strip(),
                notes=(
                    "counts per second whose sweeps the file does not plainly state: scatter is the data's",
                ),
            )
        )
    return tuple(records)


def _parts(path: Path) -> tuple[list[tuple[str, str, str]], bytes]:
    """The header's lines as key, colon, value, and what follows it."""
    try:
        data = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=path.name) from None
    end = data.find(END)
    if end < 0:
        raise InputError("has no end of its header (EOFH): it is cut short", where=path.name)
    begin = end + len(END)
    while data[begin : begin + 1] in (b"\r", b"\n"):
        begin += 1
    return [line.partition(":") for line in data[:end].decode("latin-1").splitlines()], data[begin:]


def _photons(text: str) -> float | None:
    for word in text.split():
        try:
            value = float(word)
        except ValueError:
            continue
        if 10.0 < value < 1e5:
            return value
    return None


FORMAT = Format(NAME, (".spe",), recognises, read)
