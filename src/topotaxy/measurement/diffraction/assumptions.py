"""A fit repeated under other assumptions: positions, background, displacements, profile, absorption."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.diffraction.absorption import corrected_fractions
from topotaxy.measurement.diffraction.background import chebyshev
from topotaxy.measurement.diffraction.beam import Beam, position_of, tube_of
from topotaxy.measurement.diffraction.data import Data
from topotaxy.measurement.diffraction.keys import CELL, Key
from topotaxy.measurement.diffraction.powder import Values, weight_fractions
from topotaxy.measurement.diffraction.refine import Fit, refined
from topotaxy.measurement.diffraction.refinement import Refinement, Spread, accuracy

Floats = NDArray[np.float64]

FEWER, MORE = -2, 4
"""Changes of the number of background terms; more terms are the likelier mistake, so further."""


def spreads_of(
    data: Data, beam: Beam, result: Refinement, free: Sequence[Key], design: Floats
) -> tuple[Spread, ...]:
    """Repeat a fit under other assumptions, from the values that it found.

    Parameters
    ----------
    data : Data
        What is fitted: axis (°, rising), intensity, and the variance of a unit of it.
    beam : Beam
        Radiation and optics: wavelengths (Å), polarisation, widths, absorption.
    result : Refinement
        A fit, what was dropped, and how its numbers move under other assumptions.
    free : sequence of Key
        What the fit freed.
    design : array (n, terms)
        Its background.
    """
    fit, model = result.fit, result.fit.model

    def repeated(values: Values, parameters: Sequence[Key], terms: Floats) -> Fit:
        return refined(
            data, model, values, parameters, terms, expected=fit.total, reweightings=1, most_evaluations=15
        )

    choices = (
        *positions(beam, fit.values, free, design),
        *backgrounds(data, fit.values, free, design),
        *_displacements(fit.values, free, design),
        *_profiles(fit.values, free, design),
    )
    found = []
    for assumption, values, parameters, terms in choices:
        other = repeated(values, parameters, terms)
        found.append(spread_of(assumption, other, weight_fractions(model, other.values)))
    if beam.radiation == "X-ray" and len(model.phases) > 1:
        # The correction itself is not applied: grains are seldom known.
        grain = accuracy("grain")
        corrected = corrected_fractions(model, weight_fractions(model, fit.values), grain)
        found.append(spread_of(f"absorption: grains of {grain:g} µm", fit, corrected))
    return tuple(found)


def spread_of(assumption: str, other: Fit, fractions: Floats) -> Spread:
    """Return what a fit under another assumption says.

    Parameters
    ----------
    assumption : str
        Its kind, a colon, and what it is.
    other : Fit
        The fitted pattern under another assumption.
    fractions : array (phases,)
        Shares by weight of that fit.
    """
    cells = {k: v for k, v in other.values.items() if k.kind in CELL}
    return Spread(assumption=assumption, fractions=fractions, cells=cells, goodness=other.goodness)


Choice = tuple[str, Values, Sequence[Key], Floats]
"""An assumption with the values to start from, what is free, and the background's functions."""


def positions(
    beam: Beam, values: Mapping[Key, float], free: Sequence[Key], design: Floats
) -> Iterator[Choice]:
    """Yield the other corrections of positions that a tube's diffractometer may need: zero, both, or with
    transparency (Wilson 1963, Mathematical Theory of X-ray Powder Diffractometry, for the three of them).

    Parameters
    ----------
    beam : Beam
        Radiation and optics: wavelengths (Å), polarisation, widths, absorption.
    values : mapping
        Of the fit.
    free : sequence of Key
        Names of the parameters that are refined.
    design : array (n, terms)
    """
    if not tube_of(beam):
        return
    own = Key(position_of(beam))
    other = Key("zero" if own.kind == "displacement" else "displacement")
    changed = dict(values)
    changed[other], changed[own] = values[own], 0.0
    yield f"positions: {other.kind} instead", changed, [other if k == own else k for k in free], design
    yield "positions: zero and displacement", dict(values), [*free, other], design
    three = [*free, other, Key("transparency")]
    yield "positions: zero, displacement and transparency", dict(values), three, design


def backgrounds(
    data: Data, values: Mapping[Key, float], free: Sequence[Key], design: Floats
) -> Iterator[Choice]:
    """Yield fewer and more terms of the background.

    Parameters
    ----------
    data : Data
        What is fitted: axis (°, rising), intensity, and the variance of a unit of it.
    values : mapping
        Of the fit.
    free : sequence of Key
        Names of the parameters that are refined.
    design : array (n, terms)
    """
    for change in (FEWER, MORE):
        terms = max(design.shape[1] + change, 2)
        yield f"background: {terms} terms", dict(values), free, chebyshev(data.x, terms)


def _displacements(values: Mapping[Key, float], free: Sequence[Key], design: Floats) -> Iterator[Choice]:
    scales = [k for k in free if k.kind == "B"]
    if scales:
        held = dict(values) | dict.fromkeys(scales, 0.0)
        rest = [k for k in free if k not in scales]
        yield "displacements: those of the structures", held, rest, design
    else:
        shaped = [Key("B", k.phase) for k in free if k.kind == "size"]
        yield "displacements: refined", dict(values), [*free, *shaped], design


def _profiles(values: Mapping[Key, float], free: Sequence[Key], design: Floats) -> Iterator[Choice]:
    if Key("U") in free and any(k.kind == "strain" for k in free):
        plain = dict(values) | {Key("U"): 0.0, Key("V"): 0.0}
        yield "profile: one Gaussian width", plain, [k for k in free if k.kind not in ("U", "V")], design
