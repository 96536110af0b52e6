"""A series of patterns: the cycler's record beside it, and lines that move told from lines that stay."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.peaks import Peak
from topotaxy.measurement.diffraction.reading import read_text
from topotaxy.measurement.diffraction.record import Pattern

Floats = NDArray[np.float64]

ROW = re.compile(r"(\d+):(\d\d):(\d\d)(?:[.,]\d+)?[\s,;]+([-+]?[\d.]+)[\s,;]+([-+]?[\d.]+)")
SEEN_IN = 0.4
"""Share of the patterns that a line has to be seen in to be judged."""
LINK = 1.5
"""Widths of a peak that it may move from one pattern to the next and still be taken for the same."""
MOVES = 5.0
"""Standard deviations of its motion from which on a line is said to move."""
STILL = 0.06
"""Degrees (or one part in 500 of another axis) that a line may move by realignment alone: an estimate from
the holder's lines of an operando cell."""


@dataclass(frozen=True, kw_only=True)
class Cycler:
    """Voltage and charge against time, as a cycler's text with ``hh:mm:ss V mA`` has them."""

    seconds: Floats
    voltage: Floats
    charge: Floats
    """mAh, the integral of the current, not of its sign alone."""


def read_cycler(path: Path) -> Cycler:
    """Read columns of time (hh:mm:ss), voltage (V) and current (mA).

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    InputError
        Where the file has no such rows, or time falls.
    """
    rows: list[tuple[float, float, float]] = []
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        match = ROW.fullmatch(line.strip())
        if match is None:
            if rows:
                raise InputError(
                    f"expected hh:mm:ss, V and mA, found {line.strip()!r:.40}",
                    where=f"{path.name}, line {number}",
                )
            continue
        try:
            clock = 3600.0 * int(match[1]) + 60.0 * int(match[2]) + int(match[3])
            rows.append((clock, float(match[4]), float(match[5])))
        except ValueError:
            raise InputError("holds what is no number", where=f"{path.name}, line {number}") from None
    if len(rows) < 2:
        raise InputError("holds no rows of hh:mm:ss, V and mA", where=path.name)
    seconds, voltage, current = np.array(rows).T
    if (np.diff(seconds) < 0.0).any():
        raise InputError("its time falls", where=path.name)
    steps = np.diff(seconds) * 0.5 * (current[1:] + current[:-1]) / 3600.0
    return Cycler(seconds=seconds, voltage=voltage, charge=np.concatenate([[0.0], np.cumsum(steps)]))


def natural(text: str) -> tuple[tuple[int, int | str], ...]:
    """Return a key that sorts names with their numbers as numbers.

    Parameters
    ----------
    text : str
        Any text of a file.
    """
    return tuple((0, int(p)) if p.isdigit() else (1, p) for p in re.split(r"(\d+)", text) if p)


def ordered(records: Sequence[Pattern]) -> tuple[tuple[Pattern, ...], tuple[str, ...]]:
    """Return the patterns of a series in order, numbered, and what the order rests on.

    By their clocks where these are all different; else by the numbers in their names.

    Parameters
    ----------
    records : sequence of Pattern
        Powder patterns, or pair distribution functions (axis in Å).
    """
    banks = len({r.source for r in records}) == 1 and len({r.bank for r in records}) == len(records)
    if len(records) < 2 or banks or any(r.frame for r in records):
        return tuple(records), ()
    times = [r.time for r in records]
    known = all(t is not None for t in times) and np.ptp([t or 0.0 for t in times]) > len(records)
    if known and len(set(times)) == len(times):
        chosen = sorted(records, key=lambda r: r.time or 0.0)
        said = "the series is ordered by the clocks of its files"
    else:
        chosen = sorted(records, key=lambda r: natural(r.source))
        said = "the series is ordered by the numbers in the names: the files' clocks do not tell their order"
    return tuple(replace(r, frame=k) for k, r in enumerate(chosen, start=1)), (said,)


def beside(
    records: Sequence[Pattern], cycler: Cycler, interval: float | None
) -> tuple[tuple[Pattern, ...], tuple[str, ...]]:
    """Return the patterns with the voltage and charge of their time, and what that time rests on.

    Without clocks that differ, the interval from scan to scan is needed; numbers in the names count the scans
    where they rise unevenly (1, 5, 9, ...).

    Parameters
    ----------
    records : sequence of Pattern
        Powder patterns, or pair distribution functions (axis in Å).
    cycler : Cycler
        Voltage (V) and charge against time (s) of the cell in the beam.
    interval : float, optional
        Seconds from scan to scan.

    Raises
    ------
    InputError
        Where neither the files nor the options say when a pattern was taken.
    """
    times = np.array([np.nan if r.time is None else r.time for r in records])
    if interval is None and np.isfinite(times).all() and float(np.ptp(times)) > len(records):
        seconds = times - times.min()
        said = "the time of each pattern is its file's clock, from the first"
    elif interval is not None:
        counted = [re.findall(r"\d+", r.source) for r in records]
        numbers = np.array([int(c[-1]) if c else k for k, c in enumerate(counted)], dtype=float)
        rises = len(set(numbers)) == len(numbers)
        seconds = interval * ((numbers - numbers.min()) if rises else np.arange(len(records)))
        said = f"the time of each pattern is its number times {interval:g} s"
    else:
        raise InputError(
            "the files' clocks do not say when each pattern was taken: give the option scan_interval"
        )
    last = float(cycler.seconds[-1] - cycler.seconds[0])
    at = cycler.seconds[0] + seconds
    volt = np.interp(at, cycler.seconds, cycler.voltage)
    charge = np.interp(at, cycler.seconds, cycler.charge)
    found = []
    for record, second, v, q in zip(records, seconds, volt, charge, strict=True):
        inside = second <= last
        found.append(
            replace(record, voltage=float(v) if inside else None, charge=float(q) if inside else None)
        )
    late = int((seconds > last).sum())
    if late:
        said += f"; {late} patterns are later than the cycler's record and have no voltage"
    return tuple(found), (said,)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line through a series."""

    frames: NDArray[np.int64]
    positions: Floats
    errors: Floats

    @property
    def centre(self) -> float:
        """Mean position."""
        return float(self.positions.mean())

    @property
    def motion(self) -> float:
        """Largest less smallest position, after a running median of three against strays."""
        if len(self.positions) < 3:
            return float(np.ptp(self.positions))
        middle = np.median(np.stack([self.positions[:-2], self.positions[1:-1], self.positions[2:]]), axis=0)
        return float(np.ptp(middle))

    @property
    def moves(self) -> bool:
        """Whether it moves by more than its uncertainty and more than a holder's lines do."""
        return self.motion > max(STILL, MOVES * float(np.median(self.errors)))


def lines_of(series: Sequence[Sequence[Peak]]) -> tuple[Line, ...]:
    """Return the lines that go through a series of peak lists, by position.

    A line takes the nearest peak of the next pattern within :data:`LINK` widths of where it was last seen;
    it may miss some patterns.

    Parameters
    ----------
    series : sequence of sequences of Peak
        Peaks of each pattern, in order.
    """
    open_lines: list[list[tuple[int, Peak]]] = []
    for frame, found in enumerate(series):
        free = list(found)
        for line in sorted(open_lines, key=lambda one: -one[-1][1].significance):
            last = line[-1][1]
            near = [p for p in free if abs(p.position - last.position) < LINK * max(last.width, p.width)]
            if near:
                best = min(near, key=lambda p: abs(p.position - last.position))
                line.append((frame, best))
                free.remove(best)
        open_lines += [[(frame, p)] for p in free]
    made = [
        Line(
            frames=np.array([f for f, _ in line]),
            positions=np.array([p.position for _, p in line]),
            errors=np.array([p.position_error for _, p in line]),
        )
        for line in open_lines
        if len(line) >= max(SEEN_IN * len(series), 3)
    ]
    return tuple(sorted(made, key=lambda line: line.centre))
