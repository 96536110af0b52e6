"""EMSA/MAS spectra (.msa, .emsa, .txt): ``#KEY : value`` lines, then numbers.

Format after ISO 22029 and its predecessor (R. F. Egerton et al., EMSA/MAS standard file format, 1991).
"""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np

from topotaxy.errors import InputError
from topotaxy.files import write_atomically
from topotaxy.measurement.files.spectra.stored import SIGNALS, Signal, StoredSpectrum, stored
from topotaxy.measurement.files.text import text_of

_ENTRY = re.compile(r"^#([A-Z#]+)\s*(-\s*[^:]*?)?\s*:(.*)$", re.IGNORECASE)
_NUMBERS = re.compile(r"[,\s]+")


def _signal(text: str) -> Signal:
    found = re.search(r"^#SIGNALTYPE[^:]*:\s*(\S+)", text, re.MULTILINE | re.IGNORECASE)
    return SIGNALS.get(found[1].lower(), "") if found else ""


def signal(head: bytes) -> Signal:
    """Return what an EMSA/MAS file is of; empty where it is no such file or does not say.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    """
    text = head.decode("latin-1")
    if "EMSA/MAS" not in text[:400]:
        return ""
    return _signal(text)


def read(path: Path) -> tuple[StoredSpectrum, ...]:
    """Return the spectrum of a file.

    Parameters
    ----------
    path : Path
        Of the file.

    Raises
    ------
    InputError
        Where its header lacks what is needed, a number is none, or there are more or fewer than stated.
    """
    lines = text_of(path).splitlines()
    header, first = _header(lines)
    if "XPERCHAN" not in header and header.get("DATATYPE", "Y").upper() != "XY":
        raise InputError("states no width of its channels (XPERCHAN)", where=path.name)
    values = _values(lines, first, path.name)
    pairs = header.get("DATATYPE", "Y").strip().upper() == "XY"
    if pairs:
        if len(values) % 2:
            raise InputError("has an energy without its count: it is cut short", where=path.name)
        counts, offset, step, notes = _even(values[::2], values[1::2], path.name)
    else:
        counts, notes = values, ()
        offset, step = _number(header, "OFFSET", path.name), _number(header, "XPERCHAN", path.name)
    uneven = bool(notes)
    stated = _number(header, "NPOINTS", path.name)
    if math.isfinite(stated) and round(stated) > len(counts):
        raise InputError(
            f"states {stated:g} points and holds {len(counts)}: it is cut short", where=path.name
        )
    if math.isfinite(stated) and round(stated) < len(counts):
        notes = (*notes, f"states {stated:g} points and holds {len(counts)}; all are read")
    unit = header.get("XUNITS", "")
    volts = header.get("BEAMKV")
    beam = _number(header, "BEAMKV", path.name) * 1e3 if volts else math.nan
    title = header.get("TITLE", "")
    return (
        stored(
            np.array(counts),
            offset=offset,
            step=step,
            unit=unit,
            source=path.name,
            beam_energy=beam if math.isfinite(beam) and 1e3 < beam < 4e6 else None,
            counted=header.get("YUNITS", "").strip().lower() in ("counts", "count") and not uneven,
            notes=notes,
            instrument=title if title.startswith("virtual") else None,
        ),
    )


def _header(lines: list[str]) -> tuple[dict[str, str], int]:
    found: dict[str, str] = {}
    for number, line in enumerate(lines):
        entry = _ENTRY.match(line.strip())
        if entry is None:
            if line.strip() and not line.startswith("#"):
                return found, number
            continue
        if entry[1].upper() == "SPECTRUM":
            return found, number + 1
        found.setdefault(entry[1].upper(), entry[3].strip())
    return found, len(lines)


def _values(lines: list[str], first: int, source: str) -> list[float]:
    values: list[float] = []
    for number, line in enumerate(lines[first:], start=first + 1):
        if line.startswith("#"):
            break
        for part in _NUMBERS.split(line.strip()):
            if not part:
                continue
            try:
                values.append(float(part))
            except ValueError:
                raise InputError(f"holds {part!r:.30}, no number", where=f"{source}, line {number}") from None
    return values


def _even(
    energies: list[float], counts: list[float], source: str
) -> tuple[list[float], float, float, tuple[str, ...]]:
    """Return counts on even channels, their first energy and step, and a note where they were not even."""
    axis = np.array(energies)
    if len(axis) < 2 or not np.isfinite(axis).all() or not (np.diff(axis) > 0.0).all():
        raise InputError("its energies do not rise: damaged", where=source)
    step = float(axis[-1] - axis[0]) / (len(axis) - 1)
    if np.abs(np.diff(axis) - step).max() <= 0.05 * step:
        return counts, float(axis[0]), step, ()
    note = f"channels are uneven in the file: interpolated to steps of {step:.4g}"
    even = np.interp(axis[0] + step * np.arange(len(axis)), axis, np.array(counts))
    return even.tolist(), float(axis[0]), step, (note,)


def _number(header: dict[str, str], key: str, source: str) -> float:
    try:
        return float(header.get(key, "nan").split()[0])
    except (ValueError, IndexError):
        raise InputError(f"{key} is {header[key]!r:.30}, no number", where=source) from None


def write(one: StoredSpectrum, kind: Signal, path: Path) -> None:
    """Write one spectrum; numbers read back as they are.

    Parameters
    ----------
    one : StoredSpectrum
        One spectrum; of its notes none is written.
    kind : {"loss", "x-ray"}
        Signal.
    path : Path
        Of the file; written whole or not at all.

    Raises
    ------
    InputError
        For a spectrum image.
    """
    if one.counts.ndim != 1:
        raise InputError("an MSA file holds one spectrum, no image of spectra: choose another format")
    name = {"loss": "ELS", "x-ray": "EDS"}[kind]
    step = float(one.energy[-1] - one.energy[0]) / (len(one.energy) - 1)
    lines = [
        "#FORMAT      : EMSA/MAS Spectral Data File",
        "#VERSION     : 1.0",
        f"#TITLE       : {one.instrument or ''}",
        f"#NPOINTS     : {len(one.counts)}",
        "#NCOLUMNS    : 1",
        "#XUNITS      : eV",
        f"#YUNITS      : {'Counts' if one.counted else 'Intensity'}",
        "#DATATYPE    : Y",
        f"#XPERCHAN    : {step!r}",
        f"#OFFSET      : {float(one.energy[0])!r}",
        f"#SIGNALTYPE  : {name}",
        *([f"#BEAMKV   -kV: {one.beam_energy / 1e3!r}"] if one.beam_energy else []),
        "#SPECTRUM    : data start here",
        *(repr(float(value)) for value in one.counts),
        "#ENDOFDATA   : ",
    ]
    write_atomically(path, "\n".join(lines) + "\n")
