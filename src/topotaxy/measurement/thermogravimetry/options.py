"""What a balance's file does not say and its user may."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from topotaxy.measurement.options import Quantity


class ThermogravimetryOptions(BaseModel):
    """Options of thermogravimetry; ``None`` is what nobody says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    formula: str | None = Field(
        default=None,
        description="Material, as Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O0.9S0.1: its cations and its number of anions.",
    )
    dry_at: Annotated[float | None, Quantity("temperature", "150degC")] = Field(
        default=None, description="Temperature at which the sample is dry: its mass there is the start."
    )
    end_products: tuple[str, ...] = Field(
        default=(), description="Oxide found at the end, as Co3O4 by diffraction; once for each known one."
    )
    sulfate: Literal["none", "all", "unknown"] | None = Field(
        default=None, description="Sulfur left as sulfate at the end; by the final temperature if not given."
    )
    water_share: Annotated[float | None, Quantity("dimensionless", "0.01", "non-negative")] = Field(
        default=None, description="Share of the starting mass that may be water; 0 to this is allowed for."
    )
    balance_drift: Annotated[float | None, Quantity("mass", "10ug", "non-negative")] = Field(
        default=None, description="Drift of the balance over the run, one standard deviation."
    )
    plateau: Annotated[float, Quantity("time", "60s")] = Field(
        default=60.0, description="Time at start and end over which the mass is averaged."
    )
