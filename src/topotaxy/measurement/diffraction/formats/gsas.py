"""GSAS powder data: a title, then banks of counts (STD, ESD, FXY, FXYE) over constant steps or a time map."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.completing import completed
from topotaxy.measurement.diffraction.options import Options
from topotaxy.measurement.diffraction.reading import (
    VIRTUAL,
    are_counts,
    columns,
    number_of,
    read_text,
    text_of,
    usable_esd,
)
from topotaxy.measurement.diffraction.record import Axis, Pattern
from topotaxy.measurement.technique import Format

Floats = NDArray[np.float64]

BANK = re.compile(r"^BANK\s*(\d+)\s+(\d+)\s+(\d+)\s+(\w+)(.*)$", re.M)
MAP = re.compile(r"^TIME_MAP\s*(\d+)\s+(\d+)\s+(\d+)\s+TIME_MAP\s+(\d+)", re.M)
WAVELENGTH = re.compile(r"(?i)wavelength\s*=\s*([\d.]+)")
TEMPERATURE = re.compile(r"(?i)temp\w*\s*\(K\)\s*=\s*([\d.]+)")
CONSTANT = ("CONST", "CONS")
FLIGHT = ("RALF", "SLOG", "TIME_MAP", "LPSD", "LOG6")
WIDTH = 8
"""Characters of one field of the fixed layouts STD and ESD."""
CENTIDEGREES = 100.0
MOST_CHANNELS = 5_000_000


def recognises(head: bytes, path: Path) -> bool:
    """Whether a BANK line stands near the top.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        The file.
    """
    text = text_of(head)
    if text is None:
        return False
    return (
        BANK.search(text.replace("\r", "\n")) is not None or MAP.search(text.replace("\r", "\n")) is not None
    )


def read(path: Path, options: Options | None) -> tuple[Pattern, ...]:
    """Read every bank.

    Parameters
    ----------
    path : Path
        The file.
    options : Options, optional
        What the user states of radiation, axis and sample.
    """
    text = read_text(path)
    heads = list(BANK.finditer(text))
    if not heads:
        raise InputError("holds no BANK line: it is cut short or no GSAS file", where=path.name)
    top = text[: heads[0].start()]
    maps = _maps(text, path.name)
    found = []
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        end = following.start() if following is not None else len(text)
        body = text[head.end() : end].split("\n")[1:]
        first = text.count("\n", 0, head.end()) + 2
        found.append(_bank(head, body, first, top, maps, path, options, alone=len(heads) == 1))
    return tuple(found)


def _bank(
    head: re.Match[str],
    body: list[str],
    first: int,
    top: str,
    maps: dict[int, tuple[Floats, float]],
    path: Path,
    options: Options | None,
    *,
    alone: bool,
) -> Pattern:
    number, channels, binning = int(head[1]), int(head[2]), head[4].upper()
    where = f"{path.name}, bank {number}"
    if not 0 < channels <= MOST_CHANNELS:
        raise InputError(f"declares {channels} channels", where=where)
    flight = binning in FLIGHT
    if flight and re.search(r"(?i)d[\s_-]*spacing", top):
        raise InputError(
            "its header speaks of d, its bank line of time of flight: say which with axis", where=where
        )
    kind = _kind(head[5])
    if kind in ("FXY", "FXYE"):
        x, y, esd, notes = _listed(head, body, first, path.name, where)
    else:
        x, y, esd, notes = _counted(head, body, maps, where)
    esd, said_esd = usable_esd(esd, y, source=where)
    axis: Axis = "tof" if flight else "two_theta"
    fields: dict[str, Any] = {
        "source": path.name,
        "format": FORMAT.name,
        "axis": axis,
        "x": x / (1.0 if flight else CENTIDEGREES),
        "intensity": y,
        "esd": esd,
        "intensity_unit": "counts" if kind == "STD" or (esd is not None and are_counts(y, esd)) else "",
        "bins": "from edges" if binning == "TIME_MAP" else "centres",
        "radiation": "neutron" if flight else None,
        "title": "",
        "bank": number,
        "notes": (*notes, *said_esd, *(() if alone else (f"bank {number}",))),
        **_stated(top),
    }
    return completed(fields, options)


def _kind(words: str) -> str:
    """Return the layout that the end of a bank line names."""
    known = ("STD", "ESD", "ALT", "FXY", "FXYE")
    return next((w.upper() for w in reversed(words.split()) if w.upper() in known), "STD")


def _stated(top: str) -> dict[str, Any]:
    """Return what the lines above the first bank say of wavelength, temperature and instrument."""
    fields: dict[str, Any] = {}
    if match := WAVELENGTH.search(top):
        value = number_of(match[1]) or 0.0
        if 0.01 < value < 20.0:
            fields["lines"] = ((value, 1.0),)
    if match := TEMPERATURE.search(top):
        fields["temperature"] = number_of(match[1])
    if match := VIRTUAL.search(top):
        fields["instrument"] = match[1].strip()
    return fields


Columns = tuple[Floats, Floats, Floats | None, tuple[str, ...]]
"""Axis in the file's unit, intensity, standard deviations, and what is to be said."""


def _listed(head: re.Match[str], body: list[str], first: int, source: str, where: str) -> Columns:
    """Return the columns of a bank that lists its axis."""
    kind, channels = _kind(head[5]), int(head[2])
    table, said = columns(body, source=source, first_line=first, least=2 if kind == "FXY" else 3)
    x, y = table[:, 0], table[:, 1]
    values = _values(head[5])
    if head[4].upper() in CONSTANT and values and abs(x[0] - values[0]) > max(1.0, 0.01 * abs(values[0])):
        raise InputError(
            f"its first point is {x[0]:g}, its bank line says {values[0]:g}: units are not known",
            where=where,
        )
    return x, y, table[:, 2] if kind == "FXYE" else None, (*said, *_missing(len(y), channels, where))


def _counted(
    head: re.Match[str], body: list[str], maps: dict[int, tuple[Floats, float]], where: str
) -> Columns:
    """Return the columns of a bank of counts over constant steps or a time map."""
    binning, channels = head[4].upper(), int(head[2])
    y, esd = _fixed(body, _kind(head[5]), channels, where)
    if binning == "TIME_MAP" and len(maps) and len(y) == channels:
        # The last channel of such a bank holds what came after the map's end.
        y, esd = y[:-1], None if esd is None else esd[:-1]
        channels -= 1
    x = _axis(binning, _values(head[5]), len(y), maps, where)
    return x, y, esd, _missing(len(y), channels, where)


def _values(words: str) -> list[float]:
    return [value for word in words.split() if (value := number_of(word)) is not None]


def _missing(count: int, channels: int, where: str) -> tuple[str, ...]:
    """Return what is said of points that lack; refuse a bank that is cut short or too long."""
    if count == channels:
        return ()
    if count > channels:
        raise InputError(f"holds {count} points where its bank line says {channels}", where=where)
    if count < 0.98 * channels:
        raise InputError(f"holds {count} of {channels} points: it is cut short", where=where)
    return (f"{channels - count} of {channels} points are missing at the end",)


def _fixed(body: Sequence[str], kind: str, channels: int, where: str) -> tuple[Floats, Floats | None]:
    """Return counts and deviations of the layouts of fixed columns."""
    fields: list[str] = []
    wanted = channels * (2 if kind == "ESD" else 1)
    for line in body:
        if len(fields) >= wanted:
            break
        if not line.strip() or line.startswith(("TIME_MAP", "BANK", "#")):
            continue
        plain = line.rstrip("\n")
        fields += [plain[k : k + WIDTH] for k in range(0, len(plain.rstrip()), WIDTH)]
    fields = [f for f in fields if f.strip()][:wanted]
    try:
        if kind == "STD":
            pairs = [(int(f[:2]) if f[:2].strip() else 1, float(f[2:])) for f in fields]
            y = np.array([value for _, value in pairs])
            counters = np.array([max(n, 1) for n, _ in pairs], dtype=float)
            # Counts are the mean over the counters that saw the point.
            return y, np.sqrt(np.maximum(y, 1.0) / counters)
        if kind == "ESD":
            flat = np.array([float(f) for f in fields])
            count = len(flat) // 2
            return flat[0 : 2 * count : 2], flat[1 : 2 * count : 2]
    except ValueError:
        bad = next((f for f in fields if not re.fullmatch(r"\s*\d*\s*[-+.\dEe]+\s*", f)), fields[-1])
        raise InputError(f"{bad!r:.20} is no number of counts in columns of {WIDTH}", where=where) from None
    raise InputError(f"data of type {kind} are not read (STD, ESD, FXY and FXYE are)", where=where)


def _axis(
    binning: str, values: Sequence[float], count: int, maps: dict[int, tuple[Floats, float]], where: str
) -> Floats:
    if binning in CONSTANT:
        if len(values) < 2 or not values[1] > 0.0:
            raise InputError("its bank line lacks start and step", where=where)
        return np.asarray(values[0] + values[1] * np.arange(count), dtype=float)
    if binning == "TIME_MAP":
        chosen = int(values[0]) if values else 0
        if chosen not in maps and len(maps) == 1:
            chosen = next(iter(maps))
        if chosen not in maps:
            raise InputError(f"time map {chosen} is not in the file", where=where)
        edges, clock = maps[chosen]
        if len(edges) < count:
            raise InputError(f"its time map has {len(edges)} channels of {count}", where=where)
        return edges[:count] * clock
    raise InputError(f"binning {binning} is not read (CONST, TIME_MAP and the FXYE layouts are)", where=where)


def _maps(text: str, source: str) -> dict[int, tuple[Floats, float]]:
    """Return the time maps by number: centres of channels in clock ticks, and the tick in µs.

    A map holds triples (first channel, its start, width of its channels) and the end of the last one.
    """
    found: dict[int, tuple[Floats, float]] = {}
    for head in MAP.finditer(text):
        number, count, tick = int(head[1]), int(head[2]), int(head[4])
        words = text[head.end() :].split("\n", 1)[1].split()[:count]
        if len(words) < count or not all(re.fullmatch(r"\d{1,9}", w) for w in words) or count < 4:
            raise InputError(f"time map {number} is cut short or damaged", where=source)
        table = [int(w) for w in words]
        triples = np.array(table[: 3 * ((count - 1) // 3)]).reshape(-1, 3)
        starts, times, widths = triples[:, 0], triples[:, 1], triples[:, 2]
        last = starts[-1] + max((table[-1] - times[-1]) // max(int(widths[-1]), 1), 1)
        if last > MOST_CHANNELS or (np.diff(starts) <= 0).any() or (widths <= 0).any():
            raise InputError(f"time map {number} does not rise", where=source)
        channel = np.arange(starts[0], last)
        place = np.searchsorted(starts, channel, side="right") - 1
        centre = times[place] + (channel - starts[place] + 0.5) * widths[place]
        found[number] = (centre.astype(float), tick / 1000.0)
    return found


def write(pattern: Pattern, path: Path) -> None:
    """Write a pattern in 2θ as FXYE: centidegrees, intensity and its standard deviation.

    Parameters
    ----------
    pattern : Pattern
        A powder pattern: axis and intensity as measured.
    path : Path
        The file.
    """
    from topotaxy.files import write_atomically

    if pattern.axis != "two_theta":
        raise InputError(f"an axis of {pattern.axis} cannot be written as GSAS FXYE", where=pattern.source)
    x = pattern.x * CENTIDEGREES
    esd = pattern.esd if pattern.esd is not None else np.sqrt(np.maximum(pattern.intensity, 1.0))
    head = ["topotaxy powder pattern"]
    if pattern.instrument:
        head.append(f"# Instrument = {pattern.instrument}")
    if pattern.wavelength is not None:
        head.append(f"# Calibrated wavelength = {pattern.wavelength:.7f}")
    head.append(f"BANK 1 {len(x)} {len(x)} CONS {x[0]:.6f} {(x[-1] - x[0]) / (len(x) - 1):.6f} 0 0 FXYE")
    rows = [f"{a:.10g} {y:.10g} {e:.10g}" for a, y, e in zip(x, pattern.intensity, esd, strict=True)]
    write_atomically(path, "\n".join(line.ljust(80) for line in head) + "\n" + "\n".join(rows) + "\n")


FORMAT: Format[Pattern] = Format(
    name="GSAS powder data",
    extensions=(".fxye", ".gsas", ".gsa", ".gda", ".raw", ".xra", ".cwn", ".gss"),
    recognises=recognises,
    read=read,
    write=write,
)
