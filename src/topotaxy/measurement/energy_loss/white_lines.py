"""White lines of an L2,3 edge: steps and a line on each, fitted above the background of several windows.

Steps of 2/3 and 1/3 and lines half Gaussian, half Lorentzian; what the windows move a result by stands as its
spread. A ratio of L3 to L2 moves more with the background than with the valence, so that a ratio whose spread
is too large is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares, nnls

from topotaxy.measurement.energy_loss.background import extrapolated, windows
from topotaxy.measurement.energy_loss.edges import GAP, SEARCHED, Edge
from topotaxy.measurement.energy_loss.imposed import constant, line, steps
from topotaxy.measurement.energy_loss.onset import first_maximum
from topotaxy.measurement.files.spectra.stored import Floats

WIDEST_SPREAD = 0.25
"""Spread of a ratio over windows, relative, beyond which it is left out."""
DRAWS = 16


@dataclass(frozen=True, kw_only=True)
class WhiteLines:
    """Areas of the white lines over the height of the step, and their ratio.

    Attributes
    ----------
    position:
        Maximum of the L3 line, eV.
    intensity, ratio:
        Area of both lines over the step height (eV); L3 over L2.
    intensity_uncertainty, ratio_uncertainty:
        Of counting.
    intensity_spread, ratio_spread, position_spread:
        Standard deviations over windows of the background.
    energy, data, fit, background:
        For figures, (n,).
    """

    position: float
    intensity: float
    ratio: float
    intensity_uncertainty: float
    ratio_uncertainty: float
    intensity_spread: float
    ratio_spread: float
    position_spread: float
    energy: Floats
    data: Floats
    fit: Floats
    background: Floats


@dataclass(frozen=True, kw_only=True)
class _Fit:
    position: float
    gap: float
    widths: tuple[float, float]
    amounts: Floats
    columns: Floats
    under: Floats


def white_lines(
    energy: Floats, total: Floats, variance: Floats, edge: Edge, *, width: float, rng: np.random.Generator
) -> WhiteLines | None:
    """Return the white lines of an edge; None where no step stands above the background.

    Parameters
    ----------
    energy, total, variance : array (n,)
        eV; the spectrum and its variance.
    edge : Edge
        An L3 edge with a partner.
    width : float
        Of the background window, eV.
    rng : numpy Generator
        Of the bootstrap.
    """
    high = edge.energy - GAP
    low = max(high - width, float(energy[0]))
    part = (energy >= high) & (energy <= edge.end + 14.0)
    fits = []
    for window in windows(low, high):
        under = extrapolated(energy, total, *window)
        one = _fitted(energy[part], (total - under)[part], variance[part], edge, under[part])
        if one.amounts[0] > 0.0:
            fits.append(one)
    if not fits:
        return None
    first = fits[0]
    fit = first.columns @ first.amounts
    drawn = []
    for _ in range(DRAWS):
        noisy = fit + np.sqrt(variance[part]) * rng.normal(size=len(fit))
        amounts, _ = nnls(first.columns / np.sqrt(variance[part])[:, None], noisy / np.sqrt(variance[part]))
        drawn.append(_numbers(amounts))
    numbers = np.array([_numbers(one.amounts) for one in fits])
    scatter = np.array(drawn).std(axis=0, ddof=1)
    spread = numbers.std(axis=0, ddof=1) if len(fits) > 1 else np.full(2, np.inf)
    positions = np.array([one.position for one in fits])
    return WhiteLines(
        position=first.position,
        intensity=float(numbers[0, 0]),
        ratio=float(numbers[0, 1]),
        intensity_uncertainty=float(scatter[0]),
        ratio_uncertainty=float(scatter[1]),
        intensity_spread=float(spread[0]),
        ratio_spread=float(spread[1]),
        position_spread=float(positions.std(ddof=1)) if len(fits) > 1 else 0.0,
        energy=energy[part],
        data=total[part],
        fit=fit + first.under,
        background=first.under,
    )


def _numbers(amounts: Floats) -> tuple[float, float]:
    """Area of both lines over the step, and L3 over L2."""
    step, third, second = (float(value) for value in amounts)
    return (third + second) / max(step, 1e-300), min(third / max(second, 1e-300), 1e6)


def _columns(x: Floats, position: float, gap: float, widths: tuple[float, float]) -> Floats:
    lift = constant("step_width")
    return np.column_stack(
        [
            steps(x, position, position + gap, lift),
            line(x, position, widths[0]),
            line(x, position + gap, widths[1]),
        ]
    )


def _fitted(x: Floats, y: Floats, variance: Floats, edge: Edge, under: Floats) -> _Fit:
    assert edge.partner is not None
    nominal = edge.partner - edge.energy
    smooth = np.convolve(y, np.ones(3) / 3.0, mode="same")
    near = (x >= edge.energy - SEARCHED) & (x <= edge.energy + SEARCHED + 4.0)
    indices = np.flatnonzero(near)
    starts = {first_maximum(smooth, indices), int(indices[np.argmax(smooth[indices])])}
    weight = np.sqrt(variance)

    def solved(parameters: Floats) -> tuple[Floats, Floats]:
        position, gap, third, second = (float(value) for value in parameters)
        table = _columns(x, position, gap, (third, second))
        amounts, _ = nnls(table / weight[:, None], y / weight)
        return table, amounts

    def rest(parameters: Floats) -> Floats:
        table, amounts = solved(parameters)
        return np.asarray((table @ amounts - y) / weight)

    tried = [
        least_squares(
            rest,
            [at, nominal, 2.5, 3.0],
            bounds=([at - 3.0, nominal - 2.5, 0.6, 0.6], [at + 3.0, nominal + 2.5, 8.0, 10.0]),
            x_scale=[0.5, 0.5, 0.5, 0.5],
            max_nfev=60,
        )
        for at in (float(x[start]) for start in sorted(starts))
    ]
    best = min(tried, key=lambda one: float(one.cost))
    table, amounts = solved(best.x)
    position, gap, third, second = (float(value) for value in best.x)
    return _Fit(
        position=position, gap=gap, widths=(third, second), amounts=amounts, columns=table, under=under
    )
