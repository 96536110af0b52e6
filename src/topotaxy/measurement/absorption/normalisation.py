"""Pre-edge line, edge step with its uncertainty, and the normalised absorption."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.absorption.edges import first_inflection
from topotaxy.measurement.absorption.record import AbsorptionRecord, Floats


@dataclass(frozen=True, kw_only=True)
class Ranges:
    """Ranges of the two fits relative to E0, eV, and the degrees of their polynomials."""

    pre: tuple[float, float]
    post: tuple[float, float]
    degree: int
    pre_degree: int = 1


@dataclass(frozen=True, kw_only=True)
class Normalised:
    """A spectrum in units of its edge step.

    Attributes
    ----------
    e0:
        Threshold, eV: the first inflection.
    step, step_uncertainty:
        Edge step in units of the absorption; the uncertainty (one standard deviation) is the spread over
        ranges and degrees that serve as well, with the scatter of the points.
    pre, post:
        The two fits at every energy, (n,).
    values, flat:
        Normalised absorption, and the same with the slope above the edge taken out, (n,).
    noise:
        Standard deviation of a point of ``values``.
    """

    record: AbsorptionRecord
    e0: float
    step: float
    step_uncertainty: float
    ranges: Ranges
    pre: Floats
    post: Floats
    values: Floats
    flat: Floats
    noise: float

    @property
    def energy_ev(self) -> Floats:
        """Energies, eV, (n,)."""
        return self.record.energy_ev

    @property
    def step_error(self) -> float:
        """Relative standard deviation of the edge step."""
        return self.step_uncertainty / abs(self.step)


def usual_ranges(energy_ev: Floats, e0: float) -> Ranges:
    """Return ranges that suit the extent of a scan, eV relative to E0.

    A line needs points well below the edge, the polynomial points beyond the white line; short scans leave
    less of both and get a lower degree: a slope from 20 eV would be that of the rising edge.

    Parameters
    ----------
    energy_ev : (n,)
        Energies of the scan, eV.
    e0 : float
        Threshold, eV.
    """
    below, above = e0 - float(energy_ev[0]), float(energy_ev[-1]) - e0
    pre_end = -30.0 if below > 60.0 else -0.4 * below
    pre_start = -min(below, 200.0)
    post_start = 100.0 if above > 300.0 else (0.4 * above if above > 60.0 else 0.5 * above)
    degree = 2 if above > 350.0 else (1 if above > 100.0 else 0)
    pre_degree = 1 if below > 60.0 else 0
    return Ranges(pre=(pre_start, pre_end), post=(post_start, above), degree=degree, pre_degree=pre_degree)


def normalised(
    record: AbsorptionRecord, *, e0: float | None = None, ranges: Ranges | None = None
) -> Normalised:
    """Return the record in units of its edge step.

    Parameters
    ----------
    record : AbsorptionRecord
        One spectrum as measured: energy (eV) and absorption.
    e0 : float or None
        Threshold, eV; the first inflection where not given.
    ranges : Ranges or None
        Those of :func:`usual_ranges` where not given.

    Raises
    ------
    InputError
        Where too few points lie below or above the edge, or the absorption does not rise.
    """
    energy = record.energy_ev
    at = first_inflection(energy, record.absorption) if e0 is None else e0
    chosen = ranges or usual_ranges(energy, at)
    if record.normalised:
        return _as_it_is(record, at, chosen)
    pre, post, step = _fitted(record, at, chosen)
    if not step > 0.0:
        raise InputError(f"the absorption does not rise at {at:.1f} eV (step {step:.3g})", where=record.name)
    noise = _noise(record, at, chosen) / step
    spread = _spread(record, at, chosen, step)
    values = (record.absorption - pre) / step
    slope = np.where(energy > at, (post - pre) / step - 1.0, 0.0)
    return Normalised(
        record=record,
        e0=at,
        step=step,
        step_uncertainty=spread,
        ranges=chosen,
        pre=pre,
        post=post,
        values=values,
        flat=values - slope,
        noise=noise,
    )


def _as_it_is(record: AbsorptionRecord, e0: float, ranges: Ranges) -> Normalised:
    zeros, ones = np.zeros(len(record)), np.ones(len(record))
    above = record.energy_ev >= e0 + ranges.post[0]
    off = abs(float(record.absorption[above].mean()) - 1.0) if above.any() else 0.0
    return Normalised(
        record=record,
        e0=e0,
        step=1.0,
        step_uncertainty=off,
        ranges=ranges,
        pre=zeros,
        post=ones,
        values=record.absorption,
        flat=record.absorption,
        noise=_noise(record, e0, ranges),
    )


def _inside(record: AbsorptionRecord, e0: float, span: tuple[float, float]) -> np.ndarray:
    return (record.energy_ev >= e0 + span[0] - 1e-6) & (record.energy_ev <= e0 + span[1] + 1e-6)


def _fitted(record: AbsorptionRecord, e0: float, ranges: Ranges) -> tuple[Floats, Floats, float]:
    """Return pre-edge line, post-edge polynomial and edge step."""
    before, after = _inside(record, e0, ranges.pre), _inside(record, e0, ranges.post)
    if before.sum() < 3 or after.sum() < ranges.degree + 2:
        side = "below" if before.sum() < 3 else "above"
        raise InputError(
            f"too few points {side} the edge at {e0:.1f} eV to normalise "
            f"({int(before.sum())} in the pre-edge range, {int(after.sum())} in the post-edge range)",
            where=record.name,
        )
    x = (record.energy_ev - e0) / 1000.0
    line = np.polynomial.polynomial.polyfit(x[before], record.absorption[before], ranges.pre_degree)
    pre = np.asarray(np.polynomial.polynomial.polyval(x, line), dtype=np.float64)
    rest = np.polynomial.polynomial.polyfit(x[after], (record.absorption - pre)[after], ranges.degree)
    post = np.asarray(pre + np.polynomial.polynomial.polyval(x, rest), dtype=np.float64)
    return pre, post, float(rest[0])


def _spread(record: AbsorptionRecord, e0: float, ranges: Ranges, step: float) -> float:
    """Return the standard deviation of the step over ranges and degrees that could have been chosen."""
    start, end = ranges.post
    starts = (start, 0.7 * start, start + 0.2 * (end - start))
    ends = (end, 0.85 * end)
    degrees = {ranges.degree, max(ranges.degree - 1, 0)}
    pre_ends = (ranges.pre[1], 1.6 * ranges.pre[1])
    pre_degrees = (1,) if ranges.pre_degree else (0, 1)
    found = []
    for first, last, degree, pre_end, pre_degree in itertools.product(
        starts, ends, degrees, pre_ends, pre_degrees
    ):
        other = Ranges(pre=(ranges.pre[0], pre_end), post=(first, last), degree=degree, pre_degree=pre_degree)
        try:
            found.append(_fitted(record, e0, other)[2])
        except InputError:
            continue
    return float(np.std([step, *found])) if found else 0.05 * step


def _noise(record: AbsorptionRecord, e0: float, ranges: Ranges) -> float:
    """Return the scatter of a point, from differences of neighbours below the edge.

    Second differences leave out what is smooth; their variance is six times that of a point.
    """
    if record.deviation is not None:
        return float(np.median(record.deviation))
    values = record.absorption[_inside(record, e0, ranges.pre)]
    if len(values) < 5:
        values = record.absorption[_inside(record, e0, ranges.post)]
    second = np.diff(values, 2)
    return float(1.4826 * np.median(np.abs(second)) / np.sqrt(6.0)) if len(second) else 0.0
