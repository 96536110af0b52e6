"""Maps of a spectrum image: amounts a pixel by one linear estimate, and segregation of each element."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from topotaxy.measurement.energy_dispersive.composition import OVERLAP, Measured
from topotaxy.measurement.energy_dispersive.fit import SpectrumFit, Window, windowed
from topotaxy.measurement.energy_dispersive.lines import atomic_mass, width_at
from topotaxy.measurement.energy_dispersive.segregation import (
    TRIALS,
    Events,
    Segregation,
    events_of,
    segregation,
)
from topotaxy.measurement.files.spectra.stored import Floats


@dataclass(frozen=True, kw_only=True)
class ElementMap:
    """The map of an element.

    Attributes
    ----------
    line:
        The line that it is of.
    counts:
        Photons a pixel, (rows, columns); by fit some are below zero, as noise is.
    null:
        The same of a map whose X-rays changed places at random.
    window:
        What windows of the line hold.
    segregation:
        How uneven it is among its sublattice; None where that could not be said.
    reason:
        Why not.
    """

    line: Measured
    counts: Floats
    null: Floats | None
    window: Window
    segregation: Segregation | None
    reason: str


def estimators(fit: SpectrumFit) -> Floats:
    """Return the linear estimate of the families' photons from a pixel's channels, (m, n).

    Weighted by the sum of all pixels: unbiased, and the best that is the same for all pixels. The background
    has the shape that it has in the sum.

    Parameters
    ----------
    fit : SpectrumFit
        Of the sum of all pixels.
    """
    columns = np.column_stack([fit.profiles, fit.background])
    used = np.flatnonzero(columns.sum(axis=0) > 0.0)
    weight = 1.0 / np.maximum(fit.model, 0.1)
    normal = columns[:, used].T @ (columns[:, used] * weight[:, None])
    rows = np.zeros((columns.shape[1], len(fit.energy)))
    rows[used] = np.linalg.pinv(normal, rcond=1e-12) @ (columns[:, used] * weight[:, None]).T
    return rows[:-1]


def says_by_window(fit: SpectrumFit, line: Measured) -> Floats:
    """Return 1 for the channels of a line's window, else 0, (n,).

    Parameters
    ----------
    fit : SpectrumFit
        For energies and resolution.
    line : Measured
        Which one.
    """
    full = float(width_at(line.family.main, fit.resolution))
    return np.asarray((np.abs(fit.energy - line.family.main) < full).astype(np.float64))


def element_maps(
    image: Floats,
    fit: SpectrumFit,
    lines: Sequence[Measured],
    *,
    by: str,
    sublattice: Sequence[str],
    counted: bool,
    rng: np.random.Generator,
    null_maps: int = 99,
) -> tuple[ElementMap, ...]:
    """Return a map of each element, and the segregation of those of the sublattice.

    Parameters
    ----------
    image : array (rows, columns, n)
        Counts of the record.
    fit : SpectrumFit
        Of the sum of all pixels.
    lines : sequence of Measured
        One for each element.
    by : {"fit", "window"}
        How photons are taken.
    sublattice : sequence of str
        Elements that segregation is among; of fewer than two that were found, it is among all.
    counted : bool
        Whether the record is in counts.
    rng : numpy Generator
        Of the null.
    null_maps : int
        Maps of the null; the power is that of as many, 60 at most.
    """
    says = _says(fit, lines, by)
    group = _group(lines, sublattice)
    scaled = _in_atoms(says, lines, group)
    together = np.sum([scaled[n] for n in group], axis=0) if group else np.zeros(len(fit.energy))
    events = events_of(image, fit.channels) if counted else None
    found = []
    for n, line in enumerate(lines):
        window = windowed(fit, line.family)
        reason = _reason(line, n in group, len(group), window, by, events, counted)
        said = None
        if not reason and events is not None:
            trials = min(null_maps, TRIALS)
            said = segregation(events, scaled[n], together, rng=rng, permutations=null_maps, trials=trials)
        found.append(
            ElementMap(
                line=line,
                counts=np.asarray(image[..., fit.channels] @ says[n]),
                null=None if events is None else _shuffled(events, says[n], rng),
                window=window,
                segregation=said,
                reason=reason,
            )
        )
    return tuple(found)


def _says(fit: SpectrumFit, lines: Sequence[Measured], by: str) -> list[Floats]:
    """What an X-ray of each channel says for the main line of each element."""
    rows = estimators(fit)
    return [
        rows[one.index] * one.family.main_share if by == "fit" else says_by_window(fit, one) for one in lines
    ]


def _in_atoms(says: Sequence[Floats], lines: Sequence[Measured], group: Sequence[int]) -> list[Floats]:
    """What X-rays say, in atoms where all of the group have a k-factor, so that a share is of atoms."""
    if any(lines[n].factor is None for n in group):
        return list(says)
    per = [1.0 if one.factor is None else one.factor.value / atomic_mass(one.family.element) for one in lines]
    return [row * factor for row, factor in zip(says, per, strict=True)]


def _group(lines: Sequence[Measured], sublattice: Sequence[str]) -> list[int]:
    mine = [n for n, one in enumerate(lines) if one.family.element in sublattice]
    return mine if len(mine) >= 2 else list(range(len(lines)))


def _reason(
    line: Measured, inside: bool, size: int, window: Window, by: str, events: Events | None, counted: bool
) -> str:
    if not counted:
        return "the map is not in counts, so that its scatter by chance is not known"
    if events is None:
        return "the map has more X-rays than are gone through, or parts of counts"
    if not inside:
        return "it is not of the sublattice that segregation is among"
    if size < 2:
        return "there is no second element to compare with"
    if by == "window" and window.foreign > OVERLAP:
        return (
            f"{window.foreign:.0%} of the lines in the window of {line.family.text} are "
            f"{' and '.join(window.others)}: a map by windows shows those"
        )
    return ""


def _shuffled(events: Events, says: Floats, rng: np.random.Generator) -> Floats:
    channel = rng.permutation(events.channel)
    flat = np.bincount(events.pixel, weights=says[channel], minlength=events.rows * events.columns)
    return np.asarray(flat.reshape(events.rows, events.columns), dtype=np.float64)
