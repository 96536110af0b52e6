"""What an energy-loss file does not say and its user may."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from topotaxy.measurement.options import Quantity


class EnergyLossOptions(BaseModel):
    """Options of electron energy loss; ``None`` is what nobody says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    loss_elements: tuple[str, ...] = Field(
        default=(), description="Elements whose edges are analysed; those that stand out if not given."
    )
    loss_metals: tuple[Path, ...] = Field(
        default=(), description="File with the spectrum of a metal, for valence fractions; once for each."
    )
    loss_oxides: tuple[Path, ...] = Field(
        default=(), description="File with the spectrum of an oxide, for valence fractions; once for each."
    )
    imposed_references: bool = Field(
        default=False,
        description="Take imposed steps and lines as references of metal and oxide where no file is given.",
    )
    low_loss: Path | None = Field(
        default=None,
        description="File with the low-loss spectrum there: aligns the axis, undoes plural scattering.",
    )
    background_width: Annotated[float, Quantity("energy", "40eV")] = Field(
        default=40.0, description="Width of the window before an edge that its background is fitted in."
    )
    loss_axis_shift: Annotated[float, Quantity("energy", "2eV", "any")] = Field(
        default=0.0, description="Subtracted from energy losses: of a known edge from its reference."
    )
    loss_axis_error: Annotated[float, Quantity("energy", "1eV", "non-negative")] = Field(
        default=1.0,
        description="Error of the energy axis, one standard deviation, where no zero-loss peak aligns it.",
    )

    @model_validator(mode="after")
    def _possible(self) -> EnergyLossOptions:
        if not 10.0 <= self.background_width <= 200.0:
            raise ValueError("background_width is from 10 to 200 eV")
        return self
