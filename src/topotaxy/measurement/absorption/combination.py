"""Linear combination of standards: shares of species in a XANES spectrum, with a fitted shift of energies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.absorption.normalisation import Normalised
from topotaxy.measurement.absorption.record import Floats

USUAL_RANGE = (-20.0, 80.0)
LARGEST_SHIFT = 5.0
"""eV; monochromators drift by less within a beamtime."""


@dataclass(frozen=True, kw_only=True)
class Combination:
    """Shares of the standards.

    Attributes
    ----------
    names, shares, errors:
        Standards, their weights, and one standard deviation from the bootstrap, (n,).
    sum:
        Of the weights before they were made to add to one.
    shift_ev, shift_error_ev:
        By how much the energies of the spectrum are above those of the standards.
    r_factor:
        Sum of squares left over that of the data.
    energy_ev, data, model:
        Fitted range, (m,), on the energies of the standards.
    """

    names: tuple[str, ...]
    shares: Floats
    errors: Floats
    sum: float
    shift_ev: float
    shift_error_ev: float
    r_factor: float
    energy_ev: Floats
    data: Floats
    model: Floats


def combined(
    spectrum: Normalised,
    standards: Sequence[Normalised],
    rng: np.random.Generator,
    *,
    span: tuple[float, float] = USUAL_RANGE,
    fit_shift: bool = True,
    repeats: int = 100,
) -> Combination:
    """Return the shares of standards in a spectrum.

    Weights are not negative; they are divided by their sum. Errors are from a bootstrap of blocks of what is
    left, so that scatter that is alike over several points counts (Künsch 1989, doi:10.1214/aos/1176347265).

    Parameters
    ----------
    span : eV
        Range around the first standard's E0.
    rng
        For the bootstrap.

    Raises
    ------
    InputError
        Where fewer than two standards or too few points are given.
    """
    if len(standards) < 2:
        raise InputError("a linear combination needs two standards at least", where=spectrum.record.name)
    e0 = standards[0].e0
    inside = (spectrum.energy_ev >= e0 + span[0]) & (spectrum.energy_ev <= e0 + span[1])
    energy, data = spectrum.energy_ev[inside], spectrum.flat[inside]
    if len(energy) < 4 * len(standards) + 8:
        raise InputError(f"{len(energy)} points in the range are too few", where=spectrum.record.name)
    shift, weights, model = _best(energy, data, standards, fit_shift)
    left = data - model
    draws, shifts = [], []
    block = max(4, len(left) // 20)
    for _ in range(repeats):
        starts = rng.integers(0, len(left) - block + 1, size=len(left) // block + 1)
        noise = np.concatenate([left[start : start + block] for start in starts])[: len(left)]
        again, drawn, _ = _best(energy, model + noise, standards, fit_shift, start=shift)
        draws.append(drawn / max(drawn.sum(), 1e-9))
        shifts.append(again)
    total = float(weights.sum())
    return Combination(
        names=tuple(standard.record.label or standard.record.name for standard in standards),
        shares=weights / max(total, 1e-9),
        errors=np.std(draws, axis=0, ddof=1) if repeats > 1 else np.full(len(weights), np.nan),
        sum=total,
        shift_ev=shift,
        shift_error_ev=float(np.std(shifts, ddof=1)) if repeats > 1 and fit_shift else 0.0,
        r_factor=float((left**2).sum() / (data**2).sum()),
        energy_ev=energy - shift,
        data=data,
        model=model,
    )


def _best(
    energy: Floats,
    data: Floats,
    standards: Sequence[Normalised],
    fit_shift: bool,
    *,
    start: float | None = None,
) -> tuple[float, Floats, Floats]:
    """Return shift, weights and model; the weights are linear, the shift is searched."""
    from scipy.optimize import minimize_scalar, nnls

    def solved(shift: float) -> tuple[Floats, float]:
        columns = np.stack([np.interp(energy - shift, s.energy_ev, s.flat) for s in standards], axis=1)
        weights, rest = nnls(columns, data)
        return weights, float(rest)

    shift = 0.0
    if fit_shift:
        if start is None:
            start = min(
                np.arange(-LARGEST_SHIFT, LARGEST_SHIFT + 0.25, 0.25), key=lambda s: solved(float(s))[1]
            )
        found = minimize_scalar(lambda s: solved(s)[1], bounds=(start - 0.4, start + 0.4), method="bounded")
        shift = float(found.x)
    weights, _ = solved(shift)
    columns = np.stack([np.interp(energy - shift, s.energy_ev, s.flat) for s in standards], axis=1)
    return shift, weights, columns @ weights
