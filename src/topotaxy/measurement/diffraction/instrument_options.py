"""Options of the virtual diffractometer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from topotaxy.measurement.options import Quantity


class Instrument(BaseModel):
    """Options of the virtual diffractometer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    diffractometer: Literal["laboratory", "synchrotron", "neutron"] = Field(
        default="laboratory", description="Which instrument of the table stands behind the defaults."
    )
    beam_wavelength: Annotated[float | None, Quantity("length", "0.6199Å")] = Field(
        default=None, description="Wavelength of a synchrotron or of neutrons."
    )
    first_angle: Annotated[float | None, Quantity("angle", "10deg")] = Field(
        default=None, description="Lowest 2θ."
    )
    last_angle: Annotated[float | None, Quantity("angle", "120deg")] = Field(
        default=None, description="Highest 2θ."
    )
    angle_step: Annotated[float | None, Quantity("angle", "0.02deg")] = Field(
        default=None, description="Step of 2θ."
    )
    peak_counts: Annotated[float, Quantity("dimensionless", "20000")] = Field(
        default=20000.0, description="Counts above background at the strongest point."
    )
    background_level: Annotated[float, Quantity("dimensionless", "0.02", "non-negative")] = Field(
        default=0.02, description="Flat background over that strongest point."
    )
    crystallite_size: Annotated[float, Quantity("particle_size", "30nm")] = Field(
        default=30.0, description="Size of the coherent frame: what a periodic box cannot say."
    )
    microstrain: Annotated[float, Quantity("dimensionless", "0.001", "non-negative")] = Field(
        default=0.001,
        description="Spread of the frame's lattice parameter, relative, beyond that of the replicas.",
    )
    displacement_parameter: Annotated[float, Quantity("dimensionless", "0.5", "non-negative")] = Field(
        default=0.5, description="Thermal B of all atoms, Å²."
    )

    @model_validator(mode="after")
    def _sane(self) -> Instrument:
        limits = {
            "beam_wavelength": (0.05, 10.0),
            "first_angle": (1.0, 170.0),
            "last_angle": (2.0, 175.0),
            "angle_step": (1e-4, 1.0),
            "peak_counts": (10.0, 1e9),
            "background_level": (0.0, 100.0),
            "crystallite_size": (0.5, 1e4),
            "microstrain": (0.0, 0.1),
            "displacement_parameter": (0.0, 10.0),
        }
        for name, (low, high) in limits.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise ValueError(f"{name}: outside {low:g} to {high:g}")
        return self
