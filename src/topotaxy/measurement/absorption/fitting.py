"""Fits of EXAFS in R: any number of spectra and shells that share parameters.

A quantity of a shell is a number, a parameter, or a linear combination of parameters, so that constraints
such as ``N = 6 (1 - x)`` or one distance for two spectra are said and not programmed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.absorption.background import Exafs
from topotaxy.measurement.absorption.record import Floats
from topotaxy.measurement.absorption.scattering import Environment, path_table, shell, slopes
from topotaxy.measurement.absorption.transform import Window, independent_points, range_matrix

NOISE_RANGE = (15.0, 25.0)
"""Å; nothing of the structure is left there, so that it tells the noise (Newville et al. 1999)."""


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A number to be found, between bounds."""

    start: float
    low: float
    high: float


@dataclass(frozen=True)
class Linear:
    """``constant + sum of factor * parameter``."""

    constant: float = 0.0
    factors: tuple[tuple[float, str], ...] = ()

    def at(self, values: Mapping[str, float]) -> float:
        """Return its value for values of the parameters."""
        return self.constant + sum(factor * values[name] for factor, name in self.factors)


Term = float | str | Linear
"""A number, the name of a parameter, or a combination."""


@dataclass(frozen=True, kw_only=True)
class Shell:
    """One kind of neighbour in the model of a spectrum."""

    absorber: str
    neighbour: str
    count: Term
    distance: Term
    variance: Term
    environment: Environment = "oxide"
    e0_shift: Term = 0.0
    s02: Term = 1.0
    third: Term = 0.0
    fourth: Term = 0.0
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Range:
    """What of a spectrum is fitted: k, R, weights of k and window."""

    k: tuple[float, float] = (3.0, 12.0)
    r: tuple[float, float] = (1.2, 3.2)
    weights: tuple[int, ...] = (1, 2, 3)
    taper: float = 1.0
    kind: Window = "hanning"

    def within(self, data: Exafs) -> Range:
        """Return the range with its end where the data end."""
        end = min(self.k[1], float(data.k[-1]) - 0.5 * self.taper)
        return Range(k=(self.k[0], end), r=self.r, weights=self.weights, taper=self.taper, kind=self.kind)


@dataclass(frozen=True, kw_only=True)
class Task:
    """A spectrum, its shells, and the range."""

    data: Exafs
    shells: tuple[Shell, ...]
    range: Range = field(default_factory=Range)


@dataclass(frozen=True, kw_only=True)
class Fit:
    """The best parameters.

    Attributes
    ----------
    values, errors:
        Parameters and one standard deviation by name; deviations are scaled by the misfit.
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
        """Return χ(k) of the model of one spectrum, on its grid."""
        return chi_of(self.tasks[place].shells, self.tasks[place].data.k, self.values)

    def correlations_above(self, level: float) -> tuple[tuple[str, str, float], ...]:
        """Return the pairs of parameters whose correlation is above a level, strongest first."""
        found = [
            (first, self.names[j], float(self.correlation[i, j]))
            for i, first in enumerate(self.names)
            for j in range(i + 1, len(self.names))
            if abs(self.correlation[i, j]) >= level
        ]
        return tuple(sorted(found, key=lambda entry: -abs(entry[2])))


def value_of(term: Term, values: Mapping[str, float]) -> float:
    """Return the value of a term."""
    if isinstance(term, Linear):
        return term.at(values)
    return values[term] if isinstance(term, str) else term


def chi_of(shells: Sequence[Shell], k: Floats, values: Mapping[str, float]) -> Floats:
    """Return the sum of the shells' χ(k)."""
    total = np.zeros(len(k))
    for part in shells:
        table = path_table(part.absorber, part.neighbour, part.environment)
        total += shell(table, k, **{name: value_of(term, values) for name, term in _terms(part).items()})
    return total


class _Weighted:
    """One spectrum's transform to the fitted part of χ(R), in units of its noise."""

    def __init__(self, task: Task) -> None:
        data, limits = task.data, task.range.within(task.data)
        if limits.k[1] - limits.k[0] < 3.0:
            raise InputError(
                f"data end at k = {float(data.k[-1]):.1f} 1/Å: too short for a fit from {limits.k[0]:g}",
                where=data.name,
            )
        points = len(data.k)
        blocks = []
        for weight in limits.weights:
            in_k = (*limits.k, limits.taper, weight, limits.kind)
            rest = range_matrix(points, *NOISE_RANGE, *in_k) @ data.chi
            noise = max(float(np.sqrt(np.mean(rest**2))), 1e-12)
            blocks.append(range_matrix(points, *limits.r, *in_k) / noise)
        self.task = task
        self.rows = np.concatenate(blocks)
        # Rows count neighbouring R again and again: each spectrum weighs as its independent points.
        self.independent = independent_points(*limits.k, *limits.r)
        self.scale = np.sqrt(self.independent / len(self.rows))
        self.data = self.rows @ data.chi * self.scale

    def left(self, values: Mapping[str, float]) -> Floats:
        model = chi_of(self.task.shells, self.task.data.k, values)
        return np.asarray(self.data - self.rows @ model * self.scale)

    def slopes(self, values: Mapping[str, float], names: Sequence[str]) -> Floats:
        """Return the derivatives of :meth:`left` by the parameters, (rows, n)."""
        by_parameter = np.zeros((len(self.task.data.k), len(names)))
        place = {name: n for n, name in enumerate(names)}
        for part in self.task.shells:
            terms = _terms(part)
            table = path_table(part.absorber, part.neighbour, part.environment)
            found = slopes(
                table, self.task.data.k, **{name: value_of(t, values) for name, t in terms.items()}
            )
            for quantity, term in terms.items():
                for factor, name in _factors(term):
                    by_parameter[:, place[name]] += factor * found[quantity]
        return np.asarray(-self.rows @ by_parameter * self.scale)


def _terms(part: Shell) -> dict[str, Term]:
    return {
        "count": part.count,
        "distance": part.distance,
        "variance": part.variance,
        "s02": part.s02,
        "e0_shift": part.e0_shift,
        "third": part.third,
        "fourth": part.fourth,
    }


def _factors(term: Term) -> tuple[tuple[float, str], ...]:
    if isinstance(term, Linear):
        return term.factors
    return ((1.0, term),) if isinstance(term, str) else ()


def fitted(tasks: Sequence[Task], parameters: Mapping[str, Parameter]) -> Fit:
    """Return the best fit of the tasks together.

    Parameters
    ----------
    parameters
        Start and bounds by name; every name that a shell uses.

    Raises
    ------
    InputError
        Where parameters are as many as independent points, or a spectrum is too short.
    """
    from scipy.optimize import least_squares

    names = tuple(parameters)
    spectra = [_Weighted(task) for task in tasks]
    independent = sum(one.independent for one in spectra)
    if len(names) >= independent:
        raise InputError(
            f"{len(names)} parameters for {independent:.1f} independent points: fewer, or a longer range",
            where=tasks[0].data.name,
        )
    low = np.array([parameters[name].low for name in names])
    high = np.array([parameters[name].high for name in names])
    start = np.clip([parameters[name].start for name in names], low + 1e-9, high - 1e-9)

    def left(x: Floats) -> Floats:
        values = dict(zip(names, x, strict=True))
        return np.concatenate([one.left(values) for one in spectra])

    def jacobian(x: Floats) -> Floats:
        values = dict(zip(names, x, strict=True))
        return np.concatenate([one.slopes(values, names) for one in spectra])

    found = least_squares(left, start, jac=jacobian, bounds=(low, high), x_scale=0.1 * (high - low))
    freedom = independent - len(names)
    reduced = float((found.fun**2).sum()) / freedom
    covariance = np.linalg.pinv(found.jac.T @ found.jac) * reduced
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    safe = np.where(errors > 0.0, errors, 1.0)
    edge = 1e-4 * (high - low)
    total = sum(float((one.data**2).sum()) for one in spectra)
    return Fit(
        values={name: float(value) for name, value in zip(names, found.x, strict=True)},
        errors={name: float(error) for name, error in zip(names, errors, strict=True)},
        names=names,
        correlation=covariance / np.outer(safe, safe),
        at_bounds=tuple(
            name
            for name, x, a, b, e in zip(names, found.x, low, high, edge, strict=True)
            if x < a + e or x > b - e
        ),
        r_factor=float((found.fun**2).sum()) / total if total > 0.0 else float("inf"),
        reduced_chi_square=reduced,
        independent=independent,
        variables=len(names),
        tasks=tuple(tasks),
    )


def scale_error(count: float, s02: float, s02_error: float, step_error: float) -> float:
    """Return the standard deviation that S02 and the edge step leave to a number of neighbours.

    Both scale χ, so that a number of neighbours is never known better than they are, however good the fit.
    """
    return abs(count) * float(np.hypot(s02_error / s02, step_error))
