"""A record from what a file says and what the options add."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.lines import emission
from topotaxy.measurement.diffraction.options import NOTHING, Options
from topotaxy.measurement.diffraction.record import Axis, Pattern, rising


def completed(fields: dict[str, Any], options: Options | None) -> Pattern:
    """Return a pattern from what a file says and what the options add.

    Options fill what the file leaves out; where they contradict it by more than 0.1 % the file is refused.

    Parameters
    ----------
    fields : dict
        What the file says, by field of the record.
    options : Options, optional
        What the user states of radiation, axis and sample.

    Raises
    ------
    InputError
        Where the axis is not known from either, or options contradict the file.
    """
    given = options or NOTHING
    source = str(fields["source"])
    notes = list(fields.get("notes", ()))
    axis: Axis | None = fields.get("axis")
    x = np.asarray(fields["x"], dtype=float)
    if given.axis is not None:
        wanted: Axis = "q" if given.axis == "q_nm" else given.axis
        if axis is not None and axis != wanted:
            raise InputError(f"the file says its axis is {axis}, the options {wanted}", where=source)
        if axis is None and given.axis == "q_nm":
            x = x / 10.0
        if axis is None:
            notes.append(f"the axis is {given.axis} by the options")
        axis = wanted
    if axis is None:
        raise InputError(
            "does not say what its first column is: give the option axis (two_theta, q, q_nm, d or tof)",
            where=source,
        )
    intensity = np.asarray(fields["intensity"], dtype=float)
    esd = fields.get("esd")
    turned = rising(x, intensity, esd)
    fields = fields | {"axis": axis, "x": turned[0], "intensity": turned[1], "esd": turned[2]}
    _add_radiation(fields, given, notes, source)
    unit = fields.get("intensity_unit", "")
    if not unit and given.intensity_unit in ("counts", "counts/s"):
        fields["intensity_unit"] = given.intensity_unit
    if fields.get("dwell") is None:
        fields["dwell"] = given.dwell
    if given.monochromator is not None:
        fields["polarisation"] = math.cos(math.radians(given.monochromator)) ** 2
    if given.polarisation is not None:
        fields["polarisation"] = given.polarisation
    if given.electrode_state is not None:
        fields["state"] = given.electrode_state
    if given.electrode_cycle is not None:
        fields["cycle"] = given.electrode_cycle
    if given.sample_name and not fields.get("title"):
        fields["title"] = given.sample_name
    return Pattern(**(fields | {"notes": tuple(notes)}))


def _add_radiation(fields: dict[str, Any], given: Options, notes: list[str], source: str) -> None:
    lines = tuple(fields.get("lines", ()))
    radiation = fields.get("radiation")
    if given.radiation is not None:
        if radiation is not None and radiation != given.radiation:
            raise InputError(f"the file is of {radiation}s, the options say {given.radiation}", where=source)
        radiation = given.radiation
    wanted: tuple[tuple[float, float], ...] = ()
    if given.emission is not None:
        wanted = emission(given.emission)
        radiation = radiation or "X-ray"
    elif given.wavelength is not None:
        wanted = ((given.wavelength, 1.0),)
    if wanted and lines and abs(wanted[0][0] / lines[0][0] - 1.0) > 1e-3:
        raise InputError(
            f"the file states {lines[0][0]:g} Å, the options {wanted[0][0]:g} Å: leave one out", where=source
        )
    if wanted and (len(wanted) >= len(lines) or given.emission is not None):
        lines = wanted
    fields["lines"] = lines
    fields["radiation"] = radiation
