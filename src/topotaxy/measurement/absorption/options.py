"""Options of the analysis: what files of absorption do not say and the user may."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from topotaxy.measurement.options import Quantity


class AbsorptionOptions(BaseModel):
    """What the files do not say; energies in eV, distances in Å, wave numbers in 1/Å."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    element: str = Field("", description="Absorbing element, where neither the file nor the edge tells.")
    edge: Literal["", "K", "L3", "L2", "L1"] = Field("", description="Absorption edge, with the element.")
    energy_unit: Literal["", "eV", "keV"] = Field("", description="Unit of the energies, where not stated.")
    mode: Literal["", "transmission", "fluorescence"] = Field("", description="Which detection to read.")
    normalised: bool = Field(False, description="The absorption is normalised already.")
    energy_column: int | None = Field(None, description="Column of the energy, from 1.")
    mu_column: int | None = Field(None, description="Column of the absorption, from 1.")
    i0_column: int | None = Field(None, description="Column of the intensity before the sample, from 1.")
    it_column: int | None = Field(None, description="Column of the intensity behind the sample, from 1.")
    if_column: int | None = Field(None, description="Column of the fluorescence, from 1.")
    ir_column: int | None = Field(None, description="Column of the intensity behind the foil, from 1.")
    calibrate: Literal["reference", "none"] = Field(
        "reference", description="Put the foil's first inflection at its tabulated energy, or leave energies."
    )
    environment: Literal["auto", "rock salt", "metal", "rock salt and metal", "none"] = Field(
        "auto", description="Shells that the EXAFS fit has; auto: metal for a foil, else both."
    )
    neighbour: str = Field(
        "",
        description="Cations of the second shell, as in Mg0.2Ni0.8; else of the formula.",
    )
    anion: Literal["O", "S", "F"] = Field("O", description="Anion of the first shell.")
    standards: tuple[str, ...] = Field(
        (), description="Names of spectra, or parts of them, that serve as standards of a linear combination."
    )
    specific_current: Annotated[float | None, Quantity("specific_current", "20mA/g")] = Field(
        None,
        description="Constant current of a series' cell over its active mass: clocks of files become charge.",
    )
    merge: bool = Field(False, description="Merge the spectra of one edge as repeats of one measurement.")
    deglitch: bool = Field(True, description="Leave out single points far off their neighbours.")
    components: bool = Field(True, description="Count the species of a series of spectra.")

    @field_validator("element")
    @classmethod
    def _symbol(cls, given: str) -> str:
        if given and not re.fullmatch(r"[A-Z][a-z]?", given):
            raise ValueError(f"expected the symbol of an element, as in Ni, got {given!r:.20}")
        return given

    @field_validator("neighbour")
    @classmethod
    def _shares(cls, given: str) -> str:
        if given and not re.fullmatch(r"(?:[A-Z][a-z]?(?:\d{1,4}(?:\.\d{1,6})?|\.\d{1,6})?){1,12}", given):
            raise ValueError(f"expected cations with their shares, as in Mg0.2Ni0.8, got {given!r:.40}")
        return given
