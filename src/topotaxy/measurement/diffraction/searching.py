"""The search for the point of least squares of a pattern whose background is solved for at every step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from topotaxy.measurement.diffraction.data import Data
from topotaxy.measurement.diffraction.keys import Key
from topotaxy.measurement.diffraction.limits import least_step
from topotaxy.measurement.diffraction.powder import Powder, Values

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Found:
    """Where a search ended.

    Attributes
    ----------
    values:
        Of what was free, in its order.
    q:
        Orthonormal functions (n, terms) that span the weighted background.
    scale:
        What each value was measured in.
    """

    values: Floats
    q: Floats
    scale: Floats
    evaluations: int
    converged: bool


def searched(
    data: Data,
    model: Powder,
    current: Values,
    free: tuple[Key, ...],
    design: Floats,
    weights: Floats,
    bounds: Floats,
    most_evaluations: int,
) -> Found:
    """Return the point of least squares for given weights.

    Parameters
    ----------
    data : Data
        What is fitted: axis (°, rising), intensity, and the variance of a unit of it.
    model : Powder
        Phases in a beam, over one axis of 2θ (°).
    current : dict
        All parameters; those in ``free`` are where the search starts.
    free : tuple of Key
        Names of the parameters that are refined.
    design : array (n, terms)
        Functions whose sum is the background.
    weights : array (n,)
        One over the standard deviation of each point.
    bounds : array (free, 2)
        Lowest and highest values.
    most_evaluations : int
        Of the pattern.
    """
    from scipy.optimize import least_squares

    q, _ = np.linalg.qr(design * weights[:, None])
    target = data.y * weights
    target = target - q @ (q.T @ target)
    scale = np.array([max(abs(current[key]), least_step(key)) for key in free])
    state = _Evaluation(model, current, free, weights, q, target, scale)
    start = np.clip([current[key] for key in free], bounds[:, 0], bounds[:, 1])
    solution = least_squares(
        state.residual,
        start / scale,
        state.jacobian,
        bounds=(bounds[:, 0] / scale - 1e-12, bounds[:, 1] / scale + 1e-12),
        x_scale="jac",
        max_nfev=most_evaluations,
        xtol=1e-6,
        ftol=1e-6,
        gtol=1e-9,
    )
    return Found(
        values=np.asarray(solution.x * scale),
        q=q,
        scale=scale,
        evaluations=int(solution.nfev),
        converged=bool(solution.status > 0),
    )


class _Evaluation:
    """Residual and Jacobian at one point, computed together and once."""

    def __init__(
        self,
        model: Powder,
        values: Values,
        free: tuple[Key, ...],
        weights: Floats,
        q: Floats,
        target: Floats,
        scale: Floats,
    ) -> None:
        self._model, self._values, self._free = model, values, free
        self._weights, self._q, self._target, self._scale = weights, q, target, scale
        self._at: Floats | None = None
        self._residual: Floats | None = None
        self._jacobian: Floats | None = None

    def _compute(self, z: Floats) -> None:
        if self._at is not None and np.array_equal(z, self._at):
            return
        values = dict(self._values)
        values.update(zip(self._free, (float(v) for v in z * self._scale), strict=True))
        phases, jacobian = self._model.with_derivatives(values, self._free)
        weighted = phases.sum(axis=0) * self._weights
        self._residual = weighted - self._q @ (self._q.T @ weighted) - self._target
        jacobian = jacobian * (self._weights[:, None] * self._scale[None, :])
        self._jacobian = jacobian - self._q @ (self._q.T @ jacobian)
        self._at = z.copy()

    def residual(self, z: Floats) -> Floats:
        self._compute(z)
        assert self._residual is not None
        return self._residual

    def jacobian(self, z: Floats) -> Floats:
        self._compute(z)
        assert self._jacobian is not None
        return self._jacobian
