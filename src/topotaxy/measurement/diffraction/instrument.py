"""The virtual diffractometer: its table, with what options replace."""

from __future__ import annotations

from dataclasses import dataclass

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.beam import Beam
from topotaxy.measurement.diffraction.instrument_options import Instrument
from topotaxy.measurement.diffraction.lines import emission
from topotaxy.tables import read_table


@dataclass(frozen=True, kw_only=True)
class Diffractometer:
    """An instrument with every number filled in."""

    name: str
    beam: Beam
    resolution: dict[str, float]
    start: float
    end: float
    step: float


def diffractometer(options: Instrument) -> Diffractometer:
    """Return the instrument that options stand for.

    Parameters
    ----------
    options : Instrument
        Options of the virtual diffractometer.

    Raises
    ------
    InputError
        Where the range is empty.
    """
    rows = read_table("topotaxy.measurement.diffraction", "instruments")
    row = next(row for row in rows if row["name"] == options.diffractometer)
    if options.beam_wavelength is not None:
        if row["emission"]:
            raise InputError("beam_wavelength: a tube has the wavelengths of its anode; take a synchrotron")
        lines: tuple[tuple[float, float], ...] = ((options.beam_wavelength, 1.0),)
    else:
        lines = emission(row["emission"]) if row["emission"] else ((float(row["wavelength"]), 1.0),)
    start = float(row["start"]) if options.first_angle is None else options.first_angle
    end = float(row["end"]) if options.last_angle is None else options.last_angle
    step = float(row["step"]) if options.angle_step is None else options.angle_step
    if not end > start + 20 * step:
        raise InputError(f"the range {start:g} to {end:g}° holds no pattern in steps of {step:g}°")
    return Diffractometer(
        name=row["name"],
        beam=Beam(
            radiation="neutron" if row["radiation"] == "neutron" else "X-ray",
            lines=lines,
            polarisation=float(row["polarisation"]),
        ),
        resolution={name: float(row[name]) for name in ("U", "V", "W", "X", "Y", "axial")},
        start=start,
        end=end,
        step=step,
    )
