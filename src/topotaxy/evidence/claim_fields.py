"""What may stand in the fields of a ledger: numbers with their units, names, texts, reflections."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from topotaxy.evidence.stated import convert

_SEPARATED = re.compile(r"\(\s*(-?\d{1,2})[\s,]+(-?\d{1,2})[\s,]+(-?\d{1,2})\s*\)")
_COMPACT = re.compile(r"\((-?\d)(-?\d)(-?\d)\)")


def _in(unit: str) -> BeforeValidator:
    def read(given: Any) -> Any:
        if isinstance(given, bool) or not isinstance(given, (int, float, str)):
            raise ValueError(f"expected a number or text such as '1 {unit}'")
        return convert(given, unit)

    return BeforeValidator(read)


def _current(given: Any) -> Any:
    from topotaxy.units import canonical_value

    return float(f"{canonical_value(given, 'specific_current'):.12g}")


def _number(given: Any) -> Any:
    if isinstance(given, bool):
        raise ValueError("expected a number, or text such as '0.251 nm'")
    return given


Number = Annotated[float | int | str, BeforeValidator(_number)]
Current = Annotated[float, BeforeValidator(_current), Field(gt=0.0)]
Size = Annotated[float, _in("nm"), Field(gt=0.0)]
Volt = Annotated[float, _in("V"), Field(ge=-1.0, le=6.0)]
Cycle = Annotated[int, Field(ge=1, le=10_000_000)]
Text = Annotated[str, Field(max_length=600)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


def reflection(text: str) -> tuple[int, int, int] | None:
    """Return Miller indices from text such as ``(111)``, ``(1-10)`` or ``(10 0 0)``, or ``None``.

    Parameters
    ----------
    text : str
        A claim's subject, as ``(111)``.
    """
    match = _COMPACT.fullmatch(text.strip()) or _SEPARATED.fullmatch(text.strip())
    return (int(match[1]), int(match[2]), int(match[3])) if match else None
