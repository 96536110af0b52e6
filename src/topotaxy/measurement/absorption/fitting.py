"""Fits of EXAFS in R: any number of spectra and shells that share parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from topotaxy.errors import InputError
from topotaxy.measurement.absorption.background import Exafs
from topotaxy.measurement.absorption.record import Floats
from topotaxy.measurement.absorption.scattering import path_table, slopes
from topotaxy.measurement.absorption.shells import Parameter, Shell, chi_of, factors_of, terms_of, value_of
from topotaxy.measurement.absorption.transform import Window, independent_points, range_matrix

NOISE_RANGE = (15.0, 25.0)
"""Å; nothing of the structure is left there, so that it tells the noise (Newville et al. 1999)."""


@dataclass(frozen=True, kw_only=True)
class Range:
    """What of a spectrum is fitted: k, R, weights of k and window.

    With ``open_background`` only that part is compared which no mixture of the background's splines could
    have made. The background was chosen so that nothing is left below rbkg, the tails of the first shell
    included, which takes from that shell; left open, the choice has no say.
    """

    k: tuple[float, float] = (3.0, 12.0)
    r: tuple[float, float] = (1.2, 3.2)
    weights: tuple[int, ...] = (1, 2, 3)
    taper: float = 1.0
    kind: Window = "hanning"
    open_background: bool = False

    def within(self, data: Exafs) -> Range:
        """Return the range with its end where the data end, less half the taper.

        Parameters
        ----------
        data : Exafs
        """
        end = min(self.k[1], float(data.k[-1]) - 0.5 * self.taper)
        return replace(self, k=(self.k[0], end))


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
        lowest = limits.r[0]
        if limits.open_background and data.splines is not None:
            self.rows = _without(self.rows, data.splines)
            # Below what the splines reach they leave nothing to be compared.
            lowest = max(lowest, 0.5 * np.pi * data.splines.shape[1] / float(data.k[-1]))
        # Rows count neighbouring R again and again: each spectrum weighs as its independent points.
        self.independent = independent_points(*limits.k, lowest, limits.r[1])
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
            terms = terms_of(part)
            table = path_table(part.absorber, part.neighbour, part.environment)
            found = slopes(
                table, self.task.data.k, **{name: value_of(t, values) for name, t in terms.items()}
            )
            for quantity, term in terms.items():
                for factor, name in factors_of(term):
                    by_parameter[:, place[name]] += factor * found[quantity]
        return np.asarray(-self.rows @ by_parameter * self.scale)


def fitted(tasks: Sequence[Task], parameters: Mapping[str, Parameter]) -> Fit:
    """Return the best fit of the tasks together.

    Parameters
    ----------
    tasks : sequence of Task
        Spectra with their shells; each weighs as its independent points, in units of its own noise.
    parameters : mapping of str to Parameter
        Start and bounds by name; every name that a shell uses. What is expected of one counts as a further
        point, whose weight against the spectra is that of its deviation in units of the spectra's misfit.

    Raises
    ------
    InputError
        Where parameters are as many as independent points, or a spectrum is too short.
    """
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
    freedom = independent - len(names)
    best, slopes_there = _least(spectra, names, start, (low, high), np.empty((0, 3)))
    misfit = _misfit(spectra, names, best)
    expected = _expected(parameters, scale=float(np.sqrt(misfit / freedom)))
    if len(expected):
        best, slopes_there = _least(spectra, names, best, (low, high), expected)
        misfit = _misfit(spectra, names, best)
        freedom += len(expected)
    reduced = misfit / freedom
    covariance = np.linalg.pinv(slopes_there.T @ slopes_there) * reduced
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    safe = np.where(errors > 0.0, errors, 1.0)
    edge = 1e-4 * (high - low)
    total = sum(float((one.data**2).sum()) for one in spectra)
    return Fit(
        values={name: float(value) for name, value in zip(names, best, strict=True)},
        errors={name: float(error) for name, error in zip(names, errors, strict=True)},
        names=names,
        correlation=covariance / np.outer(safe, safe),
        at_bounds=tuple(
            name
            for name, x, a, b, e in zip(names, best, low, high, edge, strict=True)
            if x < a + e or x > b - e
        ),
        r_factor=misfit / total if total > 0.0 else float("inf"),
        reduced_chi_square=reduced,
        independent=independent,
        variables=len(names),
        tasks=tuple(tasks),
    )


def _expected(parameters: Mapping[str, Parameter], *, scale: float) -> Floats:
    """Return place, mean and weight of what is known of parameters beforehand, (m, 3).

    Errors are scaled by the misfit, so that what is known is: else it would count for nothing where a model
    misfits by more than the noise.
    """
    return np.array(
        [
            (place, one.expected[0], scale / one.expected[1])
            for place, one in enumerate(parameters.values())
            if one.expected is not None
        ]
    ).reshape(-1, 3)


def _least(
    spectra: Sequence[_Weighted],
    names: Sequence[str],
    start: Floats,
    bounds: tuple[Floats, Floats],
    expected: Floats,
) -> tuple[Floats, Floats]:
    """Return the parameters of the least squares, and the slopes there, (rows, n)."""
    from scipy.optimize import least_squares

    place, mean, weight = expected[:, 0].astype(np.int64), expected[:, 1], expected[:, 2]
    own_rows = np.zeros((len(place), len(names)))
    own_rows[np.arange(len(place)), place] = weight

    def left(x: Floats) -> Floats:
        values = dict(zip(names, x, strict=True))
        return np.concatenate([*(one.left(values) for one in spectra), weight * (x[place] - mean)])

    def jacobian(x: Floats) -> Floats:
        values = dict(zip(names, x, strict=True))
        return np.concatenate([*(one.slopes(values, names) for one in spectra), own_rows])

    low, high = bounds
    edge = 1e-9
    found = least_squares(
        left,
        np.clip(start, low + edge, high - edge),
        jac=jacobian,
        bounds=bounds,
        x_scale=0.1 * (high - low),
    )
    return np.asarray(found.x), np.asarray(found.jac)


def _misfit(spectra: Sequence[_Weighted], names: Sequence[str], x: Floats) -> float:
    """Return the sum of squares that the spectra leave."""
    values = dict(zip(names, x, strict=True))
    return sum(float((one.left(values) ** 2).sum()) for one in spectra)


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


def _without(rows: Floats, splines: Floats) -> Floats:
    """Return a transform that no background changes: what splines could make of it is projected out."""
    seen = rows @ splines
    basis, sizes, _ = np.linalg.svd(seen, full_matrices=False)
    kept = basis[:, sizes > 1e-6 * sizes[0]]
    return np.asarray(rows - kept @ (kept.T @ rows))
