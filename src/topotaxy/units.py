"""Canonical units, and conversion at the edges.

Inside topotaxy every number is in the unit of this table; pint is loaded only where a
number with another unit comes in or goes out.
"""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from topotaxy.errors import InputError

if TYPE_CHECKING:
    import pint

CANONICAL: dict[str, str] = {
    "molar_mass": "g/mol",
    "specific_capacity": "mAh/g",
    "specific_current": "A/g",
    "voltage": "V",
    "energy": "eV",
    "temperature": "K",
    "time": "s",
    "rate": "1/s",
    "heating_rate": "K/min",
    "stress": "GPa",
    "molar_energy": "J/mol",
    "molar_entropy": "J/mol/K",
    "length": "angstrom",
    "angle": "degree",
    "particle_size": "nm",
    "interface_energy": "J/m^2",
    "mass": "g",
    "area": "cm^2",
    "density": "g/cm^3",
    "charge": "mAh",
    "areal_capacity": "mAh/cm^2",
    "surface_charge": "C/m^2",
    "dimensionless": "1",
}
"""Dimension name to canonical unit (a pint expression)."""

PLAIN: dict[str, dict[str, float]] = {
    "g": {"mg": 1e-3, "ug": 1e-6, "kg": 1e3},
    "A/g": {"mA/g": 1e-3},
    "mAh/g": {"Ah/g": 1e3},
    "mAh": {"Ah": 1e3},
    "V": {"mV": 1e-3},
    "s": {"min": 60.0, "h": 3600.0},
    "angstrom": {"nm": 10.0},
    "eV": {"keV": 1e3},
    "nm": {"um": 1e3, "µm": 1e3, "μm": 1e3},
    "1": {"%": 1e-2},
}
"""Spellings that are most given, by canonical unit, with their factors, exact in SI (BIPM, SI brochure, 9th
ed., 2019, tables 7 and 8). They spare the tables of pint, which take as long to load as topotaxy itself."""

SYMBOL = {"angstrom": "Å", "J/m^2": "J/m²"}
"""How a canonical unit is printed, where that differs from its pint expression."""

# Letters, products, quotients and powers of one digit: what a unit needs. Anything more is an
# expression, and an expression such as m^9^9^9 would keep the parser of units busy for ever.
_UNIT = re.compile(r"1/[A-Za-zµμÅ]+|(?:[A-Za-z_µμÅ°Ω%/*· ()⁻¹²³]|\^-?[1-9](?![0-9^]))+")


_POWER = re.compile(r"([A-Za-zµμÅ])(-?[1-9])(?![0-9^.])")
"""A power that follows its unit directly, as in cm2 and g-1."""

_NUMBER = re.compile(r"([-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)\s*(.*)", re.DOTALL)
"""A number, and what follows it with or without a space; what begins otherwise (nan) needs the space."""


@lru_cache(maxsize=1)
def _registry() -> pint.UnitRegistry[Any]:
    import pint

    return pint.UnitRegistry(cache_folder=None)


def canonical_value(given: float | int | str, dimension: str) -> float:
    """Return a number in the canonical unit of ``dimension``.

    A bare number is taken to be canonical already; a string may carry any unit of the
    same dimension, as in ``"100 mA/g"``, ``"100mA/g"`` or ``"25 degC"``.

    Parameters
    ----------
    given : float | int | str
        A number in the canonical unit, or text with a unit.
    dimension : str
        Which of topotaxy's dimensions is meant, such as ``voltage``.

    Raises
    ------
    InputError
        Where the text is not a finite quantity of that dimension.
    """
    unit = CANONICAL[dimension]
    shown = SYMBOL.get(unit, unit)
    if isinstance(given, bool) or not isinstance(given, (int, float, str)):
        raise InputError(f"expected a number or text such as '1 {shown}', got {given!r:.60}")
    try:
        value = _converted(given, unit, shown) if isinstance(given, str) else float(given)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise InputError(f"expected a finite quantity in {shown}, got {given!s:.60}")
    return value


def _converted(text: str, unit: str, shown: str) -> float:
    example = "'0.5' or '50 %'" if unit == "1" else f"'1 {shown}'"
    hint = "; write a decimal point" if re.search(r"[0-9],[0-9]", text) else ""
    refusal = InputError(f"expected a quantity such as {example}, got {text!r:.60}{hint}")
    found = _NUMBER.fullmatch(text.strip())
    number, name = found.groups() if found is not None else (text.strip(), "")
    name = _POWER.sub(r"\1^\2", name)
    if len(text) > 60 or "**" in name or (name and not _UNIT.fullmatch(name.strip())):
        raise refusal
    try:
        magnitude = float(number)
        factor = 1.0 if name.strip() in ("", unit) else PLAIN.get(unit, {}).get(name.strip())
    except ValueError:
        raise refusal from None
    if factor is not None:
        return magnitude * factor
    return _by_pint(magnitude, name.strip(), unit, refusal)


def _by_pint(magnitude: float, name: str, unit: str, refusal: InputError) -> float:
    from tokenize import TokenError

    import pint

    try:
        target = "dimensionless" if unit == "1" else unit
        quantity = _registry().Quantity(magnitude, name)
        return float(quantity.to(target).magnitude)
    except (
        ValueError,
        TypeError,
        AttributeError,
        AssertionError,
        TokenError,
        ArithmeticError,
        pint.PintError,
    ):
        # All of these are pint's answers to text that is no unit.
        raise refusal from None
