"""A composite: single-phase grains, and the share of each that makes up the whole."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from topotaxy.errors import InputError
from topotaxy.material.composition import Composition, molar_mass, parse_formula
from topotaxy.material.electrode import electrode_composition
from topotaxy.spec import Electrode

TOLERANCE = 2e-3
"""Difference in the share of an element, per atom of the formula, that rounding may leave."""


@dataclass(frozen=True, kw_only=True)
class Grain:
    """One phase of an electrode: its share of the anion sites (``share``) and of the mass."""

    composition: Composition
    share: float
    mass_fraction: float


def electrode_grains(electrode: Electrode) -> tuple[Grain, ...]:
    """Return the phases of an electrode; a single one where no grains are given.

    The shares solve "sum of the grains = formula" for every element. Shares count anion sites
    of the rock salt, because boxes of one size have those in common.

    Parameters
    ----------
    electrode : Electrode
        As the specification has it.

    Raises
    ------
    InputError
        Where a formula cannot be used, the grains cannot add up to the whole, or their shares
        are not determined by it.
    """
    whole = electrode_composition(electrode)
    if not electrode.grains:
        return (Grain(composition=whole, share=1.0, mass_fraction=1.0),)
    parts = []
    for index, text in enumerate(electrode.grains):
        try:
            parts.append(parse_formula(text))
        except InputError as error:
            raise InputError(f"electrode.grains.{index}: {error}") from None
    units = _units(whole, parts)
    sites = units * [sum(part.anions.values()) for part in parts]
    masses = units * [molar_mass(part) for part in parts]
    shares, fractions = sites / sites.sum(), masses / masses.sum()
    return tuple(
        Grain(composition=part, share=float(share), mass_fraction=float(fraction))
        for part, share, fraction in zip(parts, shares, fractions, strict=True)
    )


def _units(whole: Composition, parts: list[Composition]) -> NDArray[np.float64]:
    """Formula units of each grain that together make one of the whole."""
    amounts = [{**c.cations, **c.anions} for c in (whole, *parts)]
    elements = sorted({element for found in amounts for element in found})
    table = np.array([[found.get(element, 0.0) for found in amounts] for element in elements])
    target, columns = table[:, 0], table[:, 1:]
    if np.linalg.matrix_rank(columns) < len(parts):
        raise InputError(
            "electrode.grains: the shares are not determined by electrode.formula; leave out a grain that "
            "the others can make"
        )
    units = _least_squares(columns, target)
    miss = np.abs((columns * units).sum(axis=1) - target) / target.sum()
    if miss.max() > TOLERANCE:
        element = elements[int(miss.argmax())]
        raise InputError(
            f"electrode.grains: no mixture of {', '.join(p.formula for p in parts)} has the {element} of "
            f"{whole.formula}; electrode.formula is the overall composition"
        )
    if units.min() < TOLERANCE:
        part = parts[int(units.argmin())]
        raise InputError(
            f"electrode.grains: {part.formula} would need a share of {units.min():.3g} to make "
            f"{whole.formula}; leave it out"
        )
    return units


def _least_squares(columns: NDArray[np.float64], target: NDArray[np.float64]) -> NDArray[np.float64]:
    """Solve the normal equations in fractions, for independent columns.

    That is exact; the last bits of a linear solver hang on the processor.
    """
    exact = [[Fraction(x) for x in column] for column in (*columns.T.tolist(), target.tolist())]
    rows = [[sum(map(operator.mul, left, right), Fraction(0)) for right in exact] for left in exact[:-1]]
    for i, row in enumerate(rows):
        # The matrix is positive definite: no pivot is zero.
        rows[i] = row = [x / row[i] for x in row]
        for j, other in enumerate(rows):
            if j != i:
                rows[j] = [x - other[i] * y for x, y in zip(other, row, strict=True)]
    return np.array([float(row[-1]) for row in rows])
