"""Shells of an EXAFS model: what is fixed, what is free, and what depends on what.

A quantity of a shell is a number, a parameter, or a linear combination of parameters, so that constraints
such as ``N = 6 (1 - x)`` or one distance for two spectra are said and not programmed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from topotaxy.measurement.absorption.record import Floats
from topotaxy.measurement.absorption.scattering import (
    Environment,
    Photoelectron,
    path_table,
    photoelectron,
    slopes,
    wave,
)


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A number to be found, between bounds.

    Attributes
    ----------
    start, low, high:
        Where the search starts, and bounds.
    expected:
        Mean and standard deviation of what is known of it beforehand; None where nothing is.
    """

    start: float
    low: float
    high: float
    expected: tuple[float, float] | None = None


@dataclass(frozen=True)
class Linear:
    """``constant + sum of factor * parameter``."""

    constant: float = 0.0
    factors: tuple[tuple[float, str], ...] = ()

    def at(self, values: Mapping[str, float]) -> float:
        """Return its value.

        Parameters
        ----------
        values : mapping of str to float
            Parameters by name.
        """
        return self.constant + sum(factor * values[name] for factor, name in self.factors)


Term = float | str | Linear
"""A number, the name of a parameter, or a combination."""


@dataclass(frozen=True)
class Relation:
    """What is known beforehand of a combination of parameters: its mean and standard deviation."""

    term: Linear
    mean: float
    deviation: float


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


def value_of(term: Term, values: Mapping[str, float]) -> float:
    """Return the value of a term.

    Parameters
    ----------
    term : float, str or Linear
    values : mapping of str to float
        Parameters by name.
    """
    if isinstance(term, Linear):
        return term.at(values)
    return values[term] if isinstance(term, str) else term


def chi_of(shells: Sequence[Shell], k: Floats, values: Mapping[str, float]) -> Floats:
    """Return the sum of the shells' χ(k), (n,).

    Parameters
    ----------
    shells : sequence of Shell
        Kinds of neighbours in the model of a spectrum.
    k : (n,)
        1/Å, from the E0 of the data.
    values : mapping of str to float
        Parameters by name.
    """
    total = np.zeros(len(k))
    for numbers, electron in _with_electrons(shells, k, values):
        scale = numbers.pop("count") * numbers.pop("s02")
        total += scale * wave(electron, **numbers).imag
    return total


def slopes_of(
    shells: Sequence[Shell], k: Floats, values: Mapping[str, float], names: Sequence[str]
) -> Floats:
    """Return the derivatives of :func:`chi_of` by parameters, (n, number of names).

    Parameters
    ----------
    shells : sequence of Shell
        Kinds of neighbours in the model of a spectrum.
    k : (n,)
        1/Å, from the E0 of the data.
    values : mapping of str to float
        Parameters by name.
    names : sequence of str
        Parameters by which the derivative is taken.
    """
    total = np.zeros((len(names), len(k)))
    place = {name: n for n, name in enumerate(names)}
    for part, (numbers, electron) in zip(shells, _with_electrons(shells, k, values), strict=True):
        found = slopes(electron, **numbers)
        for quantity, term in terms_of(part).items():
            for factor, name in factors_of(term):
                total[place[name]] += factor * found[quantity]
    return total.T


def _with_electrons(
    shells: Sequence[Shell], k: Floats, values: Mapping[str, float]
) -> Iterator[tuple[dict[str, float], Photoelectron]]:
    """Yield the numbers of each shell but its threshold, and its photoelectron, made once for all of one
    table and threshold."""
    made: dict[tuple[str, str, str, float], Photoelectron] = {}
    for part in shells:
        numbers = {name: value_of(term, values) for name, term in terms_of(part).items()}
        key = (part.absorber, part.neighbour, part.environment, numbers.pop("e0_shift"))
        if key not in made:
            made[key] = photoelectron(path_table(*key[:2], part.environment), k, key[3])
        yield numbers, made[key]


def terms_of(part: Shell) -> dict[str, Term]:
    """Return the terms of a shell by the names that the EXAFS equation knows them by.

    Parameters
    ----------
    part : Shell
        One kind of neighbour in the model of a spectrum.
    """
    return {
        "count": part.count,
        "distance": part.distance,
        "variance": part.variance,
        "s02": part.s02,
        "e0_shift": part.e0_shift,
        "third": part.third,
        "fourth": part.fourth,
    }


def factors_of(term: Term) -> tuple[tuple[float, str], ...]:
    """Return the parameters of a term with their factors; none for a number.

    Parameters
    ----------
    term : float, str or Linear
    """
    if isinstance(term, Linear):
        return term.factors
    return ((1.0, term),) if isinstance(term, str) else ()
