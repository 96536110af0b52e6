"""Scans in the format 9809 of the Photon Factory and SPring-8: angles, a d spacing, counters by mode."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.absorption.columns import Table, spectrum
from topotaxy.measurement.absorption.numbers import number_rows, numbers_of
from topotaxy.measurement.absorption.options import AbsorptionOptions
from topotaxy.measurement.absorption.record import AbsorptionRecord
from topotaxy.measurement.files.delimited import head_lines, read_text
from topotaxy.measurement.instrument import HC
from topotaxy.measurement.technique import Format

NAME = "Photon Factory 9809"
_SPACING = re.compile(r"D\s*=\s*([0-9.]+)\s*A")
# Modes of the counters as the format's header gives them below each column.
_ROLES = {1: "i0", 2: "i1", 3: "if"}


def recognises(head: bytes, path: Path) -> bool:
    """Whether the first line begins with 9809.

    Parameters
    ----------
    head : bytes
        First bytes of the file.
    path : Path
        Unused: files are known by content.
    """
    lines = head_lines(head)
    return bool(lines) and re.match(r"\s*9809\b", lines[0]) is not None


def read(path: Path, options: AbsorptionOptions) -> tuple[AbsorptionRecord, ...]:
    """Read the spectrum: energies by Bragg's law from the observed angles, counters without their offsets.

    Parameters
    ----------
    path : Path
        The file.
    options : AbsorptionOptions
        What the file does not say.

    Raises
    ------
    InputError
        Where the d spacing or the list of counters is missing.
    """
    lines = read_text(path).splitlines()
    spacing = next((match for line in lines[:30] if (match := _SPACING.search(line))), None)
    mode = next((n for n, line in enumerate(lines[:60]) if line.split()[:1] == ["Mode"]), None)
    if spacing is None or mode is None or mode + 2 > len(lines):
        raise InputError("lacks the d spacing or the modes of its counters", where=path.name)
    modes = numbers_of(lines[mode].replace("Mode", " ")) or []
    offsets = numbers_of(lines[mode + 1].replace("Offset", " ")) or []
    rows, notes = number_rows(_without_marks(lines[mode + 2 :]), source=path.name, first=mode + 3)
    # Three columns come before the counters: angle set, angle observed, time.
    if rows.shape[1] != 3 + max(len(modes) - 2, 0) or len(offsets) != len(modes):
        raise InputError(f"names {len(modes)} modes for {rows.shape[1]} columns", where=path.name)
    sine = np.sin(np.radians(rows[:, 1]))
    if not (float(spacing[1]) > 0.0 and (sine > 0.0).all()):
        raise InputError("its angles and spacing are no Bragg reflection", where=path.name)
    energy = HC / (2.0 * float(spacing[1]) * sine)
    # Offsets are counts per second.
    counters = [rows[:, 3 + n] - offsets[2 + n] * rows[:, 2] for n in range(len(modes) - 2)]
    names = ("energy eV", *(_ROLES.get(int(m), f"counter {n}") for n, m in enumerate(modes[2:], start=1)))
    record = spectrum(
        Table(names, np.column_stack([energy, *counters]), path.name),
        options,
        format_name=NAME,
        notes=(*notes, f"energies by Bragg's law from observed angles and d = {spacing[1]} Å"),
        label=path.stem[:80],
        instrument=" ".join(lines[0].split()[1:3])[:80] or None,
    )
    return (record,)


def _without_marks(lines: list[str]) -> list[str]:
    """Leave out the end mark that some files carry."""
    return [line for line in lines if line.strip() not in ("\x1a", "END")]


FORMAT = Format(name=NAME, extensions=(".dat",), recognises=recognises, read=read)
