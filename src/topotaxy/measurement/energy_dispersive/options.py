"""What a file of X-ray spectra does not say and its user may."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from topotaxy.measurement.options import Quantity

_FACTOR = re.compile(r"\s*([A-Z][a-z]?)[\s_-]*([KLM])(?:a|α)?\s*=\s*(\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*")


class EnergyDispersiveOptions(BaseModel):
    """Options of X-ray microanalysis; ``None`` is what nobody says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    x_ray_elements: tuple[str, ...] = Field(
        default=(), description="Elements whose lines are fitted; those that stand out if not given."
    )
    k_factors: tuple[str, ...] = Field(
        default=(),
        description="Factor of Cliff and Lorimer by weight, as Fe Ka=1.45, once for each; else estimates.",
    )
    sublattice: tuple[str, ...] = Field(
        default=("Mg", "Mn", "Fe", "Co", "Ni", "Cu", "Zn"),
        description="Elements that share a sublattice: site fractions and segregation are among them.",
    )
    line_intensity: Literal["fit", "window"] = Field(
        default="fit", description="How intensities are taken: lines fitted together, or windows."
    )
    mn_resolution: Annotated[float | None, Quantity("energy", "130eV")] = Field(
        default=None, description="Full width at half maximum at Mn Ka; fitted if not given."
    )
    column_atoms: Annotated[float | None, Quantity("dimensionless", "2000")] = Field(
        default=None,
        description="Atoms of the sublattice within the probe, for what a random alloy varies by.",
    )
    null_maps: int = Field(
        default=99, description="Maps with X-rays at random places that unevenness is held against."
    )
    line_scan: tuple[Annotated[float, Quantity("dimensionless", "0.1", "non-negative")], ...] = Field(
        default=(),
        description="Ends of a line scan as shares of the map: x, y of its start, x, y of its end.",
    )

    @field_validator("k_factors")
    @classmethod
    def _factors(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        for text in given:
            if _FACTOR.fullmatch(text) is None:
                raise ValueError(f"expected an element, a line and a number, as Fe Ka=1.45, got {text!r:.40}")
        return given

    @model_validator(mode="after")
    def _possible(self) -> EnergyDispersiveOptions:
        if self.line_scan and not (len(self.line_scan) == 4 and max(self.line_scan) <= 1.0):
            raise ValueError("line_scan is four shares from 0 to 1")
        if not 19 <= self.null_maps <= 9999:
            raise ValueError("null_maps is from 19, for a risk of 5 %, to 9999")
        return self

    def stated_factors(self) -> dict[tuple[str, str], float]:
        """Return the stated k-factors by element and family."""
        found = (_FACTOR.fullmatch(text) for text in self.k_factors)
        return {(match[1], match[2]): float(match[3]) for match in found if match is not None}
