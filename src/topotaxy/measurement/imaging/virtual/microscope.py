"""Options of the virtual microscope."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from topotaxy.measurement.options import Quantity


class Microscope(BaseModel):
    """Options of the virtual transmission microscope."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    view: Literal["haadf", "hrtem", "saed"] = Field(
        default="haadf",
        description="Annular dark field of a scan, high-resolution image, or diffraction pattern of an area.",
    )
    beam_along: Literal["x", "y", "z", "011", "111", "112"] = Field(
        default="z", description="Edge of the box along the beam, or zone axis of a cubic box along it."
    )
    slab_thickness: Annotated[float | None, Quantity("particle_size", "5nm")] = Field(
        default=None,
        description="Thickness of the slab that is looked at; one box if not given, several if thicker.",
    )
    scattering: Literal["fast", "multislice"] = Field(
        default="fast",
        description="Fast (incoherent dark field, kinematic pattern) or multislice; images are multislice.",
    )
    scan_step: Annotated[float, Quantity("length", "0.2Å")] = Field(
        default=0.2, description="Distance of the points of the scan, or pixel of the camera at the specimen."
    )
    scan_width: Annotated[float | None, Quantity("particle_size", "5nm")] = Field(
        default=None, description="Edge of the square that is seen; what the box offers if not given."
    )
    probe_width: Annotated[float, Quantity("length", "0.4Å")] = Field(
        default=0.4,
        description="Blur of the fast dark field by probe, source and thermal motion, standard deviation.",
    )
    electron_dose: Annotated[float, Quantity("dimensionless", "100000")] = Field(
        default=1e5, description="Electrons per square ångström."
    )
    scattered_share: Annotated[float, Quantity("dimensionless", "0.05")] = Field(
        default=0.05,
        description="Share of the electrons that reach the dark-field detector in the fast model, mean.",
    )
    row_jitter: Annotated[float, Quantity("length", "0.02Å", "non-negative")] = Field(
        default=0.02, description="Random shift of each row of a scan, one standard deviation."
    )
    stage_drift: Annotated[float, Quantity("length", "0.1Å", "non-negative")] = Field(
        default=0.0, description="Drift over the whole record in a random direction, one standard deviation."
    )
    magnification_error: Annotated[float, Quantity("dimensionless", "0.03", "non-negative")] = Field(
        default=0.03,
        description="Error of the stated pixel size, one standard deviation, drawn once a record.",
    )
    beam_voltage: Annotated[float, Quantity("voltage", "200kV")] = Field(
        default=2e5, description="Accelerating voltage."
    )
    # Root mean square along one axis of cations in MgO, CoO and NiO at room temperature: 0.06 to 0.08 Å.
    thermal_motion: Annotated[float, Quantity("length", "0.07Å", "non-negative")] = Field(
        default=0.07,
        description="Thermal displacement of atoms along one axis, root mean square, the same for all.",
    )
    defocus: Annotated[float, Quantity("length", "6nm", "any")] = Field(
        default=60.0,
        description="Underfocus of the objective (of images) or probe-forming lens (multislice).",
    )
    spherical_aberration: Annotated[float, Quantity("length", "0.01mm", "any")] = Field(
        default=1e5, description="Third order, of the same lens."
    )
    focal_spread: Annotated[float, Quantity("length", "3nm", "non-negative")] = Field(
        default=30.0, description="Spread of the defocus of images, one standard deviation."
    )
    divergence: Annotated[float, Quantity("angle", "0.1mrad", "non-negative")] = Field(
        default=0.0057, description="Of the illumination of images and patterns, one standard deviation."
    )
    objective_aperture: Annotated[float, Quantity("angle", "25mrad")] = Field(
        default=1.4324, description="Half angle of the aperture behind the specimen."
    )
    convergence: Annotated[float, Quantity("angle", "22mrad")] = Field(
        default=1.2605, description="Half angle of the focused beam of a multislice scan."
    )
    detector_inner: Annotated[float, Quantity("angle", "70mrad")] = Field(
        default=4.0107, description="Inner half angle of the dark-field detector of a multislice scan."
    )
    detector_outer: Annotated[float, Quantity("angle", "150mrad")] = Field(
        default=8.5944, description="Outer half angle of the same detector."
    )
    phonon_configurations: int = Field(
        default=2,
        ge=1,
        le=100,
        description="Arrangements of displaced atoms that a multislice scan averages.",
    )
    lit_diameter: Annotated[float | None, Quantity("particle_size", "20nm")] = Field(
        default=None,
        description="Diameter of the selected area, or of a parallel nano-beam; the box's if not given.",
    )
    smallest_spacing: Annotated[float, Quantity("length", "0.8Å")] = Field(
        default=0.8, description="Spacing whose spot falls on the edge of a pattern."
    )
    camera_pixels: int = Field(
        default=512, ge=64, le=4096, description="Pixels along each side of a pattern's camera."
    )
    total_electrons: Annotated[float, Quantity("dimensionless", "100000000")] = Field(
        default=1e8, description="Electrons of a pattern; a camera that saturates is not modelled."
    )
