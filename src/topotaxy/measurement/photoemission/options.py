"""What a spectrum's file does not say and its user may."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from topotaxy.measurement.options import Quantity


class PhotoemissionOptions(BaseModel):
    """Options of photoemission; ``None`` is what nobody says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    photon_energy: Annotated[float | None, Quantity("energy", "1486.6eV")] = Field(
        default=None, description="Energy of the photons, for files with a kinetic axis that do not state it."
    )
    charge_shift: Annotated[float, Quantity("energy", "0.4eV", "any")] = Field(
        default=0.0,
        description="Subtracted from binding energies: of C 1s or another line from its reference.",
    )
    charge_uncertainty: Annotated[float, Quantity("energy", "0.2eV", "non-negative")] = Field(
        default=0.2, description="Standard deviation of that shift; 0.2 eV is that of adventitious carbon."
    )
    spectrum_line: str | None = Field(
        default=None, description="Line of regions that their file does not name, as in Ni2p."
    )
    background: Literal["shirley", "tougaard", "linear"] = Field(
        default="shirley", description="Background of inelastic electrons under a line."
    )
    reduced_reference: tuple[Path, ...] = Field(
        default=(), description="File with a metal's spectrum, for shares by combination; once for each."
    )
    oxidised_reference: tuple[Path, ...] = Field(
        default=(), description="File with an oxide's spectrum, for shares by combination; once for each."
    )

    sample_elements: tuple[str, ...] = Field(
        default=(),
        description="Elements of the sample beside those of its regions, as Co or CoFe2O4: their Auger lines "
        "are fitted where they lie under a line.",
    )

    @field_validator("reduced_reference", "oxidised_reference", "sample_elements", mode="before")
    @classmethod
    def _several(cls, given: Any) -> Any:
        """One file or formula may be said as it is."""
        return (given,) if isinstance(given, str | Path) else given
