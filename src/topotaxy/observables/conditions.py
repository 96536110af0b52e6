"""Under what an observable was determined: what must be equal before two numbers are compared."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Role = Literal["half-cell-anode", "full-cell", "half-cell-cathode"]
"""What a cell is: an anode material against alkali metal, that anode in a full cell, a cathode material
against alkali metal."""

Direction = Literal["discharge", "charge"]
"""The direction in which the cell itself passes charge, as its cycler counts it."""


def state_after(direction: Direction, role: Role) -> Literal["discharged", "charged"]:
    """Return the state of the material under test after the cell went in a direction.

    States follow the half-cell convention (discharged is alkaliated), directions follow the cell. They
    agree but in a full cell: its discharge takes the alkali out of the anode, which is then *charged*.

    Parameters
    ----------
    direction : {"discharge", "charge"}
        Of the cell.
    role : Role
        Which material of the cell is under test.
    """
    alkaliates = (direction == "discharge") != (role == "full-cell")
    return "discharged" if alkaliates else "charged"


def _no_boolean(given: Any) -> Any:
    if isinstance(given, bool):
        raise ValueError("expected a number, not true or false")
    return given


_Positive = Annotated[float, Field(gt=0.0, allow_inf_nan=False), BeforeValidator(_no_boolean)]
_Volt = Annotated[float, Field(allow_inf_nan=False), BeforeValidator(_no_boolean)]
_Cycle = Annotated[int, Field(ge=1), BeforeValidator(_no_boolean)]
_Text = Annotated[str, Field(max_length=400)]


class Conditions(BaseModel):
    """Conditions of an observable; ``None`` or empty where nothing says.

    Attributes
    ----------
    sample:
        Name of the sample or material.
    role:
        ``half-cell-anode``, ``half-cell-cathode`` or ``full-cell``: which convention states and
        directions follow.
    cycle:
        From 1.
    reference_cycle:
        The cycle that a ratio such as a retention refers to.
    current:
        A/g of the sample, without sign.
    temperature:
        K.
    particle_size:
        nm, diameter.
    electrode:
        Counter electrode or ion: ``Li``, ``Na``, ``K``, or the formula of a cathode.
    lower_cutoff, upper_cutoff:
        V.
    radiation:
        ``X-ray``, ``neutron``, ``electron`` with wavelength or energy, as in ``X-ray, 1.54059 Å``.
    depth:
        nm, sampling depth of a technique that sees the surface only.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sample: _Text = ""
    role: Role | None = None
    cycle: _Cycle | None = None
    reference_cycle: _Cycle | None = None
    current: _Positive | None = None
    temperature: _Positive | None = None
    particle_size: _Positive | None = None
    electrode: Annotated[str, Field(max_length=120)] = ""
    lower_cutoff: _Volt | None = None
    upper_cutoff: _Volt | None = None
    radiation: Annotated[str, Field(max_length=120)] = ""
    depth: _Positive | None = None

    def known(self) -> dict[str, str | int | float]:
        """Return what is said, by name."""
        return {name: value for name, value in self if value not in (None, "")}

    def updated(self, **fields: Any) -> Conditions:
        """Return the same conditions with some of them set anew (validated)."""
        return Conditions.model_validate(self.model_dump() | fields)


ELECTROCHEMICAL = frozenset(
    {"role", "cycle", "reference_cycle", "current", "electrode", "lower_cutoff", "upper_cutoff"}
)
"""Conditions that mean nothing for a material that has not been cycled."""
