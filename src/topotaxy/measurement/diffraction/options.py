"""What the files do not say and the user may."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from topotaxy.measurement.options import Quantity

_RANGE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:-|to|,)\s*(\d+(?:\.\d+)?)\s*")
_Number = Annotated[float | None, Quantity("dimensionless", "26.6", "any")]

RESOLUTION = ("U", "V", "W", "X", "Y", "axial")


class Options(BaseModel):
    """Options of reading and analysing powder patterns; nothing here is guessed where it is left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    radiation: Literal["X-ray", "neutron"] | None = Field(
        default=None, description="Kind of radiation, where the file does not say."
    )
    wavelength: Annotated[float | None, Quantity("length", "1.494Å")] = Field(
        default=None, description="Wavelength of one sharp line, where the file states none."
    )
    emission: str | None = Field(
        default=None,
        description="Emission of the tube, as in 'Cu Ka' (both lines) or 'Cu Ka1' (monochromated).",
    )
    axis: Literal["two_theta", "q", "q_nm", "d", "tof"] | None = Field(
        default=None,
        description="What the first column is, where the file does not say: 2θ in degrees, q in Å⁻¹ or nm⁻¹, "
        "d in Å, time of flight in µs.",
    )
    intensity_unit: Literal["counts", "counts/s", "arbitrary"] | None = Field(
        default=None, description="What the intensities are, where the file does not say."
    )
    dwell: Annotated[float | None, Quantity("time", "10s")] = Field(
        default=None, description="Counting time of a point, for intensities in counts/s."
    )
    polarisation: Annotated[float | None, Quantity("dimensionless", "0.01", "non-negative")] = Field(
        default=None,
        description="Intensity in the scattering plane over that across it: 1 for a tube without "
        "monochromator, about 0.01 at a synchrotron.",
    )
    monochromator: Annotated[float | None, Quantity("angle", "26.6deg", "non-negative")] = Field(
        default=None, description="Angle 2θ of a crystal monochromator (26.6 deg for graphite and Cu)."
    )
    phases: tuple[str, ...] = Field(
        default=(),
        description="Phases to fit: a shipped name (corundum), a CIF, or TYPE:FORMULA:EDGE in Å, as in "
        "'rock salt:Mg0.2Ni0.8O:4.19'; 'name=' may stand before.",
    )
    nano_phases: tuple[str, ...] = Field(
        default=(),
        description="Phases of some nm, NAME=TYPE:FORMULA:EDGE, fitted by Debye sums over spheres, beside "
        "one frame.",
    )
    metal_beside_frame: bool = Field(
        default=False,
        description="Metal among nano_phases is known to lie beside the frame, not in it (from images): its "
        "share then carries no uncertainty of holes.",
    )
    le_bail: tuple[str, ...] = Field(
        default=(),
        description="Phases whose intensities are taken from the pattern, by name, or 'all': only cells and "
        "widths are fitted; 'cell:P m -3 m:4.157' is a phase without atoms.",
    )
    internal_standard: str | None = Field(
        default=None, description="Name of the phase that was added as internal standard."
    )
    standard_fraction: Annotated[float | None, Quantity("dimensionless", "0.1")] = Field(
        default=None, description="Its share by weight in what was measured."
    )
    axis_start: _Number = Field(
        default=None, description="Lowest value of the axis to use, in the axis' unit."
    )
    axis_end: _Number = Field(
        default=None, description="Highest value of the axis to use, in the axis' unit."
    )
    exclude: tuple[str, ...] = Field(
        default=(),
        description="Ranges of the axis to leave out, as in 44.5-45.1 (lines of a window or a collector).",
    )
    background_terms: int | None = Field(
        default=None, description="Terms of the background; chosen by cross-validation where not given."
    )
    resolution: tuple[Annotated[float, Quantity("dimensionless", "0.002", "any")], ...] = Field(
        default=(),
        description="The instrument's U, V, W (degrees²), X, Y (degrees) and, if known, axial ratio, from a "
        "standard.",
    )
    flight_constants: tuple[str, ...] = Field(
        default=(),
        description="DIFC (µs/Å), DIFA (µs/Å²) and ZERO (µs) of banks of a pulsed source: 1=5074.1,-2.1,3.3.",
    )
    instrument_file: str | None = Field(
        default=None,
        description="GSAS instrument parameter file of a pulsed source: constants and rates of every bank.",
    )
    cylinder_absorption: Annotated[float | None, Quantity("dimensionless", "0.4", "non-negative")] = Field(
        default=None, description="Absorption coefficient times radius of a cylindrical sample."
    )
    pair_damping: Annotated[float | None, Quantity("dimensionless", "0.04", "non-negative")] = Field(
        default=None,
        description="Damping of G(r) by the instrument, exp(-(r d)²/2) with d in Å⁻¹, from a standard; "
        "without it sizes from G(r) are lower bounds.",
    )
    refine_displacements: bool = Field(default=False, description="Refine B of each phase.")
    refine_occupancies: tuple[str, ...] = Field(
        default=(),
        description="Occupancies to refine: PHASE/SITE/ELEMENT alone, or PHASE/SITE/ELEMENT/OTHER for two "
        "that share a site.",
    )
    spread: bool = Field(
        default=True,
        description="Repeat the fit under other assumptions for the systematic uncertainty.",
    )
    pristine_lattice_parameter: Annotated[float | None, Quantity("length", "4.19Å")] = Field(
        default=None, description="Lattice parameter of the pristine material that strain is taken against."
    )
    cell_spread: Annotated[float | None, Quantity("length", "0.03Å")] = Field(
        default=None,
        description="Standard deviation of the first phase's lattice parameter within the sample, as between "
        "replicas or grains: one cell is fitted and stands somewhere among them.",
    )
    cycler: str | None = Field(
        default=None, description="The cycler's record of an operando series: columns hh:mm:ss, V, mA."
    )
    scan_interval: Annotated[float | None, Quantity("time", "600s")] = Field(
        default=None, description="Time from one scan of a series to the next, where files do not say."
    )
    repeats: Literal["separate", "sum"] = Field(
        default="sum", description="What to do with repeats of one scan in one file."
    )
    sample_name: str = Field(default="", description="Name of the sample.")
    electrode_state: Literal["pristine", "discharged", "charged"] | None = Field(
        default=None, description="State of the electrode, in the half-cell convention."
    )
    electrode_cycle: int | None = Field(default=None, description="Cycle of the electrode, from 1.")

    @model_validator(mode="after")
    def _consistent(self) -> Options:
        if self.wavelength is not None and not 0.01 < self.wavelength < 20.0:
            raise ValueError("wavelength: outside 0.01 to 20 Å")
        if self.emission is not None and self.wavelength is not None:
            raise ValueError("give emission or wavelength, not both")
        if self.standard_fraction is not None and not self.standard_fraction < 1.0:
            raise ValueError("standard_fraction: a share has to be below 1")
        if (self.internal_standard is None) != (self.standard_fraction is None):
            raise ValueError("internal_standard and standard_fraction belong together")
        if self.le_bail and (self.nano_phases or self.refine_occupancies or self.internal_standard):
            raise ValueError("le_bail: without shares, so not with nano_phases, occupancies or a standard")
        if self.background_terms is not None and not 1 <= self.background_terms <= 40:
            raise ValueError("background_terms: from 1 to 40")
        if len(self.resolution) not in (0, 5, 6):
            raise ValueError("resolution: five or six numbers, U V W X Y and axial")
        if self.electrode_cycle is not None and self.electrode_cycle < 1:
            raise ValueError("electrode_cycle: counted from 1")
        if self.axis_start is not None and self.axis_end is not None and not self.axis_start < self.axis_end:
            raise ValueError("axis_start: has to be below axis_end")
        for text in self.exclude:
            match = _RANGE.fullmatch(text)
            if match is None or not float(match[1]) < float(match[2]):
                raise ValueError(f"exclude: {text!r:.30} is no range such as 44.5-45.1")
        return self

    def excluded(self) -> tuple[tuple[float, float], ...]:
        """Return the ranges to leave out."""
        matches = (_RANGE.fullmatch(text) for text in self.exclude)
        return tuple((float(match[1]), float(match[2])) for match in matches if match is not None)

    def resolution_values(self) -> dict[str, float]:
        """Return the instrument's resolution by name; empty where it is not known."""
        if not self.resolution:
            return {}
        return dict(zip(RESOLUTION, (*self.resolution, 0.0)[:6], strict=True))


NOTHING = Options()
"""Nothing said."""
