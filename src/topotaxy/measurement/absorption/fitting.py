"""Fits of EXAFS in R: any number of spectra and shells that share parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.absorption.record import Floats
from topotaxy.measurement.absorption.shells import Linear, Parameter, Relation, chi_of
from topotaxy.measurement.absorption.weighted import Range, Task, Weighted

COARSE = 1e-3
"""Relative tolerance of a search that only tells which start leads on."""
TURNS = 3
"""Rounds of a fit with what is known beforehand, each with the misfit of the last."""

__all__ = ["Fit", "Range", "Task", "fitted", "scale_error"]


@dataclass(frozen=True, kw_only=True)
class Fit:
    """The best parameters.

    Attributes
    ----------
    values, errors:
        Parameters and one standard deviation by name; deviations are scaled by the misfit, and by
        :func:`student` as few degrees of freedom know it badly.
    correlation:
        (n, n), in the order of ``names``.
    names, at_bounds:
        Of the parameters; those that ended at a bound, whose deviation means nothing.
    r_factor:
        Sum of squares left over that of the data, in the fitted range.
    reduced_chi_square, independent, variables:
        Per degree of freedom; independent points; number of parameters.
    tasks:
        What was fitted.
    """

    values: dict[str, float]
    errors: dict[str, float]
    names: tuple[str, ...]
    correlation: Floats
    at_bounds: tuple[str, ...]
    r_factor: float
    reduced_chi_square: float
    independent: float
    variables: int
    tasks: tuple[Task, ...]

    def model(self, place: int = 0) -> Floats:
        """Return χ(k) of the model of one spectrum, on its grid, (n,).

        Parameters
        ----------
        place : int
            Of the spectrum among the tasks, from 0.
        """
        return chi_of(self.tasks[place].shells, self.tasks[place].data.k, self.values)

    def correlations_above(self, level: float) -> tuple[tuple[str, str, float], ...]:
        """Return the pairs of parameters that are correlated, and by how much, strongest first.

        Parameters
        ----------
        level : float
            Size of the coefficient from which on a pair is given, 0 to 1.
        """
        found = [
            (first, self.names[j], float(self.correlation[i, j]))
            for i, first in enumerate(self.names)
            for j in range(i + 1, len(self.names))
            if abs(self.correlation[i, j]) >= level
        ]
        return tuple(sorted(found, key=lambda entry: -abs(entry[2])))


def fitted(
    tasks: Sequence[Task],
    parameters: Mapping[str, Parameter],
    *,
    relations: Sequence[Relation] = (),
    starts: Sequence[Mapping[str, float]] = ({},),
) -> Fit:
    """Return the best fit of the tasks together.

    Parameters
    ----------
    tasks : sequence of Task
        Spectra with their shells; each weighs as its independent points, in units of its own noise.
    parameters : mapping of str to Parameter
        Start and bounds by name; every name that a shell uses. What is expected of one counts as a further
        point, whose weight against the spectra is that of its deviation in units of the spectra's misfit.
    relations : sequence of Relation
        What is known beforehand of combinations of parameters; each counts as a further point as well.
    starts : sequence of mapping of str to float
        Other starts of some parameters. The search goes from each by the spectra alone, and with what is
        known beforehand from each and from the best that the spectra alone gave.

    Raises
    ------
    InputError
        Where parameters are as many as independent points, or a spectrum is too short.
    """
    names = tuple(parameters)
    spectra = [Weighted(task) for task in tasks]
    independent = sum(one.independent for one in spectra)
    if len(names) >= independent:
        raise InputError(
            f"{len(names)} parameters for {independent:.1f} independent points: fewer, or a longer range",
            where=tasks[0].data.name,
        )
    low = np.array([parameters[name].low for name in names])
    high = np.array([parameters[name].high for name in names])
    first = [np.array([start.get(name, parameters[name].start) for name in names]) for start in starts]
    freedom = independent - len(names)
    known = _known(names, parameters, relations)
    rough = COARSE if len(known[1]) or len(first) > 1 else 1e-8
    found = [_least(spectra, names, start, (low, high), _NOTHING, tolerance=rough) for start in first]
    if len(known[1]):
        places = [min(found, key=lambda one: one.cost), *(_Least(x, np.inf, _NOTHING[0]) for x in first)]
        found = [_aided(spectra, names, places, (low, high), known, freedom)]
        freedom += len(known[1])
    best = min(found, key=lambda one: one.cost)
    if not len(known[1]) and rough == COARSE:
        best = _least(spectra, names, best.x, (low, high), _NOTHING)
    misfit = _misfit(spectra, names, best.x)
    reduced = misfit / freedom
    covariance = np.linalg.pinv(best.slopes.T @ best.slopes) * reduced
    deviations = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    errors = deviations * student(freedom)
    safe = np.where(deviations > 0.0, deviations, 1.0)
    edge = 1e-4 * (high - low)
    total = sum(float((one.data**2).sum()) for one in spectra)
    return Fit(
        values={name: float(value) for name, value in zip(names, best.x, strict=True)},
        errors={name: float(error) for name, error in zip(names, errors, strict=True)},
        names=names,
        correlation=covariance / np.outer(safe, safe),
        at_bounds=tuple(
            name
            for name, x, a, b, e in zip(names, best.x, low, high, edge, strict=True)
            if x < a + e or x > b - e
        ),
        r_factor=misfit / total if total > 0.0 else float("inf"),
        reduced_chi_square=reduced,
        independent=independent,
        variables=len(names),
        tasks=tuple(tasks),
    )


def _aided(
    spectra: Sequence[Weighted],
    names: Sequence[str],
    places: Sequence[_Least],
    bounds: tuple[Floats, Floats],
    known: tuple[Floats, Floats],
    freedom: float,
) -> _Least:
    """Return the least squares with what is known beforehand, looked for from each of the places.

    Errors are scaled by the misfit, so that what is known is: else it would count for nothing where a model
    misfits by more than the noise. The misfit is that with what is known, so that it is looked for in turns.
    """
    cost = min(one.cost for one in places)
    for _ in range(TURNS):
        scale = float(np.sqrt(2.0 * cost / freedom))
        scaled = (known[0] * scale, known[1] * scale)
        best = min(
            (_least(spectra, names, one.x, bounds, scaled) for one in places), key=lambda one: one.cost
        )
        places, cost = [best], 0.5 * _misfit(spectra, names, best.x)
    return best


_NOTHING = (np.empty((0, 0)), np.empty(0))
"""Rows and values of what is known beforehand, where nothing is."""


def _known(
    names: Sequence[str], parameters: Mapping[str, Parameter], relations: Sequence[Relation]
) -> tuple[Floats, Floats]:
    """Return rows (m, n) and values (m,), in units of their deviations, of what is known beforehand."""
    own = [
        Relation(Linear(0.0, ((1.0, name),)), *one.expected)
        for name, one in parameters.items()
        if one.expected is not None
    ]
    known = [*own, *relations]
    if not known:
        return _NOTHING
    rows = np.zeros((len(known), len(names)))
    for row, one in zip(rows, known, strict=True):
        for factor, name in one.term.factors:
            row[names.index(name)] += factor / one.deviation
    return rows, np.array([(one.mean - one.term.constant) / one.deviation for one in known])


@dataclass(frozen=True, eq=False)
class _Least:
    """Least squares: parameters (n,), half the sum of squares, and the slopes there, (rows, n)."""

    x: Floats
    cost: float
    slopes: Floats


def _least(
    spectra: Sequence[Weighted],
    names: Sequence[str],
    start: Floats,
    bounds: tuple[Floats, Floats],
    known: tuple[Floats, Floats],
    *,
    tolerance: float = 1e-8,
) -> _Least:
    """Return the least squares of the spectra and of what is known beforehand, to a relative tolerance."""
    from scipy.optimize import least_squares

    rows, wanted = known

    def left(x: Floats) -> Floats:
        values = dict(zip(names, x, strict=True))
        own = [wanted - rows @ x] if len(wanted) else []
        return np.concatenate([*(one.left(values) for one in spectra), *own])

    def jacobian(x: Floats) -> Floats:
        values = dict(zip(names, x, strict=True))
        own = [-rows] if len(wanted) else []
        return np.concatenate([*(one.slopes(values, names) for one in spectra), *own])

    low, high = bounds
    edge = 1e-9
    found = least_squares(
        left,
        np.clip(start, low + edge, high - edge),
        jac=jacobian,
        bounds=bounds,
        x_scale=0.1 * (high - low),
        ftol=tolerance,
        xtol=tolerance,
    )
    return _Least(np.asarray(found.x), float(found.cost), np.asarray(found.jac))


def _misfit(spectra: Sequence[Weighted], names: Sequence[str], x: Floats) -> float:
    """Return the sum of squares that the spectra leave."""
    values = dict(zip(names, x, strict=True))
    return sum(float((one.left(values) ** 2).sum()) for one in spectra)


def student(freedom: float) -> float:
    """Return what a deviation that is scaled by a misfit has to be multiplied with to mean what it says.

    The misfit of few degrees of freedom is itself uncertain, so that the estimate over its deviation is
    distributed by Student's law (1908, doi:10.1093/biomet/6.1.1). With this factor 1.96 deviations are
    its 95 %.

    Parameters
    ----------
    freedom : float
        Degrees of freedom, above 0.
    """
    from scipy.special import ndtri, stdtrit

    return float(stdtrit(freedom, 0.975) / ndtri(0.975))


def scale_error(count: float, s02: float, s02_error: float, step_error: float) -> float:
    """Return the standard deviation that S02 and the edge step leave to a number of neighbours.

    Both scale χ, so that a number of neighbours is never known better than they are, however good the fit.

    Parameters
    ----------
    count : float
        Neighbours.
    s02, s02_error : float
        Amplitude reduction and its standard deviation.
    step_error : float
        Relative standard deviation of the edge step.
    """
    return abs(count) * float(np.hypot(s02_error / s02, step_error))
