"""An envelope as a combination of two references, with a charge shift of its own.

The maximum of a 2p envelope jumps from one reference's to the other's as the mix changes, so that a shift of
the maximum is no share; the combination is. Where the charge is held fixed, pure metal reads 0.82 (trial).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import minimize_scalar, nnls

from topotaxy.measurement.photoemission.auger import WIDTHS, AugerLine, auger_shapes
from topotaxy.measurement.photoemission.background import BACKGROUNDS, Floats
from topotaxy.measurement.photoemission.record import PhotoemissionRecord

FARTHEST = 1.5
"""eV: charge shifts between a spectrum and its references that are looked for."""
COARSE = 0.1
DRAWS = 24


@dataclass(frozen=True, kw_only=True)
class Combination:
    """Share of the reduced reference by area, the charge shift, and what they are uncertain by.

    Attributes
    ----------
    share, shift:
        1 and eV.
    share_uncertainty, shift_uncertainty:
        Of counting, by a parametric bootstrap.
    background_spread:
        Standard deviation of the share over ends of the window moved by 1 eV and over kinds of background:
        what a choice of background is worth.
    chi_square:
        Of each degree of freedom.
    energy, data, fit, reduced, oxidised, background, auger:
        For figures, (n,).
    lines:
        Auger lines that were fitted with the references.
    auger_share:
        Area of Auger lines over that of all that stands above the background.
    auger_spread:
        Standard deviation of the share over widths of the Auger lines, as these are estimates.
    """

    share: float
    shift: float
    share_uncertainty: float
    shift_uncertainty: float
    background_spread: float
    chi_square: float
    energy: Floats
    data: Floats
    fit: Floats
    reduced: Floats
    oxidised: Floats
    background: Floats
    auger: Floats
    lines: tuple[AugerLine, ...] = ()
    auger_share: float = 0.0
    auger_spread: float = 0.0


@dataclass(frozen=True)
class _Model:
    """What a spectrum is fitted by: two references, and Auger lines that they do not hold."""

    reduced: PhotoemissionRecord
    oxidised: PhotoemissionRecord
    lines: tuple[AugerLine, ...]
    widened: float = 1.0

    def auger(self, energy: Floats, photon_energy: float | None) -> Floats:
        if photon_energy is None:
            return np.zeros((len(energy), 0))
        return auger_shapes(energy, self.lines, photon_energy, widened=self.widened)


@dataclass(frozen=True)
class _Reference:
    energy: Floats
    shape: Floats
    """Of unit area above its background."""


def combined(
    record: PhotoemissionRecord,
    reduced: PhotoemissionRecord,
    oxidised: PhotoemissionRecord,
    *,
    low: float,
    high: float,
    background: str = "shirley",
    auger: Sequence[AugerLine] = (),
    seed: int = 0,
) -> Combination:
    """Return the combination of two references that fits a spectrum between two energies.

    Parameters
    ----------
    record : PhotoemissionRecord
        The spectrum.
    reduced, oxidised : PhotoemissionRecord
        Spectra of the metal and of the oxide over at least the same window.
    low, high : float
        Ends of the window, eV; they decide the background and are stated with the result.
    background : str
        Key of :data:`~.background.BACKGROUNDS`.
    auger : sequence of AugerLine
        Auger lines that the references do not hold: each is fitted with a free area. Used where the
        photons of ``record`` are known.
    seed : int
        Of the bootstrap.
    """
    pair = _Model(reduced, oxidised, tuple(auger))
    share, shift, parts = _fitted(record, record.intensity, pair, low, high, background)
    inside = window(record.binding_energy, low, high)
    energy, data = record.binding_energy[inside], record.intensity[inside]
    deviation = record.deviation[inside]
    fit = sum(parts[1:], parts[0])
    rng = np.random.default_rng(seed)
    again = []
    for _ in range(DRAWS):
        drawn = record.intensity.copy()
        drawn[inside] = fit + deviation * rng.normal(size=len(fit))
        again.append(_fitted(record, drawn, pair, low, high, background, near=shift)[:2])
    scatter = np.std(np.array(again), axis=0, ddof=1)
    free = max(len(data) - 4 - pair.auger(energy, record.photon_energy).shape[1], 1)
    chi = float((((data - fit) / deviation) ** 2).sum() / free)
    widths = [
        _fitted(record, record.intensity, replace(pair, widened=factor), low, high, background, near=shift)[0]
        for factor in (WIDTHS if pair.lines else ())
    ]
    of_auger, of_lines = (float(np.trapezoid(one, energy)) for one in (parts[3], parts[0] + parts[1]))
    return Combination(
        share=share,
        shift=shift,
        share_uncertainty=float(scatter[0]),
        shift_uncertainty=float(scatter[1]),
        background_spread=_choice_spread(record, pair, low, high, background, share, shift),
        chi_square=chi,
        energy=energy,
        data=data,
        fit=fit,
        reduced=parts[0],
        oxidised=parts[1],
        background=parts[2],
        auger=parts[3],
        lines=pair.lines if record.photon_energy is not None else (),
        auger_share=of_auger / max(of_auger + of_lines, 1e-300),
        auger_spread=float(np.std([share, *widths], ddof=1)) if widths else 0.0,
    )


def _choice_spread(
    record: PhotoemissionRecord,
    pair: _Model,
    low: float,
    high: float,
    background: str,
    share: float,
    shift: float,
) -> float:
    """What ends of the window, moved by 1 eV, and kinds of background move the share by."""
    moved = [
        _fitted(record, record.intensity, pair, low + a, high - b, background, near=shift)[0]
        for a, b in ((1.0, 0.0), (0.0, 1.0), (1.0, 1.0))
    ]
    others = [
        _fitted(record, record.intensity, pair, low, high, kind, near=shift)[0]
        for kind in BACKGROUNDS
        if kind != background
    ]
    of_ends, of_kinds = (float(np.std([share, *values], ddof=1)) for values in (moved, others))
    return float(np.hypot(of_ends, of_kinds))


def window(energy: Floats, low: float, high: float) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which points of a rising axis lie between two energies, (n,).

    Parameters
    ----------
    energy : array (n,)
        eV, rising.
    low, high : float
        eV; a point within a tenth of a step outside counts as inside.
    """
    # A tenth of a step: the same axis from two formats differs in its last digits.
    slack = 0.1 * float(np.median(np.diff(energy)))
    return np.asarray((energy >= low - slack) & (energy <= high + slack))


def _reference(record: PhotoemissionRecord, low: float, high: float, background: str) -> _Reference:
    inside = window(record.binding_energy, low - FARTHEST, high + FARTHEST)
    energy, intensity = record.binding_energy[inside], record.intensity[inside]
    # Background and area are those of the spectrum's own window; beyond it the line goes on above the ends.
    within = window(energy, low, high)
    under = BACKGROUNDS[background](energy[within], intensity[within])
    shape = intensity - np.interp(energy, energy[within], under)
    area = float(np.trapezoid(shape[within], energy[within]))
    return _Reference(energy, shape / max(area, 1e-300))


def _fitted(
    record: PhotoemissionRecord,
    intensity: Floats,
    pair: _Model,
    low: float,
    high: float,
    background: str,
    *,
    near: float | None = None,
) -> tuple[float, float, tuple[Floats, Floats, Floats, Floats]]:
    """Return share, shift and the four parts: metal, oxide, background, Auger lines."""
    inside = window(record.binding_energy, low, high)
    energy, data = record.binding_energy[inside], intensity[inside]
    weight = record.deviation[inside]
    under = BACKGROUNDS[background](energy, data)
    metal, oxide = (_reference(one, low, high, background) for one in (pair.reduced, pair.oxidised))
    humps = pair.auger(energy, record.photon_energy)
    level = under / max(float(np.abs(under).max()), 1e-300)

    def columns(shift: float) -> Floats:
        return np.column_stack(
            [
                np.interp(energy - shift, metal.energy, metal.shape, left=0.0, right=0.0),
                np.interp(energy - shift, oxide.energy, oxide.shape, left=0.0, right=0.0),
                level,
                np.ones(len(energy)),
                humps,
            ]
        )

    def solved(shift: float) -> tuple[Floats, float]:
        found, rest = nnls(columns(shift) / weight[:, None], data / weight)
        return found, float(rest)

    grid = np.arange(-FARTHEST, FARTHEST + 1e-9, COARSE) if near is None else np.array([near])
    coarse = min(grid, key=lambda shift: solved(float(shift))[1])
    best = minimize_scalar(
        lambda shift: solved(float(shift))[1], bounds=(coarse - COARSE, coarse + COARSE), method="bounded"
    )
    amounts, _ = solved(float(best.x))
    table = columns(float(best.x))
    total = float(amounts[0] + amounts[1])
    share = float(amounts[0] / total) if total > 0.0 else 0.0
    parts = (
        amounts[0] * table[:, 0],
        amounts[1] * table[:, 1],
        amounts[2] * level + amounts[3],
        np.asarray(humps @ amounts[4:]),
    )
    return share, float(best.x), parts
