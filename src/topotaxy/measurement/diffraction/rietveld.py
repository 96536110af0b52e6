"""Rietveld refinement of several phases, with statistical and systematic uncertainty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.assumptions import spreads_of
from topotaxy.measurement.diffraction.background import blocks, chebyshev, prediction_error
from topotaxy.measurement.diffraction.beam import Beam, position_of
from topotaxy.measurement.diffraction.data import Data
from topotaxy.measurement.diffraction.keys import Key
from topotaxy.measurement.diffraction.occupancies import occupancy_keys
from topotaxy.measurement.diffraction.options import Options
from topotaxy.measurement.diffraction.powder import Powder, Values, powder, typical_width, weight_fractions
from topotaxy.measurement.diffraction.refine import Fit, refined
from topotaxy.measurement.diffraction.refinement import Refinement
from topotaxy.measurement.diffraction.starting import free_parameters, from_afar, negligible_in, started
from topotaxy.measurement.diffraction.structure import Structure

Floats = NDArray[np.float64]

TERMS = tuple(range(3, 17))
"""Numbers of background terms that cross-validation chooses among."""
FIRST_TERMS = 8
"""Terms before any are chosen."""
FOLDS = 5
BLOCK_WIDTHS = 25.0
"""Width of a block that is left out, in widths of a peak."""
PARSIMONY = 0.002
"""Relative gain of prediction below which a further term is not worth having."""
ABSENT_BELOW = 3.0
"""Scale over its standard deviation below which a phase is dropped and bounded instead."""
FAR_ABOVE = 2.0
"""Goodness of the first fit from which on cells are searched for with broadened peaks."""
LEAST_SIZE, LEAST_STRAIN = 0.01, 0.02
"""Widths that sizes and strains start from, degrees: at none they would not move."""


def refine_phases(
    data: Data,
    beam: Beam,
    structures: Sequence[Structure],
    options: Options,
    *,
    instrument: Mapping[str, float] | None = None,
    start: Mapping[Key, float] | None = None,
) -> Refinement:
    """Fit phases to data.

    Phases whose scale stays below three standard deviations are dropped and bounded. The number of background
    terms is that of the best prediction of left-out blocks, unless the options give one. With
    ``options.spread`` the fit is repeated under other assumptions.

    Parameters
    ----------
    data : Data
        What is fitted: axis (°, rising), intensity, and the variance of a unit of it.
    beam : Beam
        Radiation and optics: wavelengths (Å), polarisation, widths, absorption.
    structures : sequence of Structure
        Phases: space group, cell (Å, °) and sites of each.
    options : Options
        What the user states of radiation, axis, phases and sample.
    instrument : mapping, optional
        The instrument's U, V, W (degrees²), X, Y (degrees) and axial, from a standard; held.
    start : mapping, optional
        Values of an earlier fit of the same phases.

    Raises
    ------
    InputError
        Where no phase shows a line, or two have one name.
    """
    known = dict(instrument or {})
    distinct(structures)
    model = powder(data.x, beam, structures, negligible=negligible_in(data))
    design = chebyshev(data.x, options.background_terms or FIRST_TERMS)
    values = dict(start) if start is not None else _near(data, model, beam, known, design)
    shares = occupancy_keys(options.refine_occupancies, structures)
    values |= {key: values.get(key, value) for key, value in shares.items()}
    free = _free(model, values, beam, known, options, shares)
    fit, prediction = refined(data, model, values, free, design, reweightings=1), {}
    if options.background_terms is None:
        prediction = background_terms(data, fit)
        design = chebyshev(data.x, chosen_terms(prediction))
    fit = refined(data, model, fit.values, free, design, expected=fit.total)
    absent, bounds = _without_lines(fit)
    kept = _kept(structures, absent)
    if absent:
        model = powder(data.x, beam, kept, negligible=model.negligible)
        values = {k: v for k, v in fit.values.items() if k.phase not in absent}
        free = _free(model, values, beam, known, options, shares)
        fit = refined(data, model, values, free, design, expected=fit.total)
    result = Refinement(fit=fit, structures=kept, absent=tuple(absent), bounds=bounds, prediction=prediction)
    if not options.spread:
        return result
    return replace(result, spreads=spreads_of(data, beam, result, free, design))


def _free(
    model: Powder,
    values: Values,
    beam: Beam,
    known: Mapping[str, float],
    options: Options,
    shares: Iterable[Key],
) -> list[Key]:
    """What is refined: the parameters of the phases and the occupancies that were asked for."""
    first = free_parameters(model, values, beam, known, displacements=options.refine_displacements)
    return first + [key for key in shares if key.phase in model.names]


def _kept(structures: Sequence[Structure], absent: Sequence[str]) -> tuple[Structure, ...]:
    kept = tuple(s for s in structures if s.name not in absent)
    if not kept:
        raise InputError("none of the phases shows a line in this pattern")
    return kept


def distinct(structures: Sequence[Structure]) -> None:
    """Check that the phases have names of their own.

    Parameters
    ----------
    structures : sequence of Structure
        Phases: space group, cell (Å, °) and sites of each.

    Raises
    ------
    InputError
        Where two share one.
    """
    if len({s.name for s in structures}) != len(structures):
        raise InputError("two phases have one name: put 'name=' before them")


def _near(data: Data, model: Powder, beam: Beam, known: Mapping[str, float], design: Floats) -> Values:
    """Return values near enough for everything to be freed at once."""
    values = started(data, model, beam, known)
    first = [Key("scale", name) for name in model.names]
    first += [Key(position_of(beam))] + ([] if known else [Key("W")])
    near = refined(data, model, values, first, design, reweightings=1)
    if near.goodness > FAR_ABOVE:
        far = from_afar(data, model, near.values, first, design)
        near = far if far.goodness < near.goodness else near
    values = dict(near.values)
    for name in model.names:
        values[Key("size", name)] = max(values[Key("size", name)], LEAST_SIZE)
        values[Key("strain", name)] = max(values[Key("strain", name)], LEAST_STRAIN)
    return values


def background_terms(data: Data, fit: Fit) -> dict[int, float]:
    """Return the error of predicting left-out blocks by number of background terms.

    The phases' patterns keep their shape; their scales are fitted together with the background.

    Parameters
    ----------
    data : Data
        What is fitted: axis (°, rising), intensity, and the variance of a unit of it.
    fit : Fit
        Of the same data, with any number of terms.

    Returns
    -------
    dict
        Weighted mean square error for each of :data:`TERMS`.
    """
    centre = 0.5 * (data.x[0] + data.x[-1])
    width = typical_width(fit.model, fit.values, centre)
    block = blocks(data.x, max(BLOCK_WIDTHS * width, 12.0 * float(np.median(np.diff(data.x)))))
    weights = data.weights(fit.total)
    scale = np.maximum(np.abs(fit.phases).max(axis=1), 1e-300)
    columns = (fit.phases / scale[:, None]).T
    return {
        terms: prediction_error(np.hstack([chebyshev(data.x, terms), columns]), data.y, weights, block, FOLDS)
        for terms in TERMS
    }


def chosen_terms(prediction: Mapping[int, float]) -> int:
    """Return the fewest background terms whose prediction is as good as the best.

    Parameters
    ----------
    prediction : mapping
        Error by number of terms, as of :func:`background_terms`.
    """
    least = min(prediction.values())
    return min(n for n, error in prediction.items() if error <= least * (1.0 + PARSIMONY))


def _without_lines(fit: Fit) -> tuple[list[str], dict[str, float]]:
    """Return phases whose scale is not above its uncertainty, and the most that they may be.

    Where the pattern does not settle a scale, rounding leaves it no positive variance, and it has no bound.
    """
    absent, bounds = [], {}
    model = fit.model
    for name in model.names:
        key = Key("scale", name)
        sigma = fit.uncertainty(key) or 0.0
        if fit.values[key] < ABSENT_BELOW * sigma or key in fit.at_bound:
            absent.append(name)
            if not (np.isfinite(sigma) and sigma > 0.0):
                continue
            most = dict(fit.values)
            most[key] = max(fit.values[key], 0.0) + 1.645 * sigma
            bounds[name] = float(weight_fractions(model, most)[model.names.index(name)])
    return absent, bounds
