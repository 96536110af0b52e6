"""Elementary effects: which inputs move a number over the whole space of inputs, beyond its noise.

M. D. Morris, Technometrics 33 (1991) 161, 10.1080/00401706.1991.10484804: trajectories through a grid of
levels, each changing one input at a time. Every point is an average with a standard error, so that what
moves a number is told from what scatters: if nothing moved it, the mean square of the effects over that of
their errors would follow F.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LEVELS = 4
"""Levels of the grid, 0, 1/3, 2/3 and 1; a step is two of them (Morris 1991)."""

STEP = LEVELS / (2.0 * (LEVELS - 1))
"""Step of an input, in its range."""


def trajectories(inputs: int, number: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Draw trajectories through the unit cube.

    Parameters
    ----------
    inputs : int
        Number of inputs k.
    number : int
        Number of trajectories.
    rng : numpy.random.Generator
        Source of the draws.

    Returns
    -------
    ndarray, shape (number, inputs + 1, inputs)
        Points; from each to the next one input changes by :data:`STEP`, up or down, each input once.
    """
    found = np.empty((number, inputs + 1, inputs))
    # Levels from which a step up stays inside.
    low = np.arange(LEVELS // 2) / (LEVELS - 1)
    for trajectory in found:
        start = rng.choice(low, inputs)
        up = rng.random(inputs) < 0.5
        trajectory[:] = np.where(up, start, start + STEP)
        for step, changed in enumerate(rng.permutation(inputs)):
            trajectory[step + 1 :, changed] += STEP if up[changed] else -STEP
    return found


def changed_input(trajectory: NDArray[np.float64], step: int) -> tuple[int, float]:
    """Return which input a step of a trajectory changes, and its sign.

    Parameters
    ----------
    trajectory : ndarray, shape (inputs + 1, inputs)
        Points of one trajectory.
    step : int
        Number of the step, from 0.
    """
    change = trajectory[step + 1] - trajectory[step]
    index = int(np.argmax(np.abs(change)))
    return index, math.copysign(1.0, float(change[index]))


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What one input does to one number, over its range.

    Attributes
    ----------
    mean:
        Mean change of the number as the input goes up by :data:`STEP`, in its unit.
    size:
        Root mean square of the change, less what noise alone would give (0 where it gives all).
    noise:
        Root mean square of the standard errors of the changes.
    p:
        Probability of as large a mean square if the input did nothing.
    steps:
        Changes that it rests on.
    """

    mean: float
    size: float
    noise: float
    p: float
    steps: int


def effect(changes: NDArray[np.float64], errors: NDArray[np.float64], freedom: int) -> Effect | None:
    """Judge the changes that steps of one input made to one number.

    Parameters
    ----------
    changes : ndarray, shape (steps,)
        Change for a step up; not finite where either point has no such number.
    errors : ndarray, shape (steps,)
        Its standard error.
    freedom : int
        Degrees of freedom of one error.

    Returns
    -------
    Effect or None
        None with fewer than two changes.
    """
    from scipy.stats import f

    known = np.isfinite(changes) & np.isfinite(errors)
    changes, errors = changes[known], errors[known]
    steps = len(changes)
    if steps < 2:
        return None
    square = math.fsum((changes * changes).tolist()) / steps
    noise = math.fsum((errors * errors).tolist()) / steps
    without_noise = 0.0 if square > 0.0 else 1.0
    p = float(f.sf(square / noise, steps, steps * freedom)) if noise > 0.0 else without_noise
    return Effect(
        mean=math.fsum(changes.tolist()) / steps,
        size=math.sqrt(max(0.0, square - noise)),
        noise=math.sqrt(noise),
        p=p,
        steps=steps,
    )
