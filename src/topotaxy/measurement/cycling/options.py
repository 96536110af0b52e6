"""What a cycler's file does not say and its user may."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from topotaxy.measurement.options import PerFile, Quantity
from topotaxy.observables import Role


class CyclingOptions(BaseModel):
    """Options of cycling data; ``None`` is what nobody says, and nothing is assumed instead."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mass: Annotated[float | None, Quantity("mass", "1.23mg"), PerFile()] = Field(
        default=None, description="Mass that capacities refer to."
    )
    basis: str | None = Field(default=None, description="What that mass is of (active material).")
    area: Annotated[float | None, Quantity("area", "1.13cm2")] = Field(
        default=None, description="Area of the electrode."
    )
    role: Role | None = Field(default=None, description="What the cell is; without it no efficiency.")
    ion: Literal["Li", "Na", "K"] | None = Field(
        default=None, description="The metal that a half cell's voltage is against."
    )
    reference_cycle: int | None = Field(
        default=None, description="Cycle that retention is held against (the second)."
    )
    particle_size: tuple[Annotated[float, Quantity("particle_size", "50nm")], ...] = Field(
        default=(),
        description="Diameter of the particles, once for each of two files: bounds of the surface film.",
    )
    density: Annotated[float | None, Quantity("density", "5.9g/cm3")] = Field(
        default=None, description="Density of the particles."
    )
    join: bool = Field(
        default=False,
        description="The files are parts of one test of one cell: join them in the order of time.",
    )
    allow_missing_cycles: bool = Field(default=False, description="Read files whose cycle numbers skip some.")
    bdf: bool = Field(default=False, description="Also write every cell as Battery Data Format csv.")

    @model_validator(mode="after")
    def _consistent(self) -> CyclingOptions:
        if self.role == "full-cell" and self.ion is not None:
            raise ValueError(
                "--ion names the metal that a half cell is measured against; a full cell has none"
            )
        if self.basis is not None and self.mass is None:
            raise ValueError("--basis says what --mass is of, and no mass is given")
        return self

    @property
    def reference(self) -> str | None:
        """Reference of the voltage, as in ``Na+/Na``."""
        return None if self.ion is None else f"{self.ion}+/{self.ion}"
