"""A spectrum as families of lines on a smooth background, all fitted together.

Amounts and background are linear and not negative; offset and gain of the energy axis and the resolution are
not linear and bounded. Weights are those of the model, so that empty channels do not pull the fit down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares, nnls

from topotaxy.measurement.energy_dispersive.lines import (
    Family,
    families_of,
    known_elements,
    profile,
    width_at,
)
from topotaxy.measurement.files.spectra.stored import Floats

LOWEST, HIGHEST = 250.0, 20_000.0
"""eV: range that is fitted; below it detectors and noise differ too much."""
KNOTS = np.array(
    [200.0, 500.0, 800.0, 1200.0, 1700.0, 2500.0, 3500.0, 5000.0, 7000.0, 10_000.0, 14_000.0, 20_001.0]
)
"""eV: of the background, straight between them."""
SHIFT, GAIN = 25.0, 0.004
"""Largest error of the energy axis: eV, and share of the energy above 1 keV."""
RESOLUTIONS = (80.0, 190.0)
USUAL = 130.0
"""eV: resolution of silicon drift detectors at Mn Kα, where to start."""
IMPROVEMENT = 40.0
"""Fall of chi square by which an unasked element has to improve the fit; by chance 25 comes once in 3e6."""
MOST_ELEMENTS = 14
EVERYWHERE = ("C", "O", "Cu", "Si")
"""Of supports, grids and films: fitted with stated elements too, so that they are not taken for others."""


@dataclass(frozen=True, kw_only=True)
class SpectrumFit:
    """Families with their photons, and what they lie on.

    Attributes
    ----------
    families:
        In the order of ``counts``.
    counts:
        Photons of each family, (m,).
    covariance:
        Of ``counts``, (m, m), by counting.
    energy, stated, data, model, background:
        Over the fitted channels, (n,); energies as they are found to be, and as the record states them.
    profiles:
        What a channel gets of one photon of a family, (n, m).
    channels:
        Which channels of the record were fitted, (n,).
    shift, gain, resolution:
        eV, share, eV at Mn Kα.
    chi_square:
        Of each degree of freedom.
    """

    families: tuple[Family, ...]
    counts: Floats
    covariance: Floats
    energy: Floats
    stated: Floats
    data: Floats
    model: Floats
    background: Floats
    profiles: Floats
    channels: np.ndarray[tuple[int], np.dtype[np.int64]]
    shift: float
    gain: float
    resolution: float
    chi_square: float

    def of(self, element: str) -> list[int]:
        """Return the indices of an element's families.

        Parameters
        ----------
        element : str
            Symbol.
        """
        return [n for n, one in enumerate(self.families) if one.element == element]


def fitted(
    energy: Floats,
    counts: Floats,
    *,
    elements: Sequence[str],
    beam_energy: float | None,
    resolution: float | None,
) -> SpectrumFit:
    """Return the families and their photons in a spectrum.

    Parameters
    ----------
    energy, counts : array (n,)
        eV; the sum of all pixels.
    elements : sequence of str
        Those that are stated; empty to look for them.
    beam_energy : float, optional
        eV: lines above it are not excited.
    resolution : float, optional
        eV at Mn Kα, where it is known.
    """
    high = min(HIGHEST, 0.95 * float(energy[-1]), (beam_energy or np.inf) * 0.9)
    channels = np.flatnonzero((energy >= LOWEST) & (energy <= high))
    problem = _Problem(energy[channels], counts[channels])
    start = (0.0, 0.0, resolution or USUAL)
    if elements:
        wanted = dict.fromkeys((*elements, *EVERYWHERE))
        families = families_of(list(wanted), LOWEST, high)
    else:
        families = _found(problem, start, high)
    best = _calibrated(problem, families, start, fixed=resolution is not None)
    if not elements:
        # Once the axis is right, look again: what was missed or taken for another by a wrong axis.
        families = _found(problem, best, high)
        best = _calibrated(problem, families, best, fixed=resolution is not None)
    return problem.solution(families, best, channels)


def _found(problem: _Problem, state: tuple[float, float, float], high: float) -> tuple[Family, ...]:
    """Elements that improve the fit one after the other, the best first."""
    chosen: list[str] = []
    last = problem.chi(families_of(chosen, LOWEST, high), state)
    while len(chosen) < MOST_ELEMENTS:
        trials = [
            (problem.chi(families_of([*chosen, element], LOWEST, high), state), element)
            for element in known_elements()
            if element not in chosen and families_of([element], LOWEST, high)
        ]
        chi, element = min(trials)
        if last - chi < IMPROVEMENT:
            break
        chosen.append(element)
        last = chi
    return families_of(chosen, LOWEST, high)


def _calibrated(
    problem: _Problem, families: tuple[Family, ...], start: tuple[float, float, float], *, fixed: bool
) -> tuple[float, float, float]:
    """Offset, gain and resolution that fit best."""
    if not families:
        return start
    low = [-SHIFT, -GAIN, start[2] - 1e-3 if fixed else RESOLUTIONS[0]]
    high = [SHIFT, GAIN, start[2] + 1e-3 if fixed else RESOLUTIONS[1]]
    best = least_squares(
        lambda state: problem.residuals(families, (state[0], state[1], state[2])),
        np.clip(start, np.array(low) + 1e-6, np.array(high) - 1e-6),
        bounds=(low, high),
        x_scale=[5.0, 1e-3, 10.0],
        diff_step=[1e-2, 1e-2, 1e-2],
        max_nfev=25,
    )
    return float(best.x[0]), float(best.x[1]), float(best.x[2])


class _Problem:
    """A spectrum with the weights of a first smooth model."""

    def __init__(self, energy: Floats, counts: Floats) -> None:
        self.energy = energy
        self.counts = counts
        smooth = np.convolve(np.pad(counts, 4, mode="edge"), np.ones(9) / 9.0, mode="valid")
        self.weight = 1.0 / np.sqrt(np.maximum(smooth, 0.5))
        self.hats = self._hats()
        self._cache: dict[tuple[str, str, float, float, float], Floats] = {}

    def _hats(self) -> Floats:
        """Background columns: the braking radiation's 1/E times straight pieces."""
        falling = 1000.0 / np.maximum(self.energy, 100.0)
        inside = [k for k in range(len(KNOTS)) if k == 0 or KNOTS[k - 1] < self.energy[-1]]
        columns = []
        for k in inside:
            values = np.zeros(len(KNOTS))
            values[k] = 1.0
            columns.append(np.interp(self.energy, KNOTS, values) * falling)
        return np.column_stack(columns)

    def axis(self, state: tuple[float, float, float]) -> Floats:
        """Energies under an error of the axis."""
        return np.asarray(self.energy + state[0] + state[1] * (self.energy - 1000.0))

    def columns(self, families: Sequence[Family], state: tuple[float, float, float]) -> Floats:
        """Profiles of the families, then the background."""
        axis = self.axis(state)
        made = []
        for one in families:
            key = (one.element, one.name, *state)
            if key not in self._cache:
                if len(self._cache) > 400:
                    self._cache.clear()
                self._cache[key] = profile(one, axis, state[2])
            made.append(self._cache[key])
        return np.column_stack([*made, self.hats])

    def solved(
        self, families: Sequence[Family], state: tuple[float, float, float]
    ) -> tuple[Floats, Floats, float]:
        """Columns, amounts and chi square."""
        table = self.columns(families, state)
        scale = np.sqrt(((table * self.weight[:, None]) ** 2).sum(axis=0))
        scale = np.where(scale > 0.0, scale, 1.0)
        amounts, rest = nnls(table * self.weight[:, None] / scale, self.counts * self.weight)
        return table, amounts / scale, float(rest**2)

    def chi(self, families: Sequence[Family], state: tuple[float, float, float]) -> float:
        """Chi square of the best amounts."""
        return self.solved(families, state)[2]

    def residuals(self, families: Sequence[Family], state: tuple[float, float, float]) -> Floats:
        """Weighted residuals of the best amounts, (n,)."""
        table, amounts, _ = self.solved(families, state)
        return np.asarray((table @ amounts - self.counts) * self.weight)

    def solution(
        self,
        families: tuple[Family, ...],
        state: tuple[float, float, float],
        channels: np.ndarray[tuple[int], np.dtype[np.int64]],
    ) -> SpectrumFit:
        """The fit, weighted by its own model in a second round."""
        table, amounts, _ = self.solved(families, state)
        for _ in range(2):
            self.weight = 1.0 / np.sqrt(np.maximum(table @ amounts, 0.1))
            table, amounts, chi = self.solved(families, state)
        count = len(families)
        design = table * self.weight[:, None]
        covariance: Floats = np.asarray(np.linalg.pinv(design.T @ design, rcond=1e-12), dtype=np.float64)
        free = int((amounts > 0.0).sum()) + 3
        return SpectrumFit(
            families=families,
            counts=amounts[:count],
            covariance=covariance[:count, :count],
            energy=self.axis(state),
            stated=self.energy,
            data=self.counts,
            model=table @ amounts,
            background=table[:, count:] @ amounts[count:],
            profiles=table[:, :count],
            channels=channels,
            shift=state[0],
            gain=state[1],
            resolution=state[2],
            chi_square=chi / max(len(self.counts) - free, 1),
        )


@dataclass(frozen=True, kw_only=True)
class Window:
    """Intensity of a line by windows: counts above those of windows beside it, error, and foreign share.

    ``foreign`` is the share of the line photons in the window that belong to other elements, by the fit.
    """

    counts: float
    error: float
    foreign: float
    others: tuple[str, ...]


def windowed(fit: SpectrumFit, family: Family) -> Window:
    """Return the intensity of a family's main line by windows.

    One full width to both sides of the line, less windows one width wide that end five widths below and begin
    two above it; on the energies that the record states, as windows are set.

    Parameters
    ----------
    fit : SpectrumFit
        For the axis, the resolution and the shares of other elements.
    family : Family
        Which one.
    """
    full = float(width_at(family.main, fit.resolution))
    step = float(fit.stated[1] - fit.stated[0])

    def between(low: float, high: float) -> slice:
        ends = [round((family.main + side * full - float(fit.stated[0])) / step) for side in (low, high)]
        return slice(max(ends[0], 0), max(ends[1], 0))

    line, below, above = between(-1.0, 1.0), between(-6.0, -5.0), between(2.0, 3.0)
    inside, low, high = fit.data[line], fit.data[below], fit.data[above]
    ratio = len(inside) / max(len(low) + len(high), 1)
    beside = float(low.sum() + high.sum())
    counts = float(inside.sum()) - ratio * beside
    error = float(np.sqrt(inside.sum() + ratio**2 * beside))
    shares = {
        one.text: (one.element, float(fit.profiles[line, n].sum() * fit.counts[n]))
        for n, one in enumerate(fit.families)
    }
    total = sum(value for _, value in shares.values())
    foreign = {text: value for text, (element, value) in shares.items() if element != family.element}
    share = sum(foreign.values()) / total if total > 0.0 else 0.0
    named = tuple(text for text, value in foreign.items() if value > 0.05 * total)
    return Window(counts=counts, error=error, foreign=share, others=named)
