"""Voltage sweeps: the exponent of current in scan rate, and the share that is proportional to it.

The exponent b of i = a v^b (Lindström et al. 1997, J. Phys. Chem. B 101, 7717) and the split
i(V) = k1 v + k2 v^(1/2) (Wang, Polking, Lim and Dunn 2007, J. Phys. Chem. C 111, 14925) both suppose
that voltage follows the sweep; what speaks against that in the data is said in words.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.cycling.metrics.half_cycles import Rows, Values

STRAIGHT = 0.9995
"""Least squared correlation of voltage and time in a sweep: the ramp of a potentiostat reaches it, a
galvanostatic curve of any shape but a straight line does not."""

HELD = 0.95
"""Share of a stretch's rows with current that lie at a few levels of it, from which the current was held: a
galvanostat's curve may be straight, as a capacitor's is, and a peak of a sweep has all currents in
between."""

LEVELS_HELD = 3
"""Levels of current that a straight stretch may be held at one after the other."""

SAME_LEVEL = 0.01
"""Half width of a level, in shares of the stretch's largest current."""

SAME_RATE = 0.02
FEWEST_ROWS = 20
FEWEST_RATES = 3
LEVELS = 200

POOR_FIT = 0.99
"""R² below which the fit at a voltage counts as poor."""

NEGLIGIBLE = 0.01
"""Share of the current at a voltage below which a term of the split is none, whatever its sign."""

SHIFT = 0.05
"""Shift of the peak between slowest and fastest sweep, V, from which the ohmic drop is no longer small."""


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """One sweep, rising or falling, at ``rate`` V/s (positive): ``voltage`` V and ``current`` A, (rows,)."""

    rate: float
    rising: bool
    voltage: Values
    current: Values


@dataclass(frozen=True, kw_only=True)
class Exponent:
    """The b-value of the peak currents of one direction, its standard error, and R² of the line."""

    rising: bool
    value: float
    uncertainty: float
    r2: float
    rates: Values
    peak_voltages: Values
    peak_currents: Values


@dataclass(frozen=True, kw_only=True)
class Split:
    """The split by Dunn of one direction: ``proportional`` (levels,) k1 and ``root`` (levels,) k2 at
    ``voltage``; ``share`` (rates,) of the charge that is k1 v; ``r2`` (levels,).
    """

    rising: bool
    voltage: Values
    proportional: Values
    root: Values
    rates: Values
    share: Values
    r2: Values


def sweeps_of(rows: Rows) -> list[Sweep]:
    """Find the sweeps of a record: stretches of rising or falling voltage that is linear in time.

    Parameters
    ----------
    rows : Rows
        Rows of a record.
    """
    steps = np.sign(np.diff(rows.voltage))
    # A repeated voltage continues the stretch it stands in.
    moving = np.flatnonzero(steps)
    if not len(moving):
        return []
    turns = np.flatnonzero(steps[moving[1:]] != steps[moving[:-1]])
    begins = np.concatenate([[moving[0]], moving[turns + 1]])
    ends = np.concatenate([moving[turns] + 1, [moving[-1] + 1]])
    found = []
    for begin, end in zip(begins, ends, strict=True):
        if end - begin + 1 >= FEWEST_ROWS:
            sweep = _sweep(rows, slice(int(begin), int(end) + 1))
            if sweep is not None:
                found.append(sweep)
    return found


def _sweep(rows: Rows, part: slice) -> Sweep | None:
    time, voltage, current = rows.time[part], rows.voltage[part], rows.current[part]
    if not np.ptp(time) > 0.0 or not np.abs(current).max() > 0.0:
        return None
    if _held(current):
        return None
    slope, start = np.polyfit(time - time[0], voltage, 1)
    residual = voltage - start - slope * (time - time[0])
    if 1.0 - float(residual.var() / voltage.var()) <= STRAIGHT:
        return None
    return Sweep(rate=abs(float(slope)), rising=bool(slope > 0.0), voltage=voltage, current=current)


def _held(current: Values) -> bool:
    """Whether the current stands at one level, or at a few one after the other; rows of rest aside."""
    largest = float(np.abs(current).max())
    flowing = np.sort(current[np.abs(current) > SAME_LEVEL * largest])
    count, left = len(flowing), len(flowing)
    for _ in range(LEVELS_HELD):
        if not len(flowing):
            break
        # The window that most rows lie in.
        ends = np.searchsorted(flowing, flowing + 2.0 * SAME_LEVEL * largest, side="right")
        sizes = ends - np.arange(len(flowing))
        best = int(np.argmax(sizes))
        left -= int(sizes[best])
        if left < (1.0 - HELD) * count:
            return True
        flowing = np.concatenate((flowing[:best], flowing[best + int(sizes[best]) :]))
    return False


def by_rate(sweeps: list[Sweep], *, rising: bool) -> list[Sweep]:
    """Keep the last sweep of each rate (earlier ones form the film), slowest first.

    Parameters
    ----------
    sweeps : list of Sweep
        Sweeps of a record.
    rising : bool
        Whether those of rising voltage are meant.
    """
    kept: list[Sweep] = []
    for sweep in (s for s in sweeps if s.rising == rising):
        kept = [k for k in kept if abs(k.rate - sweep.rate) > SAME_RATE * sweep.rate]
        kept.append(sweep)
    return sorted(kept, key=lambda s: s.rate)


def exponent(sweeps: list[Sweep], *, rising: bool) -> Exponent | str:
    """Fit log(peak current) against log(scan rate); a reason where it cannot be.

    Parameters
    ----------
    sweeps : list of Sweep
        Sweeps of a record.
    rising : bool
        Whether those of rising voltage are meant.
    """
    mine = by_rate(sweeps, rising=rising)
    if len(mine) < FEWEST_RATES:
        return f"{len(mine)} scan rates, {FEWEST_RATES} are needed"
    sign = 1.0 if rising else -1.0
    places = [int(np.argmax(sign * s.current)) for s in mine]
    peaks = np.array([sign * s.current[p] for s, p in zip(mine, places, strict=True)])
    if not (peaks > 0.0).all():
        return "a sweep has no current in its own direction"
    rates = np.array([s.rate for s in mine])
    x, y = np.log(rates), np.log(peaks)
    spread = float(((y - y.mean()) ** 2).sum())
    if not spread > 0.0:
        return "the peak current is the same at all scan rates"
    slope, level = np.polyfit(x, y, 1)
    residual = y - level - slope * x
    error = np.sqrt(float(residual @ residual) / (len(x) - 2) / float(((x - x.mean()) ** 2).sum()))
    return Exponent(
        rising=rising,
        value=float(slope),
        uncertainty=float(error),
        r2=1.0 - float(residual @ residual) / spread,
        rates=rates,
        peak_voltages=np.array([s.voltage[p] for s, p in zip(mine, places, strict=True)]),
        peak_currents=peaks,
    )


def dunn_split(sweeps: list[Sweep], *, rising: bool) -> Split | str:
    """Fit i/v^(1/2) = k1 v^(1/2) + k2 at each voltage that all rates cover; a reason where it cannot be.

    Parameters
    ----------
    sweeps : list of Sweep
        Sweeps of a record.
    rising : bool
        Whether those of rising voltage are meant.
    """
    mine = by_rate(sweeps, rising=rising)
    if len(mine) < FEWEST_RATES:
        return f"{len(mine)} scan rates, {FEWEST_RATES} are needed"
    low = max(float(s.voltage.min()) for s in mine)
    high = min(float(s.voltage.max()) for s in mine)
    if not high > low:
        return "the sweeps share no range of voltage"
    voltage = np.linspace(low, high, LEVELS)
    current = np.array([_at(s, voltage) for s in mine])
    rates = np.array([s.rate for s in mine])
    root = np.sqrt(rates)
    design = np.stack([root, np.ones_like(root)], axis=1)
    scaled = current / root[:, None]
    (proportional, diffusive), *_ = np.linalg.lstsq(design, scaled, rcond=None)
    residual = scaled - design @ np.stack([proportional, diffusive])
    # Of the current: the scaled current of a pure diffusion limit is flat, and its R² that of noise.
    left = ((residual * root[:, None]) ** 2).sum(axis=0)
    total = ((current - current.mean(axis=0)) ** 2).sum(axis=0)
    r2 = 1.0 - np.divide(left, total, out=np.zeros_like(total), where=total > 0.0)
    charge = np.trapezoid(current, voltage, axis=1)
    if not (np.abs(charge) > 0.0).all():
        return "a sweep passes no charge"
    share = rates * float(np.trapezoid(proportional, voltage)) / charge
    return Split(
        rising=rising,
        voltage=voltage,
        proportional=proportional,
        root=diffusive,
        rates=rates,
        share=share,
        r2=r2,
    )


def _at(sweep: Sweep, voltage: Values) -> NDArray[np.float64]:
    order = np.argsort(sweep.voltage, kind="stable")
    return np.interp(voltage, sweep.voltage[order], sweep.current[order])


def warnings_of(found: Exponent | None, split: Split | None) -> list[str]:
    """What speaks against reading the exponent, or the split, as a mechanism.

    Parameters
    ----------
    found : Exponent, optional
        The exponent, if there is one.
    split : Split, optional
        The split, if there is one.
    """
    said = []
    if found is not None:
        if len(found.rates) < 5 or found.rates[-1] < 10.0 * found.rates[0]:
            said.append(
                f"b rests on {len(found.rates)} scan rates over a factor of "
                f"{found.rates[-1] / found.rates[0]:.3g}; five over a decade would carry it"
            )
        if not 0.5 - 2.0 * found.uncertainty <= found.value <= 1.0 + 2.0 * found.uncertainty:
            said.append(f"b = {found.value:.2f} lies outside 0.5 to 1, where neither limit holds")
        shift = abs(float(found.peak_voltages[-1] - found.peak_voltages[0]))
        if shift > SHIFT:
            said.append(
                f"the peak moves by {1e3 * shift:.0f} mV from the slowest to the fastest sweep: ohmic drop "
                "or slow kinetics lowers b and distorts the split"
            )
    if split is not None:
        poor = float((split.r2 < POOR_FIT).mean())
        if poor > 0.1:
            said.append(
                f"k1 v + k2 v^(1/2) describes the current poorly (R² below {POOR_FIT}) at {poor:.0%} of the "
                "voltages"
            )
        sign = 1.0 if split.rising else -1.0
        terms = np.stack(
            [
                sign * split.proportional * split.rates[:, None],
                sign * split.root * np.sqrt(split.rates)[:, None],
            ]
        )
        # A term that is zero has the sign of its noise.
        wrong = terms < -NEGLIGIBLE * np.abs(terms).sum(axis=0)
        negative = float(wrong.any(axis=(0, 1)).mean())
        if negative > 0.1:
            said.append(
                f"k1 or k2 has the wrong sign at {negative:.0%} of the voltages, so the share is no share"
            )
        if ((split.share > 1.0 + NEGLIGIBLE) | (split.share < -NEGLIGIBLE)).any():
            said.append("a share lies outside 0 to 1 and must not be read as a part of the charge")
    return said
