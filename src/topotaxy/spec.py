"""The TOML specification of a run.

A specification names the electrode, the cell, the protocol, the lattice box and, where
there are any, measured numbers to set beside the results. Numbers are in canonical units
(:mod:`topotaxy.units`); text may carry its own unit, as in ``current = "100 mA/g"``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    ValidationError,
    field_validator,
    model_serializer,
    model_validator,
)

from topotaxy.constants import SECONDS_PER_HOUR
from topotaxy.errors import InputError
from topotaxy.toml_documents import in_line, parse_toml, read_text
from topotaxy.toml_faults import first_error
from topotaxy.units import canonical_value


def _quantity(dimension: str) -> BeforeValidator:
    def convert(given: Any) -> Any:
        return canonical_value(given, dimension)

    return BeforeValidator(convert)


def _kelvin(value: float) -> float:
    """A temperature that an electrode may have; a bare number of degrees Celsius is the usual slip."""
    if not 200.0 <= value <= 1500.0:
        raise ValueError(
            f"expected 200 to 1500 K, got {value:g} K; a bare number is in K, Celsius is written as '25 degC'"
        )
    return value


def _per_gram(value: float) -> float:
    if not 0.0 < value <= 1000.0:
        raise ValueError(f"expected above 0 and at most 1000 A/g, got {value:g} A/g")
    return value


def _hours(given: Any) -> Any:
    """A bare number is in hours, as protocols are written; text may carry any unit of time."""
    try:
        value = canonical_value(given, "time")
    except InputError:
        raise InputError(f"expected hours, or a time such as '30 min', got {given!r:.60}") from None
    bare = not isinstance(given, str) or " " not in given.strip()
    return value if bare else value / SECONDS_PER_HOUR


Voltage = Annotated[float, _quantity("voltage")]
Temperature = Annotated[float, _quantity("temperature"), AfterValidator(_kelvin)]
SpecificCurrent = Annotated[float, _quantity("specific_current"), AfterValidator(_per_gram)]
SpecificCapacity = Annotated[float, _quantity("specific_capacity"), Field(gt=0.0, le=1e5)]
Hours = Annotated[float, BeforeValidator(_hours)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Formula = Annotated[str, Field(min_length=1, max_length=200)]
Count = Annotated[int, Field(strict=True)]
Switch = Annotated[bool, Field(strict=True)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Electrode(_Section):
    """The active material: its formula, and what share of the electrode is carbon.

    ``claimed_active`` lists the cations that a publication calls redox-active; nothing in
    the simulation reads it, the report only sets the outcome beside it. ``grains`` makes a
    composite: formulas of single-phase grains whose sum is ``formula``, each in the share that
    the sum asks for.
    """

    formula: Formula
    grains: tuple[Formula, ...] = Field(default=(), max_length=16)
    claimed_active: tuple[str, ...] = ()
    carbon_mass_ratio: Number = Field(default=0.0, ge=0.0, le=10.0)


class Cell(_Section):
    """Half cell against an alkali metal, its voltage window (V) and temperature (K)."""

    ion: Literal["Li", "Na", "K"]
    lower_cutoff: Voltage = 0.01
    upper_cutoff: Voltage = 3.0
    temperature: Temperature = 298.15

    @model_validator(mode="after")
    def _window(self) -> Cell:
        if not -1.0 <= self.lower_cutoff < self.upper_cutoff <= 6.0:
            raise ValueError(
                f"expected -1 V <= lower_cutoff < upper_cutoff <= 6 V, "
                f"got {self.lower_cutoff:g} V and {self.upper_cutoff:g} V"
            )
        return self


class Protocol(_Section):
    """Galvanostatic cycling: current per gram of active material (A/g), number of cycles.

    Where ``charge_current`` is given, charges run at it and discharges alone at ``current``. After each
    half-cycle, in this order: where ``hold`` is given, the cut-off voltage is held until the current has
    fallen to that fraction of the half-cycle's own, for at most ``hold_time`` hours; then ``rest`` hours
    without current.
    """

    current: SpecificCurrent = 0.1
    charge_current: SpecificCurrent | None = None
    cycles: Count = Field(default=10, ge=1, le=100_000)
    rest: Hours = Field(default=0.0, ge=0.0, le=10_000.0)
    hold: Number | None = Field(default=None, gt=0.0, lt=1.0)
    hold_time: Hours = Field(default=10.0, gt=0.0, le=10_000.0)

    @model_serializer(mode="wrap")
    def _without_what_is_not_there(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A protocol of one current is written, and has the digest, as before there could be two."""
        document: dict[str, Any] = handler(self)
        if self.charge_current is None:
            document.pop("charge_current", None)
        return document

    def current_of(self, direction: Literal["discharge", "charge"]) -> float:
        """Return the current of a direction, A/g.

        Parameters
        ----------
        direction : {"discharge", "charge"}
            Of a half-cycle.
        """
        other = self.charge_current if direction == "charge" else None
        return self.current if other is None else other


class Lattice(_Section):
    """The simulated box: conventional cells per edge, replicas, seed, switches, overrides.

    ``block`` is the edge, in conventional cells, that the regions of the frame have about; left out,
    two. The switches turn off one piece of physics each, to see what rests on it: ``coherency``
    (regions strain and may lose registry), ``mobility`` (metal atoms move by themselves),
    ``transport`` (ions move against A+), ``reach`` (ions are exchanged with metal beyond contact),
    ``disorder`` (cations and anions are spread at random; off: in an ordered arrangement).
    ``parameters`` replaces entries of the shipped table of assumptions by name; whatever is replaced
    is reported as imposed.
    """

    cells: Count = Field(default=8, ge=2, le=32)
    block: Count | None = Field(default=None, ge=1, le=32)
    replicas: Count = Field(default=4, ge=1, le=64)
    seed: Count = Field(default=1, ge=0, lt=2**63)
    coherency: Switch = True
    mobility: Switch = True
    transport: Switch = True
    reach: Switch = True
    disorder: Switch = True
    parameters: dict[str, Number] = {}

    @model_validator(mode="after")
    def _blocks_fit_the_box(self) -> Lattice:
        if self.block is not None and self.block > self.cells:
            raise ValueError(
                f"expected a block of at most cells, got block {self.block} and cells {self.cells}"
            )
        return self


class Measured(_Section):
    """Published or measured numbers to set beside the results; never read by the model."""

    source: str = ""
    discharge_capacity: SpecificCapacity | None = None
    charge_capacity: SpecificCapacity | None = None


SHORTHAND = {
    "formula": "electrode",
    "ion": "cell",
    "lower_cutoff": "cell",
    "upper_cutoff": "cell",
    "temperature": "cell",
    "current": "protocol",
    "charge_current": "protocol",
    "cycles": "protocol",
    "cells": "lattice",
    "replicas": "lattice",
    "seed": "lattice",
}
"""Keys that may stand outside their section, as in ``Spec(formula="NiO", ion="Na")``."""


class Spec(_Section):
    """One run, from formula to protocol.

    The keys of :data:`SHORTHAND` may be given without their section, and the name is the formula and the
    ion where none is given: ``Spec(formula="NiO", ion="Na", cycles=5)``.
    """

    name: str
    title: str = Field(default="", max_length=200)
    electrode: Electrode
    cell: Cell
    protocol: Protocol = Protocol()
    lattice: Lattice = Lattice()
    measured: Measured = Measured()

    @model_validator(mode="before")
    @classmethod
    def _from_shorthand(cls, given: Any) -> Any:
        return cls.in_sections(given) if isinstance(given, dict) else given

    @classmethod
    def in_sections(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Return the content of a specification with the keys of :data:`SHORTHAND` in their sections.

        Parameters
        ----------
        given : dict
            Sections and keys, as in a TOML file.

        Raises
        ------
        ValueError
            Where a key stands both inside its section and outside it.
        """
        full = {key: value for key, value in given.items() if key not in SHORTHAND}
        for key, section in SHORTHAND.items():
            if key not in given:
                continue
            inside = full.get(section, {})
            if isinstance(inside, BaseModel):
                inside = inside.model_dump(exclude_unset=True)
            if not isinstance(inside, dict) or key in inside:
                raise ValueError(f"{key} stands both in [{section}] and outside it")
            full[section] = {**inside, key: given[key]}
        if "name" not in full and "formula" in given:
            full["name"] = spec_name(str(given["formula"]), str(given.get("ion", "")))
        return full

    @field_validator("name")
    @classmethod
    def _names_a_folder(cls, name: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
            raise ValueError("expected at most 64 letters, digits, '.', '_' or '-', a letter or digit first")
        return name


def spec_name(formula: str, ion: str) -> str:
    """Return a name for a run of a formula against an alkali, such as ``NiO-Na``; other characters fall away.

    Parameters
    ----------
    formula, ion : str
        As in a specification.
    """
    plain = re.sub(r"[^A-Za-z0-9.]", "", formula)[:56]
    return "-".join(part for part in (plain, ion) if part) or "run"


_Model = TypeVar("_Model", bound=BaseModel)


def validated(
    model: type[_Model], text: str, *, where: str, context: Mapping[str, Any] | None = None
) -> _Model:
    """Validate TOML text as ``model``.

    Parameters
    ----------
    model : type
        A pydantic model.
    text : str
        The document.
    where : str
        Its name.
    context : mapping, optional
        What the validators of the model ask for.

    Raises
    ------
    InputError
        One line with the line and the key at fault, what was expected there, and the nearest known key.
    """
    document = parse_toml(text, where=where)
    try:
        return model.model_validate(document, context=None if context is None else dict(context))
    except ValidationError as error:
        known = tuple(SHORTHAND) if issubclass(model, Spec) else ()
        said = first_error(error, model=model, known=known)
        raise InputError(said, where=in_line(text, error, where=where)) from None


def spec_from_text(text: str, *, where: str = "specification") -> Spec:
    """Validate TOML text as a specification; errors as in :func:`validated`.

    Parameters
    ----------
    text : str
        Content of a specification's TOML file.
    where : str
        What messages name as the source of the text.
    """
    return validated(Spec, text, where=where)


def load_spec(name_or_path: str | Path) -> Spec:
    """Load a bundled specification by name, or a TOML file.

    Parameters
    ----------
    name_or_path : str | Path
        A bundled name, or the path of a TOML file.
    """
    text, where = read_text(str(name_or_path), folder="specs")
    return spec_from_text(text, where=where)
