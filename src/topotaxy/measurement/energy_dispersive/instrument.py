"""Options of the virtual X-ray detector."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from topotaxy.measurement.options import Quantity


class XRayDetector(BaseModel):
    """A detector behind a scanning microscope; photons an atom are those of the table of k-factors."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    beam_along: Literal["x", "y", "z"] = Field(default="z", description="Edge of the box along the beam.")
    scan_pixels: int = Field(
        default=32, description="Pixels along an edge of the scan over the box; 1 for one spectrum of it all."
    )
    probe_spread: Annotated[float, Quantity("length", "1Å", "non-negative")] = Field(
        default=1.0, description="Size of the probe, one standard deviation."
    )
    x_rays: Annotated[float, Quantity("dimensionless", "200")] = Field(
        default=200.0,
        description="X-rays of lines in a pixel, on average: what dose, time and detector make.",
    )
    braking_share: Annotated[float, Quantity("dimensionless", "0.3", "non-negative")] = Field(
        default=0.3, description="Braking radiation over X-rays of lines (imposed)."
    )
    detector_resolution: Annotated[float, Quantity("energy", "130eV")] = Field(
        default=130.0, description="Full width at half maximum at Mn Ka."
    )
    surface_film: Annotated[float, Quantity("particle_size", "2nm", "non-negative")] = Field(
        default=0.0,
        description="Thickness of a film of Na2CO3 on either face, whose sodium and oxygen are seen.",
    )
    channel_width: Annotated[float, Quantity("energy", "10eV")] = Field(
        default=10.0, description="Width of a channel."
    )

    @model_validator(mode="after")
    def _possible(self) -> XRayDetector:
        if not 1 <= self.scan_pixels <= 512:
            raise ValueError("scan_pixels is from 1 to 512")
        if not 2.0 <= self.channel_width <= 40.0:
            raise ValueError("channel_width is from 2 to 40 eV")
        return self
