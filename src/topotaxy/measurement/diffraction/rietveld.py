"""Rietveld refinement of several phases, with statistical and systematic uncertainty."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction.absorption import corrected_fractions
from topotaxy.measurement.diffraction.background import blocks, chebyshev, prediction_error
from topotaxy.measurement.diffraction.keys import Key
from topotaxy.measurement.diffraction.occupancies import occupancy_keys
from topotaxy.measurement.diffraction.options import Options
from topotaxy.measurement.diffraction.powder import Beam, Powder, Values, powder, weight_fractions
from topotaxy.measurement.diffraction.refine import Data, Fit, refined
from topotaxy.measurement.diffraction.structure import Structure
from topotaxy.tables import read_table

Floats = NDArray[np.float64]

TERMS = tuple(range(3, 17))
"""Numbers of background terms that cross-validation chooses among."""
FOLDS = 5
BLOCK_WIDTHS = 25.0
"""Width of a block that is left out, in widths of a peak."""
PARSIMONY = 0.002
"""Relative gain of prediction below which a further term is not worth having."""
ABSENT_BELOW = 3.0
"""Scale over its standard deviation below which a phase is dropped and bounded instead."""
FAR_ABOVE = 2.0
"""Goodness of the first fit from which on cells are searched for with broadened peaks."""
BROAD = (1.0, 0.3, 0.08)
"""Gaussian variances of that search, degrees²."""
FREE_SHAPE_ABOVE = 0.02
"""Share of the pattern's signal from which on a phase's own widths are refined."""


def accuracy(name: str) -> float:
    """Return an entry of ``accuracy.csv``."""
    rows = read_table("topotaxy.measurement.diffraction", "accuracy")
    return next(float(row["value"]) for row in rows if row["name"] == name)


@dataclass(frozen=True, kw_only=True)
class Spread:
    """What a number does when an assumption of the fit is changed."""

    assumption: str
    fractions: Floats
    cells: dict[Key, float]
    goodness: float


@dataclass(frozen=True, kw_only=True)
class Refinement:
    """A fit, what was dropped, and how its numbers move under other assumptions."""

    fit: Fit
    structures: tuple[Structure, ...]
    absent: tuple[str, ...]
    """Names of phases that show no line; their bounds are in ``bounds``."""
    bounds: dict[str, float]
    """Upper bound of the share by weight of each absent phase, at 95 %."""
    spreads: tuple[Spread, ...] = ()
    prediction: dict[int, float] = field(default_factory=dict)
    """Error of prediction by number of background terms."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the phases in the fit."""
        return self.fit.model.names

    def fractions(self) -> tuple[Floats, Floats, Floats]:
        """Return shares by weight, their statistical and their systematic standard deviation."""
        model = self.fit.model
        values, covariance = self.fit.propagated(lambda q: weight_fractions(model, q))
        repeated = self.systematic(values, lambda s: s.fractions)
        statistical = np.sqrt(np.maximum(np.diag(covariance), 0.0))
        return values, statistical, np.hypot(repeated, from_scales(values, accuracy("scale")))

    def systematic(self, value: Floats, of: Callable[[Spread], Floats]) -> Floats:
        """Return the standard deviation that the spread stands for.

        Each assumption is taken as uniform between its alternatives, which are as far on the other side:
        the largest change over √3; kinds of assumption add in squares.
        """
        kinds: dict[str, Floats] = {}
        for spread in self.spreads:
            kind = spread.assumption.split(":")[0]
            change = np.abs(of(spread) - value)
            kinds[kind] = np.maximum(kinds.get(kind, np.zeros_like(change)), change)
        return np.asarray(np.sqrt(sum((c**2 / 3.0 for c in kinds.values()), np.zeros_like(value))))

    def cell(self, key: Key) -> tuple[float, float, float]:
        """Return a cell parameter with its statistical and systematic standard deviation."""
        value = self.fit.values[key]
        statistical = self.fit.uncertainty(key) or 0.0
        systematic = float(
            self.systematic(np.array([value]), lambda s: np.array([s.cells.get(key, value)]))[0]
        )
        if key.kind in ("a", "b", "c") and not tube_of(self.fit.model.beam):
            kind = "neutron" if self.fit.model.beam.radiation == "neutron" else "synchrotron"
            systematic = float(np.hypot(systematic, value * accuracy(f"wavelength {kind}")))
        return value, statistical, systematic


def from_scales(fractions: Floats, relative: float) -> Floats:
    """Return the standard deviation of shares where every phase's scale has one relative error of its own."""
    others = (fractions**2).sum() - fractions**2
    return np.asarray(fractions * relative * np.sqrt((1.0 - fractions) ** 2 + others))


def tube_of(beam: Beam) -> bool:
    """Whether a beam is a tube's: two lines, or that of one anode's Kα1."""
    from topotaxy.measurement.diffraction.lines import doublet_of

    return beam.radiation == "X-ray" and (len(beam.lines) > 1 or doublet_of(beam.wavelength) is not None)


def position_of(beam: Beam) -> str:
    """Return which correction of positions is natural: displacement in a tube's diffractometer, else zero."""
    return "displacement" if tube_of(beam) else "zero"


def started(data: Data, model: Powder, beam: Beam, instrument: Mapping[str, float]) -> Values:
    """Return values to start from: zero or displacement, one width and scales, by search.

    Patterns of a few widths are shifted over the data; the best non-negative combination wins.
    """
    from scipy.optimize import nnls

    values = model.start()
    position = position_of(beam)
    design = chebyshev(data.x, 6)
    weights = data.weights(np.maximum(data.y, np.median(data.y)))
    step = float(np.median(np.diff(data.x)))
    best = (np.inf, 0.0, 0.0, np.zeros(len(model.phases)))
    widths = [instrument["W"]] if instrument.get("W") else [(4.0 * step) ** 2, (8 * step) ** 2, 0.04, 0.25]
    # Negative background terms are let through by giving every term both signs.
    both = np.hstack([design, -design]) * weights[:, None]
    every = max(len(data.x) // 3000, 1)
    for width in widths:
        values[Key("W")] = width
        patterns = model.pattern(values)
        reach = 0.8 if beam.radiation == "neutron" else 0.25
        count = int(np.ceil(reach / (0.5 * np.sqrt(width))))
        for shift in np.linspace(-reach, reach, 2 * count + 1):
            moved = np.array([np.interp(data.x - shift, data.x, p) for p in patterns])
            norms = np.maximum(moved.max(axis=1), 1e-300)
            columns = np.hstack([(moved / norms[:, None]).T * weights[:, None], both])[::every]
            solution, residual = nnls(columns, (data.y * weights)[::every])
            if residual < best[0]:
                best = (residual, float(shift), width, solution[: len(patterns)] / norms)
    _, shift, width, scales = best
    values[Key("W")] = width
    values[Key(position)] = shift
    floor = max(scales.max() * 1e-4, 1e-300)
    for name, scale in zip(model.names, scales, strict=True):
        values[Key("scale", name)] = max(float(scale), floor)
    for kind, value in instrument.items():
        values[Key(kind)] = value
    if tube_of(beam) and "axial" not in instrument:
        values[Key("axial")] = 0.025
    return values


def free_parameters(
    model: Powder,
    values: Mapping[Key, float],
    beam: Beam,
    instrument: Mapping[str, float],
    *,
    displacements: bool,
) -> list[Key]:
    """Return what is refined: scales, cells, one correction of positions, the instrument's widths where they
    are not known, and the widths of every phase with a share of the signal.
    """
    patterns = model.pattern(values)
    signal = patterns.sum(axis=1) / max(patterns.sum(), 1e-300)
    free = [Key("scale", name) for name in model.names]
    for phase, share in zip(model.phases, signal, strict=True):
        name = phase.structure.name
        free += [Key(kind, name) for kind in phase.structure.free_lengths]
        if share > FREE_SHAPE_ABOVE:
            free += [Key("size", name), Key("strain", name)]
            if displacements:
                free.append(Key("B", name))
    free.append(Key(position_of(beam)))
    if not instrument:
        free += [Key("U"), Key("V"), Key("W")]
        if tube_of(beam):
            free.append(Key("axial"))
    return free


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
    beam : Beam
    structures : sequence of Structure
    options : Options
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
    if len({s.name for s in structures}) != len(structures):
        raise InputError("two phases have one name: put 'name=' before them")
    model = powder(data.x, beam, structures, negligible=_negligible(data))
    values = dict(start) if start is not None else started(data, model, beam, known)
    terms = options.background_terms or 8
    design = chebyshev(data.x, terms)
    scales = [Key("scale", name) for name in model.names]
    if start is None:
        first = [*scales, Key(position_of(beam))] + ([] if known else [Key("W")])
        near = refined(data, model, values, first, design, reweightings=1)
        if near.goodness > FAR_ABOVE:
            far = _from_afar(data, model, near.values, first, design)
            near = far if far.goodness < near.goodness else near
        values = dict(near.values)
        for name in model.names:
            values[Key("size", name)] = max(values[Key("size", name)], 0.01)
            values[Key("strain", name)] = max(values[Key("strain", name)], 0.02)
    shares = occupancy_keys(options.refine_occupancies, structures)
    values |= {key: values.get(key, value) for key, value in shares.items()}
    free = free_parameters(model, values, beam, known, displacements=options.refine_displacements)
    free += shares
    fit = refined(data, model, values, free, design, reweightings=1)
    prediction: dict[int, float] = {}
    if options.background_terms is None:
        prediction = background_terms(data, fit)
        least = min(prediction.values())
        terms = min(n for n, error in prediction.items() if error <= least * (1.0 + PARSIMONY))
        design = chebyshev(data.x, terms)
    fit = refined(data, model, fit.values, free, design, expected=fit.total)
    absent, bounds = _without_lines(fit)
    kept = [s for s in structures if s.name not in absent]
    if not kept:
        raise InputError("none of the phases shows a line in this pattern")
    if absent:
        model = powder(data.x, beam, kept, negligible=model.negligible)
        values = {k: v for k, v in fit.values.items() if k.phase not in absent}
        free = free_parameters(model, values, beam, known, displacements=options.refine_displacements)
        free += [key for key in shares if key.phase not in absent]
        fit = refined(data, model, values, free, design, expected=fit.total)
    result = Refinement(
        fit=fit, structures=tuple(kept), absent=tuple(absent), bounds=bounds, prediction=prediction
    )
    if not options.spread:
        return result
    return replace(result, spreads=tuple(_spreads(data, beam, result, free, design)))


def _from_afar(data: Data, model: Powder, values: Values, first: Sequence[Key], design: Floats) -> Fit:
    """Return a fit that finds cells which are off by some peak widths: broad peaks first, then narrower."""
    cells = [Key(kind, p.structure.name) for p in model.phases for kind in p.structure.free_lengths]
    known = values[Key("W")]
    near = [k for k in first if k.kind != "W"]
    for width in BROAD:
        values = dict(values)
        values[Key("W")] = width
        values = refined(
            data, model, values, [*near, *cells], design, reweightings=1, most_evaluations=12
        ).values
    values = dict(values)
    values[Key("W")] = max(known, 0.01)
    return refined(data, model, values, [*first, *cells], design, reweightings=1)


def _negligible(data: Data) -> float:
    """Return the intensity below which a wing does not matter: a fiftieth of the least deviation."""
    return float(0.02 * np.sqrt(np.maximum(data.y, data.floor) * data.per_count).min())


def background_terms(data: Data, fit: Fit) -> dict[int, float]:
    """Return the error of predicting left-out blocks by number of background terms.

    The phases' patterns keep their shape; their scales are fitted together with the background.
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


def typical_width(model: Powder, values: Mapping[Key, float], at: float) -> float:
    """Return the full width at half maximum of the peak nearest to an angle, degrees."""
    from topotaxy.measurement.diffraction.profile import shape

    best, width = np.inf, 0.1
    for k in range(len(model.phases)):
        peaks = model.peaks(k, values)
        place = int(np.argmin(np.abs(peaks.centre - at)))
        if abs(peaks.centre[place] - at) < best:
            best = abs(peaks.centre[place] - at)
            width = shape(float(peaks.gauss[place]), float(peaks.lorentz[place]))[0]
    return float(width)


def _without_lines(fit: Fit) -> tuple[list[str], dict[str, float]]:
    """Return phases whose scale is not above its uncertainty, and the most that they may be."""
    absent, bounds = [], {}
    model = fit.model
    for name in model.names:
        key = Key("scale", name)
        sigma = fit.uncertainty(key) or 0.0
        if fit.values[key] < ABSENT_BELOW * sigma or key in fit.at_bound:
            absent.append(name)
            most = dict(fit.values)
            most[key] = max(fit.values[key], 0.0) + 1.645 * sigma
            bounds[name] = float(weight_fractions(model, most)[model.names.index(name)])
    return absent, bounds


def _spreads(data: Data, beam: Beam, result: Refinement, free: Sequence[Key], design: Floats) -> list[Spread]:
    """Repeat the fit under other assumptions, from the values that it found."""
    fit, model = result.fit, result.fit.model
    found: list[Spread] = []

    def add(assumption: str, other: Fit, fractions: Floats | None = None) -> None:
        found.append(
            Spread(
                assumption=assumption,
                fractions=weight_fractions(model, other.values) if fractions is None else fractions,
                cells={
                    k: other.values[k]
                    for k in other.values
                    if k.kind in ("a", "b", "c", "alpha", "beta", "gamma")
                },
                goodness=other.goodness,
            )
        )

    def again(values: Values, parameters: Sequence[Key], terms: Floats) -> Fit:
        return refined(
            data, model, values, parameters, terms, expected=fit.total, reweightings=1, most_evaluations=15
        )

    position = Key(position_of(beam))
    other = Key("zero" if position.kind == "displacement" else "displacement")
    if tube_of(beam):
        values = dict(fit.values)
        values[other], values[position] = values[position], 0.0
        add(
            f"positions: {other.kind} instead",
            again(values, [other if k == position else k for k in free], design),
        )
        add("positions: zero and displacement", again(dict(fit.values), [*free, other], design))
    for change in (-2, 4):
        terms = max(design.shape[1] + change, 2)
        add(f"background: {terms} terms", again(dict(fit.values), free, chebyshev(data.x, terms)))
    scales = [k for k in free if k.kind == "B"]
    if scales:
        values = dict(fit.values) | dict.fromkeys(scales, 0.0)
        add(
            "displacements: those of the structures",
            again(values, [k for k in free if k not in scales], design),
        )
    else:
        shaped = [Key("B", k.phase) for k in free if k.kind == "size"]
        add("displacements: refined", again(dict(fit.values), [*free, *shaped], design))
    strains = [k for k in free if k.kind == "strain"]
    if strains and Key("U") in free:
        values = dict(fit.values) | {Key("U"): 0.0, Key("V"): 0.0}
        add(
            "profile: one Gaussian width",
            again(values, [k for k in free if k.kind not in ("U", "V")], design),
        )
    if beam.radiation == "X-ray" and len(model.phases) > 1:
        # The correction itself is not applied: grains are seldom known.
        grain = accuracy("grain")
        add(
            f"absorption: grains of {grain:g} µm",
            fit,
            corrected_fractions(model, weight_fractions(model, fit.values), grain),
        )
    return found
