"""Le Bail fits: cells and widths with the intensity of every reflection taken from the pattern.

A phase whose atoms are not known, or whose intensities texture has changed, still says where its lines are.
The pattern is shared out among reflections in proportion to what each is calculated to give there (Le Bail,
Duroy & Fourquet 1988, 10.1016/0025-5408(88)90019-0), with the background as one of those that share: then a
step is that of maximum likelihood for counts (Shepp & Vardi 1982, 10.1109/TMI.1982.4307558), weak reflections
are not pulled up by noise, and none falls below zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.assumptions import Choice, backgrounds, positions, spread_of
from topotaxy.measurement.diffraction.background import chebyshev
from topotaxy.measurement.diffraction.beam import Beam, position_of
from topotaxy.measurement.diffraction.data import Data
from topotaxy.measurement.diffraction.keys import Key
from topotaxy.measurement.diffraction.options import Options
from topotaxy.measurement.diffraction.powder import Powder, Values, powder
from topotaxy.measurement.diffraction.profile import accumulate
from topotaxy.measurement.diffraction.refine import Fit, projected_covariance, refined
from topotaxy.measurement.diffraction.refinement import Refinement, Spread
from topotaxy.measurement.diffraction.rietveld import FIRST_TERMS, background_terms, chosen_terms, distinct
from topotaxy.measurement.diffraction.starting import free_parameters, from_afar, negligible_in, started
from topotaxy.measurement.diffraction.structure import Structure

Floats = NDArray[np.float64]

SHARINGS = 40
"""Steps of sharing out between two fits of cell and widths."""
ROUNDS = 25
SETTLED = 3e-4
"""Relative change of χ² from round to round at which a fit is done."""
LARGEST_TABLE = 40_000_000
"""Points times reflections beyond which a fit is refused: 320 MB."""
EVALUATIONS = 8
"""Of cell and widths in a round."""


def profiles(model: Powder, index: int, values: Mapping[Key, float]) -> Floats:
    """Return the pattern that each reflection of a phase has at m|F|² = 1 and scale 1, (reflections, n).

    Parameters
    ----------
    model : Powder
        Phases in a beam, over one axis of 2θ (°).
    index : int
        Of the phase.
    values : mapping

    Raises
    ------
    InputError
        Where there are too many for a table.
    """
    phase = model.phases[index]
    count = len(phase)
    if count * len(model.x) > LARGEST_TABLE:
        raise InputError(
            f"has {count} reflections over {len(model.x)} points: too many to take from a pattern; "
            "give a shorter range",
            where=phase.structure.name,
        )
    unit = list(model.intensities)
    unit[index] = np.ones(count)
    alone = replace(model, intensities=tuple(unit), negligible=0.0)
    peaks = alone.peaks(index, dict(values) | {Key("scale", phase.structure.name): 1.0})
    table = np.zeros((count, len(model.x)))
    none = np.empty((0, len(peaks.centre)))
    accumulate(
        model.x,
        peaks.centre,
        peaks.area,
        peaks.gauss,
        peaks.lorentz,
        float(values[Key("axial")]),
        0.0,
        table,
        np.tile(np.arange(count), len(model.beam.lines)),
        np.empty(0, dtype=np.int64),
        none,
        none,
        none,
        none,
        np.empty(0),
        np.empty((len(model.x), 0)),
    )
    return table


def shared_out(
    data: Data, tables: Sequence[Floats], start: Sequence[Floats], held: Floats, design: Floats, steps: int
) -> tuple[list[Floats], Floats]:
    """Share a pattern out among reflections; return their intensities and the background.

    Parameters
    ----------
    data : Data
        What is fitted: axis (°, rising), intensity, and the variance of a unit of it.
    tables : sequence of arrays (reflections, n)
        Patterns of unit intensity, as of :func:`profiles`, one array a phase.
    start : sequence of arrays (reflections,)
        Intensities to start from, above zero. Reflections at one place keep their ratio.
    held : array (n,)
        Pattern of the phases that take no part.
    design : array (n, terms)
        Functions of the background; it is solved for at every tenth step.
    steps : int
        Number of iterations.
    """
    found = [s.copy() for s in start]
    least = 1e-6 * max(float(np.abs(data.y).max()), 1e-300)
    norms = [np.maximum((table / data.per_count).sum(axis=1), 1e-300) for table in tables]
    background = np.zeros(len(data.x))
    for step in range(steps):
        pattern = held + sum((f @ table for f, table in zip(found, tables, strict=True)), np.zeros(len(held)))
        if step % 10 == 0:
            weights = data.weights(np.maximum(pattern + background, np.median(data.y)))
            solution = np.linalg.lstsq(design * weights[:, None], (data.y - pattern) * weights, rcond=None)[0]
            background = design @ solution
        ratio = np.maximum(data.y, 0.0) / np.maximum(pattern + background, least) / data.per_count
        found = [f * (t @ ratio) / n for f, t, n in zip(found, tables, norms, strict=True)]
    return found, background


class _Extraction:
    """A model whose chosen phases take their intensities from the data, round by round."""

    def __init__(self, data: Data, model: Powder, chosen: Sequence[int], free: Sequence[Key]) -> None:
        self.data, self.model, self.chosen, self.free = data, model, tuple(chosen), tuple(free)

    def taken(self, model: Powder, values: Values, design: Floats, steps: int) -> tuple[Powder, Floats]:
        """Return the model with new intensities, and the pattern expected from it."""
        tables = [profiles(model, k, values) for k in self.chosen]
        first = []
        for k in self.chosen:
            given = model.intensities[k]
            assert given is not None
            first.append(np.maximum(given, 1e-9 * max(float(given.max()), 1e-300)))
        patterns = model.pattern(values)
        held = patterns.sum(axis=0) - patterns[list(self.chosen)].sum(axis=0)
        found, background = shared_out(self.data, tables, first, held, design, steps)
        intensities = list(model.intensities)
        for k, new in zip(self.chosen, found, strict=True):
            intensities[k] = new
        model = replace(model, intensities=tuple(intensities))
        return model, model.pattern(values).sum(axis=0) + background

    def settled(self, values: Values, free: Sequence[Key], design: Floats, rounds: int = ROUNDS) -> Fit:
        """Return the fit at which sharing out and refining agree."""
        model, best = self.model, np.inf
        fit = None
        for _ in range(rounds):
            model, expected = self.taken(model, values, design, SHARINGS)
            fit = refined(
                self.data,
                model,
                values,
                free,
                design,
                expected=expected,
                reweightings=1,
                most_evaluations=EVALUATIONS,
            )
            values = fit.values
            if best - fit.chi2 < SETTLED * fit.chi2:
                return replace(fit, converged=True)
            best = fit.chi2
        assert fit is not None
        return replace(fit, converged=False)


def fit_cells(
    data: Data,
    beam: Beam,
    structures: Sequence[Structure],
    options: Options,
    *,
    instrument: Mapping[str, float] | None = None,
) -> Refinement:
    """Fit cells and widths; phases named by ``options.le_bail`` take their intensities from the pattern.

    The others keep those of their structures. Shares follow from neither: a phase of free intensities has no
    scale.

    Parameters
    ----------
    data : Data
        What is fitted: axis (°, rising), intensity, and the variance of a unit of it.
    beam : Beam
        Radiation and optics: wavelengths (Å), polarisation, widths, absorption.
    structures : sequence of Structure
        Those of free intensities may be without sites.
    options : Options
        What the user states of radiation, axis, phases and sample.
    instrument : mapping, optional
        As in :func:`topotaxy.measurement.diffraction.rietveld.refine_phases`.

    Raises
    ------
    InputError
        Where a name is none of the phases, two phases have one name, or there are too many reflections.
    """
    known = dict(instrument or {})
    distinct(structures)
    chosen = chosen_phases(options.le_bail, structures)
    model, values = _started(data, beam, structures, chosen, known)
    names = {structures[k].name for k in chosen}
    # Neither the scale nor B of such a phase changes anything that its intensities do not.
    free = [
        key
        for key in free_parameters(model, values, beam, known, displacements=options.refine_displacements)
        if not (key.phase in names and key.kind in ("scale", "B"))
    ]
    extraction = _Extraction(data, model, chosen, free)
    design = chebyshev(data.x, options.background_terms or FIRST_TERMS)
    prediction: dict[int, float] = {}
    fit = extraction.settled(values, free, design)
    if options.background_terms is None:
        prediction = background_terms(data, fit)
        design = chebyshev(data.x, chosen_terms(prediction))
        extraction.model = fit.model
        fit = extraction.settled(fit.values, free, design)
    extraction.model = fit.model
    tables = np.concatenate([profiles(fit.model, k, fit.values) for k in chosen])
    seen = tables.max(axis=1) > 1e-12 * tables.max()
    fit = replace(fit, covariance=projected_covariance(data, fit, np.hstack([design, tables[seen].T])))
    result = Refinement(fit=fit, structures=tuple(structures), absent=(), bounds={}, prediction=prediction)
    if not options.spread:
        return result
    choices = [*positions(beam, fit.values, free, design), *backgrounds(data, fit.values, free, design)]
    return replace(result, spreads=tuple(_spread(extraction, choice, len(structures)) for choice in choices))


def _spread(extraction: _Extraction, choice: Choice, phases: int) -> Spread:
    assumption, values, free, design = choice
    return spread_of(assumption, extraction.settled(values, free, design, 8), np.full(phases, np.nan))


def chosen_phases(wanted: Sequence[str], structures: Sequence[Structure]) -> tuple[int, ...]:
    """Return which phases take their intensities from the pattern.

    Parameters
    ----------
    wanted : sequence of str
        Names, or ``all``.
    structures : sequence of Structure
        Phases: space group, cell (Å, °) and sites of each.

    Raises
    ------
    InputError
        Where a name is none of the phases, or a phase that is not named has no atoms.
    """
    names = [s.name for s in structures]
    unknown = [name for name in wanted if name != "all" and name not in names]
    if unknown:
        raise InputError(f"le_bail: {unknown[0]!r:.40} is none of the phases {', '.join(names)}")
    found = tuple(k for k, name in enumerate(names) if "all" in wanted or name in wanted)
    empty = [s.name for k, s in enumerate(structures) if not s.sites and k not in found]
    if empty:
        raise InputError(f"{empty[0]} has no atoms: name it in le_bail, or give its structure")
    return found


def _started(
    data: Data, beam: Beam, structures: Sequence[Structure], chosen: Sequence[int], known: Mapping[str, float]
) -> tuple[Powder, Values]:
    """Return the model and values to start from; scales of the chosen phases go into their intensities."""
    model = powder(data.x, beam, structures, negligible=negligible_in(data))
    first: list[Floats | None] = list(model.intensities)
    for k in chosen:
        phase = model.phases[k]
        first[k] = phase.multiplicity * (phase.squared() if structures[k].sites else 1.0)
    model = replace(model, intensities=tuple(first))
    values = started(data, model, beam, known)
    design = chebyshev(data.x, FIRST_TERMS)
    simple = [Key("scale", s.name) for s in structures]
    simple += [Key(position_of(beam))] + ([] if known else [Key("W")])
    near = refined(data, model, values, simple, design, reweightings=1)
    if all(s.sites for s in structures):
        far = from_afar(data, model, near.values, simple, design)
        near = far if far.goodness < 0.9 * near.goodness else near
    values = dict(near.values)
    intensities = list(model.intensities)
    for k in chosen:
        name = structures[k].name
        given = intensities[k]
        assert given is not None
        top = max(float(given.max()) * values[Key("scale", name)], 1e-300)
        # An even share as well: what a structure forbids may be there.
        intensities[k] = given * values[Key("scale", name)] + 1e-4 * top
        values[Key("scale", name)] = 1.0
    for s in structures:
        values[Key("size", s.name)] = max(values[Key("size", s.name)], 0.01)
        values[Key("strain", s.name)] = max(values[Key("strain", s.name)], 0.02)
    return replace(model, intensities=tuple(intensities)), values
