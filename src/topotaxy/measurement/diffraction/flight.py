"""Peaks over time of flight: back-to-back exponentials, and spacings from an instrument's constants.

A pulse of neutrons leaves the moderator with a steep rise and a slow decay, each an exponential, convolved
with a Gaussian by the instrument (Von Dreele, Jorgensen & Windsor 1982, 10.1107/S0021889882012722). The
position of a peak is where the two exponentials meet, not its maximum; constants of diffractometers are of
that position: T = DIFC d + DIFA d² + ZERO.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.data import Data
from topotaxy.measurement.diffraction.peaks import Peak
from topotaxy.measurement.diffraction.reading import read_text

Floats = NDArray[np.float64]

WINDOW = (3.0, 5.0)
"""Widths before and after a maximum that are fitted: the decay is the longer side."""
RATES = (0.3, 60.0)
"""Bounds of rise and decay, over the width at half maximum."""
TREND_FROM = 4
"""Peaks from which on rise and decay are taken as powers of the time of flight."""
TRUSTED = 30.0
"""Area over its uncertainty from which on a peak tells its own rise and decay."""

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


def back_to_back(x: Floats, centre: float, sigma: float, rise: float, decay: float) -> Floats:
    """Return the profile of unit area.

    Parameters
    ----------
    x : array
        µs.
    centre : float
        Where the exponentials meet, µs.
    sigma : float
        Standard deviation of the Gaussian, µs.
    rise, decay : float
        Rates, 1/µs.
    """
    from scipy.special import erfc, erfcx

    t = x - centre

    def half(rate: float, side: Floats) -> Floats:
        y = (rate * sigma**2 + side) / (sigma * math.sqrt(2.0))
        high = y >= 0.0
        out = np.empty(len(y))
        out[high] = np.exp(-0.5 * (side[high] / sigma) ** 2) * erfcx(y[high])
        out[~high] = np.exp(0.5 * rate * (rate * sigma**2 + 2.0 * side[~high])) * erfc(y[~high])
        return out

    return np.asarray(0.5 * rise * decay / (rise + decay) * (half(rise, t) + half(decay, -t)))


def flight_peaks(data: Data, found: Sequence[Peak], constants: Constants | None = None) -> tuple[Peak, ...]:
    """Return peaks with positions where the exponentials meet, in order.

    Rise and decay are those of the instrument where they are known. Else strong peaks are fitted with rises
    and decays of their own, and those of all follow from these as powers of the time of flight.

    Parameters
    ----------
    data : Data
        Over µs.
    found : sequence of Peak
        As of a search for maxima; peaks that the profile does not fit stay out.
    constants : Constants, optional
        Of the bank.
    """
    if constants is not None and constants.rates is not None:
        return _with_rates(data, found, [constants.rates_at(peak.position) for peak in found])
    first = [(peak, _fitted(data, peak, None)) for peak in found]
    strong = [
        shape for peak, shape in first if shape is not None and shape.area > TRUSTED * shape.area_error > 0.0
    ]
    if not strong:
        return ()
    return _with_rates(data, found, _trend(strong, [peak.position for peak in found]))


def _trend(strong: Sequence[_Shape], times_wanted: Sequence[float]) -> list[tuple[float, float] | None]:
    """Return rise and decay at times of flight, as powers of it through those of strong peaks."""
    times = np.array([s.centre for s in strong])
    rates = np.log([[s.rise, s.decay] for s in strong])
    if len(strong) >= TREND_FROM:
        slope = np.column_stack([np.ones(len(times)), np.log(times)])
        trend = np.linalg.lstsq(slope, rates, rcond=None)[0]
    else:
        trend = np.array([np.median(rates, axis=0), [0.0, 0.0]])
    held = np.exp(np.column_stack([np.ones(len(times_wanted)), np.log(times_wanted)]) @ trend)
    return [(float(rise), float(decay)) for rise, decay in held]


def _with_rates(
    data: Data, found: Sequence[Peak], rates: Sequence[tuple[float, float] | None]
) -> tuple[Peak, ...]:
    made = []
    for peak, held in zip(found, rates, strict=True):
        shape = _fitted(data, peak, held)
        if shape is not None and shape.area > 3.0 * shape.area_error:
            made.append(
                replace(
                    peak,
                    position=shape.centre,
                    position_error=shape.centre_error,
                    area=shape.area,
                    area_error=shape.area_error,
                )
            )
    return tuple(sorted(made, key=lambda peak: peak.position))


@dataclass(frozen=True, kw_only=True)
class _Shape:
    centre: float
    centre_error: float
    rise: float
    decay: float
    area: float
    area_error: float


def _fitted(data: Data, peak: Peak, held: tuple[float, float] | None) -> _Shape | None:
    """Fit one profile on a slope; rise and decay are fitted unless held."""
    from scipy.optimize import least_squares

    width = peak.width
    inside = (data.x > peak.position - WINDOW[0] * width) & (data.x < peak.position + WINDOW[1] * width)
    if inside.sum() < 12:
        return None
    x, y, per = data.x[inside], data.y[inside], data.per_count[inside]
    expected = np.convolve(np.pad(y, 2, mode="edge"), np.ones(5) / 5.0, mode="valid")
    weights = 1.0 / np.sqrt(np.maximum(expected, data.floor) * per)
    slope = np.column_stack([np.ones(len(x)), (x - peak.position) / width])

    def solved(p: Floats) -> tuple[Floats, Floats]:
        rise, decay = held if held is not None else (p[2] / width, p[3] / width)
        profile = back_to_back(x, peak.position + p[0] * width, p[1] * width, rise, decay)
        design = np.column_stack([profile * width, slope]) * weights[:, None]
        solution = np.linalg.lstsq(design, y * weights, rcond=None)[0]
        return design, np.asarray(solution, dtype=float)

    def residual(p: Floats) -> Floats:
        design, solution = solved(p)
        return np.asarray(design @ solution - y * weights)

    low, high = [-1.5, 0.03], [1.5, 2.0]
    start = [-0.2, 0.35]
    if held is None:
        low, high, start = [*low, RATES[0], RATES[0]], [*high, RATES[1], RATES[1]], [*start, 6.0, 3.0]
    fit = least_squares(residual, start, bounds=(low, high), max_nfev=80)
    design, solution = solved(fit.x)
    factor = max(float((fit.fun**2).sum()) / max(len(x) - len(start) - 3, 1), 1.0)
    if not solution[0] > 0.0 or abs(fit.x[0]) > 1.45:
        return None
    covariance = np.linalg.pinv(fit.jac.T @ fit.jac) * factor
    linear = np.linalg.pinv(design.T @ design) * factor
    rise, decay = held if held is not None else (fit.x[2] / width, fit.x[3] / width)
    return _Shape(
        centre=float(peak.position + fit.x[0] * width),
        centre_error=float(math.sqrt(max(covariance[0, 0], 0.0)) * width),
        rise=float(rise),
        decay=float(decay),
        area=float(solution[0] * width),
        area_error=float(math.sqrt(max(linear[0, 0], 0.0)) * width),
    )
