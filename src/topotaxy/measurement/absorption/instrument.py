"""The virtual beamline: what a user may set of it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from topotaxy.measurement.options import Quantity


class Beamline(BaseModel):
    """Transmission XAFS of every absorbing element of a specimen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    absorbers: tuple[str, ...] = Field(
        (), description="Elements to measure, by symbol; all that have scattering tables where not given."
    )
    flux: Annotated[float, Quantity("rate", "1e10 Hz")] = Field(
        1e10, description="Photons per second before the sample."
    )
    point_time: Annotated[float, Quantity("time", "1s")] = Field(1.0, description="Counting time of a point.")
    edge_step: Annotated[float, Quantity("dimensionless", "0.8")] = Field(
        0.8, le=3.0, description="Edge step of each element, in units of absorption."
    )
    total_absorption: Annotated[float, Quantity("dimensionless", "2.5")] = Field(
        2.5, le=8.0, description="Absorption of the sample above the edge."
    )
    amplitude_reduction: Annotated[float, Quantity("dimensionless", "0.85")] = Field(
        0.85, ge=0.5, le=1.0, description="S02 of all absorbers."
    )
    sample_temperature: Annotated[float, Quantity("temperature", "295K")] = Field(
        295.0, le=1500.0, description="Temperature of the sample, which sets thermal disorder."
    )
    last_wave_number: Annotated[float, Quantity("dimensionless", "14.5")] = Field(
        14.5, ge=6.0, le=18.0, description="End of the scan, 1/Å."
    )
    sampled_atoms: int = Field(
        2000, ge=50, le=200_000, description="Absorbers of an element whose neighbours are looked at."
    )
    foils: bool = Field(False, description="Also measure the metal foil of each absorber, which gives S02.")
