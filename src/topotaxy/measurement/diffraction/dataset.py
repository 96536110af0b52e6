"""The dataset of an analysis: patterns with their fits, and the peaks, labelled with units."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from topotaxy.measurement.diffraction.record import UNITS

if TYPE_CHECKING:
    import xarray as xr

    from topotaxy.measurement.diffraction.analysed import Analysed

LONG = {
    "two_theta": "scattering angle 2θ",
    "q": "scattering vector Q",
    "d": "spacing d",
    "tof": "time of flight",
    "r": "distance r",
    "other": "axis",
}
UNIT_TEXT = {
    "two_theta": "degree",
    "q": "1/angstrom",
    "d": "angstrom",
    "tof": "us",
    "r": "angstrom",
    "other": "1",
}


def dataset(analysed: Sequence[Analysed]) -> xr.DataTree:
    """Return one group for each record (``pattern_1``, ...), with axis, intensity and what was fitted.

    Parameters
    ----------
    analysed : sequence of Analysed
        What the analysis of each record found.
    """
    import xarray as xr

    groups: dict[str, xr.Dataset] = {}
    for number, one in enumerate(analysed, start=1):
        groups[f"/pattern_{number}"] = _group(one)
    return xr.DataTree.from_dict(groups)


def _group(one: Analysed) -> xr.Dataset:
    import xarray as xr

    record = one.record
    unit = record.intensity_unit or "arbitrary"
    axis = record.axis
    columns: dict[str, Any] = {
        "intensity": ("point", record.intensity, {"units": unit, "long_name": "intensity"}),
    }
    if record.esd is not None:
        columns["esd"] = ("point", record.esd, {"units": unit, "long_name": "standard deviation"})
    coords: dict[str, Any] = {
        axis: ("point", record.x, {"units": UNIT_TEXT[axis], "long_name": LONG[axis]}),
    }
    if one.refinement is not None and one.prepared is not None:
        fit = one.refinement.fit
        kept = one.prepared.kept
        for name, values, meaning in (
            ("calculated", fit.total, "calculated pattern"),
            ("background", fit.background, "fitted background"),
        ):
            full = np.full(len(record.x), np.nan)
            full[kept] = values
            columns[name] = ("point", full, {"units": unit, "long_name": meaning})
        parts = np.full((len(one.refinement.names), len(record.x)), np.nan)
        parts[:, kept] = fit.phases
        columns["phase_pattern"] = (
            ("phase", "point"),
            parts,
            {"units": unit, "long_name": "pattern of a phase"},
        )
        coords["phase"] = ("phase", list(one.refinement.names))
    if one.peaks:
        columns["peak_position"] = (
            "peak",
            np.array([p.position for p in one.peaks]),
            {"units": UNIT_TEXT[axis], "long_name": "position of a peak"},
        )
        columns["peak_area"] = (
            "peak",
            np.array([p.area for p in one.peaks]),
            {"units": f"{unit} {UNIT_TEXT[axis]}".strip(), "long_name": "area of a peak"},
        )
    return xr.Dataset(
        columns,
        coords=coords,
        attrs={
            "source": record.source,
            "format": record.format,
            "origin": record.origin,
            "frame": record.frame,
        },
    )


def axis_label(axis: str) -> str:
    """Return how an axis is labelled, as in ``2θ (°)``.

    Parameters
    ----------
    axis : str
    """
    unit = UNITS[axis]  # type: ignore[index]
    short = {"two_theta": "2θ", "q": "Q", "d": "d", "tof": "time of flight", "r": "r", "other": "axis"}[axis]
    return f"{short} ({unit})" if unit else short
