"""Constants of banks of a pulsed source: from times of flight to spacings, T = DIFC d + DIFA d² + ZERO."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.reading import read_text

_CONSTANTS = re.compile(r"(?m)^INS\s+(\d+)\s+ICONS((?:\s+[-+]?\d*\.?\d+(?:[EeDd][-+]?\d+)?)+)")
_PROFILE = re.compile(
    r"(?m)^INS\s+(\d+)PRCF1[ \t]+1[ \t][^\n]*\n"
    r"INS\s+\1PRCF11((?:\s+[-+]?\d*\.?\d+(?:[EeDd][-+]?\d+)?){4})"
)
_OPTION = re.compile(r"\s*(\d+)\s*=\s*([^=]+)")


@dataclass(frozen=True, kw_only=True)
class Constants:
    """Of one bank of detectors.

    Attributes
    ----------
    difc, difa, zero:
        µs/Å, µs/Å², µs.
    rates:
        a0, a1, b0, b1 of rise a0 + a1/d and decay b0 + b1/d⁴ in 1/µs, where they are known. The other
        constants then belong to them: a rise that is taken slower moves positions by its whole time.
    """

    difc: float
    difa: float = 0.0
    zero: float = 0.0
    rates: tuple[float, float, float, float] | None = None

    def spacing(self, time: float) -> tuple[float, float]:
        """Return d (Å) at a time of flight, and its derivative (Å/µs).

        Parameters
        ----------
        time : float
            µs.

        Raises
        ------
        InputError
            Where no spacing has that time.
        """
        short = time - self.zero
        inner = self.difc**2 + 4.0 * self.difa * short
        if short <= 0.0 or inner <= 0.0:
            raise InputError(f"a time of flight of {time:g} µs has no spacing with these constants")
        # The form that holds for DIFA of nothing.
        d = 2.0 * short / (self.difc + math.sqrt(inner))
        return d, 1.0 / (self.difc + 2.0 * self.difa * d)

    def rates_at(self, time: float) -> tuple[float, float] | None:
        """Return rise and decay at a time of flight, 1/µs; None where they are not known.

        Parameters
        ----------
        time : float
            µs.
        """
        if self.rates is None:
            return None
        d, _ = self.spacing(time)
        a0, a1, b0, b1 = self.rates
        rise, decay = a0 + a1 / d, b0 + b1 / d**4
        return (rise, decay) if rise > 0.0 and decay > 0.0 else None


def read_constants(path: Path) -> dict[int, Constants]:
    """Return the constants of every bank of a GSAS instrument parameter file.

    Parameters
    ----------
    path : Path
        With ``HTYPE`` of a pulsed source and lines ``INS n ICONS DIFC DIFA ZERO``; of profile function 1 the
        rates of rise and decay are taken too.

    Raises
    ------
    InputError
        Where it cannot be read, is of another source, or has no such lines.
    """
    text = read_text(path)
    kind = re.search(r"(?m)^INS\s+HTYPE\s+(\w+)", text)
    if kind is None or not kind[1].upper().startswith("PNT"):
        raise InputError("is no instrument parameter file of a pulsed neutron source", where=path.name)
    found = {}
    for match in _CONSTANTS.finditer(text):
        values = [float(word.upper().replace("D", "E")) for word in match[2].split()]
        found[int(match[1])] = _checked(values, f"{path.name}, bank {match[1]}")
    for match in _PROFILE.finditer(text):
        bank = int(match[1])
        rates = [float(word.upper().replace("D", "E")) for word in match[2].split()]
        if bank in found and len(rates) == 4 and all(math.isfinite(r) for r in rates):
            found[bank] = replace(found[bank], rates=(rates[0], rates[1], rates[2], rates[3]))
    if not found:
        raise InputError("has no lines ICONS", where=path.name)
    return found


def constants_of(texts: Sequence[str], file: str | None) -> dict[int, Constants]:
    """Return constants by bank, from texts such as ``1=5074.1, -2.1, 3.3`` and from a file.

    Parameters
    ----------
    texts : sequence of str
        BANK=DIFC, BANK=DIFC,DIFA or BANK=DIFC,DIFA,ZERO; they go before those of the file.
    file : str, optional
        Path of a GSAS instrument parameter file.

    Raises
    ------
    InputError
        Where a text is not of that form, or the file none.
    """
    found = read_constants(Path(file)) if file else {}
    for text in texts:
        match = _OPTION.fullmatch(text)
        try:
            values = [float(word) for word in re.split(r"[\s,;]+", match[2].strip())] if match else []
        except ValueError:
            values = []
        if match is None or not 1 <= len(values) <= 3:
            raise InputError(f"flight constants {text!r:.40}: expected BANK=DIFC,DIFA,ZERO")
        found[int(match[1])] = _checked(values, f"bank {match[1]}")
    return found


def _checked(values: Sequence[float], where: str) -> Constants:
    difc, difa, zero = (*values, 0.0, 0.0)[:3]
    if not 10.0 < difc < 1e6 or not all(math.isfinite(v) for v in (difa, zero)):
        raise InputError(f"DIFC of {difc:g} µs/Å is outside 10 to 1e6", where=where)
    return Constants(difc=difc, difa=difa, zero=zero)
