"""What a micrograph does not say and its user may."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from topotaxy.measurement.options import Quantity


class ImagingOptions(BaseModel):
    """Options of imaging; ``None`` is what nobody says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pixel_size: Annotated[float | None, Quantity("length", "0.1Å")] = Field(
        default=None, description="Edge of a pixel of images, in place of what their files say."
    )
    image_kind: Literal["image", "diffraction"] | None = Field(
        default=None, description="Whether a file without a scale is an image or a diffraction pattern."
    )
    # Estimate: two images of SrTiO3 from one aligned microscope were off by 3.0 and 4.3 %.
    scale_error: Annotated[float, Quantity("dimensionless", "0.03", "non-negative")] = Field(
        default=0.03, description="Calibration error of the length scale, one standard deviation, relative."
    )
    crystals: tuple[str, ...] = Field(
        default=(),
        description="Candidate phase, structure and cell edge in Å, as NiO=rock salt:4.178; once for each.",
    )
    standard_crystal: str | None = Field(
        default=None, description="Name of the candidate phase that serves as internal standard of length."
    )
    strain_mask: Annotated[float, Quantity("dimensionless", "0.167")] = Field(
        default=1.0 / 6.0,
        description="Width (sigma) of the mask of phase analysis, a share of |g|.",
    )
    reference_region: tuple[Annotated[float, Quantity("dimensionless", "0.5", "non-negative")], ...] = Field(
        default=(),
        description="Unstrained part of the image: left, right, top and bottom edge as shares of its size.",
    )

    domains: bool = Field(
        default=False,
        description="Look for domains with a lattice of their own, by local Fourier transforms.",
    )
    columns: bool = Field(
        default=False,
        description="Fit the places of atomic columns and compare their scatter with the noise.",
    )
    profile_line: tuple[Annotated[float, Quantity("dimensionless", "0.5", "non-negative")], ...] = Field(
        default=(), description="Line of an intensity profile: x and y of both ends as shares of the image."
    )
    profile_width: Annotated[float, Quantity("length", "2Å", "non-negative")] = Field(
        default=2.0, description="Width across the line over which its profile is averaged."
    )

    @model_validator(mode="after")
    def _possible(self) -> ImagingOptions:
        if not 0.02 <= self.strain_mask <= 0.5:
            raise ValueError("strain_mask is a share of |g| from 0.02 to 0.5")
        region = self.reference_region
        if region and not (
            len(region) == 4 and 0 <= region[0] < region[1] <= 1 and 0 <= region[2] < region[3] <= 1
        ):
            raise ValueError(
                "reference_region is left, right, top and bottom: four rising shares from 0 to 1"
            )
        line = self.profile_line
        if line and not (len(line) == 4 and max(line) <= 1.0 and line[:2] != line[2:]):
            raise ValueError("profile_line is x and y of two different points: four shares from 0 to 1")
        return self
