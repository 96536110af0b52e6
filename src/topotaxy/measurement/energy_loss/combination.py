"""An L2,3 edge as a combination of two references, with an energy offset of its own.

References are weighted by atoms: each has its continuum behind both lines at one. The background is a sum of
two power laws on either side of the one before the edge (as in linear combinations of power laws: Cueva et
al., Microsc. Microanal. 18 (2012) 667, 10.1017/S1431927612000244), fitted together with the references.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.optimize import minimize_scalar, nnls

from topotaxy.measurement.energy_loss.background import extrapolated, two_areas, windows
from topotaxy.measurement.energy_loss.edges import GAP, Edge
from topotaxy.measurement.energy_loss.record import LossRecord
from topotaxy.measurement.files.spectra.stored import Floats

FARTHEST = 3.0
"""eV: offsets from the references that are looked for; two calibrations differ by as much."""
COARSE = 0.25
EXPONENTS = 1.5
"""By how much the exponents of the two power laws lie from that of the window before the edge."""
BEFORE, BEHIND = 24.0, 14.0
"""eV before the edge and behind its continuum's beginning that are fitted."""

Shape = Callable[[Floats], Floats]


@dataclass(frozen=True, kw_only=True)
class LossCombination:
    """Share of the metal by atoms, the energy offset, and what they are uncertain by.

    Attributes
    ----------
    share, offset:
        1 and eV; the offset is added to the references' energies.
    share_uncertainty, offset_uncertainty:
        Of counting.
    window_spread:
        Standard deviation of the share over windows of the background.
    offset_spread:
        The same of the offset.
    chi_square:
        Of each degree of freedom.
    energy, data, fit, metal, oxide, background:
        For figures, (n,); metal and oxide are their parts of the fit.
    imposed:
        Whether the references are imposed shapes.
    """

    share: float
    offset: float
    share_uncertainty: float
    offset_uncertainty: float
    window_spread: float
    offset_spread: float
    chi_square: float
    energy: Floats
    data: Floats
    fit: Floats
    metal: Floats
    oxide: Floats
    background: Floats
    imposed: bool


def reference_of(record: LossRecord, edge: Edge, width: float) -> Shape:
    """Return the shape of a measured reference: less its background, its continuum at one.

    Parameters
    ----------
    record : LossRecord
        Spectrum of a metal or oxide that holds the edge.
    edge : Edge
        Which one.
    width : float
        Of the background window, eV.
    """
    energy, total = record.energy, record.total
    high = edge.energy - GAP
    under = extrapolated(energy, total, max(high - width, float(energy[0])), high)
    shape = np.where(energy > high - BEFORE - FARTHEST, total - under, 0.0)
    continuum = (energy >= edge.end) & (energy <= edge.end + 12.0)
    level = float(shape[continuum].mean())
    scaled = CubicSpline(energy, shape / (level if level > 0.0 else 1.0))
    first, last = float(energy[0]), float(energy[-1])
    # A straight line between channels would round the lines off by more than the noise of a good spectrum.
    return lambda at: np.where((at >= first) & (at <= last), scaled(np.clip(at, first, last)), 0.0)


def combined(
    energy: Floats,
    total: Floats,
    variance: Floats,
    edge: Edge,
    metal: Shape,
    oxide: Shape,
    *,
    width: float,
    imposed: bool = False,
) -> LossCombination:
    """Return the combination of two references that fits an edge.

    Parameters
    ----------
    energy, total, variance : array (n,)
        eV; the spectrum and its variance.
    edge : Edge
        Which one.
    metal, oxide : callable
        Shape of an edge with its continuum at one, of energies in eV.
    width : float
        Of the background window, eV.
    imposed : bool
        Whether the shapes are imposed.
    """
    high = edge.energy - GAP
    low = max(high - width, float(energy[0]))
    every = [_fitted(energy, total, variance, edge, (metal, oxide), window) for window in windows(low, high)]
    first = every[0]
    part, data = first.part, total[first.part]
    error = _errors(energy[part], variance[part], first, (metal, oxide))
    chi = float(((data - first.columns @ first.amounts) ** 2 / variance[part]).sum())
    shares, offsets = (np.array([getattr(one, name) for one in every]) for name in ("share", "offset"))
    return LossCombination(
        share=first.share,
        offset=first.offset,
        share_uncertainty=error[0],
        offset_uncertainty=error[1],
        window_spread=float(shares.std(ddof=1)),
        offset_spread=float(offsets.std(ddof=1)),
        chi_square=chi / max(len(data) - 5, 1),
        energy=energy[part],
        data=data,
        fit=first.columns @ first.amounts,
        metal=first.columns[:, 0] * first.amounts[0],
        oxide=first.columns[:, 1] * first.amounts[1],
        background=first.columns[:, 2:] @ first.amounts[2:],
        imposed=imposed,
    )


@dataclass(frozen=True, kw_only=True)
class _Fit:
    share: float
    offset: float
    amounts: Floats
    columns: Floats
    part: np.ndarray[tuple[int], np.dtype[np.bool_]]


def _fitted(
    energy: Floats,
    total: Floats,
    variance: Floats,
    edge: Edge,
    shapes: tuple[Shape, Shape],
    window: tuple[float, float],
) -> _Fit:
    exponent, _ = two_areas(energy, total, *window)
    begin = max(edge.energy - GAP - BEFORE, window[0])
    part = (energy >= begin) & (energy <= edge.end + BEHIND)
    x, y, weight = energy[part], total[part], np.sqrt(variance[part])
    laws = [(x / edge.energy) ** -(float(exponent) + d) * y.mean() for d in (-EXPONENTS, EXPONENTS)]

    def columns(offset: float) -> Floats:
        return np.column_stack([*(shape(x - offset) * y.mean() for shape in shapes), *laws])

    def rest(offset: float) -> float:
        return float(nnls(columns(offset) / weight[:, None], y / weight)[1])

    grid = np.arange(-FARTHEST, FARTHEST + 1e-9, COARSE)
    coarse = float(grid[int(np.argmin([rest(float(offset)) for offset in grid]))])
    best = minimize_scalar(
        rest, bounds=(coarse - COARSE, coarse + COARSE), method="bounded", options={"xatol": 1e-4}
    )
    offset = float(best.x)
    table = columns(offset)
    amounts, _ = nnls(table / weight[:, None], y / weight)
    sum_of_both = float(amounts[0] + amounts[1])
    return _Fit(
        share=float(amounts[0] / sum_of_both) if sum_of_both > 0.0 else 0.0,
        offset=offset,
        amounts=amounts,
        columns=table,
        part=part,
    )


def _errors(x: Floats, variance: Floats, fit: _Fit, shapes: tuple[Shape, Shape]) -> tuple[float, float]:
    """Standard deviations of share and offset, by the curvature of chi square."""
    step = 0.05
    moved = [
        sum(amount * shape(x - fit.offset - d) for amount, shape in zip(fit.amounts[:2], shapes, strict=True))
        for d in (-step, step)
    ]
    unit = fit.columns[:, 0].sum() / max(float(shapes[0](x - fit.offset).sum()), 1e-300)
    slope = (moved[1] - moved[0]) / (2.0 * step) * unit
    design = np.column_stack([fit.columns, slope]) / np.sqrt(variance)[:, None]
    covariance = np.linalg.pinv(design.T @ design, rcond=1e-14)
    a, b = float(fit.amounts[0]), float(fit.amounts[1])
    both = max(a + b, 1e-300)
    gradient = np.zeros(len(covariance))
    gradient[0], gradient[1] = b / both**2, -a / both**2
    return (
        float(np.sqrt(max(float(gradient @ covariance @ gradient), 0.0))),
        float(np.sqrt(max(float(covariance[-1, -1]), 0.0))),
    )
