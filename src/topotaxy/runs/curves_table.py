"""The voltage curves of a run as a table: mean and spread over the replicas."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

POINTS = 200
"""Charges of a half-cycle at which the replicas are averaged."""

COLUMNS = ("cycle", "direction", "charge_mAh_per_g", "voltage_V", "voltage_spread_V", "replicas")


def curves_csv(curves: xr.Dataset) -> str:
    """Return one row a kept half-cycle and charge.

    Voltages of the replicas are interpolated at :data:`POINTS` charges up to the largest; at each the mean
    and the standard deviation between replicas (empty for fewer than two) of those that go so far.

    Parameters
    ----------
    curves : Dataset
        The group ``curves`` of a run: charge in mAh/g and voltage in V, (replica, half_cycle, point).
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    charge = curves["charge"].transpose("replica", "half_cycle", "point").values
    voltage = curves["voltage"].transpose("replica", "half_cycle", "point").values
    for half in range(curves.sizes["half_cycle"]):
        cycle, direction = int(curves["cycle"].values[half]), str(curves["direction"].values[half])
        for at, mean, spread, count in _averaged(charge[:, half], voltage[:, half]):
            writer.writerow(
                [
                    cycle,
                    direction,
                    f"{at:.4f}",
                    f"{mean:.5f}",
                    "" if spread is None else f"{spread:.5f}",
                    count,
                ]
            )
    return text.getvalue()


def _averaged(
    charge: NDArray[np.float64], voltage: NDArray[np.float64]
) -> list[tuple[float, float, float | None, int]]:
    known = [np.isfinite(q) & np.isfinite(v) for q, v in zip(charge, voltage, strict=True)]
    # A composite's charge stands still where the voltage jumps: of equal charges the last counts.
    paths = [(q[k], v[k]) for q, v, k in zip(charge, voltage, known, strict=True) if k.any()]
    if not paths:
        return []
    largest = max(float(q.max()) for q, _ in paths)
    rows = []
    for at in np.linspace(0.0, largest, POINTS):
        here = np.array([np.interp(at, q, v) for q, v in paths if q[0] <= at <= q[-1]])
        if len(here):
            spread = float(here.std(ddof=1)) if len(here) > 1 else None
            rows.append((float(at), float(here.mean()), spread, len(here)))
    return rows
