"""Cut-offs of the voltage, from where half-cycles ended."""

from __future__ import annotations

import numpy as np

from topotaxy.measurement.cycling.metrics.half_cycles import Rows
from topotaxy.observables import Direction

STEADY = 0.005
"""V: half-cycles whose last voltages scatter by less (median) were ended by a voltage. A cycler's last row
lies within some mV of its cut-off; where charge or time ends a half-cycle, the voltages scatter more."""

FEWEST = 2
"""Half-cycles of a direction from which a cut-off is read; one may have ended anywhere."""


def cutoffs_of(rows: Rows) -> tuple[float | None, float | None]:
    """Return the lower and the upper cut-off in V, each None where half-cycles do not end at one voltage.

    Parameters
    ----------
    rows : Rows
        Of a measured record.
    """
    return _end(rows, "discharge"), _end(rows, "charge")


def _end(rows: Rows, direction: Direction) -> float | None:
    ends = np.array([half.ends for half in rows.half_cycles if half.direction == direction])
    if len(ends) < FEWEST:
        return None
    usual = float(np.median(ends))
    if float(np.median(np.abs(ends - usual))) > STEADY:
        return None
    return float(f"{usual:.3f}")
