"""One balance's record of a sample that is heated: time, temperature and mass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError

Floats = NDArray[np.float64]

ZERO_CELSIUS = 273.15
"""Kelvin at 0 °C (definition of the Celsius scale)."""

# No physics: beyond these a file is damaged or in other units than it says.
HOTTEST = 4000.0
LARGEST_MASS = 1e6
LARGEST_TIME = 1e9
FEWEST_POINTS = 3


@dataclass(frozen=True, eq=False)
class ThermogravimetryRecord:
    """What a thermobalance recorded; make one with :func:`checked`.

    Attributes
    ----------
    time:
        s, (n,); never falls.
    temperature:
        Of the sample, K, (n,).
    mass:
        mg, (n,); as the balance shows it, so that it may start off the sample's stated mass and fall below
        zero. Where a file has per cent of a mass that it does not state, per cent, and ``absolute`` is false.
    absolute:
        Whether ``mass`` is in mg.
    stated_mass:
        Mass of the sample as the file states it, mg.
    segments:
        Number of the segment (ramp, hold) of each point, from 1, (n,).
    """

    time: Floats
    temperature: Floats
    mass: Floats
    source: str
    format: str
    absolute: bool = True
    stated_mass: float | None = None
    segments: Floats | None = None
    instrument: str | None = None
    notes: tuple[str, ...] = ()
    origin: str = "measured"

    @property
    def unit(self) -> str:
        """Unit of the mass."""
        return "mg" if self.absolute else "%"


LIMITS = {
    "time": (-LARGEST_TIME, LARGEST_TIME),
    "temperature": (0.0, HOTTEST),
    "mass": (-LARGEST_MASS, LARGEST_MASS),
}
"""Least and most of each column."""


def _possible(arrays: dict[str, Floats], lines: Sequence[int] | None, source: str) -> None:
    """Refuse columns that no run can have, with the row where it shows."""
    count = len(arrays["time"])
    if any(array.shape != (count,) for array in arrays.values()):
        raise InputError("its columns differ in length", where=source)
    if count < FEWEST_POINTS:
        raise InputError(f"holds {count} data rows: it is cut short", where=source)

    def place(row: int) -> str:
        return f"data row {row + 1}" if lines is None else f"line {lines[row]}"

    for name, (low, high) in LIMITS.items():
        bad = ~((arrays[name] >= low) & (arrays[name] <= high))
        if bad.any():
            row = int(np.argmax(bad))
            raise InputError(
                f"{name} is {arrays[name][row]:.6g} in {place(row)}: damaged or in other units", where=source
            )
    back = np.diff(arrays["time"]) < 0.0
    if back.any():
        row = int(np.argmax(back))
        raise InputError(
            f"the clock runs back in {place(row + 1)}: rows are out of order, or two runs are in one file",
            where=source,
        )


def checked(
    time: Any,
    temperature: Any,
    mass: Any,
    *,
    source: str,
    format: str,
    lines: Sequence[int] | None = None,
    segments: Any = None,
    notes: tuple[str, ...] = (),
    **known: Any,
) -> ThermogravimetryRecord:
    """Return a record of columns that hold what they must.

    Parameters
    ----------
    time, temperature, mass : array (n,)
        In s, K, and mg (or per cent, with ``absolute=False``).
    source, format : str
        Name of the file and of its format.
    lines : sequence of int, optional
        Number of each row in the file, for messages.
    segments : array (n,), optional
        Number of each row's segment.
    notes : tuple of str
        What a reader of the result must know.
    **known
        Further fields of the record.

    Raises
    ------
    InputError
        Where lengths differ, there are fewer than three rows, a value is not finite or beyond all sense, or
        the clock runs back.
    """
    columns = {"time": time, "temperature": temperature, "mass": mass}
    arrays = {name: np.asarray(values, dtype=np.float64) for name, values in columns.items()}
    _possible(arrays, lines, source)
    said = list(notes)
    if arrays["mass"][-1] < 0.0:
        said.append(
            f"the record ends below zero, at {arrays['mass'][-1]:.4g} "
            f"{'mg' if known.get('absolute', True) else '%'}: buoyancy, drift or the tare of the crucible"
        )
    return ThermogravimetryRecord(
        time=arrays["time"],
        temperature=arrays["temperature"],
        mass=arrays["mass"],
        segments=None if segments is None else np.asarray(segments, dtype=np.float64),
        source=source,
        format=format,
        notes=tuple(said),
        **known,
    )
