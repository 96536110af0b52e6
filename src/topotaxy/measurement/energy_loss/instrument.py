"""Options of the virtual energy-loss spectrometer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from topotaxy.measurement.options import Quantity


class LossSpectrometer(BaseModel):
    """A spectrometer behind a scanning microscope; shapes of edges are imposed, shares the specimen's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    beam_along: Literal["x", "y", "z"] = Field(default="z", description="Edge of the box along the beam.")
    scan_pixels: int = Field(
        default=1, description="Pixels along an edge of the scan over the box; 1 for one spectrum of it all."
    )
    probe_spread: Annotated[float, Quantity("length", "1Å", "non-negative")] = Field(
        default=1.0, description="Size of the probe, one standard deviation."
    )
    range_start: Annotated[float, Quantity("energy", "700eV")] = Field(
        default=700.0, description="First energy loss that is recorded."
    )
    range_end: Annotated[float, Quantity("energy", "1100eV")] = Field(
        default=1100.0, description="Last energy loss that is recorded."
    )
    channel_width: Annotated[float, Quantity("energy", "0.25eV")] = Field(
        default=0.25, description="Width of a channel."
    )
    background_counts: Annotated[float, Quantity("dimensionless", "100000")] = Field(
        default=1e5, description="Counts of the background in the first channel, of one spectrum."
    )
    edge_height: Annotated[float, Quantity("dimensionless", "2")] = Field(
        default=2.0,
        description="Height of the step of a pure element over the background at its edge (imposed).",
    )
    loss_resolution: Annotated[float, Quantity("energy", "0.8eV")] = Field(
        default=0.8, description="Full width at half maximum of the zero-loss peak."
    )
    axis_drift: Annotated[float, Quantity("energy", "0.3eV", "non-negative")] = Field(
        default=0.3, description="Standard deviation of the offset of the energy axis of each record."
    )

    @model_validator(mode="after")
    def _possible(self) -> LossSpectrometer:
        if not 1 <= self.scan_pixels <= 512:
            raise ValueError("scan_pixels is from 1 to 512")
        channels = (self.range_end - self.range_start) / self.channel_width
        if not 64 <= channels <= 16384:
            raise ValueError(f"the range would have {channels:.0f} channels; expected 64 to 16384")
        return self
