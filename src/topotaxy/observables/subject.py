"""What an observable is about: an element, a phase, a reflection, a shell, a percentile, as fields."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, computed_field, field_validator

_REFLECTION = re.compile(r"\(\s*(-?\d{1,2})[\s,]+(-?\d{1,2})[\s,]+(-?\d{1,2})\s*\)")
_COMPACT = re.compile(r"\((-?\d)(-?\d)(-?\d)\)")
_ELEMENT = re.compile(r"[A-Z][a-z]?")
_SHELL = re.compile(r"([A-Z][a-z]?):([A-Za-z][\w-]*)")
_PERCENTILE = re.compile(r"D(\d{1,2}(?:\.\d+)?)")
_LONGEST = 400


def reflection(text: str) -> tuple[int, int, int] | None:
    """Return Miller indices from text such as ``(111)``, ``(1-10)`` or ``(10 0 0)``, or ``None``.

    Parameters
    ----------
    text : str
        Any text.
    """
    match = _COMPACT.fullmatch(text.strip()) or _REFLECTION.fullmatch(text.strip())
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def reflection_text(hkl: tuple[int, int, int]) -> str:
    """Return indices as ``(111)``, with spaces where one of them has two digits.

    Parameters
    ----------
    hkl : tuple[int, int, int]
        Miller indices.
    """
    separator = "" if all(abs(index) < 10 for index in hkl) else " "
    return f"({separator.join(str(index) for index in hkl)})"


class Subject(BaseModel):
    """What a number belongs to; all fields empty where it belongs to the whole sample.

    Attributes
    ----------
    element:
        Symbol of the element, that of the absorber for a shell or an edge.
    shell:
        Neighbour of the absorber: an element (``O``), ``anion``, ``metal`` or ``cation``.
    phase:
        Name of the phase, as in ``rock salt``, ``fcc metal``, ``Na2O``.
    reflection:
        Miller indices.
    line:
        Edge or line, as in ``K``, ``L3``, ``2p3/2``.
    percentile:
        Of a distribution, in per cent: 50 is the median.
    direction:
        ``discharge``, ``charge``, ``falling`` or ``rising``: the half-cycle or sweep.
    rank:
        Place among several of a kind, from 1: peaks of a pattern in the order of its axis, those of a
        derivative by height.
    note:
        What no field holds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    element: Annotated[str, Field(pattern=r"^([A-Z][a-z]?)?$")] = ""
    shell: Annotated[str, Field(max_length=40)] = ""
    phase: Annotated[str, Field(max_length=80)] = ""
    reflection: tuple[int, int, int] | None = None
    line: Annotated[str, Field(max_length=40)] = ""
    percentile: Annotated[float, Field(gt=0.0, lt=100.0)] | None = None
    direction: Literal["", "discharge", "charge", "falling", "rising"] = ""
    rank: Annotated[int, Field(ge=1)] | None = None
    note: Annotated[str, Field(max_length=_LONGEST)] = ""

    @field_validator("rank", mode="before")
    @classmethod
    def _no_boolean(cls, given: Any) -> Any:
        if isinstance(given, bool):
            raise ValueError("expected a whole number, not true or false")
        return given

    @computed_field  # type: ignore[prop-decorator]
    @property
    def text(self) -> str:
        """The subject for people; :func:`parsed` reads it back."""
        if self.element and self.shell:
            head = f"{self.element}:{self.shell}"
        else:
            head = " ".join(part for part in (self.element, self.shell) if part)
        parts = [
            head,
            self.line,
            self.phase,
            "" if self.reflection is None else reflection_text(self.reflection),
            "" if self.percentile is None else f"D{self.percentile:g}",
            " ".join(
                part for part in (self.direction, "" if self.rank is None else f"peak {self.rank}") if part
            ),
            self.note,
        ]
        return ", ".join(part for part in parts if part)

    def __bool__(self) -> bool:
        """Whether anything is said."""
        return self != _WHOLE

    def __str__(self) -> str:
        """The subject for people."""
        return self.text


def parsed(text: str) -> Subject:
    """Return the subject that a short text names: ``Ni``, ``Ni:metal``, ``(111)``, ``D50``.

    Text of no such form becomes the ``note``.

    Parameters
    ----------
    text : str
        Any text.
    """
    plain = text.strip()
    if not plain:
        # Blanks alone say nothing, and are kept so that nothing that was read is lost.
        return Subject(note=text)
    hkl = reflection(plain)
    if hkl is not None and plain == reflection_text(hkl):
        return Subject(reflection=hkl)
    if _ELEMENT.fullmatch(plain):
        return Subject(element=plain)
    if match := _SHELL.fullmatch(plain):
        return Subject(element=match[1], shell=match[2])
    if (match := _PERCENTILE.fullmatch(plain)) and float(match[1]) > 0.0:
        return Subject(percentile=float(match[1]))
    if match := re.fullmatch(r"(discharge|charge) peak ([1-9]\d{0,3})", plain):
        return Subject(direction="discharge" if match[1] == "discharge" else "charge", rank=int(match[2]))
    if plain in ("discharge", "charge", "falling", "rising"):
        return Subject.model_validate({"direction": plain})
    return Subject(note=text)


def _from_any(given: Any) -> Any:
    if isinstance(given, str):
        return parsed(given)
    if isinstance(given, dict):
        # ``text`` is computed; a document may carry it along, or nothing else.
        fields = {key: value for key, value in given.items() if key != "text"}
        return fields if fields or "text" not in given else parsed(str(given["text"]))
    return given


SubjectField = Annotated[Subject, BeforeValidator(_from_any)]
"""A field that takes a subject, its fields, or text."""

_WHOLE = Subject()
