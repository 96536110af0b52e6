"""Numbers and units as a reader expects them."""

from __future__ import annotations

import math

from topotaxy.observables import VOCABULARY, Observable

_UNIT_TEXT = {
    "1": "",
    "mAh/g": "mAh g⁻¹",
    "A/g": "A g⁻¹",
    "g/mol": "g mol⁻¹",
    "J/mol": "J mol⁻¹",
    "J/mol/K": "J mol⁻¹ K⁻¹",
    "J/m^2": "J m⁻²",
    "1/s": "s⁻¹",
    "1/nm": "nm⁻¹",
    "C/m^2": "C m⁻²",
    "Å^2": "Å²",
    "Å^3": "Å³",
    "angstrom": "Å",
}

_PERCENT = ("efficiency", "retention", "fraction", "strain")


def unit_text(unit: str) -> str:
    """Return the unit as journals print it (``mAh g⁻¹``); nothing for a plain number.

    Parameters
    ----------
    unit : str
        Unit as pint reads it; ``1`` for a plain number.
    """
    return _UNIT_TEXT.get(unit, unit)


def voltage_label(ion: str) -> str:
    """Return the axis label of a voltage against the alkali metal.

    Parameters
    ----------
    ion : str
        Li, Na or K.
    """
    return f"Voltage (V vs {ion}⁺/{ion})"


def is_percent(quantity: str) -> bool:
    """Return whether a quantity of unit 1 reads better in per cent.

    Parameters
    ----------
    quantity : str
        Name of the quantity in the vocabulary.
    """
    if quantity in VOCABULARY:
        return VOCABULARY[quantity].shown == "percent"
    return quantity.endswith(_PERCENT)


def number_text(value: float, digits: int = 3) -> str:
    """Return ``value`` with that many significant digits, no exponent from 10⁻³ to 10⁵.

    Parameters
    ----------
    value : float
        The number.
    digits : int
        Significant digits.
    """
    if not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    magnitude = math.floor(math.log10(abs(value)))
    if not -4 < magnitude < 6:
        mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
        trimmed = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        power = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"{trimmed} × 10{power}".replace("-", "−")
    return fixed(value, max(0, digits - 1 - magnitude))


def fixed(value: float, decimals: int) -> str:
    """Return ``value`` with that many decimals, a true minus sign and no negative zero.

    Parameters
    ----------
    value : float
        The number.
    decimals : int
        Decimals that are shown.
    """
    text = f"{value:,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return text.replace("-", "−")


def plain_number(value: float) -> str:
    """Return an input as it was given, shortest form, in words of the reader's notation.

    Parameters
    ----------
    value : float
        The number.
    """
    text = f"{value:.6g}"
    if "e" in text:
        return number_text(value, 6)
    return text.replace("-", "−")


def with_uncertainty(value: float, uncertainty: float | None) -> str:
    """Return ``value ± uncertainty``, rounded so that the last digit is the uncertain one.

    Parameters
    ----------
    value : float
        The number.
    uncertainty : float | None
        One standard deviation in the value's unit; None where it is not known.
    """
    if uncertainty is None or not math.isfinite(uncertainty):
        return number_text(value)
    if uncertainty <= max(1e-9 * abs(value), 1e-300):
        return number_text(value, 4) if value != round(value) else fixed(value, 0)
    digit = math.floor(math.log10(uncertainty))
    if uncertainty / 10.0**digit < 2:
        digit -= 1
    if digit < -6:
        return f"{number_text(value, 4)} ± {number_text(uncertainty, 1)}"
    decimals = max(0, -digit)
    return f"{fixed(value, decimals)} ± {fixed(uncertainty, decimals)}"


def observable_text(entry: Observable) -> str:
    """Return value, standard deviation (what scatters and what is systematic together) and unit.

    Parameters
    ----------
    entry : Observable
        One observable.
    """
    terms = [term for term in (entry.uncertainty, entry.systematic) if term is not None]
    return quantity_text(entry.quantity, entry.value, math.hypot(*terms) if terms else None, entry.unit)


def quantity_text(quantity: str, value: float, uncertainty: float | None, unit: str) -> str:
    """Return a value in the notation of its quantity: per cent for shares, else its unit.

    Parameters
    ----------
    quantity : str
        Name of the quantity in the vocabulary.
    value : float
        The number.
    uncertainty : float | None
        One standard deviation in the value's unit; None where it is not known.
    unit : str
        Unit as pint reads it; ``1`` for a plain number.
    """
    if unit == "1" and is_percent(quantity):
        return f"{with_uncertainty(100 * value, None if uncertainty is None else 100 * uncertainty)} %"
    return f"{with_uncertainty(value, uncertainty)} {unit_text(unit)}".rstrip()


def signed_text(quantity: str, value: float, uncertainty: float | None, unit: str) -> str:
    """Return a difference in the notation of its quantity, a gain with its plus sign, shares in points of a
    hundred.

    Parameters
    ----------
    quantity : str
        Name of the quantity in the vocabulary.
    value : float
        The difference.
    uncertainty : float | None
        One standard deviation in the value's unit; None where it is not known.
    unit : str
        Unit as pint reads it; ``1`` for a plain number.
    """
    text = quantity_text(quantity, value, uncertainty, unit)
    if text.endswith(" %"):
        text = f"{text.removesuffix(' %')} points"
    return f"+{text}" if value > 0 else text


def percent(value: float, digits: int = 3) -> str:
    """Return a share as per cent; what would round to a whole 100 % keeps its digits.

    Parameters
    ----------
    value : float
        The number.
    digits : int
        Significant digits.
    """
    scaled = 100 * value
    return f"{fixed(scaled, 0 if abs(scaled) < 0.05 or scaled > 99.95 else max(0, digits - 2))} %"


def round_bar(width: float, unit: str) -> tuple[float, str]:
    """Return length and text of a scale bar: 1, 2 or 5 of a power of ten, at most a fifth of a width.

    Parameters
    ----------
    width : float
        Of the picture.
    unit : str
        Of the width.
    """
    aim = 0.2 * width
    power = 10.0 ** math.floor(math.log10(aim))
    length = max((m * power for m in (1.0, 2.0, 5.0) if m * power <= aim), default=power)
    return length, f"{number_text(length, 1)} {unit}"
