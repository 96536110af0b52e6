"""Observables: the waist of topotaxy.

Everything before this module makes observables, everything after it reads nothing else.
An observable is one number with its unit, its uncertainty and the definition that gives
it meaning; whether an instrument, a simulation or a paper supplied it is recorded in
``origin`` and changes nothing else.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    computed_field,
    field_validator,
    model_validator,
)

from topotaxy.errors import choices
from topotaxy.observables.conditions import Conditions
from topotaxy.observables.subject import Subject, SubjectField
from topotaxy.observables.vocabulary import VOCABULARY

State = Literal["pristine", "discharged", "charged"]
Origin = Literal["measured", "simulated", "stated"]
Label = Literal["handbook", "imposed", "calibrated", "bounded", "held-out", "emergent"]
Bound = Literal["lower", "upper"]


def _no_boolean(given: Any) -> Any:
    if isinstance(given, bool):
        raise ValueError("expected a number, not true or false")
    return given


_NO_BOOLEAN = BeforeValidator(_no_boolean)


class Observable(BaseModel):
    """One observed number.

    Attributes
    ----------
    quantity:
        A word of :data:`VOCABULARY`.
    value, uncertainty, systematic:
        In ``unit``. The uncertainty is one standard deviation of what scatters, ``None`` where nobody
        determined it; ``systematic`` is one standard deviation of what all numbers of one instrument
        share (a length scale, a mass). None may be NaN or infinite.
    bound:
        ``lower`` or ``upper`` where the value is a bound and not an estimate, as a detection limit is.
    unit:
        The canonical unit of the quantity.
    state:
        ``pristine``, ``discharged`` (alkaliated) or ``charged``, in the half-cell convention.
    subject:
        An element, a phase, a reflection, a shell, ...: see :class:`Subject`. Text such as ``(111)`` or
        ``Ni:metal`` is read into its fields.
    conditions:
        What must be equal before two numbers are compared: see :class:`Conditions`. ``cycle=`` may be
        given beside it.
    technique, origin, method, source:
        How it was seen; ``measured``, ``simulated`` or ``stated``; the definition in a few
        words; the file, run or publication.
    label:
        Where a headline number comes from; see the labels in ``docs/inputs-and-results.md``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    quantity: str
    value: Annotated[float, Field(allow_inf_nan=False), _NO_BOOLEAN]
    uncertainty: Annotated[float, Field(ge=0.0, allow_inf_nan=False), _NO_BOOLEAN] | None = None
    systematic: Annotated[float, Field(ge=0.0, allow_inf_nan=False), _NO_BOOLEAN] | None = None
    bound: Bound | None = None
    unit: str
    state: State | None = None
    subject: SubjectField = Subject()
    conditions: Conditions = Conditions()
    technique: str = ""
    origin: Origin
    method: str = ""
    source: str = ""
    label: Label | None = None

    @model_validator(mode="before")
    @classmethod
    def _cycle_into_conditions(cls, given: Any) -> Any:
        """Take ``cycle`` beside the conditions, as documents before version 2 have it."""
        if not isinstance(given, dict) or "cycle" not in given:
            return given
        fields = dict(given)
        cycle = fields.pop("cycle")
        if cycle is None:
            return fields
        conditions = fields.get("conditions") or {}
        known = conditions.model_dump() if isinstance(conditions, Conditions) else conditions
        if isinstance(known, dict):
            if known.get("cycle") not in (None, cycle):
                raise ValueError(f"cycle {cycle!r:.20} is not that of the conditions, {known['cycle']!r:.20}")
            fields["conditions"] = known | {"cycle": cycle}
        return fields

    @computed_field  # type: ignore[prop-decorator]
    @property
    def cycle(self) -> int | None:
        """The cycle of the conditions."""
        return self.conditions.cycle

    @field_validator("quantity")
    @classmethod
    def _known(cls, quantity: str) -> str:
        if quantity not in VOCABULARY:
            raise ValueError(f"unknown quantity {quantity!r:.60}; {choices(str(quantity), VOCABULARY)}")
        return quantity

    @model_validator(mode="after")
    def _canonical(self) -> Observable:
        expected = VOCABULARY[self.quantity].unit
        if self.unit != expected:
            raise ValueError(f"{self.quantity} is given in {expected!r}, not in {self.unit!r:.20}")
        return self


def observable(quantity: str, value: float, **fields: Any) -> Observable:
    """Make an observable in the canonical unit of its quantity.

    Parameters
    ----------
    quantity : str
        Name of the quantity in the vocabulary.
    value : float
        The number.
    """
    return Observable(quantity=quantity, value=value, unit=VOCABULARY[quantity].unit, **fields)
