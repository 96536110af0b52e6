"""Shells beyond the nearest of rock salt and of metal, tied to these, and shells of several elements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from topotaxy.measurement.absorption.reference_values import estimates
from topotaxy.measurement.absorption.shells import Linear, Shell, Term

ANION_SHELL, CATION_SHELL = 6.0, 12.0
"""Neighbours in rock salt."""


def shared(parts: Sequence[Shell], shares: Sequence[tuple[str, float]]) -> list[Shell]:
    """Return shells whose neighbours are several elements by their shares.

    Parameters
    ----------
    parts : sequence of Shell
    shares : sequence of (str, float)
        Elements with their shares, which add up to one.
    """
    return [
        replace(part, neighbour=element, count=times(part.count, share))
        for part in parts
        for element, share in shares
    ]


def far_anions(near: Shell) -> list[Shell]:
    """Return the anions of rock salt beyond the nearest: eight at √3 and 24 at √5 of the first distance.

    Those on the body diagonals reach into the range of the cations, whose distance is 0.01 Å off without.
    Like all shells beyond the range, others reach in by the tails that a transform of so short a wave has:
    without them a fit gives their share to the shells that it knows (an eighth more anions, an eighth fewer
    cations in exact waves). They bring no parameter of their own: number and variance are tied to the first
    shell's. Waves that are scattered more than once are left out here too.

    Parameters
    ----------
    near : Shell
        The six nearest.
    """
    spread = estimates()["far_anion_variance_ratio"].value
    return [
        _further(near, name, count / ANION_SHELL, square, spread)
        for name, count, square in (("far anion", 8.0, 3.0), ("farther anion", 24.0, 5.0))
    ]


def far_cations(near: Shell) -> Shell:
    """Return the six cations of rock salt along the cube edges, at √2 of the distance of the nearest.

    Parameters
    ----------
    near : Shell
        The twelve nearest.
    """
    spread = estimates()["far_cation_variance_ratio"].value
    return _further(near, "far cation", 6.0 / CATION_SHELL, 2.0, spread)


def far_metal(near: Shell) -> list[Shell]:
    """Return the neighbours of a close-packed metal at √2, √3 and 2 of the first distance.

    At 3.5 Å the wave of the six second ones reaches into the range of the cations, and a model without them
    gives it to the twelve nearest; the others reach in by their tails. They bring no parameter of their own.
    In small pieces they are fewer still, by a few per cent for the second and by a quarter and more beyond.

    Parameters
    ----------
    near : Shell
        The twelve nearest.
    """
    spread = estimates()["far_metal_variance_ratio"].value
    return [
        _further(near, name, count / CATION_SHELL, square, spread)
        for name, count, square in (
            ("far metal", 6.0, 2.0),
            ("farther metal", 24.0, 3.0),
            ("farthest metal", 12.0, 4.0),
        )
    ]


def _further(near: Shell, name: str, ratio: float, square: float, spread: float) -> Shell:
    """Return a shell tied to a nearer one: ratios of the numbers, squared distances and variances."""
    return replace(
        near,
        name=name,
        count=times(near.count, ratio),
        distance=times(near.distance, float(np.sqrt(square))),
        variance=times(near.variance, spread),
    )


def times(term: Term, factor: float) -> Linear:
    """Return a term times a number.

    Parameters
    ----------
    term : float, str or Linear
    factor : float
    """
    if isinstance(term, Linear):
        return Linear(factor * term.constant, tuple((factor * weight, name) for weight, name in term.factors))
    return Linear(0.0, ((factor, term),)) if isinstance(term, str) else Linear(factor * term)
