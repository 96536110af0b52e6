"""Options of a technique: fields of a model that the command line and a sample's TOML are made from."""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

from topotaxy.errors import InputError
from topotaxy.units import CANONICAL, canonical_value

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import CoreSchema

Kind = Literal["text", "quantity", "whole", "switch", "choice", "path"]

# The number is taken whole (atomic group): 2e-05 is no 2 with a unit "e-05".
_SPACED = re.compile(r"^\s*((?>[-+0-9.]+(?:[eE][-+]?[0-9]+)?))\s*(?=[^\s0-9.])")
_POWERED = re.compile(r"(?<=[a-z])([23])(?![0-9]|[^ ]* )")


@dataclass(frozen=True)
class Quantity:
    """Marks a number with a unit: ``Annotated[float | None, Quantity("mass", "1.23mg")]``.

    The model's field is in the canonical unit of ``dimension``; text is converted, as in ``"1.23 mg"``.

    Attributes
    ----------
    dimension:
        A key of :data:`topotaxy.units.CANONICAL`.
    example:
        How a user would write one, for messages and help.
    sign:
        The values that make sense.
    """

    dimension: str
    example: str
    sign: Literal["positive", "non-negative", "any"] = "positive"

    @property
    def unit(self) -> str:
        """The canonical unit."""
        return CANONICAL[self.dimension]

    def from_text(self, text: str, name: str) -> float:
        """Return the number of a text, in the canonical unit; a space before the unit or none.

        Parameters
        ----------
        text : str
            As in ``1.23mg``; without a unit only where the quantity has none.
        name : str
            What the text was given for, for the message.

        Raises
        ------
        InputError
            Where there is no unit, it is of another dimension, or the number has the wrong sign.
        """
        spaced = _SPACED.sub(r"\1 ", text).strip()
        if " " not in spaced and self.unit != "1":
            raise InputError(f"{name} needs a unit, as in {self.example}, got {text!r:.40}")
        try:
            # cm2 and cm3 as people write them.
            value = canonical_value(_POWERED.sub(r"^\1", spaced), self.dimension)
        except InputError:
            raise InputError(
                f"{name}: expected a quantity such as {self.example}, got {text!r:.40}"
            ) from None
        wrong = {"positive": not value > 0.0, "non-negative": not value >= 0.0, "any": False}[self.sign]
        if wrong:
            raise InputError(f"{name} has to be {self.sign}, got {text!r:.40}")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], CoreSchema]) -> CoreSchema:
        """Take text with a unit where the model is made in Python."""
        from pydantic_core import core_schema

        def converted(given: Any) -> Any:
            return self.from_text(given, "it") if isinstance(given, str) else given

        return core_schema.no_info_before_validator_function(converted, handler(source))


@dataclass(frozen=True)
class PerFile:
    """Marks a field that may differ from file to file, as a mass does: given once, or once for each file."""


@dataclass(frozen=True, kw_only=True)
class OptionField:
    """A field of an options model, as far as the command line and a TOML need to know it."""

    name: str
    kind: Kind
    description: str
    default: Any
    quantity: Quantity | None = None
    choices: tuple[str, ...] = ()
    many: bool = False
    per_file: bool = False

    @property
    def flag(self) -> str:
        """Name on the command line."""
        return f"--{self.name.replace('_', '-')}"

    def value(self, given: Any, name: str) -> Any:
        """Return what a text (or a value of a TOML) says, for the model.

        Parameters
        ----------
        given : object
            Text of the command line, or a value of a TOML.
        name : str
            By which messages name the option.

        Raises
        ------
        InputError
            Where it is not of the field's kind; the message begins with ``name``.
        """
        if self.many:
            items = given if isinstance(given, (list, tuple)) else [given]
            return tuple(self._one(item, name) for item in items)
        return self._one(given, name)

    def _one(self, given: Any, name: str) -> Any:
        if self.kind == "switch":
            if not isinstance(given, bool):
                raise InputError(f"{name} is true or false, got {given!r:.40}")
            return given
        if self.quantity is not None and isinstance(given, (int, float)) and not isinstance(given, bool):
            given = repr(given)
        if self.kind == "whole":
            return _whole(given, name)
        if not isinstance(given, str):
            raise InputError(f"{name} has to be text, got {given!r:.40}")
        if self.quantity is not None:
            return self.quantity.from_text(given, name)
        if self.choices and given not in self.choices:
            raise InputError(f"{name} is one of {', '.join(self.choices)}, got {given!r:.40}")
        return Path(given) if self.kind == "path" else given


def _whole(given: Any, name: str) -> int:
    text = given.strip() if isinstance(given, str) else given
    if isinstance(text, str) and re.fullmatch(r"[-+]?\d{1,12}", text):
        return int(text)
    if isinstance(text, int) and not isinstance(text, bool):
        return text
    raise InputError(f"{name} has to be a whole number, got {given!r:.40}")


def fields_of(model: type[BaseModel]) -> tuple[OptionField, ...]:
    """Return the fields of an options model, in its order.

    Parameters
    ----------
    model : type of BaseModel
        The options of a technique.

    Raises
    ------
    TypeError
        Where a field is of a kind that no command line has: a fault of the technique.
    """
    found = []
    for name, info in model.model_fields.items():
        parts = list(_parts(info.annotation))
        marks = [*info.metadata, *(mark for part in parts for mark in getattr(part, "__metadata__", ()))]
        quantity = next((mark for mark in marks if isinstance(mark, Quantity)), None)
        choices = tuple(
            str(value) for part in parts if get_origin(part) is Literal for value in get_args(part)
        )
        found.append(
            OptionField(
                name=name,
                kind=_kind(parts, quantity, choices, name),
                description=info.description or "",
                default=info.get_default(call_default_factory=True),
                quantity=quantity,
                choices=choices,
                many=any(get_origin(part) in (tuple, list) for part in parts),
                per_file=any(isinstance(mark, PerFile) for mark in marks),
            )
        )
    return tuple(found)


def _parts(annotation: Any) -> Iterator[Any]:
    """Yield an annotation and what it is made of, without None and ellipsis."""
    yield annotation
    if get_origin(annotation) is Literal:
        return
    if hasattr(annotation, "__metadata__"):
        yield from _parts(annotation.__origin__)
        return
    if get_origin(annotation) in (Union, types.UnionType, tuple, list):
        for part in get_args(annotation):
            if part is not Ellipsis and part is not type(None):
                yield from _parts(part)


def _kind(parts: list[Any], quantity: Quantity | None, choices: tuple[str, ...], name: str) -> Kind:
    if quantity is not None:
        return "quantity"
    if choices:
        return "choice"
    kinds: tuple[tuple[type, Kind], ...] = ((bool, "switch"), (int, "whole"), (Path, "path"), (str, "text"))
    for kind, word in kinds:
        if kind in parts:
            return word
    raise TypeError(f"option {name}: a number needs a Quantity, other kinds are text, int, bool and Path")


def made(
    model: type[BaseModel], given: Mapping[str, Any], *, name_of: Callable[[str], str], where: str | None
) -> Any:
    """Return an options model of given texts or values.

    Parameters
    ----------
    model : type
        The options model of a technique or of its virtual instrument.
    given : mapping
        Field to text, to a value of a TOML, or to a value that is converted already.
    name_of : callable
        From a field to the name that the user knows it by (``--mass``, ``mass``).
    where : str, optional
        File that it stands in.

    Raises
    ------
    InputError
        Where the model refuses a value; one line with its name.
    """
    from pydantic import ValidationError

    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors()[0]
        message = first["msg"].removeprefix("Value error, ")
        field = str(first["loc"][0]) if first["loc"] else ""
        text = f"{name_of(field)}: {message}" if field in model.model_fields else message
        raise InputError(text, where=where) from None
