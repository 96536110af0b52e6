"""Composition after Cliff and Lorimer, J. Microsc. 103 (1975) 203: weights are in proportion to k I."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from topotaxy.measurement.energy_dispersive.fit import SpectrumFit, windowed
from topotaxy.measurement.energy_dispersive.lines import Family, KFactor, atomic_mass, k_factor
from topotaxy.measurement.files.spectra.stored import Floats

PREFERRED = ("K", "L", "M")
LEAST = 3.0
"""Standard deviations that a line has to have to be used."""
OVERLAP = 0.2
"""Share of foreign photons in a window beyond which the window is flagged."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """The line that an element is measured by.

    Attributes
    ----------
    family, index:
        Which one, and its place in the fit.
    intensity, error:
        Photons of the main line and their standard deviation.
    factor:
        Its k-factor; None where there is none.
    """

    family: Family
    index: int
    intensity: float
    error: float
    factor: KFactor | None


@dataclass(frozen=True, kw_only=True)
class Composition:
    """Atomic fractions of elements, (m,), their covariance by counting and that of the k-factors, (m, m)."""

    elements: tuple[str, ...]
    fractions: Floats
    counting: Floats
    factors: Floats


def measured_lines(
    fit: SpectrumFit, stated: Mapping[tuple[str, str], float], *, by: str = "fit"
) -> tuple[Measured, ...]:
    """Return the line of each element: the one with a stated k-factor, else the clearest of K, L, M.

    Parameters
    ----------
    fit : SpectrumFit
        Of the sum of all pixels.
    stated : mapping
        Element and family to k-factor.
    by : {"fit", "window"}
        How intensities are taken.
    """
    found = []
    for element in dict.fromkeys(one.element for one in fit.families):
        lines = [_measured(fit, n, stated, by) for n in fit.of(element) if fit.families[n].has_main]
        lines = [one for one in lines if one.intensity > LEAST * one.error]
        if not lines:
            continue
        known = [one for one in lines if one.factor is not None]
        # An estimate of a K line's factor is worth more than that of an L line, unless it is very faint.
        found.append(
            min(
                known or lines,
                key=lambda one: np.hypot(
                    one.error / one.intensity, one.factor.spread if one.factor is not None else 1.0
                ),
            )
        )
    return tuple(found)


def _measured(fit: SpectrumFit, n: int, stated: Mapping[tuple[str, str], float], by: str) -> Measured:
    family = fit.families[n]
    factor = k_factor(family, stated)
    if by == "window":
        window = windowed(fit, family)
        intensity, error = window.counts, window.error
    else:
        intensity = float(fit.counts[n]) * family.main_share
        error = float(np.sqrt(max(float(fit.covariance[n, n]), 0.0))) * family.main_share
    return Measured(family=family, index=n, intensity=intensity, error=max(error, 1e-12), factor=factor)


def composition(fit: SpectrumFit, lines: Sequence[Measured], *, by: str = "fit") -> Composition | None:
    """Return atomic fractions of the elements whose line has a k-factor; None where there are fewer than two.

    Parameters
    ----------
    fit : SpectrumFit
        Where the lines' covariance is.
    lines : sequence of Measured
        One for each element.
    by : {"fit", "window"}
        As of :func:`measured_lines`.
    """
    used = [(one, one.factor) for one in lines if one.factor is not None]
    if len(used) < 2:
        return None
    per = np.array([factor.value / atomic_mass(one.family.element) for one, factor in used])
    amounts = per * np.array([one.intensity for one, _ in used])
    total = float(amounts.sum())
    fractions = amounts / total
    # Of a quotient: derivative of each fraction by each amount.
    slopes = (np.eye(len(used)) - fractions[:, None]) / total
    if by == "fit":
        index = [one.index for one, _ in used]
        share = np.array([one.family.main_share for one, _ in used])
        scatter = fit.covariance[np.ix_(index, index)] * np.outer(per * share, per * share)
    else:
        scatter = np.diag((per * np.array([one.error for one, _ in used])) ** 2)
    spread = np.diag((amounts * np.array([factor.spread for _, factor in used])) ** 2)
    return Composition(
        elements=tuple(one.family.element for one, _ in used),
        fractions=fractions,
        counting=slopes @ scatter @ slopes.T,
        factors=slopes @ spread @ slopes.T,
    )


def among(whole: Composition, elements: Sequence[str]) -> Composition | None:
    """Return the composition among some of the elements, as of a sublattice; None of fewer than two.

    Parameters
    ----------
    whole : Composition
        Of all elements.
    elements : sequence of str
        Those of the sublattice; ones that were not found are passed over.
    """
    index = [n for n, element in enumerate(whole.elements) if element in elements]
    if len(index) < 2:
        return None
    part = whole.fractions[index]
    total = float(part.sum())
    fractions = part / total
    slopes = (np.eye(len(index)) - fractions[:, None]) / total
    grid = np.ix_(index, index)
    return Composition(
        elements=tuple(whole.elements[n] for n in index),
        fractions=fractions,
        counting=slopes @ whole.counting[grid] @ slopes.T,
        factors=slopes @ whole.factors[grid] @ slopes.T,
    )
